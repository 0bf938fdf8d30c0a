"""Syntax of PostgreSQL in hand-written SQL that another engine may not read, although the tree has the same meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.engines.engine import Engine
from erd2dbt.sql.tokens import Kind, Token, tokens
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.dbttext import masked

# What sqlglot reads as something else, so that the tree does not show it: with an example that every engine reads.
_SIGNS = {"::": "cast(x as date)", "@": "abs(x)", "~~": "x like y", "!~~": "not x like y"}
_WORDS = {
    "isnull": "x is null",
    "notnull": "x is not null",
    # PostgreSQL's internal names of types
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
}
_CLAUSES: dict[type[exp.Expr], str] = {
    exp.Fetch: "fetch first",
    exp.Lateral: "lateral",
    exp.Lock: "for update",
    exp.Offset: "offset",
    exp.TableSample: "tablesample",
    exp.Unnest: "unnest",
    exp.Values: "values",
}


@dataclass(frozen=True, slots=True)
class Syntax:
    """A part of a query as it is written, and what every engine reads instead, if there is such a thing.

    `offset`: its place in the text, where that is known.
    """

    part: str
    instead: str | None = None
    offset: int | None = None


def unread(text: str, query: exp.Query, engine: Engine) -> Syntax | None:
    """The first part of a query that the engine is not known to read; None without one."""
    found = _Words(masked(text), engine).unread()
    if found is None and engine.printing.case_matters:
        names = (node.name for node in nodes(query) if isinstance(node, exp.Identifier) and not node.quoted)
        found = next((Syntax(name, name.lower()) for name in names if name != name.lower()), None)
    return found or next((Syntax(part) for part in _clauses(query) if part not in engine.reads), None)


class _Words:
    """The words, signs, names and constants of a query."""

    def __init__(self, text: str, engine: Engine) -> None:
        self.text, self.engine = text, engine
        self.tokens = tokens(text) or []

    def unread(self) -> Syntax | None:
        return next((found for place in range(len(self.tokens)) if (found := self._unread(place)) is not None), None)

    def _unread(self, place: int) -> Syntax | None:
        token = self.tokens[place]
        before = self.tokens[place - 1].text if place else ""
        if token.kind is Kind.SIGN and token.text in _SIGNS.keys() - self.engine.reads:
            after = self.tokens[place + 1].text if token.text == "::" and place + 1 < len(self.tokens) else ""
            return Syntax(token.text + after, _SIGNS[token.text].replace("date", after or "date"), token.start)
        if token.kind is Kind.WORD and token.text in _WORDS.keys() - self.engine.reads and before != ".":
            return Syntax(token.text, _WORDS[token.text], token.start)
        if (before, token.text) == ("by", "distinct"):
            return Syntax("group by distinct", None, token.start)
        written = self.text[token.start : token.end]
        if token.kind is Kind.STRING and self._is_other_text(written):
            return Syntax(written, None, token.start)
        if self._is_other_name(token):
            instead = None if self.engine.names.quoting.needs_quotes(token.text) else token.text
            return Syntax(written, instead, token.start)
        return None

    def _is_other_text(self, written: str) -> bool:
        """Whether the engine may read a constant as another text: by its quotes, doubled quotes or backslashes."""
        if written.startswith("$"):
            return "$$" not in self.engine.reads
        doubles = "''" in written[1:-1] and "''" not in self.engine.reads
        return self.engine.names.quoting.backslash and (doubles or "\\" in written)

    def _is_other_name(self, token: Token) -> bool:
        """Whether the engine does not read a name in these quotes, or as another name than without them."""
        quoting = self.engine.names.quoting
        if token.kind is not Kind.QUOTED or '"' in self.engine.reads:
            return False
        return quoting.mark != '"' or (quoting.folds_up and not quoting.needs_quotes(token.text))


def _clauses(query: exp.Query) -> Iterator[str]:
    """The clauses that are more than plain SQL, in PostgreSQL's words."""
    for node in nodes(query):
        yield from (word for kind, word in _CLAUSES.items() if isinstance(node, kind))
        if isinstance(node, exp.SetOperation):
            is_plain = isinstance(node, exp.Union) and not node.args.get("distinct")
            yield from () if is_plain else (node.key if node.args.get("distinct") else f"{node.key} all",)
        elif isinstance(node, exp.Select):
            yield from _parts(node)
        elif isinstance(node, exp.Table):
            yield from _of_table(node)
        elif isinstance(node, exp.CTE) and node.args.get("materialized") is not None:
            yield "materialized"
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            yield "with recursive"
        elif isinstance(node, exp.Between) and node.args.get("symmetric"):
            yield "between symmetric"
        elif isinstance(node, exp.Unnest) and node.args.get("offset"):
            yield "with ordinality"


def _parts(select: exp.Select) -> Iterator[str]:
    distinct, joins = select.args.get("distinct"), select.args.get("joins") or []
    if distinct is not None and distinct.args.get("on") is not None:
        yield "distinct on"
    if any(join.args.get("method") for join in joins):
        yield "natural join"
    if select.args.get("windows"):
        yield "window"
    from_ = select.args.get("from_")
    sources = [source.this for source in (*([from_] if from_ is not None else []), *joins)]
    if any(isinstance(source, exp.Subquery) and not source.alias for source in sources):
        yield "a subquery without a name"


def _of_table(table: exp.Table) -> Iterator[str]:
    alias = table.args.get("alias")
    if isinstance(table.this, exp.Func):
        yield "a function in `from`"
    elif alias is not None and alias.args.get("columns"):
        yield "new names for the columns of a table"
    if table.args.get("only"):
        yield "only"
