"""How trees are written for an engine; the default is PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property

from erd2dbt.escape.sql import POSTGRES as POSTGRES_QUOTING
from erd2dbt.escape.sql import Quoting


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """`short_casts`: `x::type`, else `cast(x as type)`.

    `nulls_first`: (ascending, descending), the engine's default order of NULLs. `shows_aliases`: whether a column of a
    relation needs `as` to be called by its own name. `case_matters`: in names of functions and types, such as `toDate`.
    """

    dialect: str = "postgres"  # the dialect that parses it back
    quoting: Quoting = POSTGRES_QUOTING
    short_casts: bool = True
    nulls_first: tuple[bool, bool] = (False, True)
    shows_aliases: bool = False
    case_matters: bool = False

    @property
    def is_postgres(self) -> bool:
        return self is POSTGRES

    @cached_property
    def quoted(self) -> re.Pattern[str]:
        """Constants and quoted names, whose case is kept, and words in mixed case, where case matters."""
        mark = re.escape(self.quoting.mark)
        name = rf"{mark}(?:[^{mark}\\]|\\.|{mark}{mark})*{mark}"
        text = r"'(?:[^'\\]|\\.|'')*'" if self.quoting.backslash else r"'(?:[^']|'')*'"
        mixed = r"|\b(?:[a-z]+[A-Z]|[A-Z][a-z])\w*" if self.case_matters else ""
        return re.compile(rf"({name}|\b[eE]'(?:[^'\\]|\\.|'')*'|{text}{mixed})", re.DOTALL)


POSTGRES = Spelling()
_CURRENT: ContextVar[Spelling] = ContextVar("spelling", default=POSTGRES)
current = _CURRENT.get


@contextmanager
def spelled_for(spelling: Spelling) -> Iterator[None]:
    """Within this context, SQL is printed in the spelling of the engine."""
    token = _CURRENT.set(spelling)
    try:
        yield
    finally:
        _CURRENT.reset(token)


# -- names and constants in the current spelling


def ident(name: str) -> str:
    """A name in SQL."""
    return current().quoting.ident(name)


def between_quotes(name: str) -> str:
    """A name for a place that is within quotes already."""
    return current().quoting.between_quotes(name)


def folded(name: str) -> str:
    """A name for dbt, which adds quotes itself where needed."""
    quoting = current().quoting
    return quoting.between_quotes(name) if quoting.folds_up and quoting.needs_quotes(name) else name


def needs_quotes(name: str) -> bool:
    return current().quoting.needs_quotes(name)


def literal(text: str) -> str:
    """A text constant."""
    return current().quoting.literal(text)
