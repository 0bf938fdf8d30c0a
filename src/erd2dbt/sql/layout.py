"""Lays out trees in the style of dbt's guides: lower case, `::` casts, lines of at most 80 columns.

`one_line` and `layout` are for readers. SQL that runs is printed by `printing`, which parses it back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.sql.reading import POSTGRES
from erd2dbt.sql.spelling import current
from erd2dbt.sql.trees import nodes, rewritten

WIDTH = 80
STEP = "    "

# Constants and quoted names; a backslash escapes in `e'…'` only.
_QUOTED = re.compile(r"""("(?:[^"]|"")*"|\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')""", re.IGNORECASE | re.DOTALL)
_GENERATOR = POSTGRES.generator(comments=False)


def one_line(tree: exp.Expr) -> str:
    """The whole tree on one line, keywords and function names in lower case."""
    spelling = current()
    pieces = (_QUOTED if spelling.is_postgres else spelling.quoted).split(_spelled(tree))
    return "".join(piece if i % 2 else piece.lower() for i, piece in enumerate(pieces))


def _spelled(tree: exp.Expr) -> str:
    """sqlglot's text, with our own spelling of some nodes inserted as words that it prints unchanged.

    Its generator may be compiled, so it cannot be subclassed. It also changes some trees while it prints.
    """
    made = rewritten(tree, _in_house)
    if isinstance(made, exp.Var):
        return made.name
    text: str = _GENERATOR.generate(made, copy=False)
    return text


def _in_house(node: exp.Expr) -> exp.Expr:
    spell = _SPELLINGS.get(type(node))
    text = spell(node) if spell else None
    if text is None and (spell := _ENGINE_SPELLINGS.get(type(node))):
        text = None if current().is_postgres else spell(node)
    return node if text is None else exp.Var(this=text)


def _identifier(node: exp.Expr) -> str:
    return current().quoting.ident(node.name)


def _column(node: exp.Expr) -> str | None:
    """Without a generator: most trees of a project are columns."""
    parts = node.parts if isinstance(node, exp.Column) else []
    plain = all(type(part) is exp.Identifier for part in parts)
    return ".".join(_identifier(part) for part in parts) if plain else None


def _literal(node: exp.Expr) -> str | None:
    return current().quoting.literal(node.name) if node.is_string else None


_ENGINE_SPELLINGS: dict[type[exp.Expr], Callable[[exp.Expr], str | None]] = {
    exp.Column: _column,
    exp.Identifier: _identifier,
    exp.Literal: _literal,
}


def _cast(node: exp.Expr) -> str:
    inner = _spelled(node.this)
    if not current().short_casts:
        return f"CAST({inner} AS {_spelled(node.args['to'])})"
    return f"{inner if is_whole(node.this) else f'({inner})'}::{_spelled(node.args['to'])}"


_TIGHT = (exp.Column, exp.Func, exp.Paren, exp.Literal, exp.Cast, exp.Null, exp.Boolean, exp.Bracket, exp.Dot, exp.Var)
_LOOSE = (exp.Connector, exp.Binary, exp.Interval)


def is_whole(tree: exp.Expr) -> bool:
    """Whether every operator reads the tree as one operand, without brackets."""
    if isinstance(tree, exp.Dot):
        return True
    return isinstance(tree, _TIGHT + _CONSTANTS) and not isinstance(tree, _LOOSE)


_CONSTANTS = (exp.BitString, exp.ByteString, exp.HexString, exp.UnicodeString, exp.RawString, exp.National, exp.Tuple)


def _data_type(node: exp.Expr) -> str:
    if not current().is_postgres and node.args.get("kind"):
        return str(node.args["kind"])
    given = {name for name, value in node.args.items() if value}
    return _plain_type(node.this) if given == {"this"} else _spelled_type(node)


@lru_cache(maxsize=256)
def _plain_type(kind: exp.DType) -> str:
    return _spelled_type(exp.DataType(this=kind))


def _spelled_type(node: exp.Expr) -> str:
    text = _GENERATOR.generate(node, copy=True)
    known = canonical(text)
    return _spaced(known) if known else text


def _spaced(type_: str) -> str:
    """`numeric(12,2)` as linters expect it: `numeric(12, 2)`."""
    return re.sub(r",\s*", ", ", type_)


def _filter(node: exp.Expr) -> str:
    return f"{_spelled(node.this)} FILTER (WHERE {_spelled(node.expression.this)})"


def _truncated(node: exp.Expr) -> str:
    return f"date_trunc('{node.text('unit').lower()}', {_spelled(node.this)})"


def _call_by_name(node: exp.Expr) -> str:
    name = node.this if isinstance(node.this, str) else _GENERATOR.generate(node.this, copy=True)
    return f"{name}({', '.join(_spelled(argument) for argument in node.expressions)})"


