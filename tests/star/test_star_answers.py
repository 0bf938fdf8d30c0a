"""The hand-made answers of the benchmark of meaning are well-formed, and name what is there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from corpus.schemas import needed

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from star_answers import FIELDS, FOLDER, HALVES, ROLES, TABLE_FIELDS, Answer, Columns, answer, plain, schema_of

FILES = sorted(FOLDER.glob("*.yml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_answers_use_known_words(file: Path) -> None:
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert said["schema"] == file.stem
    assert said["half"] in HALVES
    assert said.keys() <= FIELDS
    for name, table in said["tables"].items():
        assert table.keys() <= TABLE_FIELDS, name
        roles = [table["role"]] if isinstance(table["role"], str) else table["role"]
        assert set(roles) <= set(ROLES), name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_answers_do_not_contradict_themselves(file: Path) -> None:
    one = answer(file)
    for table in one.tables.values():
        kinds = (table.added, table.either, table.held)
        assert len(frozenset[str]().union(*kinds)) == sum(map(len, kinds)), f"{table.name}: a number is said twice"
        assert set(table.to.values()) <= one.tables.keys(), f"{table.name} refers to what is not judged"
        assert table.dates is not None or table.roles[0] != "fact", f"nothing is said of the date of {table.name}"


def test_each_half_has_as_many_schemas() -> None:
    halves = [answer(file).half for file in FILES]
    assert halves.count("own") >= 8
    assert 6 <= halves.count("tuning") == halves.count("final")


@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=() if answer(file).sql else needed, id=file.stem) for file in FILES]
)
def test_answers_name_tables_and_columns_of_the_schema(file: Path) -> None:
    one = answer(file)
    boxes = schema_of(one).diagram.boxes
    columns = {plain(box.table or box.name): frozenset(plain(row.raw or row.name) for row in box.rows) for box in boxes}
    unknown = {(table, names - columns.get(table, frozenset())) for table, names in _named(one)}
    assert {(table, names) for table, names in unknown if names or table not in columns} == set()


def _named(one: Answer) -> list[tuple[str, Columns]]:
    """(table, some columns of it) as the answers name them."""
    found = [(name, frozenset(key)) for name, key in one.keys.items()]
    found += [(name, frozenset[str]()) for name in one.keyless]
    found += [(table, columns) for table, columns, _ in one.links]
    found += [(parent, frozenset[str]()) for _, _, parent in one.links]
    found += [(table, frozenset({column})) for table, column in one.secrets]
    for table in one.tables.values():
        found.append((table.name, table.added | table.either | table.held))
        found += [(table.name, columns) for columns in table.to]
        for date in table.dates or ():
            owner, _, column = (date or "").rpartition(".")
            found += [(owner or table.name, frozenset({column}))] if date else []
    return found
