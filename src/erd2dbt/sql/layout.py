"""Trees printed as a careful analytics engineer writes them: lower case, `::` casts, lines of at most 80 columns."""

from __future__ import annotations

import re
from typing import ClassVar

from sqlglot import exp
from sqlglot.generators.postgres import PostgresGenerator

from erd2dbt.postgres_types import canonical
from erd2dbt.sql.trees import nodes

WIDTH = 80
STEP = "    "

_QUOTED = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')""")


class _House(PostgresGenerator):
    """sqlglot's PostgreSQL generator with the house's spelling of casts, types, filters and date parts."""

    TRANSFORMS: ClassVar = {k: v for k, v in PostgresGenerator.TRANSFORMS.items() if k is not exp.TimestampTrunc}

    def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
        del safe_prefix
        return f"{self.sql(expression, 'this')}::{self.sql(expression, 'to')}"

    def datatype_sql(self, expression: exp.DataType) -> str:
        text = super().datatype_sql(expression)
        known = canonical(text)
        return _spaced(known) if known else text

    def filter_sql(self, expression: exp.Filter) -> str:
        condition = self.sql(expression.expression, "this")
        return f"{self.sql(expression, 'this')} FILTER (WHERE {condition})"

    def timestamptrunc_sql(self, expression: exp.TimestampTrunc) -> str:
        unit = expression.text("unit").lower()
        return f"date_trunc('{unit}', {self.sql(expression, 'this')})"


def _spaced(type_: str) -> str:
    """`numeric(12,2)` as linters want it: `numeric(12, 2)`."""
    return re.sub(r",\s*", ", ", type_)


_GENERATOR = _House(dialect="postgres", comments=False)
# What sqlglot's generator may change while it prints.
_CHANGED = (exp.Bracket, exp.Interval, exp.Query, exp.JSONExtract, exp.JSONObject)


def one_line(tree: exp.Expr) -> str:
    """The whole tree on one line, keywords and function names in lower case."""
    text = _GENERATOR.generate(tree, copy=any(isinstance(node, _CHANGED) for node in nodes(tree)))
    pieces = _QUOTED.split(text)
    return "".join(piece if i % 2 else piece.lower() for i, piece in enumerate(pieces))


def layout(tree: exp.Expr, *, indent: int, tail: int = 0) -> str:
    """The tree as text whose first line starts at column `indent`; `tail` characters follow its last line."""
    text = one_line(tree)
    breaks = isinstance(tree, exp.Window) or (isinstance(tree, exp.Case) and len(tree.args["ifs"]) > 1)
    if not breaks and indent + len(text) + tail <= WIDTH:
        return text
    return _broken(tree, indent, tail) or text


def _broken(tree: exp.Expr, indent: int, tail: int) -> str | None:
    pad, inner = " " * indent, " " * (indent + len(STEP))
    deeper = indent + len(STEP)
    if isinstance(tree, exp.Case):
        return _case(tree, indent)
    if isinstance(tree, exp.Cast):
        to = one_line(tree.args["to"])
        return f"{layout(tree.this, indent=indent, tail=tail + len(to) + 2)}::{to}"
    if isinstance(tree, exp.Paren):
        return f"(\n{inner}{layout(tree.this, indent=deeper)}\n{pad})"
    if isinstance(tree, exp.Window):
        return _window(tree, indent)
    if isinstance(tree, exp.Filter):
        condition = layout(tree.expression.this, indent=deeper + len("where "))
        head = layout(tree.this, indent=indent, tail=len(" filter ("))
        return f"{head} filter (\n{inner}where {condition}\n{pad})"
    if isinstance(tree, (exp.And, exp.Or)):
        word = "and" if isinstance(tree, exp.And) else "or"
        operands = [layout(o, indent=indent + len(word) + 1) for o in tree.flatten()]
        return f"\n{pad}{word} ".join(operands)
    if isinstance(tree, exp.Binary) and not isinstance(tree, exp.Dot):
        return _binary(tree, indent, tail)
    return _call(tree, indent)


def _case(tree: exp.Case, indent: int) -> str:
    pad, inner = " " * indent, " " * (indent + len(STEP))
    lines = [f"case {one_line(tree.this)}" if tree.this else "case"]
    for branch in tree.args["ifs"]:
        whole = f"{inner}when {one_line(branch.this)} then {one_line(branch.args['true'])}"
        if len(whole) <= WIDTH:
            lines.append(whole)
            continue
        lines.append(f"{inner}when {layout(branch.this, indent=indent + 9)}")
        lines.append(f"{inner}{STEP}then {layout(branch.args['true'], indent=indent + 13)}")
    if tree.args.get("default") is not None:
        lines.append(f"{inner}else {layout(tree.args['default'], indent=indent + 9)}")
    return "\n".join([*lines, f"{pad}end"])


def _window(tree: exp.Window, indent: int) -> str:
    pad, inner = " " * indent, " " * (indent + len(STEP))
    parts = ", ".join(one_line(key) for key in tree.args.get("partition_by") or [])
    lines = [f"partition by {parts}"] if parts else []
    order = tree.args.get("order")
    if order is not None:
        terms = [one_line(term) for term in order.expressions]
        together = f"order by {', '.join(terms)}"
        apart = f",\n{inner}{STEP}".join(terms)
        lines.append(together if len(inner) + len(together) <= WIDTH else f"order by\n{inner}{STEP}{apart}")
    return f"{one_line(tree.this)} over (\n{inner}" + f"\n{inner}".join(lines) + f"\n{pad})"


def _binary(tree: exp.Binary, indent: int, tail: int) -> str:
    """Break before the operator, which stays at the head of the continued line."""
    left, right = one_line(tree.left), one_line(tree.right)
    whole = one_line(tree)
    operator = whole[len(left) : len(whole) - len(right)].strip() if whole.endswith(right) else ""
    if not operator or not whole.startswith(left):
        return whole
    first = layout(tree.left, indent=indent)
    second = layout(tree.right, indent=indent + len(operator) + 1, tail=tail)
    return f"{first}\n{' ' * indent}{operator} {second}"


def _call(tree: exp.Expr, indent: int) -> str | None:
    """`name(` and its arguments: all on one line when they fit, else one a line."""
    whole = one_line(tree)
    name, bracket, rest = whole.partition("(")
    arguments = _arguments(tree)
    if not bracket or not arguments or not rest.endswith(")"):
        return None
    pad, inner = " " * indent, " " * (indent + len(STEP))
    together = ", ".join(one_line(a) for a in arguments)
    if rest[:-1] != together:  # a form of its own, such as count(distinct x) or extract(year from d)
        return f"{name}(\n{inner}{rest[:-1]}\n{pad})"
    if len(inner) + len(together) <= WIDTH:
        return f"{name}(\n{inner}{together}\n{pad})"
    lines = f",\n{inner}".join(layout(a, indent=indent + len(STEP), tail=1) for a in arguments)
    return f"{name}(\n{inner}{lines}\n{pad})"


def _arguments(tree: exp.Expr) -> list[exp.Expr]:
    return [child for child in tree.iter_expressions() if not isinstance(child, exp.Var)]
