"""Expressions of the spec language: PostgreSQL SQL parsed by sqlglot, its macros, and rejected constructs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlglot import Token, exp
from sqlglot.errors import SqlglotError

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Expression, Tier
from erd2dbt.escape.sql import RESERVED, literal, needs_quotes
from erd2dbt.faults.diagnostics import Collector, Hint, Span
from erd2dbt.names.length import fit
from erd2dbt.sql.layout import is_whole
from erd2dbt.sql.overloads import flags_of
from erd2dbt.sql.printing import is_kept
from erd2dbt.sql.reading import DEEPEST, POSTGRES, read, read_one, tokens
from erd2dbt.sql.trees import copied, nodes, rewritten

Tree = exp.Expr

# Only these turn many values into one (spec language, rule 2).
_AGGREGATES: tuple[type[exp.Expr], ...] = (
    exp.Sum,
    exp.Count,
    exp.Min,
    exp.Max,
    exp.Avg,
    exp.LogicalAnd,
    exp.LogicalOr,
    exp.GroupConcat,
    exp.ArrayAgg,
    exp.First,
    exp.Last,
)
PICKS = (exp.First, exp.Last)

# Aggregates of extensions and other spellings; the rest is in PostgreSQL's own catalog.
_VOLATILE = frozenset("dblink dblink_exec rand uuid uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4".split())
_OTHER_AGGREGATES = frozenset({"mode"})


_PARTS = ["compute parts of it in columns of their own"]


def parse(expression: Expression, faults: Collector) -> Tree | None:
    """The expression as a tree with macros expanded, or None after adding E020, E021, E023 or E024."""
    try:
        return _parsed(expression, faults)
    except RecursionError:  # fewer levels than can be read, and too many for what comes next
        faults.add("E020", "the expression is nested too deep: too many levels", expression.span, fixes=_PARTS)
        return None


def _parsed(expression: Expression, faults: Collector) -> Tree | None:
    text, dialect = expression.text, expression.engine or "postgres"
    if not text.strip():
        faults.add("E020", "the expression is empty", expression.span)
        return None
    if any(mark in text for mark in ("--", "/*")) and _has_comment(text):
        faults.add("E021", "comments are not allowed in an expression", expression.span, fixes=_DESCRIBE)
        return None
    try:
        if ";" in text and _has_semicolon(text):
            faults.add("E021", "an expression cannot contain a semicolon", expression.span)
            return None
        tree = copied(_read(text, dialect)[0])
    except SqlglotError as problem:
        message, place, fixes = _worded(problem, expression)
        faults.add("E020", message, place, fixes=fixes)
        return None
    except RecursionError:
        message = f"the expression is nested too deep: more than {DEEPEST} levels"
        faults.add("E020", message, expression.span, fixes=_PARTS)
        return None
    if not _allowed(tree, expression.span, faults):
        return None
    if not _is_kept(text, dialect):
        faults.add(
            "E025", f"`{_shortened(text)}` cannot be printed as it is written", expression.span, fixes=_OTHERWISE
        )
        return None
    made = _expanded(tree, expression.span, faults)
    return made if made is None or expression.engine is None else _mark_as_own(made)


OWN = "own"  # of a node: it is engine SQL, and printed unchanged


def _mark_as_own(tree: Tree) -> Tree:
    for node in nodes(tree):
        node.args[OWN] = True
    return tree


def as_written(expression: Expression) -> Tree | None:
    """The expression with unexpanded macros, or None where it cannot be parsed. It is cached: do not change it."""
    try:
        trees = _read(expression.text, expression.engine or "postgres")
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 else None


@lru_cache(maxsize=4096)
def _read(text: str, dialect: str) -> tuple[Tree, ...]:
    """sqlglot's trees, cached: the same formula often occurs in many places."""
    return tuple(read(text, dialect))


@lru_cache(maxsize=4096)
def _is_kept(text: str, dialect: str) -> bool:
    return is_kept(text, _read(text, dialect)[0], dialect)


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_QUOTED else f"{words[: _LONGEST_QUOTED - 1]}…"


_LONGEST_QUOTED = 60  # the longest quoted expression
_OTHERWISE = (Hint("write it in a more usual form, such as `count(x)` for `count(all x)`"),)
_DESCRIBE = ("say it in the column's `description:`",)


def _has_comment(text: str) -> bool:
    tokens = _tokens(text)
    return tokens is None or any(token.comments for token in tokens) or not tokens


def _has_semicolon(text: str) -> bool:
    tokens = _tokens(text) or []
    return any(token.token_type.name == "SEMICOLON" for token in tokens)


def _tokens(text: str) -> list[Token] | None:
    try:
        return tokens(text)
    except SqlglotError:
        return None


