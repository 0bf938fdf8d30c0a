"""The measured functions of an engine: `functions/<engine>.txt`, one call, operator or cast a line.

    lower(text)
    /(integer, integer) | divide(a, b)
    avg(numeric) | | double

A line is `signature | how it is written | the type that it gives`; the last two may be missing. A signature is a
PostgreSQL function, an operator or `cast`, with the kinds of its arguments (`kind_of`); `...` repeats the last one. The
second part is an expression over a, b, c …, the arguments in order; missing, the call is written as in PostgreSQL. The
third is a type of the engine; missing, it is the one that PostgreSQL gives, `?` is one that is not known exactly.
A line exists only where the value was measured to be equal to PostgreSQL's: `tests/engines` measures each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from sqlglot import exp

from erd2dbt.engines.kinds import BARE
from erd2dbt.sql.reading import read_one

_BAR = re.compile(r" \|(?= |$)")  # `||` is an operator
SAME = "same"  # as PostgreSQL writes it
ANY = "..."


@dataclass(frozen=True, slots=True)
class Measured:
    """How a call is written: a tree over the columns a, b, c …, None: as in PostgreSQL.

    `gives`: its type, see above.
    """

    template: exp.Expr | None = None
    gives: str | None = None


def load(engine: str) -> Mapping[str, Measured]:
    """The measured list of an engine; empty where there is none."""
    file = files("erd2dbt.engines") / "functions" / f"{engine}.txt"
    return parsed(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else {}


def parsed(lines: Iterable[str]) -> dict[str, Measured]:
    """Signature -> rule, of lines as above; `#` begins a comment line."""
    found: dict[str, Measured] = {}
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            signature, text, gives = (*(part.strip() for part in _BAR.split(line)), "", "")[:3]
            template = read_one(text) if text and text != SAME else None
            found[signature] = Measured(template, gives or None)
    return found


def matching(rules: Mapping[str, Measured], word: str, kinds: tuple[str, ...]) -> Measured | None:
    """The rule of a call: for exactly these kinds, else one whose last kind repeats; None without one.

    A constant `null` matches any kind, and so does a text next to another operand.
    """
    return _matching(tuple(_spellings(word, kinds)), rules)


def _matching(signatures: tuple[str, ...], rules: Mapping[str, Measured]) -> Measured | None:
    return next((rules[signature] for signature in signatures if signature in rules), None)


_NUMBERS = ("integer", "numeric", "float")


@lru_cache(maxsize=4096)
def _spellings(word: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The signatures of a call in a list, most specific first."""
    known = [kind for kind in kinds if kind not in ("null", "constant")]
    other = known[0] if known else "text"
    plain = tuple(kind.removeprefix("nonzero ").removeprefix(BARE) for kind in kinds)
    choices = [
        tuple(kinds),
        plain,
        tuple("text" if kind in ("null", "constant") else kind for kind in plain),
        tuple(other if kind in ("null", "constant") else kind for kind in plain),
    ]
    found = [f"{word}({', '.join(choice)})" for choice in choices]
    if known and set(known) <= set(_NUMBERS):  # numbers of several kinds are computed as the widest of them
        choices.append((max(known, key=_NUMBERS.index),) * len(kinds))
    for choice in choices:
        if choice and len(set(choice)) == 1:
            found.append(f"{word}({choice[0]}, {ANY})")
    return tuple(dict.fromkeys(found))
