"""Undeclared links, proposed from names; and how a proposed link is written beside those that were drawn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.values import Draft, DraftEntity, DraftLink, Remark
from erd2dbt.infer.references import Columns, Edge, Reference, Relation, clear, is_covered, references


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An undeclared link, and what speaks for it. `one`: no two rows of the child lead to the same; `filled`:
    every row leads somewhere."""

    reference: Reference
    why: str
    one: bool = False
    filled: bool = False


def relations(draft: Draft) -> tuple[Relation, ...]:
    """The entities as names see them."""
    keys = {one.name: key_of(one) for one in draft.entities}
    tied: dict[str, set[Columns]] = {one.name: set() for one in draft.entities}
    leads: dict[str, dict[str, str]] = {}
    for link in draft.links:
        for child, columns in _children(link, keys):
            tied.setdefault(child, set()).add(columns)
            left, right = ends_of(link)
            if len(columns) == 1:
                leads.setdefault(child, {})[columns[0]] = right if child == left else left
    return tuple(
        Relation(
            name=one.name,
            columns={column.name: column.type for column in one.columns if TODO not in (column.name, column.type)},
            key=keys[one.name],
            uniques=(*one.uniques, *((column.name,) for column in one.columns if column.fields.get("unique"))),
            tied=frozenset(tied[one.name]),
            leads=leads.get(one.name, {}),
        )
        for one in draft.entities
    )


def key_of(one: DraftEntity) -> Columns:
    return () if TODO in one.key else one.key


def ends_of(link: DraftLink) -> tuple[str, str]:
    """The entities that it joins, as they are drawn."""
    left, _, right = link.text.split()
    return left, right


def _children(link: DraftLink, keys: Mapping[str, Columns]) -> list[tuple[str, Columns]]:
    """The side that has the other's key; both where neither does."""
    left, right = ends_of(link)
    columns = (tuple(a for a, _ in link.pairs), tuple(b for _, b in link.pairs))
    if set(columns[1]) == set(keys.get(right, ())):
        return [(left, columns[0])]
    if set(columns[0]) == set(keys.get(left, ())):
        return [(right, columns[1])]
    return [(left, columns[0]), (right, columns[1])]


def by_names(draft: Draft) -> list[Proposal]:
    """Where a name leaves no choice; what a composite key takes along is not said twice."""
    keys = {one.name: key_of(one) for one in draft.entities}
    some = references(relations(draft)).items()
    found = [one for (child, _), all_ in some if (one := clear(all_, keys[child])) is not None]
    return [Proposal(reference=one, why="by its name") for one in found if not is_covered(one, edges(draft, found))]


def edges(draft: Draft, proposed: Iterable[Reference]) -> list[Edge]:
    """What is drawn and what is proposed, as it leads from one to another."""
    drawn = [(*ends_of(link), link.pairs) for link in draft.links]
    return [*drawn, *((one.child, one.parent, one.pairs) for one in proposed)]


def with_links(draft: Draft, proposals: Iterable[Proposal]) -> Draft:
    """The draft with these; one drawn between the same two, whose columns were not known, is told them."""
    links = list(draft.links)
    for one in proposals:
        between = {one.reference.child, one.reference.parent}
        bare = [n for n, link in enumerate(links) if not link.pairs and set(ends_of(link)) == between]
        if len(bare) == 1:
            links[bare[0]] = _with_proposal(links[bare[0]], one)
        else:
            links.append(_written(one))
    return replace(draft, links=_with_roles(links))


def _with_proposal(link: DraftLink, one: Proposal) -> DraftLink:
    pairs = one.reference.pairs
    turned = ends_of(link)[0] != one.reference.child
    return replace(link, pairs=tuple((b, a) for a, b in pairs) if turned else pairs, comment=Remark.INFERRED(one.why))


def _written(one: Proposal) -> DraftLink:
    caps = f"{'|o' if one.one else '}o'}--{'||' if one.filled else 'o|'}"
    text = f"{one.reference.child} {caps} {one.reference.parent}"
    return DraftLink(text=text, pairs=one.reference.pairs, comment=Remark.INFERRED(one.why))


def _with_roles(links: Iterable[DraftLink]) -> tuple[DraftLink, ...]:
    """Several links between two, and one from an entity to itself, are distinguished by roles."""
    links = list(links)
    pairs = Counter(frozenset(ends_of(link)) for link in links)
    taken: Counter[tuple[frozenset[str], str]] = Counter()
    for n, link in enumerate(links):
        between = frozenset(ends_of(link))
        if pairs[between] == 1 and len(between) == 2:
            continue
        role = link.role or _role(link)
        taken[between, role] += 1
        number = taken[between, role]
        links[n] = replace(link, role=role if number == 1 else f"{role}_{number}")
    return tuple(links)


def _role(link: DraftLink) -> str:
    column = re.sub(r"(?<=\w)_?(?:id|key)$", "", link.pairs[0][0], flags=re.IGNORECASE) if link.pairs else ""
    return re.sub(r"\W+", "_", column).strip("_").lower() or "role"