def _worded(problem: SqlglotError, expression: Expression) -> tuple[str, Span, list[str]]:
    """sqlglot's error in one plain sentence, and its place inside the expression where that is known."""
    details = getattr(problem, "errors", None)
    if not details:
        return "the expression cannot be read: a quote or bracket is left open", expression.span, ["close it"]
    first = details[0]
    found = str(first.get("highlight") or "")
    reason = str(first.get("description") or "it does not parse").rstrip(".")
    message = f"the expression cannot be read at `{found}`" if found else "the expression cannot be read"
    if "Expecting )" in reason:
        message += ": a `)` is missing"
    place = expression.span
    offset = int(first.get("col") or 0) - len(found)
    if first.get("line") == 1 and found and offset >= 0:
        start = place.column + offset
        place = Span(place.file, place.line, start, start + len(found))
    quoted = [f'a column of this name is written in double quotes: "{found}"'] if found.lower() in RESERVED else []
    return message, place, quoted or ["write PostgreSQL SQL, such as `sum(orders.amount) / 2`"]


_REFUSED: tuple[tuple[tuple[type[Any], ...], str, str], ...] = (
    (
        (exp.Query, exp.Subquery, exp.Exists),
        "a subquery is not allowed in an expression",
        "write the column with its entity: the join follows from the links",
    ),
    (
        (exp.Window,),
        "a window function is not allowed in an expression",
        "use `first:`/`last:` with `order:`, or an aggregate",
    ),
    (
        (exp.Command, exp.DDL, exp.DML, exp.Set, exp.Block),
        "only an expression is allowed here, not a statement",
        "write a value such as `sum(orders.amount)`",
    ),
    (
        (exp.Placeholder, exp.Parameter),
        "a parameter is not allowed in an expression",
        "write the value itself",
    ),
)


def _allowed(tree: Tree, span: Span, faults: Collector) -> bool:
    found = list(nodes(tree))
    for kinds, message, fix in _REFUSED:
        if any(isinstance(node, kinds) for node in found):
            faults.add("E021", message, span, fixes=[fix])
            return False
    for call in (node for node in found if isinstance(node, exp.Func) and not isinstance(node, _NO_CALLS)):
        name = _function_name(call)
        flags = flags_of(name)
        if name in _VOLATILE or "v" in flags:
            faults.add(
                "E021",
                f"`{name}()` gives another value at each run and is not allowed",
                span,
                fixes=["compute it from columns, so that the model can be built again with the same result"],
            )
            return False
        if "s" in flags or isinstance(call, exp.UDTF):
            message = f"`{name}()` gives several rows, and a column has one value for each row"
            faults.add("E021", message, span, fixes=["make the rows a model of their own with `sql:`, and read that"])
            return False
        aggregates = name in _OTHER_AGGREGATES or "a" in flags or isinstance(call, exp.AggFunc)
        if aggregates and not isinstance(call, _AGGREGATES):
            faults.add(
                "E021",
                f"`{name}()` is not among the aggregates of the language",
                span,
                fixes=["use sum, count, count(distinct), min, max, avg, bool_and, bool_or, string_agg, array_agg, "
                       "first or last"],
            )  # fmt: skip
            return False
    return True


_NO_CALLS = (exp.Connector, exp.Cast)  # operators that sqlglot parses as functions


def _function_name(call: exp.Func) -> str:
    """PostgreSQL's name of a function; sqlglot has another name for `json_agg`."""
    if isinstance(call, exp.Anonymous):
        return call.name.lower()
    written: str = POSTGRES.generate(call)
    name = written.partition("(")[0] if "(" in written else call.sql_name()
    return {"rand": "random"}.get(name.lower(), name.lower())


def _expanded(tree: Tree, span: Span, faults: Collector) -> Tree | None:
    """The tree with the language's macros expanded, inner ones first; None after a fault."""
    bad = False

    def expand(node: Tree) -> Tree:
        nonlocal bad
        if not isinstance(node, exp.Anonymous):
            return node
        name = node.name.lower()
        if name == "tier":
            faults.add(
                "E023",
                "`tier` is a mapping, not a function",
                span,
                fixes=["write {tier: amount, cut: {high: 500, medium: 100}, else: low}"],
            )
            bad = True
        elif name == "ratio":
            arguments = [rewritten(a, expand) for a in node.expressions]
            if len(arguments) not in (2, 3):
                faults.add(
                    "E023",
                    f"`ratio` takes two or three arguments, not {len(arguments)}",
                    span,
                    fixes=["write ratio(numerator, denominator) or ratio(numerator, denominator, when_zero)"],
                )
                bad = True
                return node
            return ratio(*arguments)
        return node

    expanded = rewritten(tree, expand)
    return None if bad else expanded


