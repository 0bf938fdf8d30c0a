"""Objects that are made when they are read: as the usual ones, and no earlier."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from erd2dbt.cache.dataclass_values import values_of
from erd2dbt.cache.digests import content_digest
from erd2dbt.cache.later import kind_of, later
from erd2dbt.system.last_kept import last_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    columns: tuple[str, ...]
    words: dict[str, str] = field(default_factory=dict, compare=False)
    size: int = 0


WHOLE = Part(name="orders", columns=("id", "day"), words={"id": "Primary key"}, size=2)


def made(calls: list[str], name: str = "orders") -> Part:
    def make() -> Part:
        calls.append(name)
        return WHOLE

    return later(Part, {"name": name}, make)


def test_known_fields_make_nothing() -> None:
    calls: list[str] = []
    part = made(calls)
    assert part.name == "orders"
    assert isinstance(part, Part)
    assert kind_of(part) is Part
    assert not calls


READS: dict[str, Callable[[Part], object]] = {
    "a field": lambda part: part.columns,
    "another field": lambda part: part.size,
    "equality": lambda part: part == WHOLE,
    "equality from the other side": lambda part: WHOLE == part,  # noqa: SIM300
    "its hash": hash,
    "its text": repr,
    "its values": values_of,
    "its digest": content_digest,
    "replacement": lambda part: replace(part, size=3),
    "a copy": copy.copy,
    "a pickle": lambda part: pickle.loads(pickle.dumps(part)),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_read_makes_all_of_it_once(read: Callable[[Part], object]) -> None:
    calls: list[str] = []
    one, other = made(calls), made(calls)
    assert [read(one), read(other), read(one)] == [read(WHOLE)] * 3
    assert type(one) is Part
    assert len(calls) == 2
    assert {id(part.columns) for part in (one, other)} == {id(WHOLE.columns)}


def test_what_is_known_stays() -> None:
    """The object that is made may have another one in its place: a known field is never replaced."""
    part = made([], "invoices")
    assert (part.columns, part.name) == (WHOLE.columns, "invoices")


def test_a_fault_leaves_it_as_it_was() -> None:
    tries = iter((LookupError("gone"), None))

    def make() -> Part:
        fault = next(tries)
        if fault is not None:
            raise fault
        return WHOLE

    part = later(Part, {"name": "orders"}, make)
    with pytest.raises(LookupError):
        _ = part.columns
    assert part == WHOLE


def test_the_last_result_is_kept_for_equal_arguments_only() -> None:
    calls: list[tuple[str, int]] = []

    @last_kept
    def joined(word: str, *, times: int) -> str:
        calls.append((word, times))
        return word * times

    assert [joined("a", times=2), joined("a", times=2), joined("a", times=3), joined("b", times=3)] == [
        "aa", "aa", "aaa", "bbb"
    ]  # fmt: skip
    assert calls == [("a", 2), ("a", 3), ("b", 3)]
