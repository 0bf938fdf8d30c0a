"""SQL beside a drawn column, turned into an expression of the spec: names are resolved, divisions are safe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.diagram.erd import Expression
from erd2dbt.faults.diagnostics import Collector, Span
from erd2dbt.sql.expression import column, is_aggregate, outer_aggregates, parse
from erd2dbt.sql.printing import ChangedError, printed
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.trees import copied, nodes, rewritten

_QUOTED = re.compile(r'"([^"]*)"')
_QUOTES = str.maketrans("‘’‚“”„", "'''\"\"\"")
_TRUTHS = (exp.Predicate, exp.Connector, exp.Not, exp.Is, exp.In, exp.Between)


class Name(NamedTuple):
    """A column as written; `owner` is empty without a qualifier."""

    owner: str
    name: str


# The names of one aggregate (or outside of all) -> (box or "", column) of each; None: not resolved.
Resolve = Callable[[tuple[Name, ...], bool], Mapping[Name, tuple[str, str]] | None]


class UnresolvedError(Exception):
    """A name has no meaning, or several."""


def adapted(
    text: str, resolve: Resolve, counted: Callable[[str], str | None], *, whole: bool, truth: bool
) -> str | None:
    """The text as an expression of the spec; None where it is not one, or a name cannot be resolved.

    `counted(box)`: what `count(*)` counts, of a box or, for "", of the only possible one. `whole`: the result is an
    integer, so divisions are integer divisions. `truth`: it may be a condition.
    """
    text = _QUOTED.sub(lambda match: _string_or_name(match, resolve), text.translate(_QUOTES).replace("≥", ">=")
                       .replace("≤", "<=").replace("≠", "<>"))  # fmt: skip
    if parse(Expression(text, Span("", 1, 1)), Collector()) is None:
        return None
    try:
        tree = copied(read_one(text))
        if not _is_formula(tree, truth=truth):
            return None
        return printed(_Adapting(resolve, counted, whole).tree(tree))
    except (UnresolvedError, ChangedError, SqlglotError):
        return None


def _string_or_name(match: re.Match[str], resolve: Resolve) -> str:
    """Double quotes are read as a name or a constant: many people write constants in them."""
    known = any(resolve((Name("", match[1]),), inside) for inside in (True, False))
    return match[0] if known else "'" + match[1].replace("'", "''") + "'"


def _is_formula(tree: exp.Expr, *, truth: bool) -> bool:
    """Whether the tree is more than a word or a list of words. `a as b` may be two words of a sentence."""
    if isinstance(tree, (exp.Alias, exp.Tuple, exp.Star, exp.Literal, exp.Identifier)):
        return False
    if isinstance(tree, exp.Column) and not tree.table:
        return False
    return truth or not isinstance(tree, _TRUTHS)


class _Adapting:
    def __init__(self, resolve: Resolve, counted: Callable[[str], str | None], whole: bool) -> None:
        self.resolve, self.counted, self.whole = resolve, counted, whole
        self.owners: set[str] = set()

    def tree(self, tree: exp.Expr) -> exp.Expr:
        self.owners = self._owners(tree)
        outside = tuple(dict.fromkeys(_name(one) for one in _columns_outside_aggregates(tree)))
        found = self._resolved(outside, inside=False)

        def visit(node: exp.Expr) -> exp.Expr:
            if is_aggregate(node):
                return self._aggregate(node)
            if isinstance(node, exp.Column):
                return _column(found, node)
            return self._divided(node, visit, in_aggregate=False)

        return rewritten(tree, visit)

    def _resolved(self, names: tuple[Name, ...], *, inside: bool) -> Mapping[Name, tuple[str, str]]:
        found = self.resolve(names, inside) if names else {}
        if found is None:
            raise UnresolvedError
        return found

    def _owners(self, tree: exp.Expr) -> set[str]:
        """The boxes that the aggregates read."""
        names = [_names(one) for one in outer_aggregates(tree)]
        return {owner for one in names for owner, _ in self._resolved(one, inside=True).values()}

    def _aggregate(self, tree: exp.Expr) -> exp.Expr:
        found = self._resolved(_names(tree), inside=True)
        owners = {owner for owner, _ in found.values()} or self.owners

        def visit(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
                return self._rows(next(iter(owners)) if len(owners) == 1 else "")
            if isinstance(node, exp.Column):
                return _column(found, node)
            return self._divided(node, visit, in_aggregate=True)

        return rewritten(tree, visit)

    def _rows(self, owner: str) -> exp.Expr:
        text = self.counted(owner)
        if text is None:
            raise UnresolvedError
        return copied(read_one(text))

    def _divided(self, node: exp.Expr, visit: Callable[[exp.Expr], exp.Expr], *, in_aggregate: bool) -> exp.Expr:
        """A division becomes `ratio`, without division by zero and integer division.

        A constant divisor is unchanged.
        """
        if not isinstance(node, exp.Div):
            return node
        above, below = (rewritten(side, visit) for side in (node.this, node.expression))
        inner = below.this if isinstance(below, exp.Paren) else below
        if isinstance(inner, exp.Literal) and not inner.is_string and float(inner.name) != 0:
            plain = inner.name if self.whole or "." in inner.name else f"{inner.name}.0"
            return exp.Div(this=above, expression=exp.Literal.number(plain))
        is_nullif = isinstance(inner, exp.Nullif) and inner.expression.name == "0"
        arguments = [_without_parentheses(above), _without_parentheses(inner.this if is_nullif else below)]
        arguments += [exp.Null()] if is_nullif or in_aggregate else []
        return exp.Anonymous(this="ratio", expressions=arguments)


def _without_parentheses(tree: exp.Expr) -> exp.Expr:
    return tree.this if isinstance(tree, exp.Paren) else tree


def _names(aggregate: exp.Expr) -> tuple[Name, ...]:
    columns = (
        node for node in nodes(aggregate) if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star)
    )
    return tuple(dict.fromkeys(map(_name, columns)))


def _columns_outside_aggregates(tree: exp.Expr) -> list[exp.Column]:
    """Columns outside of aggregates."""
    if is_aggregate(tree):
        return []
    if isinstance(tree, exp.Column):
        return [tree]
    return [one for child in tree.iter_expressions() for one in _columns_outside_aggregates(child)]


def _name(node: exp.Column) -> Name:
    """The name of a column. `shop.orders.amount` has a schema, unless the first word is a box and the second a role."""
    owner = ".".join(part.name for part in node.parts[:-1])
    return Name(owner, node.name)


def _column(found: Mapping[Name, tuple[str, str]], node: exp.Column) -> exp.Expr:
    owner, name = found[_name(node)]
    if "." in owner:
        first, second = owner.split(".", 1)
        written = column(name, second)
        written.set("db", exp.Identifier(this=first))
        return written
    return column(name, owner or None)
