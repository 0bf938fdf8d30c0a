"""How the value of a column reaches an expression, in OpenLineage's kinds of transformation."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage

from erd2dbt.escape.sql import between_quotes
from erd2dbt.sql.expression import Tree


class Flow(enum.StrEnum):
    """The subtypes of OpenLineage's column lineage facet (1-2-0).

    Direct: the value is computed from it. Indirect: it decides which value, or which rows, there are.
    """

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"
    AGGREGATION = "AGGREGATION"
    CONDITIONAL = "CONDITIONAL"
    FILTER = "FILTER"
    JOIN = "JOIN"
    GROUP_BY = "GROUP_BY"
    SORT = "SORT"
    WINDOW = "WINDOW"

    @property
    def direct(self) -> bool:
        return self in _DIRECT

    def after(self, earlier: Flow) -> Flow:
        """The flow of both steps together: first `earlier`, then this one."""
        if not earlier.direct:
            return earlier
        return max(self, earlier, key=_DIRECT.index) if self.direct else self


# weakest first
_DIRECT = (Flow.IDENTITY, Flow.TRANSFORMATION, Flow.AGGREGATION)


def flows(tree: Tree) -> Iterator[tuple[exp.Column, Flow]]:
    """Every column that an expression reads, once per occurrence, with its flow."""
    yield from _flows(tree, Flow.IDENTITY)


def _flows(tree: Tree, so_far: Flow) -> Iterator[tuple[exp.Column, Flow]]:
    if isinstance(tree, exp.Column):
        yield tree, so_far
    elif isinstance(tree, exp.Paren):
        yield from _flows(tree.this, so_far)
    else:
        for part, way in _parts(tree):
            yield from _flows(part, so_far if not so_far.direct else way.after(so_far))


def _parts(tree: Tree) -> Iterator[tuple[Tree, Flow]]:
    """The parts of a tree that is not a column, each with its flow in this node."""
    inside = Flow.AGGREGATION if isinstance(tree, exp.AggFunc) else Flow.TRANSFORMATION
    for name, value in tree.args.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr):
                yield part, _ROLES.get((type(tree), name), inside)


_ROLES = {
    (exp.If, "this"): Flow.CONDITIONAL,
    (exp.Case, "this"): Flow.CONDITIONAL,
    (exp.Filter, "expression"): Flow.FILTER,
    (exp.Window, "partition_by"): Flow.WINDOW,
    (exp.Window, "order"): Flow.WINDOW,
    (exp.Order, "expressions"): Flow.SORT,
}


def flows_of_query(
    text: str, column: str, tables: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[tuple[str, str], Flow]]:
    """The flows of a column of a whole query, traced by sqlglot: ((table, its column), flow).

    `tables`: the columns and types of the relations that the query reads. Empty where it cannot be traced, for example
    where a column does not exist.
    """
    schema = {table: dict(columns) for table, columns in tables.items()}
    try:
        root = lineage(f'"{between_quotes(column)}"', text, schema=schema, dialect="postgres")
    except (SqlglotError, ValueError):
        return
    waiting = [(root, _made_by(root.expression))]
    while waiting:
        node, way = waiting.pop()
        if not node.downstream and isinstance(node.expression, exp.Table):
            yield (node.expression.name, node.name.rpartition(".")[2].strip('"')), way
        waiting.extend((below, _made_by(below.expression).after(way)) for below in reversed(node.downstream))


def _made_by(shown: exp.Expr) -> Flow:
    inner = shown.unalias()
    if isinstance(inner, (exp.Column, exp.Table)):
        return Flow.IDENTITY
    return Flow.AGGREGATION if inner.find(exp.AggFunc) else Flow.TRANSFORMATION
