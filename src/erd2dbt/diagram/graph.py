"""The entity graph: a diagram without contradictions. A graph that exists has been checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import BoardItem, Cardinality, Entity, Erd, Link, ModelSpec, Word
from erd2dbt.diagram.link_types import check_types
from erd2dbt.faults.diagnostics import Collector, Fix, Hint, Paste, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A link in one direction; many-to-one when its columns contain the key of the target.

    A declared unique is not enough here: only a source's own key may decide how many rows a model has.
    """

    link: Link
    source: str
    target: str
    pairs: tuple[tuple[str, str], ...]  # (source column, target column)
    to_one: bool

    @property
    def role(self) -> str | None:
        return self.link.role

    @property
    def cap(self) -> Cardinality:
        """How many rows of the target each row of the source has."""
        return self.link.right_cap if self.source == self.link.left else self.link.left_cap


@dataclass(frozen=True, kw_only=True)
class EntityGraph:
    """Entities as nodes, links as edges of a directed multigraph, with one edge for each direction of a link."""

    erd: Erd
    entities: Mapping[str, Entity]
    models: Mapping[str, ModelSpec]
    leaving: Mapping[str, tuple[Hop, ...]]  # by entity

    def hops(self, entity: str) -> Iterable[Hop]:
        """Every hop from an entity, grouped by target, in the order in which the links were drawn."""
        return self.leaving.get(entity, ())

    @cached_property
    def known(self) -> dict[tuple[str, str], Any]:
        """A cache for later stages, by (kind of result, entity). The graph does not change."""
        return {}

    @cached_property
    def nullable(self) -> frozenset[tuple[str, str]]:
        """Attributes that may be NULL: by `not_null: false`, or by a zero-or-one link from them to their partner.

        The attribute's own fields (`key`, `not_null`) override links, and a mandatory link overrides an optional one.
        """
        attributes = {(e.name, a.name): a for e in self.erd.entities for a in e.columns}
        keys = {(e.name, word.text) for e in self.erd.entities for word in e.key}
        optional: set[tuple[str, str]] = set()
        mandatory: set[tuple[str, str]] = set()
        for link in self.erd.links:
            for source, columns, cap in _referring(link, self.entities):
                (mandatory if cap.minimum else optional).update((source, c) for c in columns)
        drawn = {a for a in optional - mandatory if attributes[a].not_null is None}
        said = {a for a, attribute in attributes.items() if attribute.not_null is False}
        return frozenset((drawn | said) - keys)

    def refers(self, hop: Hop) -> bool:
        """Whether the hop goes from a foreign key to the row it references, not back."""
        own = {a for a, _ in hop.pairs}
        found = _referring(hop.link, self.entities)
        return any(source == hop.source and own == set(columns) for source, columns, _ in found)

    def leads_to_one(self, start: str, end: str) -> bool:
        """Whether links lead from each row of `start` to at most one row of `end`, by keys or unique columns."""
        seen, left = {start}, [start]
        while left:
            hops = [h for h in self.hops(left.pop()) if h.to_one or not h.cap.many]
            left += [h.target for h in hops if h.target not in seen]
            seen |= {h.target for h in hops}
        return end in seen

    @cached_property
    def local_keys(self) -> frozenset[tuple[str, str]]:
        """Key attributes whose name is local to their entity: `id`, to which a link refers as `store_id`.

        One such link decides for all keys of the name. A date has the same meaning in every key.
        """
        keys = {(e.name, w.text) for e in self.entities.values() for w in e.key}
        renamed = {
            name
            for link in self.erd.links
            for there, back in link.columns
            for entity, name in ((link.left, there), (link.right, back))
            if there != back and (entity, name) in keys
        }
        typed = ((e.name, a.name, family(a.type or "")) for e in self.erd.entities for a in e.columns)
        dates = {(entity, name) for entity, name, kind in typed if kind in ("date", "timestamp")}
        return frozenset((entity, name) for entity, name in keys - dates if name in renamed)


def build(erd: Erd, faults: Collector) -> EntityGraph | None:
    """The checked graph, or None after adding the faults: E030, E031, E033, E037, E206, E403, W401, …

    What models name is not checked here: `misread` and the planner do that.
    """
    entities = {e.name: e for e in erd.entities}
    models = {m.name: m for m in erd.models}
    before = len(faults.found)
    for entity in erd.entities:
        _check_entity(entity, faults)
    sound = [link for link in erd.links if _check_link(link, entities, models, faults)]
    _check_board(erd, faults)
    if any(d.code.startswith("E") for d in faults.found[before:]):
        return None
    edges: dict[str, dict[str, list[Hop]]] = {}
    for link in sound:
        for hop in _hops(link, entities):
            edges.setdefault(hop.source, {}).setdefault(hop.target, []).append(hop)
    leaving = {source: tuple(chain.from_iterable(targets.values())) for source, targets in edges.items()}
    return EntityGraph(erd=erd, entities=entities, models=models, leaving=leaving)


