"""Values of dataclasses: what is rebuilt is equal, and equal parts have equal digests, however they were built."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from erd2dbt.cache.dataclass_values import rebuilt, values_of
from erd2dbt.cache.digests import content_digest


@dataclass(frozen=True, slots=True)
class One:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    name: str
    parts: tuple[One, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Without:
    pass


@pytest.mark.parametrize(
    "value", [One("a"), Several(name="a"), Several(name="b", parts=(One("c"), One("d")), meta={"e": "f"})]
)
def test_what_is_rebuilt_is_equal(value: One | Several) -> None:
    values = values_of(value)
    assert values is not None
    assert rebuilt(type(value), values) == value


@pytest.mark.parametrize("value", ["text", ("a", "b"), None, Without()])
def test_other_values_have_no_fields(value: object) -> None:
    assert values_of(value) is None


def test_equal_values_have_equal_digests_whether_parts_are_shared_or_not() -> None:
    name = "".join(["sha", "red"])
    shared, apart = One(name), One("".join(["sha", "red"]))
    both = Several(name=name, parts=(shared, shared))
    assert content_digest(both) == content_digest(Several(name="shared", parts=(shared, apart)))
    assert content_digest(both) != content_digest(Several(name="shared", parts=(shared, One("other"))))
    assert content_digest(both) != content_digest(Several(name="shared", parts=(shared,)))
