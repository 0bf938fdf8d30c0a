"""PostgreSQL's own catalog as data: types, implicit casts, functions and operators (written by tests/sql)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("postgres_catalog.txt")


@dataclass(frozen=True, slots=True)
class Signature:
    """One function or operator: its argument types and result type, as `format_type` spells them.

    `flags`: `a` aggregate, `w` window function, `s` returns a set, `v` volatile, `+` variadic, and how many of the last
    arguments have a default.
    """

    takes: tuple[str, ...]
    gives: str
    flags: str = ""

    @property
    def variadic(self) -> bool:
        return "+" in self.flags

    @property
    def optional(self) -> int:
        digits = "".join(sign for sign in self.flags if sign.isdigit())
        return int(digits or 0)


@dataclass(frozen=True, slots=True)
class Catalog:
    """`categories`: type -> PostgreSQL's letter (section 10.1). `casts`: implicit casts as (from, to)."""

    categories: dict[str, str]
    preferred: frozenset[str]
    casts: frozenset[tuple[str, str]]
    _functions: dict[str, list[str]]
    _operators: dict[str, list[str]]

    def functions(self, name: str) -> tuple[Signature, ...]:
        """The functions with this lower-case name."""
        return tuple(_function(line) for line in self._functions.get(name, ()))

    def operators(self, sign: str) -> tuple[Signature, ...]:
        return tuple(_operator(line) for line in self._operators.get(sign, ()))

    def category(self, type_: str) -> str:
        """The category of a type: `A` for arrays, `U` (user-defined) for types outside of the catalog."""
        return "A" if type_.endswith("[]") else self.categories.get(type_, "U")


@cache  # a formula names the same few again and again
def _function(line: str) -> Signature:
    takes, gives, flags = line.split("|")
    return Signature(tuple(filter(None, takes.split(","))), gives, flags)


@cache
def _operator(line: str) -> Signature:
    left, right, gives = line.split("|")
    return Signature((left, right) if left else (right,), gives)


@cache
def catalog() -> Catalog:
    """The whole catalog, read once."""
    parts: dict[str, list[str]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = parts.setdefault(line.strip("[]"), [])
        else:
            lines.append(line)
    types = [line.rsplit("|", 1) for line in parts["types"]]
    casts = (line.partition("|") for line in parts["casts"])
    return Catalog(
        {name: letter[0] for name, letter in types},
        frozenset(name for name, letter in types if letter.endswith("*")),
        frozenset((source, target) for source, _, target in casts),
        _by_name(parts["functions"]),
        _by_name(parts["operators"]),
    )


def _by_name(lines: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        name, *rest = line.rsplit("|", 3)
        found.setdefault(name, []).append("|".join(rest))
    return found