def misread(erd: Erd, faults: Collector) -> set[str]:
    """The models whose `rows`, `match` or `via` names something that does not exist. Adds E030 and E032."""
    known = {*(e.name for e in erd.entities), *(m.name for m in erd.models)}
    roles = {link.role for link in erd.links if link.role} | {e.name for e in erd.entities}
    roles |= {name for link in erd.links for pair in link.columns for name in pair}
    found = set()
    for model in erd.models:
        before = len(faults.found)
        for word in (*model.rows, *(word for word, _ in model.match)):
            check_relation(word, known, faults)
        _check_roles(model, roles | _shown(erd, model), faults)
        if len(faults.found) > before:
            found.add(model.name)
    return found


def check_relation(word: Word, known: Collection[str], faults: Collector) -> bool:
    if word.text in known:
        return True
    faults.add("E030", f"there is no entity or model `{word.text}`", word.span, fixes=did_you_mean(word.text, known))
    return False


def _check_entity(entity: Entity, faults: Collector) -> None:
    columns = {a.name: a for a in entity.columns}
    for word in entity.key:
        if word.text not in columns:
            faults.add(
                "E033",
                f"the key column `{word.text}` is not among the columns of `{entity.name}`",
                word.span,
                fixes=did_you_mean(word.text, columns) or [Hint(f"add `{word.text}` to its columns, with its type")],
            )
        elif columns[word.text].not_null is False:
            faults.add(
                "E403",
                f"`{entity.name}.{word.text}` is part of the key, yet `not_null: false` says that it may be NULL",
                columns[word.text].span,
                fixes=[
                    Fix(
                        "claim that it is never NULL (tested): `not_null: true`",
                        Paste(("entities", entity.name, "columns", word.text), "{not_null: true}"),
                    ),
                    Hint("choose another key, one that every row has"),
                ],
            )
    claimed = [w for words in entity.uniques for w in words]
    claimed += [w for d in entity.determines for w in (*d.left, *d.right)]
    claimed += entity.latest
    event_date = None if entity.is_undated else entity.event_date
    claimed += [word for word in (entity.loaded_at, event_date, entity.deleted) if word]
    claimed += [*entity.grain, *(entity.measures or ()), *(entity.audit or ())]
    claimed += [word for column in entity.columns for word in column.stock_along]
    for word in claimed:
        if word.text not in columns:
            faults.add(
                "E031",
                f"`{entity.name}` has no column `{word.text}`",
                word.span,
                fixes=did_you_mean(word.text, columns),
            )

    keys = {word.text for word in entity.key}
    for word in entity.latest:
        if word.text in keys:
            message = f"`{word.text}` is part of the key of `{entity.name}`: all rows of one key have the same"
            faults.add("E016", message, word.span, fixes=[Hint("name a column that changes, such as `updated_at`")])
    _check_star(entity, faults)


_NAMED = 4  # columns that a fix proposes
_DATES: tuple[str, ...] = ("date", "timestamp", "other")
_NUMBERS: tuple[str, ...] = ("integer", "numeric", "float", "interval", "other")


def _check_star(entity: Entity, faults: Collector) -> None:
    """The star settings of an entity name columns of the right kind: E016."""
    columns = {a.name: a for a in entity.columns}
    keys = {word.text for word in entity.key}
    asked = [("measures", word, "numbers", _NUMBERS) for word in entity.measures or ()]
    if entity.event_date is not None and not entity.is_undated:
        asked.insert(0, ("event_date", entity.event_date, "a date or a timestamp", _DATES))
    for field, word, wanted, kinds in asked:
        column = columns.get(word.text)
        if column is None or column.type is None or family(column.type) in kinds:
            continue
        free = [c for c in entity.columns if c.name not in keys and c.type]
        fitting = [f"`{c.name}`" for c in free if family(c.type or "") in kinds[:-1]]
        fixes = [Hint(f"name a column that is: {', '.join(fitting[:_NAMED])}")] if fitting else []
        faults.add(
            "E016",
            f"`{field}` takes {wanted}, and `{entity.name}.{word.text}` is {column.type}",
            word.span,
            fixes=[*fixes, Hint("correct the type of the column; raw text is cast by `cast: true`")],
        )


