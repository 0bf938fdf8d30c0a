"""Which names can be used, and which of them are one name to PostgreSQL, dbt or a file system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from erd2dbt.diagnostics import Collector, Span
    from erd2dbt.erd import Word
    from erd2dbt.read.fields import Field, Reader

LONGEST = 63  # bytes of UTF-8: PostgreSQL cuts identifiers behind them
_LONGEST_WRITTEN = 200  # bytes; names become file names, and longer than 63 are fitted with a hash
_JINJA = ("{{", "{%", "{#")
_OLD = "`renamed_from` holds what this one, and no other, was called before"
# dbt refuses these as names of projects: its Jinja context is made of them
DBTS_OWN = frozenset(
    """adapter api column config context database env env_var exceptions execute flags fromjson fromyaml graph
    invocation_id log model modules post_hooks pre_hooks ref render return run_started_at schema source sql sql_now
    target this tojson toyaml var write""".split()
)
# in a name's shape (U: a capital, l: another letter, d: a digit): `order|Id`, `line2|Text`, `HTTP|Status`
_WORD_ENDS = re.compile(r"ld*(?=U)|Ud*(?=Ul)")
_PROJECT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def fault_of_project(name: str) -> str | None:
    """What is wrong with a dbt project's name, or None."""
    if name in DBTS_OWN:
        return "is a word of dbt's own"
    if _PROJECT.fullmatch(name):
        return None
    return "must be of letters a-z, digits and `_`, and not begin with a digit"


def fault_of_object(name: str) -> str | None:
    """What is wrong with the name of an entity, a model, a source or a role, or None.

    They become dbt names, files and unquoted words of expressions, so they hold letters, digits and `_`.
    """
    if name.isascii() and name.isidentifier():
        return _too_long(name, _LONGEST_WRITTEN)
    if name and all(c == "_" or c.isalnum() or unicodedata.category(c).startswith("M") for c in name):
        return _too_long(name, _LONGEST_WRITTEN)
    return "must be of letters, digits and `_`"


def fault_of_column(name: str) -> str | None:
    """What is wrong with a column's name, or None: it may need quotes in SQL, but not escape them."""
    if name.isidentifier():
        return _too_long(name, _LONGEST_WRITTEN)
    if "/" in name or "\\" in name:
        return "must not hold a slash or a backslash"
    return _fault_of_spelling(name) or _too_long(name, _LONGEST_WRITTEN)


def fault_of_raw(name: str) -> str | None:
    """What is wrong with the name of something that exists (a raw column, table, schema), or None.

    PostgreSQL takes every character but one in a name in quotes."""
    if not name:
        return "is empty"
    return "must not hold the character U+0000" if "\0" in name else _too_long(name, LONGEST)


def fault_of_place(name: str) -> str | None:
    """What is wrong with the name of a database, which dbt compares with the target's, or None."""
    return _fault_of_spelling(name) or _too_long(name, LONGEST)


def _fault_of_spelling(name: str) -> str | None:
    if not name:
        return "is empty"
    if name != name.strip():
        return "must not begin or end with a blank"
    if not name.isprintable():
        return "must not hold control or invisible characters"
    if '"' in name or any(opener in name for opener in _JINJA):
        return "must not hold a double quote or begin a Jinja block"
    return None


def _too_long(name: str, longest: int) -> str | None:
    if 4 * len(name) <= longest or len(_utf8(name)) <= longest:
        return None
    kept = " that PostgreSQL keeps" if longest == LONGEST else ""
    return f"is longer than {longest} bytes{kept}"


def _utf8(name: str) -> bytes:
    return name.encode(errors="surrogatepass")


def usable(name: str) -> str:
    """The nearest name that `fault_of_object` takes."""
    words = re.sub(r"\W+", "_", unicodedata.normalize("NFC", name)).strip("_")
    return _utf8(words)[:LONGEST].decode(errors="ignore") or "name"


