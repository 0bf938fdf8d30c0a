"""Constructors that set slots directly make the objects that the usual ones make."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

from erd2dbt.system.quick_construction import constructed_quickly


@constructed_quickly
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    size: int = 3
    parts: list[str] = field(default_factory=list)
    place: int = field(default=0, compare=False, kw_only=True)
    of: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Usual:
    name: str
    size: int = 3
    parts: list[str] = field(default_factory=list)
    place: int = field(default=0, compare=False, kw_only=True)
    of: str = field(kw_only=True)


GIVEN: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    (("a",), {"of": "b"}),
    (("a", 4), {"of": "b", "place": 7}),
    (("a", 4, ["x", "y"]), {"of": "b"}),
    ((), {"of": "b", "name": "a", "parts": ["x"]}),
)


@pytest.mark.parametrize(("some", "named"), GIVEN)
def test_the_same_object(some: tuple[Any, ...], named: dict[str, Any]) -> None:
    quick, usual = Quick(*some, **named), Usual(*some, **named)
    assert repr(quick).removeprefix("Quick") == repr(usual).removeprefix("Usual")
    assert quick == Quick(*some, **named)
    assert replace(quick, size=9, place=1) == Quick("a", 9, quick.parts, of="b")
    assert pickle.loads(pickle.dumps(quick)) == quick


@pytest.mark.parametrize("kind", [Quick, Usual])
def test_the_same_refusals(kind: Any) -> None:
    for some, named in (((), {"of": "b"}), (("a",), {}), (("a", 1, [], 2), {"of": "b"}), (("a",), {"of": "b", "x": 1})):
        with pytest.raises(TypeError):
            kind(*some, **named)
    made = kind("a", of="b")
    with pytest.raises(FrozenInstanceError):
        made.size = 4
    with pytest.raises(FrozenInstanceError):
        del made.name


def test_each_object_has_defaults_of_its_own() -> None:
    one, other = Quick("a", of="b"), Quick("a", of="b")
    one.parts.append("x")
    assert (one.parts, other.parts) == (["x"], [])


def test_what_it_cannot_make_is_refused() -> None:
    @dataclass(frozen=True)
    class WithoutSlots:
        name: str

    @dataclass(frozen=True, slots=True)
    class Heir(Usual):
        more: int = 0

    @dataclass(slots=True)
    class Finished:
        name: str

        def __post_init__(self) -> None:
            self.name = self.name.upper()

    for kind in (WithoutSlots, Heir, Finished):
        with pytest.raises(AssertionError):
            constructed_quickly(kind)