def _check_link(link: Link, entities: Mapping[str, Entity], models: Mapping[str, ModelSpec], faults: Collector) -> bool:
    missing = [name for name in dict.fromkeys((link.left, link.right)) if name not in entities]
    for name in missing:
        faults.add(
            "E030",
            f"the link `{link.text}` names `{name}`, which is not an entity",
            link.span,
            fixes=[repairs.instead_of_link(models[name])] if name in models else did_you_mean(name, entities),
        )
    if missing:
        return False
    unknown = [
        (side, column)
        for pair in link.columns
        for side, column in zip((link.left, link.right), pair, strict=True)
        if all(a.name != column for a in entities[side].columns)
    ]
    for side, column in dict.fromkeys(unknown):
        faults.add(
            "E037",
            f"the link `{link.text}` uses `{side}.{column}`, which does not exist",
            link.span,
            fixes=did_you_mean(column, (a.name for a in entities[side].columns))
            or [Hint(f"write it as `{link.left} column = {link.right} column`")],
        )
    if unknown:
        return False
    ends = {link.left: [a for a, _ in link.columns], link.right: [b for _, b in link.columns]}
    check_types(link, entities, {side for side, names in ends.items() if is_unique(entities[side], names)}, faults)
    return _check_caps(link, entities, faults)


def _check_board(erd: Erd, faults: Collector) -> None:
    """Every item of the board is a part of this diagram. E030, E031."""
    owners = {e.name: {a.name for a in e.columns} for e in erd.entities}
    owners |= {m.name: _columns_of(m) for m in erd.models}
    links = {text for link in erd.links for text in (link.text, link.name)}
    for item in erd.board.items if erd.board else ():
        if unknown := _unknown(item, owners, links):
            code, message, name, known = unknown
            meant = did_you_mean(name, known) or (Hint("write its new name here, if it was renamed"),)
            faults.add(
                code, message, item.span, fixes=[*meant, Hint("remove the line if it is no longer in the diagram")]
            )


def _unknown(
    item: BoardItem, owners: Mapping[str, Collection[str]], links: Collection[str]
) -> tuple[str, str, str, Collection[str]] | None:
    """(code, message, the name, the known names) of an item that does not exist here; None for others."""
    if item.of is None:
        text = item.link if item.role is None else f"{item.link} : {item.role}"
        return None if text in links else ("E030", f"there is no link `{text}`", text, links)
    owner = item.of.text
    if owner not in owners:
        return "E030", f"there is no entity or model `{owner}`", owner, owners
    column, known = item.column.text if item.column else None, owners[owner]
    if column is None or column in known or not known:
        return None
    return "E031", f"`{owner}` has no column `{column}`", column, known


def _columns_of(model: ModelSpec) -> set[str]:
    """The columns that a model declares; empty where they follow from others."""
    if model.keep is None or model.sql:
        return set()
    return {w.text for w in (*model.grain, *model.keep)} | {c.name for c in model.columns}


def _referring(link: Link, entities: Mapping[str, Entity]) -> Iterator[tuple[str, tuple[str, ...], Cardinality]]:
    """(entity, foreign key, cap of the partner) for each direction in which the link leads to at most one row.

    Where both ends are unique, the end that is not a key refers to the other. Of two such ends, the first one drawn
    does.
    """
    left, right = entities[link.left], entities[link.right]
    there, back = (tuple(pair[i] for pair in link.columns) for i in (0, 1))
    if is_unique(right, back) and not _is_key(left, there):
        yield link.left, there, link.right_cap
    if is_unique(left, there) and not _is_key(right, back) and (_is_key(left, there) or not is_unique(right, back)):
        yield link.right, back, link.left_cap


def _is_key(entity: Entity, columns: Collection[str]) -> bool:
    return bool(entity.key) and {w.text for w in entity.key} <= set(columns)


def is_unique(entity: Entity, columns: Collection[str]) -> bool:
    """Whether the columns contain the key or a declared unique, so that an equi-join on them is many-to-one."""
    held = set(columns)
    return (
        (bool(entity.key) and all(w.text in held for w in entity.key))
        or any(a.unique and a.name in held for a in entity.columns)
        or any(all(w.text in held for w in words) for words in entity.uniques)
    )


def uniques(entity: Entity) -> list[frozenset[str]]:
    """The key first, then each unique column and each unique set of columns."""
    return [
        *([frozenset(w.text for w in entity.key)] if entity.key else []),
        *(frozenset((a.name,)) for a in entity.columns if a.unique),
        *(frozenset(w.text for w in words) for words in entity.uniques),
    ]


