"""Operands with which PostgreSQL computes in a wider type than some engines do."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from decimal import Decimal

from sqlglot import exp

from erd2dbt.engines.calls import arguments
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.kinds import kind_of
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import TypeOf, infer

_CONSTANTS = (exp.Literal, exp.Null, exp.Boolean)
_EXACT = ("integer", "numeric")  # kinds


def widened(tree: Tree, engine: Engine, type_of: TypeOf) -> Iterator[tuple[Tree, str]]:
    """Operands of a call or a comparison, each with the type to which it must be cast. At most one rule holds for each.

    Next to a constant, a `smallint` becomes an `integer`, whatever the constant is. Next to an integer or a decimal, a
    `real` becomes a `double precision`, the preferred type of numbers (manual, sections 10.2 and 10.3), in comparisons
    as well: `0.1::real = 0.1` is false. An engine that keeps single precision has it true, and fewer digits.
    """
    compares = isinstance(tree, (exp.Predicate, exp.Nullif, exp.Case))
    if engine.printing.fits_constants and not compares and infer(tree, type_of) == "integer":
        yield from _small_integers(arguments(tree), type_of)
    if engine.has_singles and not isinstance(tree, exp.AggFunc):
        yield from _singles(tree, type_of, compares)


def _small_integers(operands: Iterable[Tree], type_of: TypeOf) -> Iterator[tuple[Tree, str]]:
    values = [one for one in operands if not isinstance(one, _CONSTANTS)]
    if {infer(one, type_of) for one in values} == {"smallint"}:
        yield values[0], "integer"


def _singles(tree: Tree, type_of: TypeOf, compares: bool) -> Iterator[tuple[Tree, str]]:
    """A result of type `real`, such as that of `greatest`, is computed in single precision."""
    if not compares and infer(tree, type_of) != "double precision":
        return
    operands = [*_compared(tree)] if compares else [*arguments(tree)]
    types = [infer(one, type_of) for one in operands]
    pairs = zip(operands, types, strict=True)
    if any(kind_of(type_) in _EXACT and not (compares and _is_single(one)) for one, type_ in pairs):
        yield from ((one, "double precision") for one, type_ in zip(operands, types, strict=True) if type_ == "real")


def _compared(tree: Tree) -> Iterator[Tree]:
    """What an operator such as `=` compares. Of `in`, several constants have one type with the left side, and no
    operator between two types."""
    if isinstance(tree, exp.Case):
        yield from (tree.this, *(branch.this for branch in tree.args["ifs"])) if tree.this is not None else ()
        return
    constants = [one for one in tree.expressions if one.find(exp.Column) is None] if isinstance(tree, exp.In) else []
    listed = {id(one) for one in constants if len(constants) > 1}
    yield from (one for one in arguments(tree) if id(one) not in listed)


def _is_single(tree: Tree) -> bool:
    """Whether it is a constant that single precision has exactly, so that it compares in the same way."""
    inner = tree.unnest()
    inner = inner.this if isinstance(inner, exp.Neg) else inner
    if not isinstance(inner, exp.Literal) or inner.is_string:
        return False
    value = Decimal(inner.name)
    try:
        (single,) = struct.unpack("f", struct.pack("f", value))
    except OverflowError:
        return False
    return Decimal(single) == value