def _negated(node: exp.Expr) -> str | None:
    """`a not in (1, 2)`, not sqlglot's `not a in (1, 2)`, which has another meaning before `is null`."""
    test = node.this
    if isinstance(test, exp.Is) and isinstance(test.expression, exp.Boolean):
        return f"{_spelled(test.this)} IS NOT {_spelled(test.expression)}"
    if not isinstance(test, _NEGATED):
        return None
    left = _spelled(test.this)
    whole = _spelled(type(test)(**{**test.args, "this": exp.Var(this=left)}))
    if not whole.startswith(f"{left} "):
        return None
    is_sign = isinstance(test, (exp.RegexpLike, exp.RegexpILike))
    return f"{left} {'!' if is_sign else 'NOT '}{whole[len(left) + 1 :]}"


def _ordered(node: exp.Expr) -> str:
    """An order term, with the position of NULLs only where it is not the engine's default."""
    descends, nulls_first = bool(node.args.get("desc")), node.args.get("nulls_first")
    usual = current().nulls_first[descends]
    meant = descends if nulls_first is None else bool(nulls_first)  # as PostgreSQL reads it
    nulls = "" if meant == usual else f" NULLS {'FIRST' if meant else 'LAST'}"
    return f"{_spelled(node.this)}{' DESC' if descends else ''}{nulls}"


def _interval(node: exp.Expr) -> str | None:
    """An interval as written, except for case. sqlglot would split `1 day`, and turn quarters into months."""
    amount, unit = node.this, node.args.get("unit")
    if not isinstance(amount, exp.Literal) or not amount.is_string or not isinstance(unit, (exp.Var, type(None))):
        return None
    return f"INTERVAL '{amount.name}{f' {unit.name.lower()}' if unit else ''}'"


def _root(node: exp.Expr) -> str:
    return f"{'|/' if isinstance(node, exp.Sqrt) else '||/'} {_spelled(node.this)}"


def _operator(sign: str) -> Callable[[exp.Expr], str]:
    """The printer of an operator for which sqlglot would write a function or a cast."""
    return lambda node: f"{_spelled(node.this)} {sign} {_spelled(node.expression)}"


def _trim(node: exp.Expr) -> str:
    """`trim` in PostgreSQL's keyword form, the only form that sqlglot parses here."""
    side, removed = node.text("position").lower(), node.args.get("expression")
    words = [word for word in (side, _spelled(removed) if removed is not None else "") if word]
    return f"trim({' '.join([*words, 'from'] if words else [])} {_spelled(node.this)})".replace("( ", "(", 1)


_NEGATED = (exp.In, exp.Between, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike)
_SPELLINGS: dict[type[exp.Expr], Callable[[exp.Expr], str | None]] = {
    exp.Cast: _cast,
    exp.DataType: _data_type,
    exp.Filter: _filter,
    exp.TimestampTrunc: _truncated,
    exp.Anonymous: _call_by_name,
    exp.Not: _negated,
    exp.Ordered: _ordered,
    exp.Interval: _interval,
    exp.Div: _operator("/"),
    exp.Pow: _operator("^"),
    exp.Sqrt: _root,
    exp.StartsWith: _operator("^@"),
    exp.Trim: _trim,
    exp.Cbrt: _root,
}


_SIGNS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.DPipe: "||"}  # printed between their operands


def layout(tree: exp.Expr, *, indent: int, tail: int = 0) -> str:
    """The tree as text whose first line starts at column `indent`. `tail` characters follow its last line."""
    known = _LINES.set({})
    try:
        return _laid_out(tree, indent=indent, tail=tail)
    finally:
        _LINES.reset(known)


# While one tree is laid out: the one-line text of its parts by identity, which every level reads again.
_LINES: ContextVar[dict[int, tuple[exp.Expr, str]]] = ContextVar("lines")


def _line(tree: exp.Expr) -> str:
    known = _LINES.get()
    if id(tree) not in known:
        known[id(tree)] = tree, one_line(tree)
    return known[id(tree)][1]


def _laid_out(tree: exp.Expr, *, indent: int, tail: int = 0) -> str:
    text = _line(tree)
    breaks = isinstance(tree, exp.Window) or (isinstance(tree, exp.Case) and len(tree.args["ifs"]) > 1)
    if not breaks and indent + len(text) + tail <= WIDTH:
        return text
    return _broken(tree, indent, tail) or text


def _broken(tree: exp.Expr, indent: int, tail: int) -> str | None:
    pad, inner = " " * indent, " " * (indent + len(STEP))
    deeper = indent + len(STEP)
    if isinstance(tree, exp.Case):
        return _case(tree, indent)
    if isinstance(tree, exp.Cast) and current().short_casts:
        to = _line(tree.args["to"])
        return f"{_laid_out(tree.this, indent=indent, tail=tail + len(to) + 2)}::{to}"
    if isinstance(tree, exp.Paren):
        _LINES.get().setdefault(id(tree.this), (tree.this, _line(tree)[1:-1]))  # printed once
        return f"(\n{inner}{_laid_out(tree.this, indent=deeper)}\n{pad})"
    if isinstance(tree, exp.Order) and tree.this is not None:
        return f"{_laid_out(tree.this, indent=indent)}\n{pad}{_order_of(tree)}"
    if isinstance(tree, exp.Window):
        return _window(tree, indent)
    if isinstance(tree, exp.Filter):
        condition = _laid_out(tree.expression.this, indent=deeper + len("where "))
        head = _laid_out(tree.this, indent=indent, tail=len(" filter ("))
        return f"{head} filter (\n{inner}where {condition}\n{pad})"
    if isinstance(tree, (exp.And, exp.Or)):
        word = "and" if isinstance(tree, exp.And) else "or"
        beside = indent + len(word) + 1
        parts = list(tree.flatten(unnest=False))  # unchanged: removing a bracket would change the meaning
        operands = [_operand(part, indent=indent, beside=beside) for part in parts]
        return f"\n{pad}{word} ".join(operands)
    if isinstance(tree, exp.Binary) and not isinstance(tree, exp.Dot):
        return _binary(tree, indent, tail)
    return _call(tree, indent)


