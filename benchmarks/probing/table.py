"""The table of probes: expressions over columns of some types, and the rows that they are tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.engines.calls import arguments as arguments_of
from erd2dbt.engines.calls import kind, word_of
from erd2dbt.sql.expression import is_aggregate, outer_aggregates
from erd2dbt.sql.inference import infer
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.trees import nodes

FOLDER = Path(__file__).parent
NAMES = "abc"
_MOST = 110  # rows of a table: each value of two types with each
Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of columns `a`, `b`, … of these types; the values are texts that PostgreSQL reads as of the type."""

    types: tuple[str, ...]
    rows: tuple[Row, ...]
    is_lax: bool = False  # an engine may take what PostgreSQL refuses
    only: tuple[str, ...] = ()  # the engines on which these probes were measured so far; empty: on all

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(NAMES[: len(self.types)])

    def type_of(self, column: exp.Column) -> str | None:
        found = dict(zip(self.columns, self.types, strict=True)).get(column.name)
        return (canonical(found) or found) if found is not None else None


@dataclass(frozen=True, slots=True)
class Probe:
    """One expression over one table."""

    text: str
    table: Table

    @property
    def tree(self) -> exp.Expr:
        return _tree(self.text)

    @property
    def is_aggregate(self) -> bool:
        return _aggregates(self.text)

    @property
    def is_quotient(self) -> bool:
        """A quotient or an average of exact numbers, of which every engine keeps digits of its own."""
        tree = self.tree.this if isinstance(self.tree, exp.Filter) else self.tree
        return isinstance(tree, (exp.Div, exp.Avg)) and self.type == "numeric"

    @property
    def type(self) -> str | None:
        return infer(self.tree, self.table.type_of)

    @property
    def signatures(self) -> tuple[str, ...]:
        """The rules that printing it may take, the root's first."""
        found = (node for node in nodes(self.tree) if not isinstance(node, _SILENT))
        return tuple(dict.fromkeys(signature(node, self.table.type_of) for node in found))

    @property
    def root(self) -> str:
        """The signature of the whole."""
        return signature(self.tree, self.table.type_of)

    @property
    def shows(self) -> tuple[str, ...]:
        """The rules whose values it shows: that of its root, and of what gives an interval, which no column shows."""
        found = [node for node in nodes(self.tree) if not isinstance(node, _SILENT)]
        shown = [n for n in found if n is found[0] or infer(n, self.table.type_of) == "interval"]
        return tuple(dict.fromkeys(signature(node, self.table.type_of) for node in shown))


@lru_cache(maxsize=4096)
def _tree(text: str) -> exp.Expr:
    return read_one(text)


def signature(tree: exp.Expr, type_of: Callable[[exp.Column], str | None]) -> str:
    """As a list of measured calls names it; constants of no type yet are texts, or of the other operand's type."""
    kinds = [kind(argument, type_of) for argument in arguments_of(tree, words=True)]
    open_ = ("constant", "null")
    other = next((one for one in kinds if one not in open_), "text") if isinstance(tree, exp.Binary) else "text"
    return f"{word_of(tree)}({', '.join(other if one in open_ else one for one in kinds)})"


# What is printed without a rule (see `engines.lowering`), or is no call.
_SILENT = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.DataType, exp.Var, exp.Paren, exp.Star,
    exp.And, exp.Or, exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Filter, exp.Where, exp.Count,
    exp.Min, exp.Max, exp.Order, exp.Ordered, exp.Distinct, exp.Neg, exp.Tuple, exp.Interval, exp.DataTypeParam,
)  # fmt: skip


@lru_cache(maxsize=4096)
def _aggregates(text: str) -> bool:
    tree = _tree(text)
    return is_aggregate(tree) or any(True for _ in outer_aggregates(tree))


def probes(folder: Path = FOLDER) -> Iterator[Probe]:
    """All of them, each once."""
    seen = set()
    for file in sorted(folder.glob("*.yml")):
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        values = _values(folder)
        for group in content.get("probes", []):
            only = tuple(group.get("only", ()))
            for types in group["over"]:
                table = Table(tuple(types), _rows(types, group.get("rows"), values), group.get("lax", False), only)
                for text in group["expressions"]:
                    probe = Probe(text, table)
                    if probe not in seen:
                        seen.add(probe)
                        yield probe


def _values(folder: Path) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = yaml.safe_load((folder / "values.yml").read_text(encoding="utf-8"))["values"]
    return found


def _rows(types: Sequence[str], rows: Any, values: dict[str, list[str | None]]) -> tuple[Row, ...]:
    if rows is not None:
        return tuple(tuple(row) for row in rows)
    found = tuple(product(*(values[type_] for type_ in types)))
    step = -(-len(found) // _MOST)
    return found[::step] if step > 1 else found
