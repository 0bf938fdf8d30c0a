"""Constructors of frozen dataclasses that a run makes tens of thousands of.

The usual constructor sets each field by `object.__setattr__`, which looks up the name in the class. This one calls the
slots themselves, which takes half the time. Objects are as frozen as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

Made = TypeVar("Made")
_MISSING = object()


def constructed_quickly(kind: type[Made]) -> type[Made]:
    """Decorate a dataclass with slots whose constructor does nothing but set the fields, all of which are its own."""
    plain: Any = kind
    own: tuple[Field[Any], ...] = fields(plain)
    assert all(one.init and one.name in kind.__dict__ for one in own), "each field has a slot in the class itself"
    assert not hasattr(kind, "__post_init__"), "the constructor only sets fields"
    given = [_parameter(one) for one in own if not one.kw_only]
    named = [_parameter(one) for one in own if one.kw_only]
    around: dict[str, Any] = {"_missing": _MISSING}
    body = []
    for one in own:
        around[f"_set_{one.name}"] = kind.__dict__[one.name].__set__
        around[f"_default_{one.name}"] = one.default
        value = one.name
        if one.default_factory is not MISSING:
            around[f"_made_{one.name}"] = one.default_factory
            value = f"_made_{one.name}() if {one.name} is _missing else {one.name}"
        body.append(f"_set_{one.name}(self, {value})")
    head = ", ".join(["self", *given, *(["*", *named] if named else [])])
    exec(f"def __init__({head}):\n    " + "\n    ".join(body), around)  # noqa: S102 -- as dataclasses do it, of names only
    made: Callable[..., None] = around["__init__"]
    made.__qualname__, made.__module__ = f"{kind.__qualname__}.__init__", kind.__module__
    made.__annotations__ = plain.__init__.__annotations__
    plain.__init__ = made
    return kind


def _parameter(one: Field[Any]) -> str:
    if one.default_factory is not MISSING:
        return f"{one.name}=_missing"
    return one.name if one.default is MISSING else f"{one.name}=_default_{one.name}"