def snake(name: str) -> str:
    """In lower case, words joined by `_`: `ContestTaskPair` -> `contest_task_pair`, `orderIDs` -> `order_ids`.

    An identifier in lower case stays what it is; empty when no letter or digit is in it."""
    plain = unicodedata.normalize("NFC", name)
    if plain.isidentifier() and plain == plain.lower():
        return plain
    words = unicodedata.normalize("NFC", _apart(plain).lower())
    known = "".join(c if _is_letter(c) else " " for c in words)
    joined = "_".join(known.split())
    if not joined.strip("_"):
        return ""
    return joined if joined.isidentifier() else f"n{joined}"


def _apart(name: str) -> str:
    """`_` where a word begins that only its capital tells."""
    shape = "".join("U" if c.isupper() else "l" if c.isalpha() else "d" if c.isdigit() else " " for c in name)
    begins = {match.end() for match in _WORD_ENDS.finditer(shape) if not _is_plural(name, shape, match.end())}
    return "".join(f"_{c}" if place in begins else c for place, c in enumerate(name))


def _is_plural(name: str, shape: str, place: int) -> bool:
    """Whether `Ds` of `IDs` stands there: initials with an `s`."""
    return shape[place - 1] == "U" and name[place + 1] == "s" and shape[place + 2 : place + 3] != "l"


def _is_letter(c: str) -> bool:
    return c == "_" or ((c.isalnum() or unicodedata.category(c).startswith("M")) and f"a{c}".isidentifier())


def folded(name: str) -> str:
    """Names that fold to one are one name: without regard to case, accents' spelling, and what is cut off."""
    if name.isascii() and len(name) <= LONGEST:
        return name.lower()
    kept = _utf8(name)[:LONGEST].decode(errors="ignore")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", kept).casefold())


def check_object(reader: Reader, field: Field, what: str) -> None:
    """Fault E011 for a name of an entity, a model, a source or a role that cannot be one."""
    if fault := fault_of_object(field.name):
        fix = f"call it `{usable(field.name)}`"
        if what == "entity" and field.name.strip():
            fix += f", with `table: {field.name}` for the raw table"
        reader.fault("E011", f"the {what}'s name `{field.name}` {fault}", field.key, fix)


def check_column(reader: Reader, field: Field) -> None:
    """Fault E011 for a column's name that cannot be one."""
    if fault := fault_of_column(field.name):
        reader.fault(
            "E011",
            f"the column's name `{field.name}` {fault}",
            field.key,
            "rename it; a raw column keeps its name by `from:`",
        )


def check_clashes(named: Sequence[tuple[str, str, Span]], faults: Collector) -> None:
    """Fault E012 for each (what, name, place) of one scope that folds to an earlier one's name."""
    if len({folded(name) for _, name, _ in named}) == len(named):
        return
    first: dict[str, tuple[str, str, Span]] = {}
    for entry in named:
        what, name, span = entry
        other_what, other, place = first.setdefault(folded(name), entry)
        if place is not span:
            message = f"{what} `{name}` collides with {other_what} `{other}` of line {place.line}"
            faults.add("E012", message, span, notes=_reasons(name, other), fixes=["rename one of the two"])


def check_renamed(renamed: Iterable[tuple[str, Sequence[Word]]], faults: Collector) -> None:
    """Fault E016 for each (name, old names) of one scope whose old name is its own, or another's too."""
    first: dict[str, str] = {}
    for name, olds in renamed:
        for old in olds:
            other = first.setdefault(old.text, name)
            if old.text == name:
                faults.add("E016", f"`{name}` is what it is called now", old.span, fixes=[_OLD])
            elif other != name:
                faults.add("E016", f"`{old.text}` is what `{other}` was called already", old.span, fixes=[_OLD])


def _reasons(name: str, other: str) -> Iterator[str]:
    if name != other and len(_utf8(name)) > LONGEST:
        yield f"PostgreSQL keeps {LONGEST} bytes of a name"
    elif name != other:
        yield "the two differ only in case or in how accents are spelled"
    else:
        yield f"`{name}.x` would have two meanings"
