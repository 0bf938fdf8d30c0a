"""What the diagram promises about the data, as claims. Each is tested, and cited by the proofs that depend on it."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.diagram.erd import Cardinality, Entity, Erd, Link
from erd2dbt.diagram.graph import EntityGraph, is_unique, one_to_one
from erd2dbt.prove.claims import Claim, ClaimKind


def key_claim(entity: Entity) -> Claim:
    """The claim of an entity's key. Only for a known key: an empty one would claim a single row."""
    return Claim(
        kind=ClaimKind.KEY,
        relation=entity.name,
        columns=tuple(w.text for w in entity.key),
        span=entity.key[0].span if entity.key else entity.span,
    )


def entity_claims(entity: Entity) -> Iterator[Claim]:
    """Key, unique, not-null and dependency claims, in the order of the spec.

    Where staging deduplicates by key, uniqueness of the key is not a claim. Only not null is.
    """
    key = tuple(w.text for w in entity.key)
    if entity.latest:
        for word in entity.key:
            yield Claim(kind=ClaimKind.NOT_NULL, relation=entity.name, columns=(word.text,), span=word.span)
    elif entity.key:
        yield key_claim(entity)
    for attribute in entity.columns:
        own = (attribute.name,)
        if attribute.unique and own != key:
            yield Claim(kind=ClaimKind.UNIQUE, relation=entity.name, columns=own, span=attribute.span)
        if attribute.not_null and attribute.name not in key:
            yield Claim(kind=ClaimKind.NOT_NULL, relation=entity.name, columns=own, span=attribute.span)
    for words in entity.uniques:
        yield Claim(
            kind=ClaimKind.UNIQUE,
            relation=entity.name,
            columns=tuple(w.text for w in words),
            span=words[0].span,
        )
    for determines in entity.determines:
        yield Claim(
            kind=ClaimKind.DETERMINES,
            relation=entity.name,
            columns=tuple(w.text for w in determines.left),
            implies=tuple(w.text for w in determines.right),
            span=determines.span,
        )


def link_claims(link: Link, graph: EntityGraph) -> Iterator[Claim]:
    """Reference, mandatory and one-to-one claims: the crow's foot as inclusions and uniques."""
    left, right = graph.entities[link.left], graph.entities[link.right]
    there, back = tuple(a for a, _ in link.columns), tuple(b for _, b in link.columns)
    left_unique, right_unique = is_unique(left, there), is_unique(right, back)
    forward = _inclusion(left_unique, right_unique, link.right_cap, drawn_first=True)
    backward = _inclusion(right_unique, left_unique, link.left_cap, drawn_first=False)
    for kind, source, columns, target, target_columns in (
        (forward, left, there, right, back),
        (backward, right, back, left, there),
    ):
        if kind is None:
            continue
        yield Claim(
            kind=kind,
            relation=source.name,
            columns=columns,
            target=target.name,
            target_columns=target_columns,
            span=link.span,
        )
        if kind is ClaimKind.REFERENCE:
            yield from _mandatory(source, columns, link)
    if one_to_one(right_unique, link.left_cap.many) and not left_unique:
        yield Claim(kind=ClaimKind.ONE_TO_ONE, relation=left.name, columns=there, span=link.span)
    if one_to_one(left_unique, link.right_cap.many) and not right_unique:
        yield Claim(kind=ClaimKind.ONE_TO_ONE, relation=right.name, columns=back, span=link.span)


def _inclusion(unique: bool, target_unique: bool, cap: Cardinality, *, drawn_first: bool) -> ClaimKind | None:
    """The claim of one direction of a link: must every row with not-null columns have a partner? None without a claim.

    A minimum of zero claims no partner. With a minimum of one, a foreign key (only the target is unique) references
    existing rows, and a parent has children (participation). Otherwise the side drawn first references the other.
    """
    if not cap.minimum:
        return None
    if target_unique and not unique:
        return ClaimKind.REFERENCE
    parent = unique and not target_unique
    shared = unique and target_unique
    return ClaimKind.REFERENCE if shared or (drawn_first and not parent) else ClaimKind.PARTICIPATION


def _mandatory(source: Entity, columns: tuple[str, ...], link: Link) -> Iterator[Claim]:
    """A mandatory partner needs a not-null foreign key. Key columns have that claim already.

    `not_null: false` overrides it: then only not-null values have a partner.
    """
    said = {w.text for w in source.key} | {a.name for a in source.columns if a.not_null is not None}
    for column in columns:
        if column not in said:
            yield Claim(kind=ClaimKind.NOT_NULL, relation=source.name, columns=(column,), span=link.span)


def claims_of(erd: Erd, graph: EntityGraph) -> tuple[tuple[Claim, ...], dict[str, list[Claim]]]:
    """Every claim of the diagram, each once, in the order of the spec: entities first, then links.

    And those of links, by the entity whose columns they are about.
    """
    own = [claim for entity in erd.entities for claim in entity_claims(entity)]
    linked = [claim for link in erd.links for claim in link_claims(link, graph)]
    found: dict[str, dict[Claim, None]] = {entity.name: {} for entity in erd.entities}
    for claim in linked:
        found[claim.relation][claim] = None
    return tuple(dict.fromkeys([*own, *linked])), {name: list(claims) for name, claims in found.items()}