def _operand(tree: exp.Expr, *, indent: int, beside: int) -> str:
    """A part of a condition after its `and`. Bracketed content is indented from the start of the line."""
    fits = beside + len(_line(tree)) <= WIDTH
    return _laid_out(tree, indent=indent if isinstance(tree, exp.Paren) and not fits else beside)


def _case(tree: exp.Case, indent: int) -> str:
    pad, inner = " " * indent, " " * (indent + len(STEP))
    lines = [f"case {_line(tree.this)}" if tree.this else "case"]
    for branch in tree.args["ifs"]:
        whole = f"{inner}when {_line(branch.this)} then {_line(branch.args['true'])}"
        if len(whole) <= WIDTH:
            lines.append(whole)
            continue
        lines.append(f"{inner}when {_laid_out(branch.this, indent=indent + 9)}")
        lines.append(f"{inner}{STEP}then {_laid_out(branch.args['true'], indent=indent + 13)}")
    if tree.args.get("default") is not None:
        lines.append(f"{inner}else {_laid_out(tree.args['default'], indent=indent + 9)}")
    return "\n".join([*lines, f"{pad}end"])


def _window(tree: exp.Window, indent: int) -> str:
    pad, inner = " " * indent, " " * (indent + len(STEP))
    parts = ", ".join(_line(key) for key in tree.args.get("partition_by") or [])
    lines = [f"partition by {parts}"] if parts else []
    order = tree.args.get("order")
    if order is not None:
        terms = [_line(term) for term in order.expressions]
        together = f"order by {', '.join(terms)}"
        apart = f",\n{inner}{STEP}".join(terms)
        lines.append(together if len(inner) + len(together) <= WIDTH else f"order by\n{inner}{STEP}{apart}")
    return f"{_line(tree.this)} over (\n{inner}" + f"\n{inner}".join(lines) + f"\n{pad})"


def _binary(tree: exp.Binary, indent: int, tail: int) -> str:
    """A binary expression, broken before the operator, which starts the next line."""
    whole, right = _line(tree), _line(tree.right)
    sign = f" {_SIGNS.get(type(tree))} {right}"
    if whole.endswith(sign):  # so that a long chain is not printed again at each of its levels
        _LINES.get().setdefault(id(tree.left), (tree.left, whole[: -len(sign)]))
    left = _line(tree.left)
    operator = whole[len(left) : len(whole) - len(right)].strip() if whole.endswith(right) else ""
    if not operator or not whole.startswith(left):
        return whole
    first = _laid_out(tree.left, indent=indent)
    second = _laid_out(tree.right, indent=indent + len(operator) + 1, tail=tail)
    return f"{first}\n{' ' * indent}{operator} {second}"


def _call(tree: exp.Expr, indent: int) -> str | None:
    """`name(` and its arguments: on one line when they fit, else one per line. None for special forms."""
    whole = _line(tree)
    name, bracket, rest = whole.partition("(")
    arguments = _arguments(tree)
    if not bracket or not arguments or not rest.endswith(")"):
        return None
    pad, inner = " " * indent, " " * (indent + len(STEP))
    together = ", ".join(_line(a) for a in arguments)
    if rest[:-1] != together:  # a special form, such as count(distinct x) or extract(year from d)
        order = _order_of(tree)
        is_long = order and len(inner) + len(rest) - 1 > WIDTH and rest[:-1].endswith(order)
        body = f"{rest[: -1 - len(order)].rstrip()}\n{inner}{order}" if is_long else rest[:-1]
        return f"{name}(\n{inner}{body}\n{pad})"
    if len(inner) + len(together) <= WIDTH:
        return f"{name}(\n{inner}{together}\n{pad})"
    lines = f",\n{inner}".join(_laid_out(a, indent=indent + len(STEP), tail=1) for a in arguments)
    return f"{name}(\n{inner}{lines}\n{pad})"


def _arguments(tree: exp.Expr) -> list[exp.Expr]:
    return [child for child in tree.iter_expressions() if not isinstance(child, exp.Var)]


def _order_of(tree: exp.Expr) -> str:
    """`order by …` of an aggregate; empty without one."""
    found = [node for node in nodes(tree) if isinstance(node, exp.Order)]
    return _line(exp.Order(expressions=found[0].expressions)).strip() if len(found) == 1 else ""
