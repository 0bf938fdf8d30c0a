"""Proposes undeclared links from names, and writes proposed links in the form of drawn ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.handed_down import HandedDownKeys
from erd2dbt.draft.line_labels import alike
from erd2dbt.draft.values import Draft, DraftEntity, DraftLink, Remark
from erd2dbt.infer.references import Columns, Edge, Reference, Relation, clear, is_covered, plain, references
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An undeclared link and its evidence. `one`: the link is one-to-one; `filled`: the foreign key is never NULL."""

    reference: Reference
    why: str
    one: bool = False
    filled: bool = False


_WITH_ROLE = 2  # the first rank of names with a role


def relations(draft: Draft) -> tuple[Relation, ...]:
    """Return the entities in the form that the name rules use."""
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
    """Return the two entities of a link, in drawn order."""
    left, _, right = link.text.split()
    return left, right


def _children(link: DraftLink, keys: Mapping[str, Columns]) -> list[tuple[str, Columns]]:
    """Return the side that references the other's key; both sides if neither does."""
    left, right = ends_of(link)
    columns = (tuple(a for a, _ in link.pairs), tuple(b for _, b in link.pairs))
    if set(columns[1]) == set(keys.get(right, ())):
        return [(left, columns[0])]
    if set(columns[0]) == set(keys.get(left, ())):
        return [(right, columns[1])]
    return [(left, columns[0]), (right, columns[1])]


def by_names(draft: Draft) -> list[Proposal]:
    """Return the links that names determine. Links that are a part of a link to a composite key are not repeated."""
    keys = {one.name: key_of(one) for one in draft.entities}
    tables = relations(draft)
    some = references(tables)
    single = {place: one for place, all_ in some.items() if (one := clear(all_, keys[place[0]])) is not None}
    handed = HandedDownKeys(tables, {place: one.parent for place, one in single.items()})
    whole = {place: _whole_key(all_) or handed.parent(all_) for place, all_ in some.items() if place not in single}
    found = [*single.values(), *(one for one in whole.values() if one is not None)]
    order = {place: n for n, place in enumerate(some)}
    found.sort(key=lambda one: order[one.child, one.columns])
    known = edges(draft, found)
    filled = {one.name: _filled(one) for one in draft.entities}
    always = [edge for edge in known if len(edge[2]) == 1 or {a for a, _ in edge[2]} <= filled[edge[0]]]
    kept = [
        one
        for one in found
        if not is_covered(one, always if _has_no_role(one) else known) and not _is_copied_code(one, keys, known)
    ]
    return [Proposal(reference=one, why="by its name") for one in kept]


def _has_no_role(one: Reference) -> bool:
    """Return whether a link has one column under the name of the other key. With a role, it is a part of this role."""
    return len(one.columns) == 1 and one.rank < _WITH_ROLE


def _filled(one: DraftEntity) -> set[str]:
    """Return the columns that are never NULL. A link over others does not lead from every row."""
    return {*key_of(one), *(column.name for column in one.columns if column.fields.get("not_null"))}


def _is_copied_code(one: Reference, keys: Mapping[str, Columns], known: Iterable[Edge]) -> bool:
    """Return whether a column is a code beside the key of the same row: `voucher_id, voucher_code`."""
    if one.to == keys[one.parent]:
        return False
    by_key = ((child, parent, {b for _, b in pairs}) for child, parent, pairs in known)
    return any((child, parent) == (one.child, one.parent) and to == set(keys[parent]) for child, parent, to in by_key)


def _whole_key(some: Sequence[Reference]) -> Reference | None:
    """Return a composite key of a table, if all its columns occur here under the same names and the last is named after
    it."""
    together = [one for one in some if len(one.columns) > 1]
    if len(together) != 1:
        return None
    own, table = together[0].to[-1], together[0].parent
    stem = plain(own).removesuffix("id").removeprefix("id")
    return together[0] if stem and stem == plain(singular(snake(table).rpartition("_")[2])) else None


def edges(draft: Draft, proposed: Iterable[Reference]) -> list[Edge]:
    """Return the drawn and the proposed links as edges from child to parent."""
    drawn = [(*ends_of(link), link.pairs) for link in draft.links]
    return [*drawn, *((one.child, one.parent, one.pairs) for one in proposed)]


def with_links(draft: Draft, proposals: Iterable[Proposal]) -> Draft:
    """Return the draft with the proposed links. A drawn link with unknown columns gets the columns of a proposal."""
    links = list(draft.links)
    for one in proposals:
        between = {one.reference.child, one.reference.parent}
        bare = [n for n, link in enumerate(links) if not link.pairs and set(ends_of(link)) == between]
        told = [n for n in bare if any(alike(column, links[n].role or "") for column in one.reference.columns)]
        bare = told if len(told) == 1 else bare
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
    """Return the links with roles, for several links between two entities and for a link from an entity to itself."""
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
