"""dbt SQL as plain SQL: Jinja that names relations is replaced by the names, other harmless Jinja is removed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.escape.sql import ident
from erd2dbt.sql.reading import DEEPEST, in_postgres_quotes, query

_STRING = r"""(['"])(?P<{}>[^'"]+)\{}"""
_REF = re.compile(r"\{\{-?\s*ref\(\s*" + _STRING.format("model", 1) + r"\s*\)\s*-?\}\}")
_SOURCE = re.compile(
    r"\{\{-?\s*source\(\s*" + _STRING.format("source", 1) + r"\s*,\s*" + _STRING.format("table", 3) + r"\s*\)\s*-?\}\}"
)
_SILENT = re.compile(r"\{\{-?\s*config\(.*?\)\s*-?\}\}|\{#.*?#\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)  # dbt also renders Jinja after `--`
_OPENER = re.compile(r"""\{\{ (["'])(\{\{|\{%|\{#)\1 \}\}""")  # how a literal opener is written
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[{%].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Read:
    """The query, or the reason why it cannot be read, as the end of a sentence.

    `broken`: PostgreSQL could not read it either.
    """

    query: exp.Query | None
    fault: str = ""
    broken: bool = False


def refs(text: str) -> list[str]:
    """The dbt models that the SQL reads, each once, in order."""
    return list(dict.fromkeys(found["model"] for found in _REF.finditer(text)))


def first_ref(text: str, model: str) -> tuple[int, int]:
    """Where the SQL first reads a model that is among its `refs`."""
    return next(found.span() for found in _REF.finditer(text) if found["model"] == model)


def ref_places(text: str) -> list[tuple[str, int]]:
    """Each model that the SQL reads outside of comments, with its line number."""
    silent = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return [(found["model"], silent.count("\n", 0, found.start()) + 1) for found in _REF.finditer(silent)]


def plain(
    text: str, names: Mapping[str, str] | None = None, tables: Mapping[tuple[str, str], str] | None = None
) -> str:
    """The SQL with `ref('x')` as `x` and `source('s', 't')` as `s.t`, without `config` and comments.

    Other Jinja is kept.

    `names` are the models, and `tables` the (source, table) pairs, that are replaced by more than their bare name.
    """
    text = _SILENT.sub("", text)
    text = _REF.sub(lambda found: (names or {}).get(found["model"]) or ident(found["model"]), text)

    def source(found: re.Match[str]) -> str:
        known = (tables or {}).get((found["source"], found["table"]))
        return known or f"{ident(found['source'])}.{ident(found['table'])}"

    return _SOURCE.sub(source, text)


def masked(text: str) -> str:
    """The text with each Jinja expression replaced by a name of its length, and comments of Jinja by spaces."""
    silent = _SILENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return _JINJA.sub(lambda found: re.sub(r"[^\n]", "_", found[0]), silent)


def opened(text: str) -> str:
    """The text with literal openers of Jinja unescaped."""
    return _OPENER.sub(r"\2", text)


def places(text: str) -> list[tuple[int, int]] | None:
    """For each character of the SQL that `read` parses, the part of the text that it comes from.

    None where names and constants are quoted as other engines quote them: their quotes have other lengths.
    """
    if any(sign in text for sign, _ in _QUOTED):
        return None
    found = [(place, place + 1) for place in range(len(text))]
    for pattern, written in (
        (_SILENT, lambda _: ""),
        (_REF, lambda match: ident(match["model"])),
        (_SOURCE, lambda match: f"{ident(match['source'])}.{ident(match['table'])}"),
        (_OPENER, lambda match: match[2]),
    ):
        text, found = _replaced(pattern, written, text, found)
    return found


def _replaced(
    pattern: re.Pattern[str], written: Callable[[re.Match[str]], str], text: str, places: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    made, kept, done = "", list[tuple[int, int]](), 0
    for match in pattern.finditer(text):
        new = written(match)
        made += text[done : match.start()] + new
        whole = places[match.start()][0], places[match.end() - 1][1]
        kept += [*places[done : match.start()], *[whole] * len(new)]
        done = match.end()
    return made + text[done:], [*kept, *places[done:]]


def unjudged(sql: str) -> str | None:
    """The first Jinja expression that is left in plain SQL. Only dbt can evaluate it."""
    found = _JINJA.search(_OPENER.sub("", sql))
    return found[0] if found else None


def read(text: str) -> Read:
    """The SQL of a dbt model, parsed as one query. Names and constants may be quoted as other engines quote them."""
    found = _read(text)
    if found.query is None:
        for sign, system in _QUOTED:
            if sign in text:
                with suppress(SqlglotError):
                    return _read(in_postgres_quotes(text, system))
    return found


# Names in backticks, constants with backslashes: each is parsed with a dialect that allows them.
_QUOTED = (("`", "spark"), ("\\", "snowflake"))


def _read(text: str) -> Read:
    sql = plain(text)
    if held := unjudged(sql):
        return Read(None, f"contains Jinja that cannot be analyzed: `{held.splitlines()[0]}`")
    try:
        tree = query(opened(sql))
    except RecursionError:
        return Read(None, f"is nested too deep: more than {DEEPEST} levels", broken=True)
    except SqlglotError as problem:
        details = getattr(problem, "errors", None) or [{}]
        return Read(None, f"cannot be read at `{details[0].get('highlight') or 'its end'}`", broken=True)
    return Read(tree) if isinstance(tree, exp.Query) else Read(None, "must be one select", broken=True)
