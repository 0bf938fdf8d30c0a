"""CHECK constraints that the spec can express: a list of values, or NOT NULL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.sql.tokens import Case

_TEXTS = {exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.BPCHAR, exp.DType.NAME}


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint: `values` by column, not-null `columns`, and whether it has further conditions (`is_more`)."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    is_more: bool = True

    def renamed(self, names: Mapping[str, str]) -> Check:
        """The check with other column names. Names that are not in `names` are unchanged."""

        def name(one: str) -> str:
            return names.get(one, one)

        return Check(
            {name(one): values for one, values in self.values.items()},
            frozenset(map(name, self.filled)),
            frozenset(map(name, self.columns)),
            self.is_more,
        )


def check_of(condition: str, system: str = "postgres", case: Case = Case.LOWER) -> Check:
    """The claims of a condition. One that cannot be parsed only has `is_more`. `system` and `case` as for `tokens`."""
    try:
        tree = sqlglot.parse_one(condition, dialect=system)
    except (SqlglotError, RecursionError):
        return Check()
    _fold(tree, case)
    values: dict[str, tuple[str, ...]] = {}
    filled: set[str] = set()
    is_more = False
    for part in _conjuncts(tree):
        if listed := _listed(part):
            name, found = listed
            values[name] = tuple(one for one in values[name] if one in found) if name in values else found
        elif column := _not_null_column(part):
            filled.add(column)
        else:
            is_more = True
    columns = frozenset(_name(column) for column in tree.find_all(exp.Column))
    return Check(values, frozenset(filled), columns, is_more)


def _fold(tree: exp.Expr, case: Case) -> None:
    """Fold names like `tokens` does."""
    for identifier in tree.find_all(exp.Identifier):
        name = str(identifier.this)
        same = case is Case.KEPT or (case is Case.UPPER and name == name.upper())
        if same or not identifier.args.get("quoted"):
            identifier.set("this", name.lower())


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    waiting = [node]
    while waiting:
        inner = _without_parentheses(waiting.pop())
        if isinstance(inner, exp.And):
            waiting += [inner.expression, inner.this]
        else:
            yield inner


def _without_parentheses(node: exp.Expr) -> exp.Expr:
    """The node without parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _listed(node: exp.Expr) -> tuple[str, tuple[str, ...]] | None:
    """(column, values) of `a in (…)`, `a = any (array[…])`, `a = 'x' or a = 'y'`; else None.

    A check accepts NULL anyway.
    """
    node = _without_parentheses(node)
    if isinstance(node, exp.Or):
        return _either(node)
    column = _column(node.this) if isinstance(node, exp.In | exp.EQ) else None
    if column is None:
        return None
    if isinstance(node, exp.In):
        return _column_values(column, None if node.args.get("query") else node.expressions)
    right = _without_parentheses(node.expression)
    return _column_values(column, _items(right.this) if isinstance(right, exp.Any) else [right])


def _either(node: exp.Or) -> tuple[str, tuple[str, ...]] | None:
    sides = [_without_parentheses(node.this), _without_parentheses(node.expression)]
    nulls = [side for side in sides if isinstance(side, exp.Is) and isinstance(side.expression, exp.Null)]
    found = [_listed(side) for side in sides if side not in nulls]
    known = [one for one in found if one]
    columns = {column for column, _ in known} | {_column(side.this) for side in nulls}
    if not known or len(known) < len(found) or len(columns) != 1:
        return None
    return known[0][0], tuple(dict.fromkeys(value for _, values in known for value in values))


def _column_values(column: str, items: list[exp.Expr] | None) -> tuple[str, tuple[str, ...]] | None:
    values = [_literal(item) for item in items or ()]
    if not values or None in values:
        return None
    return column, tuple(dict.fromkeys(value for value in values if value is not None))


def _items(node: exp.Expr) -> list[exp.Expr] | None:
    """The elements of `array[…]`, or of the text `{a,b}` for it; None for others."""
    node = _without_parentheses(node)
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if isinstance(node, exp.Array):
        return list(node.expressions)
    if isinstance(node, exp.Literal) and node.is_string and node.this[:1] == "{" and '"' not in node.this:
        return [exp.Literal.string(part.strip()) for part in node.this.strip("{}").split(",")]
    return None


def _literal(node: exp.Expr) -> str | None:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.this}"
    return str(node.this) if isinstance(node, exp.Literal) else None


def _not_null_column(node: exp.Expr) -> str | None:
    """The column of `a is not null`; None for other conditions."""
    is_not = isinstance(node, exp.Not)
    node = _without_parentheses(node.this if is_not else node)
    if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Null):
        return None
    return _column(node.this) if is_not != bool(node.args.get("negate")) else None


def _column(node: exp.Expr) -> str | None:
    """A column, also one cast to text; None for other expressions."""
    node = _without_parentheses(node)
    while isinstance(node, exp.Cast) and node.to.this in _TEXTS:
        node = _without_parentheses(node.this)
    return _name(node) if isinstance(node, exp.Column) else None


def _name(column: exp.Column) -> str:
    return str(column.this.this)
