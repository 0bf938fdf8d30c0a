"""Hand-written SQL on another engine. It is PostgreSQL SQL, and is used only where the engine reads it the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.design.plans.output_types import Scope, scopes_of
from erd2dbt.design.plans.plan import Relation
from erd2dbt.design.project.engine_syntax import unread
from erd2dbt.engines.calls import type_word
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.lowering import Columns, UnmeasuredError, cast, exact, lowered
from erd2dbt.sql.inference import TypeOf, infer
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.spelling import POSTGRES, spelled_for
from erd2dbt.sql.trees import nodes, rewritten
from erd2dbt.sqlproof.dbttext import read


@dataclass(frozen=True, slots=True)
class Other:
    """Why a query is not used on an engine. `way`: what every engine reads. `offset`: the place in the text."""

    message: str
    way: str | None = None
    offset: int = 0


def other_meaning(text: str, reads: Mapping[str, Relation], engine: Engine) -> Other | None:
    """The part of a query that the engine would reject or compute differently; None without one."""
    with spelled_for(POSTGRES):  # also while texts for the engine are made
        return _other_meaning(text, reads, engine)


def _other_meaning(text: str, reads: Mapping[str, Relation], engine: Engine) -> Other | None:
    found = read(text)
    syntax = unread(text, found.query, engine) if found.query is not None else None
    if syntax is not None:
        message = f"{engine.title} is not known to read `{syntax.part}`, which is PostgreSQL's syntax"
        way = f"write `{syntax.instead}`" if syntax.instead is not None else None
        return Other(message, way, syntax.offset or 0)
    refused = _refused(found.query, reads, engine)
    return Other(refused) if refused is not None else None


class _OtherTextError(Exception):
    """An expression that the engine needs in other words."""


def _refused(query: exp.Query | None, reads: Mapping[str, Relation], engine: Engine) -> str | None:
    unread = f"the SQL cannot be read, so it is not known whether it means the same on {engine.title}"
    if query is None:
        return unread
    bare = {node.name.lower() for node in nodes(query) if isinstance(node, exp.Identifier) and not node.quoted}
    if reserved := sorted(bare & engine.names.quoting.reserved):
        return f"the name `{reserved[0]}` is reserved on {engine.title}, so it needs quotes there"
    try:
        for scope in scopes_of(query, reads):
            _check_select(scope, engine)
    except UnmeasuredError as problem:
        return f"{problem.what} was not measured to give PostgreSQL's value on {engine.title}"
    except _OtherTextError as problem:
        return str(problem)
    except (SqlglotError, RecursionError):
        return unread
    return None


def has_other_types(text: str, reads: Mapping[str, Relation], engine: Engine) -> bool:
    """Whether the engine gives a value of a query another type than PostgreSQL, such as HUGEINT for a sum of integers.

    The query has no other meaning on the engine.
    """
    with spelled_for(POSTGRES):
        query = read(text).query
        return query is None or any(
            _has_other_type(item, scope, engine)
            for scope in scopes_of(query, reads)
            for item in scope.select.expressions
        )


def _has_other_type(item: exp.Expr, scope: Scope, engine: Engine) -> bool:
    tree = item.unalias()
    if isinstance(tree, (exp.Star, exp.Column)):
        return False
    with spelled_for(POSTGRES):
        tree = read_one(one_line(tree))  # as a formula, whose calls have types
    columns = Columns(scope.type_of, lambda column: _engine_type(scope.type_of(column), engine))
    try:
        return lowered(tree, engine, columns).type != _engine_type(infer(tree, scope.type_of), engine)
    except UnmeasuredError:
        return True


def _check_select(scope: Scope, engine: Engine) -> None:
    for tree in _trees(scope.select):
        inner = [node for node in nodes(tree) if isinstance(node, exp.Exists)]
        for exists in inner:
            for deeper in scope.within(exists.this):
                _check_select(deeper, engine)
        whole = rewritten(tree, lambda node: exp.true() if isinstance(node, exp.Exists) else node) if inner else tree
        _check(whole, scope.type_of, engine)


def _trees(select: exp.Select) -> Iterator[exp.Expr]:
    """The expressions of a select, each as it was written."""
    for item in select.expressions:
        inner = item.unalias()
        if not isinstance(inner, exp.Star) and not (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            yield inner
    for word in ("where", "having", "qualify"):
        if (part := select.args.get(word)) is not None:
            yield part.this
    yield from (join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on") is not None)
    for word in ("group", "order"):
        if (part := select.args.get(word)) is not None:
            yield from part.expressions


def _check(tree: exp.Expr, type_of: TypeOf, engine: Engine) -> None:
    """UnmeasuredError, or _OtherTextError where the engine needs another text than PostgreSQL."""
    written = one_line(tree)
    ordered = isinstance(tree, exp.Ordered)
    again = read_one(f"array_agg(x order by {written})").find(exp.Ordered) if ordered else read_one(written)
    assert again is not None
    for term in (node for node in nodes(again) if isinstance(node, exp.Ordered)):
        descends = bool(term.args.get("desc"))
        if term.args.get("nulls_first") is None and engine.printing.nulls_first[descends] != descends:
            raise UnmeasuredError(f"`{written}` without `nulls first` or `nulls last`")
    made = exact(lowered(again, engine, Columns(type_of, lambda column: _engine_type(type_of(column), engine))), engine)
    if one_line(made.tree) != one_line(rewritten(again, lambda node: _same_type(node, engine))).lower():
        short = written if len(written) <= _LONGEST else f"{written[: _LONGEST - 1]}…"
        with spelled_for(engine.spelling):
            needed = one_line(made.tree)
        raise _OtherTextError(f"for PostgreSQL's value, {engine.title} needs `{needed}` in place of `{short}`")


_LONGEST = 60


def _engine_type(type_: str | None, engine: Engine) -> str | None:
    return engine.type_of(type_) if type_ is not None else None


def _same_type(node: exp.Expr, engine: Engine) -> exp.Expr:
    """A cast with the engine's type name, where the engine also accepts PostgreSQL's."""
    to = type_word(node.args["to"]) if isinstance(node, exp.Cast) else ""
    there = engine.type_of(to) if engine.takes(to) else None
    return node if there is None else cast(rewritten(node.this, lambda inner: _same_type(inner, engine)), there)
