"""Tags of personal data on columns of models: what shows a tagged column, under any name, has its tag."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.plans.plan import Field, Relation

PII = "pii"  # the key of `meta`
_MOMENTS = ("date", "timestamp")  # a birth date stays one as a timestamp


class PersonalData:
    """The `meta: {pii: …}` of every column of every relation."""

    def __init__(self, shelf: Mapping[str, Relation]) -> None:
        self._shelf = shelf
        self._found: dict[tuple[str, str], object] = {}

    def meta(self, relation: str, shown: Field) -> Mapping[str, object]:
        """The column's own `meta`, with the tag that it inherits. What the spec says of the column comes first."""
        own = shown.said.meta if shown.said is not None else {}
        tag = None if PII in own else self._tag(relation, shown.name)
        return {PII: tag, **own} if tag else own

    def _tag(self, relation: str, name: str) -> object:
        key = (relation, name)
        if key not in self._found:
            self._found[key] = None  # columns have no circle; this only guards against one
            shown = self._shelf[relation].fields.get(name) if relation in self._shelf else None
            self._found[key] = self._tag_of(shown) if shown is not None else None
        return self._found[key]

    def _tag_of(self, shown: Field) -> object:
        """The tag of the one column that the value is made of; None of several, and of what has another type.

        `lower(email)` is an email still. `count(email)` and `email is not null` are none.
        """
        if shown.said is not None and PII in shown.said.meta:
            return shown.said.meta[PII]
        if len(shown.inherits) != 1:
            return None
        ((relation, name),) = shown.inherits
        source = self._shelf[relation].fields.get(name) if relation in self._shelf else None
        return self._tag(relation, name) if source is not None and (shown.plain or _is_same(shown, source)) else None


def _is_same(one: Field, source: Field) -> bool:
    """Whether the types are of one family; a type that hand-written SQL hides is not known to differ."""
    if one.type is None or source.type is None:
        return True
    here, there = family(one.type), family(source.type)
    return here == there or (here in _MOMENTS and there in _MOMENTS)
