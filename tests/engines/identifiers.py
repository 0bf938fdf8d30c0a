"""A spec whose names are quoted or kept whole: reserved words, 63 bytes, letters of several scripts, both cases."""

from __future__ import annotations

from pathlib import Path

LONG = "a_name_of_sixty_three_bytes_that_is_the_limit_of_postgresql_abc"
LETTERS = "größe_日本"
SPEC = f"""
version: 1
project: names
sources: {{raw: {{data: .}}}}
entities:
  order:
    key: select
    columns:
      select: int
      group: {{type: text, from: Group By}}
      {LETTERS}: int
      {LONG}: int
      CamelCase: int
      user: {{type: int, not_null: true}}
  user: {{key: id, columns: {{id: int, desc: text}}}}
links:
  user ||--o{{ order: id = user
models:
  values:
    grain: select
    rows: order
    columns:
      group: order.group
      {LETTERS}: order.{LETTERS} + 1
      {LONG}: order.{LONG} * 2
      CamelCase: order.CamelCase
      where: user.desc
  reader: {{grain: select, rows: values, columns: {{from: values.where, full: values.{LONG}}}}}
  {LONG}:
    grain: id
    rows: user
    columns:
      table: {{is: "sum(order.{LETTERS})", type: bigint}}
"""
# Model -> its columns, and its rows in the order of the first of them.
ROWS: dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]] = {
    "values": (
        ("select", "group", LETTERS, LONG, "CamelCase", "where"),
        [(1, "a", 11, 40, 7, "Ada"), (2, "b", 31, 80, 8, "Ada"), (3, "c", 51, 120, 9, "Bob")],
    ),
    LONG: (("id", "table"), [(1, 40), (2, 50)]),
}


def written(folder: Path) -> Path:
    """The spec and its data in the folder; the path of the spec."""
    path = folder / "names.yml"
    path.write_text(SPEC, encoding="utf-8")
    heads = f"select,Group By,{LETTERS},{LONG},CamelCase,user"
    lines = (heads, "1,a,10,20,7,1", "2,b,30,40,8,1", "3,c,50,60,9,2")
    (folder / "order.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "user.csv").write_text("id,desc\n1,Ada\n2,Bob\n", encoding="utf-8")
    return path
