"""Converts dbt's tests and constraints to claims on tables, for the tests of all known packages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from erd2dbt.read.dbtyaml.nodes import Fields, Nodes
from erd2dbt.read.yaml.source import MappingNode, Node, ScalarNode, SequenceNode

_HOW = "how a test is run and reported"
_HOW_KEYS = ("severity", "error_if", "warn_if", "limit", "store_failures", "store_failures_as", "tags", "meta",
             "enabled", "fail_calc", "group", "description", "name", "quote", "warn_unenforced", "warn_unsupported",
             "deferrable", "rely", "always_create_constraint", "quote_values", "ignore_row_if")  # fmt: skip
_SOME_ROWS = ("where", "row_condition", "from_condition", "to_condition")

# name of a test, without its package -> its claim
_CLAIMS = {
    "not_null": "not_null",
    "expect_column_values_to_not_be_null": "not_null",
    "unique": "unique",
    "unique_key": "unique",
    "expect_column_values_to_be_unique": "unique",
    "unique_combination_of_columns": "unique",
    "expect_compound_columns_to_be_unique": "unique",
    "primary_key": "key",
    "accepted_values": "values",
    "expect_column_values_to_be_in_set": "values",
    "relationships": "reference",
    "relationships_where": "reference",
    "foreign_key": "reference",
    "check": "check",
}
_OWN_LISTS = ("combination_of_columns", "column_list", "column_names", "fk_column_names", "columns",
              "fk_column_name", "column_name")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """A test. `claim` is None if the spec has no equivalent, or if the test covers some rows only (`is_partial`).

    `columns`: the columns it names; `said`: its arguments; `name`: its name in dbt.
    """

    name: str
    claim: str | None
    node: Node
    said: Fields
    columns: tuple[str, ...] = ()
    is_partial: bool = False
    is_off: bool = False


def tests_of(fields: Fields) -> Iterator[Test]:
    """Return the tests and constraints of a table or a column. A disabled one is reported, and is not a claim."""
    for word in ("constraints", "tests", "data_tests"):
        node = fields.get(word)
        for item in node.value if isinstance(node, SequenceNode) else ():
            test = _test(fields.nodes, item, is_constraint=word == "constraints")
            if test is not None and test.is_off:
                fields.nodes.leave(f"`{test.name}`: a test that is switched off", item)
            elif test is not None:
                yield test


def _test(nodes: Nodes, item: Node, *, is_constraint: bool) -> Test | None:
    if isinstance(item, ScalarNode):
        name = nodes.text(item)
        return Test(name, _claim(name), item, nodes.fields(None))
    said = nodes.fields(item)
    if not said.raw:
        return None
    if is_constraint:
        said.ignore(_HOW, *_HOW_KEYS)
        return _of(said.text("type"), item, said)
    name = said.text("test_name") or next(
        (name for name in said.raw if name not in ("config", "arguments", *_HOW_KEYS)), ""
    )
    inner = said.fields(name) if name in said else said
    said.ignore(_HOW, *_HOW_KEYS)
    config = said if inner is said else _merged(inner, said)
    return _of(name, item, _merged(config, config.fields("arguments")))


def _merged(first: Fields, second: Fields) -> Fields:
    return Fields(first.nodes, {**second.raw, **first.raw})


def _of(name: str, item: Node, said: Fields) -> Test:
    config = said.fields("config")
    if any(some.raw["enabled"][1].value in ("false", "False") for some in (said, config) if "enabled" in some):
        return Test(name, None, item, said, is_off=True)
    for some in (said, config):
        some.ignore(_HOW, *_HOW_KEYS)
    is_partial = any(word in some for word in _SOME_ROWS for some in (said, config))
    columns = next((names for word in _OWN_LISTS if (names := said.nodes.names(said.get(word)))), ())
    return Test(name, None if is_partial else _claim(name), item, said, columns, is_partial)


def _claim(name: str) -> str | None:
    return _CLAIMS.get(name.rpartition(".")[2])


def as_spec(nodes: Nodes, node: Node) -> object:
    """Return a test in the form of the spec's `tests:`."""
    if isinstance(node, MappingNode):
        data = nodes.data(node)
        if len(data) > 1 and (inner := next((n for n in data if isinstance(data[n], dict) and n != "config"), None)):
            return {inner: {**data[inner], **{n: v for n, v in data.items() if n != inner}}}
        return data
    return nodes.text(node)