def ratio(numerator: Tree, denominator: Tree, when_zero: Tree | None = None) -> Tree:
    """Safe division in double precision. `when_zero` (default 0) replaces every undefined quotient."""
    quotient = exp.Div(
        this=cast(numerator, "double precision"),
        expression=exp.Nullif(this=_operand(denominator), expression=exp.Literal.number(0)),
    )
    if isinstance(when_zero, exp.Null):
        return quotient
    return coalesce(quotient, when_zero if when_zero is not None else exp.Literal.number(0))


def _operand(tree: Tree) -> Tree:
    return tree.this if isinstance(tree, exp.Paren) else tree


def cast(tree: Tree, to: str) -> Tree:
    """`tree::to`, with brackets where `::` binds tighter than the operators inside."""
    return exp.Cast(this=tree if is_whole(tree) else exp.paren(tree), to=copied(_type(to)))


@lru_cache(maxsize=1024)
def _type(name: str) -> exp.DataType:
    """sqlglot's type where it prints as the same type; otherwise the words unchanged."""
    try:
        built = exp.DataType.build(name, dialect="postgres")
    except SqlglotError:
        built = None
    same = canonical(name) or ""
    if built and (same.startswith("interval ") or (same and canonical(built.sql(dialect="postgres")) == same)):
        return built
    words = (same or name).replace("bit varying", "varbit")  # not read back by sqlglot
    return exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=words)


def zero(type_: str | None) -> Tree:
    """The zero of a sum: 0. For money and intervals it is a text constant, since these accept no number."""
    is_number = type_ is None or family(type_) in ("integer", "numeric", "float")
    return exp.Literal.number(0) if is_number else exp.Literal.string("0")


def coalesce(tree: Tree, default: Tree) -> Tree:
    return exp.Coalesce(this=tree, expressions=[default])


def tier(value: Tree, spec: Tier) -> Tree:
    """The cuts of a tier as a searched CASE, highest first. NULL has no label."""
    whole = value if is_whole(value) else exp.paren(value)
    case = exp.Case()
    for label, bound in spec.cuts:
        case = case.when(exp.GTE(this=copied(whole), expression=constant(bound)), exp.Literal.string(label))
    if spec.otherwise is None:
        return case
    has_value = exp.Is(this=copied(whole), expression=exp.Null(), negate=True)
    return case.when(has_value, exp.Literal.string(spec.otherwise))


def constant(text: str) -> Tree:
    """SQL literal text (`0`, `'unknown'`, `null`) as a tree."""
    return read_one(text)


def column(name: str, relation: str | None = None) -> exp.Column:
    """A column reference, quoted where PostgreSQL needs it."""
    return exp.Column(
        this=exp.Identifier(this=name, quoted=needs_quotes(name)),
        table=exp.Identifier(this=relation, quoted=needs_quotes(relation)) if relation else None,
    )


def parts(node: exp.Column | exp.Dot) -> tuple[str, ...]:
    """The parts of a reference, with long names shortened: `("orders", "shipped", "week")`."""
    return tuple(fit(part.name) for part in node.parts)


def is_star(node: exp.Column) -> bool:
    return isinstance(node.this, exp.Star)


def references(tree: Tree) -> Iterator[exp.Column | exp.Dot]:
    """Every outermost column reference, once per occurrence."""
    if isinstance(tree, exp.Dot):
        yield tree
        return
    if isinstance(tree, exp.Column):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from references(child)


def is_aggregate(tree: Tree) -> bool:
    """Whether the tree is an aggregate of the language, with or without its FILTER clause."""
    return (isinstance(tree, exp.Filter) and isinstance(tree.this, _AGGREGATES)) or isinstance(tree, _AGGREGATES)


def outer_aggregates(tree: Tree) -> Iterator[Tree]:
    """The aggregates that are not inside another one, including their FILTER clause."""
    if is_aggregate(tree):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from outer_aggregates(child)


def has_nested_aggregate(aggregate: Tree) -> bool:
    inner = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return any(True for child in inner.iter_expressions() for _ in outer_aggregates(child))


def aggregate_word(aggregate: Tree) -> str:
    """`sum`, `count`, …: the name of an output when its column has several aggregates."""
    inner = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return {"logical_and": "all", "logical_or": "any"}.get(inner.key, inner.key)


def label(tree: Tree, type_: str | None) -> Tree:
    """The single value of a column within a group that determines it; `min` where the type supports it."""
    if type_ == "boolean":
        return exp.LogicalOr(this=tree)
    if type_ is not None and family(type_) in ("json", "other", "uuid", "binary"):
        first = exp.Literal.number(0)  # printed as 1: sqlglot counts from zero
        return exp.Bracket(this=exp.paren(exp.ArrayAgg(this=tree)), expressions=[first])
    return exp.Min(this=tree)


def empty_is_zero(aggregate: Tree) -> bool:
    """Whether the aggregate of no rows is 0: true for sum and count (spec language, rule 8)."""
    inner = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return isinstance(inner, (exp.Sum, exp.Count))


def text_constant(text: str) -> Tree:
    return constant(literal(text))
