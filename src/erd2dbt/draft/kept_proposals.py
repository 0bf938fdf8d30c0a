"""Keeps keys and links that an earlier draft inferred, in a draft that infers none, unless the diagram contradicts
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.diagram.erd import TODO, Entity, Erd, Link
from erd2dbt.draft.remarks import remarks_in
from erd2dbt.draft.undeclared import ends_of
from erd2dbt.draft.values import Draft, DraftEntity, DraftLink, Remark

_PROPOSED = "by "  # comments of undeclared links begin so; those of drawn lines name the missing part


def with_earlier(found: Draft, before: Erd, text: str) -> Draft:
    """Return the draft with the inferences of the last one.

    The source contradicts an inference by a declared key, by a line between the same two entities, or by a column that
    no longer exists.
    """
    guesses = {said.line: said.text for said in remarks_in(text) if said.remark is Remark.INFERRED}
    known = {one.name: one for one in before.entities}
    entities = tuple(_with_key(one, known.get(one.name), guesses) for one in found.entities)
    found = replace(found, entities=entities)
    columns = {one.name: {column.name for column in one.columns} for one in entities}
    earlier = [
        (link, guesses[link.span.line])
        for link in before.links
        if guesses.get(link.span.line, "").startswith(_PROPOSED)
        and all(a in columns.get(link.left, ()) and b in columns.get(link.right, ()) for a, b in link.columns)
    ]
    return replace(found, links=tuple(_completed(found, earlier)))


def _completed(found: Draft, earlier: Iterable[tuple[Link, str]]) -> list[DraftLink]:
    """Return the drawn links, with the columns that were inferred for them, and the undeclared links."""
    links = list(found.links)
    drawn = {frozenset(ends_of(link)) for link in found.links}
    for link, why in earlier:
        ends, comment = (link.left, link.right), Remark.INFERRED(why)
        bare = [n for n, one in enumerate(links) if not one.pairs and set(ends_of(one)) == set(ends)]
        if len(bare) == 1:
            turned = ends_of(links[bare[0]]) != ends
            pairs = tuple((b, a) for a, b in link.columns) if turned else link.columns
            links[bare[0]] = replace(links[bare[0]], pairs=pairs, comment=comment)
        elif frozenset(ends) not in drawn:
            links.append(DraftLink(text=link.text, pairs=link.columns, role=link.role, comment=comment))
    return links


def _with_key(one: DraftEntity, before: Entity | None, guesses: Mapping[int, str]) -> DraftEntity:
    """Return the entity with the earlier inferred key, if no key is declared."""
    is_open = TODO in one.key or (one.key_comment or "").startswith(Remark.INFERRED)
    why = guesses.get(before.key[0].span.line) if before and before.key else None
    key = tuple(word.text for word in before.key) if before else ()
    columns = {column.name for column in one.columns}
    if not is_open or why is None or TODO in key or not columns >= set(key):
        return one
    return replace(one, key=key, key_comment=Remark.INFERRED(why))
