"""Which items of two lists are the same one: by name, by test, by value, never by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from erd2dbt.write.merging.tree import Entry, Node

    Identity = Callable[[Entry], Hashable]

TESTS = ("data_tests", "tests")
# What tells one item without a `name` from another: inputs of unit tests, constraints, packages.
_NAMING = ("name", "input", "type", "package", "git", "local")
# What a test may be given beside its arguments.
_BESIDE = frozenset("name description config severity tags meta where limit enabled warn_if error_if".split())


@dataclass(frozen=True, slots=True)
class Row:
    """The same entry on three sides; None where it is missing."""

    base: Entry | None
    theirs: Entry | None
    ours: Entry | None


def aligned(*nodes: Node | None, section: str) -> list[Row]:
    """All entries of three collections (base, theirs, ours), in the order of `theirs`.

    What only `ours` has follows what it follows there; what `theirs` has lost comes without it."""
    base, theirs, ours = (node.entries if node else () for node in nodes)
    of_theirs, of_ours = _pairs(theirs, base, section), _pairs(ours, base, section)
    by_base = {there: here for here, there in of_ours.items()}
    partner = {t: by_base[b] for t, b in of_theirs.items() if b in by_base}
    partner |= _added(theirs, ours, of_theirs.keys(), of_ours.keys(), section)
    rows = [Row(_at(base, of_theirs.get(t)), entry, _at(ours, partner.get(t))) for t, entry in enumerate(theirs)]
    taken = {o: t for t, o in partner.items()}
    after: dict[int, list[Row]] = {}
    place = min(taken.items())[1] - 1 if taken else len(theirs) - 1
    for o, entry in enumerate(ours):
        if o in taken:
            place = taken[o]
        else:
            after.setdefault(place, []).append(Row(_at(base, of_ours.get(o)), None, entry))
    return after.get(-1, []) + [row for t, own in enumerate(rows) for row in [own, *after.get(t, [])]]


def _at(entries: Sequence[Entry], index: int | None) -> Entry | None:
    return None if index is None else entries[index]


def _added(
    theirs: Sequence[Entry], ours: Sequence[Entry], known_t: Iterable[int], known_o: Iterable[int], section: str
) -> dict[int, int]:
    """What both sides added."""
    new_t, new_o = (
        [i for i in range(len(entries)) if i not in known]
        for entries, known in ((theirs, set(known_t)), (ours, set(known_o)))
    )
    found = _pairs([theirs[i] for i in new_t], [ours[i] for i in new_o], section)
    return {new_t[t]: new_o[o] for t, o in found.items()}


def _pairs(left: Sequence[Entry], right: Sequence[Entry], section: str) -> dict[int, int]:
    """Index to index, by the strictest identity that finds a partner."""
    found: dict[int, int] = {}
    for identity in _identities(section, keyed=any(entry.key for entry in (*left, *right))):
        many = identity is _whole
        groups = _grouped(left, found.keys(), identity), _grouped(right, set(found.values()), identity)
        for word, here in groups[0].items():
            there = groups[1].get(word, [])
            if many or len(here) == len(there) == 1:
                found.update(zip(here, there, strict=False))
    return found


def _grouped(entries: Sequence[Entry], known: Iterable[int], identity: Identity) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    taken = set(known)
    for index, entry in enumerate(entries):
        if index not in taken and (word := identity(entry)) is not None:
            groups.setdefault(word, []).append(index)
    return groups


def _identities(section: str, *, keyed: bool) -> tuple[Identity, ...]:
    if keyed:
        return _key, _spelling
    if section in TESTS:
        return _whole, _test_by_name, _test_by_arguments, _test_alone
    return _whole, _named


def _key(entry: Entry) -> Hashable:
    return entry.key.shape if entry.key else None


def _spelling(entry: Entry) -> Hashable:
    """`tests` is the older word for `data_tests`."""
    return TESTS[0] if entry.key and entry.key.value in TESTS else None


def _whole(entry: Entry) -> Hashable:
    return entry.value.shape


def naming(value: Node) -> tuple[str, str] | None:
    """What identifies a mapping: (key, word)."""
    words = ((key, value.get(key)) for key in _NAMING)
    return next(((key, word.value) for key, word in words if word is not None and word.kind == "scalar"), None)


def _named(entry: Entry) -> Hashable:
    return naming(entry.value)


def test_of(value: Node) -> tuple[str, Node | None] | None:
    """The test that an item of `data_tests` names, and what it is given; None for anything else."""
    if value.kind == "scalar":
        return value.value, None
    if (word := value.get("test_name")) is not None:
        return word.value, value
    first = next((e for e in value.entries if e.key and e.key.value not in _BESIDE), None)
    return (first.key.value, first.value) if first and first.key else None


def _test_by_name(entry: Entry) -> Hashable:
    test = test_of(entry.value)
    name = _given_name(entry)
    return (test[0], name) if test and name is not None else None


def _given_name(entry: Entry) -> str | None:
    test = test_of(entry.value)
    for node in (test[1] if test else None, entry.value):
        if node is not None and (name := node.get("name")) is not None:
            return name.value
    return None


def _test_by_arguments(entry: Entry) -> Hashable:
    test = test_of(entry.value)
    if test is None:
        return None
    given = test[1].entries if test[1] is not None else ()
    spread = (e for outer in given for e in (outer.value.entries if _is_word(outer, "arguments") else (outer,)))
    return test[0], frozenset((e.key.value, e.value.shape) for e in spread if e.key and e.key.value not in _BESIDE)


def _is_word(entry: Entry, word: str) -> bool:
    return entry.key is not None and entry.key.value == word


def _test_alone(entry: Entry) -> Hashable:
    """A test without a name, which is the only one of its kind here."""
    test = test_of(entry.value)
    return test[0] if test and _given_name(entry) is None else None
