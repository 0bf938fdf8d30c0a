"""A declared link stays where a type is unknown, and where it cannot stay, the star says so with its place."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import diagram_in, draft_text

SQL = """
create table colors ({colors} primary key, name text not null);
create table sizes ({sizes} primary key, name text not null);
create table orders (id int primary key, color_id int not null references colors, size_id int references sizes,
  ordered_at timestamp not null, total numeric(10, 2));
"""
DBML = """
Table colors {{ {colors} [pk]
  name text }}
Table sizes {{ {sizes} [pk]
  name text }}
Table orders {{ id int [pk]
  color_id int [not null, ref: > colors.id]
  size_id int [ref: > sizes.id]
  ordered_at timestamp [not null]
  total decimal(10,2) }}
"""


def drafted(text: str, file: str, first: str, second: str) -> str:
    written = text.format(colors=f"id {first}", sizes=f"id {second}")
    return draft_text(diagram_in(written.encode(), file))


@pytest.mark.parametrize(("text", "file"), [(SQL, "shop.sql"), (DBML, "shop.dbml")])
def test_an_unknown_type_is_that_of_the_linked_column(text: str, file: str) -> None:
    spec = drafted(text, file, "color_code", "size_code")
    found = generation.star(spec.encode(), "shop.yml")
    assert {link.right for link in found.erd.links} == {"colors", "sizes"}
    assert found.remarks == ()
    assert spec.count("with which it is linked, as") == 2
    assert "raw_type: color_code" in spec
    assert "raw_type: size_code" in spec


@pytest.mark.parametrize(("text", "file"), [(SQL, "shop.sql"), (DBML, "shop.dbml")])
def test_a_link_that_no_comparison_makes_is_reported(text: str, file: str) -> None:
    found = generation.star(drafted(text, file, "text", "uuid").encode(), "shop.yml")
    assert found.erd.links == ()
    assert [one.code for one in found.remarks] == ["W407", "W407"]
    assert len({one.span.line for one in found.remarks}) == 2
    assert "`colors.color_id` is text" in found.remarks[0].message
    assert "`sizes.size_id` is uuid" in found.remarks[1].message