def _check_caps(link: Link, entities: Mapping[str, Entity], faults: Collector) -> bool:
    """Check the caps against the keys: a `one` end that is referenced must be unique there (E403, W401)."""
    left, right = entities[link.left], entities[link.right]
    ends = (
        (left, [a for a, _ in link.columns], link.left_cap),
        (right, [b for _, b in link.columns], link.right_cap),
    )
    unique = [is_unique(entity, columns) for entity, columns, _ in ends]
    ones = [not cap.many for _, _, cap in ends]
    if any(unique) or not any(ones):
        if not any(unique) and not any(_inside_key(entity, columns) for entity, columns, _ in ends):
            return _refuse_bridge(link, faults)
        return True
    for (entity, columns, _), one in zip(ends, ones, strict=True):
        if one:
            _doubt(link, entity, columns, faults)
    return not faults.failed or not all(ones)


def _inside_key(entity: Entity, columns: Collection[str]) -> bool:
    return any(set(columns) <= unique for unique in uniques(entity))


def _listed(names: Iterable[str]) -> str:
    return "(" + ", ".join(names) + ")"


def _doubt(link: Link, entity: Entity, columns: Sequence[str], faults: Collector) -> None:
    """A `one` cap without a key: part of a composite key (W401), or a contradiction (E403)."""
    key = [w.text for w in entity.key]
    if not set(key) <= {column.name for column in entity.columns}:
        return  # E033 already: the key that the link means may be misspelled
    named = ", ".join(f"`{c}`" for c in columns)
    if len(key) > 1 and set(columns) < set(key):
        faults.add(
            "W401",
            f"`{link.text}` is drawn many-to-one, but {named} is only part of the key {_listed(key)} of "
            f"`{entity.name}`: one row of `{link.left if entity.name == link.right else link.right}` matches many",
            link.span,
            fixes=[
                _drawn_many(link, at_right=entity.name == link.right),
                Hint(f"match the whole key: [{', '.join(key)}]"),
                Hint(f"add an entity with the key {_listed(columns)} and link both to it"),
            ],
        )
        return
    faults.add(
        "E403",
        f"`{link.text}` says one `{entity.name}` per row, but {named} is not a key and not unique there",
        link.span,
        fixes=[
            repairs.unique("claim it (tested)", entity, tuple(columns)),
            _drawn_many(link, at_right=entity.name == link.right),
            Hint(f"link to the key {_listed(key)} of `{entity.name}`"),
        ],
    )


def _drawn_many(link: Link, *, at_right: bool) -> Fix:
    """The link with `many` at one end. Its minimum is unchanged."""
    caps = link.text[len(link.left) + 1 : -len(link.right) - 1]
    drawn = caps[:-1] + "{" if at_right else "}" + caps[1:]
    text = repairs.relation(link.left, drawn, link.right)
    return Fix(f"draw it as many: `{text}`", Paste(("links", link.text), text, renames=True))


def _refuse_bridge(link: Link, faults: Collector) -> bool:
    bridge = f"{link.left}_{link.right}"
    faults.add(
        "E403",
        f"`{link.text}` is many-to-many, and its columns are not part of a key on either side: a bridge is missing",
        link.span,
        fixes=[Hint(f"add an entity `{bridge}` whose key is both foreign keys, and link it many-to-one to both")],
    )
    return False


def _check_roles(model: ModelSpec, roles: Collection[str], faults: Collector) -> None:
    """`via:` names a role, an entity on the path, all words of a chain, the rows, or a column of these: E032."""
    wanted = [word for _, word in model.via]
    wanted += [Word(c.via, c.span) for c in model.columns if c.via]
    for word in wanted:
        if word.text not in roles and not set(word.text.split(".")) <= set(roles):
            faults.add(
                "E032",
                f"there is no link with the role `{word.text}`",
                word.span,
                fixes=did_you_mean(word.text, roles),
            )


def _shown(erd: Erd, model: ModelSpec) -> set[str]:
    """The columns of a model's grain and of its rows, as far as the diagram lists them."""
    rows = {word.text for word in model.rows}
    found = {column.name for entity in erd.entities if entity.name in rows for column in entity.columns}
    read = [model, *(other for other in erd.models if other.name in rows)]
    return rows | found | {w.text for m in read for w in m.grain} | {c.name for m in read[1:] for c in m.columns}


def _hops(link: Link, entities: Mapping[str, Entity]) -> tuple[Hop, Hop]:
    def hop(source: str, target: str, pairs: tuple[tuple[str, str], ...]) -> Hop:
        to_one = _is_key(entities[target], [b for _, b in pairs])
        return Hop(link=link, source=source, target=target, pairs=pairs, to_one=to_one)

    back = tuple((b, a) for a, b in link.columns)
    return hop(link.left, link.right, link.columns), hop(link.right, link.left, back)


def one_to_one(other_side_is_unique: bool, many: bool) -> bool:
    """Whether a `one` cap on the foreign key's side is its own claim: at most one row per referenced row."""
    return other_side_is_unique and not many
