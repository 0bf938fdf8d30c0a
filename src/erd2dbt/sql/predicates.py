"""What a filter guarantees about the rows that pass it: constants, equal columns, not-null columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.sql.expression import Tree
from erd2dbt.sql.three_valued import is_rejected
from erd2dbt.sql.trees import columns_in


@dataclass(frozen=True, slots=True)
class Facts:
    """Columns as (qualifier, name). `in (a, b)` makes nothing constant: only `=` with one literal does."""

    constants: frozenset[tuple[str, str]]
    equal: tuple[tuple[tuple[str, str], tuple[str, str]], ...]
    not_null: frozenset[tuple[str, str]]


def facts(where: Tree) -> Facts:
    """The facts of each conjunct. `or` and `not` give no constants."""
    constants, equal, not_null = set(), [], set()
    for inner in conjuncts(where):
        if isinstance(inner, exp.EQ):
            sides = inner.this, inner.expression
            columns = [_name(s) for s in sides if isinstance(s, exp.Column)]
            if len(columns) == 2:
                equal.append((columns[0], columns[1]))
            elif columns and any(_is_constant(s) for s in sides):
                constants.add(columns[0])
        not_null |= {name for name in map(_name, columns_in(inner)) if is_rejected(inner, _means(name))}
    return Facts(frozenset(constants), tuple(equal), frozenset(not_null))


def _means(name: tuple[str, str]) -> Callable[[Tree], bool]:
    return lambda tree: isinstance(tree, exp.Column) and _name(tree) == name


def conjuncts(tree: Tree) -> Iterator[Tree]:
    """The conjuncts of a condition, within any brackets."""
    waiting = [tree]
    while waiting:
        inner = waiting.pop().unnest()
        if isinstance(inner, exp.And):
            waiting += [inner.expression, inner.this]
        else:
            yield inner


def _is_constant(tree: Tree) -> bool:
    """Whether the tree is a literal, with or without a sign or a type: `-1`, `date '2024-01-31'`."""
    while isinstance(tree, (exp.Cast, exp.Paren, exp.Neg)):
        tree = tree.this
    return isinstance(tree, (exp.Literal, exp.Boolean))


# Functions and operators that return NULL only when an operand is NULL.
_STRICT = (
    exp.Binary,
    exp.Cast,
    exp.Paren,
    exp.Neg,
    exp.Not,
    exp.Extract,
)
_STRICT_CALLS = frozenset("upper lower date_trunc".split())
_FALLIBLE = (exp.Div, exp.IntDiv, exp.Dot, exp.JSONExtract, exp.JSONExtractScalar)


def never_null(tree: Tree, known: Collection[str]) -> bool:
    """Whether a row-wise expression is not null, given the not-null columns."""
    if isinstance(tree, exp.Column):
        return tree.name in known
    if isinstance(tree, (exp.Literal, exp.Boolean)):
        return True
    if isinstance(tree, exp.Coalesce):
        return any(never_null(t, known) for t in (tree.this, *tree.expressions))
    if isinstance(tree, exp.Case):
        branches = [branch.args["true"] for branch in tree.args["ifs"]]
        default = tree.args.get("default")
        rest = [default] if default is not None else []
        return (bool(rest) or _is_last(tree, known)) and all(never_null(t, known) for t in (*branches, *rest))
    if isinstance(tree, (exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ)):
        return True
    if isinstance(tree, exp.Anonymous):
        return tree.name.lower() in _STRICT_CALLS and all(never_null(t, known) for t in tree.expressions)
    if isinstance(tree, _FALLIBLE) or not isinstance(tree, _STRICT):
        return False
    operands = [t for t in tree.iter_expressions() if not isinstance(t, (exp.DataType, exp.Var))]
    return all(never_null(t, known) for t in operands)


def _is_last(case: exp.Case, known: Collection[str]) -> bool:
    """Whether every row matches a branch: the last one accepts every value that is not null, and no value is NULL."""
    test = case.args["ifs"][-1].this
    has_value = isinstance(test, exp.Is) and test.args.get("negate") and isinstance(test.expression, exp.Null)
    return bool(has_value) and not case.args.get("this") and never_null(test.this, known)


def _name(column: Tree) -> tuple[str, str]:
    assert isinstance(column, exp.Column)
    return column.table, column.name
