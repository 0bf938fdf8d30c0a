"""W406 of hand-written SQL: a query compares columns that no link connects, or only a part of those of a link."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models.sql_text import SqlText
from erd2dbt.design.plans.plan import Field
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import Erd
from erd2dbt.faults.diagnostics import Collector, Hint
from erd2dbt.sqlproof.query_analysis import NamedJoin, NamedPair
from erd2dbt.sqlproof.shown import Shown

Attribute = tuple[str, str]  # an entity and its column
_Ends = tuple[list[Field], list[Field]]


def report_joins(
    text: SqlText, joins: Collection[NamedJoin], world: World, faults: Collector, accepted: Collection[str]
) -> None:
    """Add W406 for comparisons of columns that no chain of links connects, and for parts of a composite link.

    A further column beside those of a link restricts the join, and a date means the same everywhere. A `natural join`
    names no column, so each of its columns is checked. Columns of two names are only reported where links lead from
    both, to different columns.
    """
    if not joins or "W406" in accepted:
        return
    links = _Links(world.graph.erd)
    for join in joins:
        judged = [(pair, _ends(pair, text)) for pair in join.pairs]
        beside = not join.natural and any(links.connect(ends) for _, ends in judged)
        other = [(pair, ends) for pair, ends in judged if all(ends) and not links.connect(ends)]
        named = [
            ends
            for pair, ends in other
            if links.differ(ends)
            or (not beside and _is_by_name(pair, ends, natural=join.natural) and (links.know(ends) or not join.keys))
        ]
        parts = [
            (ends, missing)
            for pair, ends in judged
            if all(ends) and links.connect(ends) and (missing := links.missing(pair, ends, text))
        ]
        if named:
            _report(text, join, named, links, faults)
        elif parts:
            _report_part(text, join, *parts[0], faults)


class _Links:
    """What the links of a diagram say about columns: which are equal by them, and which they compare together."""

    def __init__(self, erd: Erd) -> None:
        self._erd = erd
        self._roots = _linked(erd)
        self._keys = {(entity.name, entity.key[0].text) for entity in erd.entities if len(entity.key) == 1}
        self._dates = {
            (entity.name, column.name)
            for entity in erd.entities
            for column in entity.columns
            if family(column.type or "") in ("date", "timestamp")
        }
        self._beside = self._together()

    def _together(self) -> Mapping[Attribute, frozenset[Attribute]]:
        """The columns that every link of a column compares as well. A date is compared in other ways, too."""
        found: dict[Attribute, frozenset[Attribute]] = {}
        for link in self._erd.links:
            roots = frozenset(self._roots.get((link.left, there), (link.left, there)) for there, _ in link.columns)
            for root in roots:
                found[root] = found.get(root, roots) & (roots - {root})
        return found

    def _classes(self, side: Collection[Field]) -> set[Attribute]:
        return {self._roots.get(one, one) for one in _attributes(side)}

    def connect(self, ends: _Ends) -> bool:
        """Whether a chain of links makes the two columns equal, or they are one."""
        return bool(self._classes(ends[0]) & self._classes(ends[1]))

    def know(self, ends: _Ends) -> bool:
        """Whether one of the columns is compared by a link, or is a key."""
        return any(one in self._roots or one in self._keys for side in ends for one in _attributes(side))

    def differ(self, ends: _Ends) -> bool:
        """Whether links lead from both columns, to different ones."""
        return all(one in self._roots for side in ends for one in _attributes(side)) and not _is_dated(ends)

    def missing(self, pair: NamedPair, ends: _Ends, text: SqlText) -> list[str]:
        """The columns without which the two columns identify nothing, and that nothing compares; sorted by name."""
        if pair.whole or _is_dated(ends):
            return []
        shared = self._classes(ends[0]) & self._classes(ends[1])
        needed = frozenset.intersection(*(self._beside.get(root, frozenset()) for root in shared))
        tied = self._classes(_fields(pair.tied, text))
        fixed = [self._classes(_fields(side, text)) for side in pair.fixed]
        left_out = needed - tied - (fixed[0] & fixed[1])
        return sorted(self._called(root, ends) for root in left_out if root not in self._dates)

    def _called(self, root: Attribute, ends: _Ends) -> str:
        """The name of a column in the entity of one of the two sides."""
        entities = [entity for side in ends for entity, _ in sorted(_attributes(side))]
        names = sorted(attribute for attribute, own in self._roots.items() if own == root)
        shown = (f"{e}.{c}" for entity in entities for e, c in names if e == entity)
        return next(shown, f"{root[0]}.{root[1]}")

    def meant(self, ends: _Ends) -> str | None:
        """The comparison by a link between the two entities; where there is none, what a link of one compares."""
        left, right = ({entity for entity, _ in _attributes(side)} for side in ends)
        for link in self._erd.links:
            if (link.left in left and link.right in right) or (link.left in right and link.right in left):
                return " and ".join(f"`{link.left}.{a}` = `{link.right}.{b}`" for a, b in link.columns)
        return None


def _linked(erd: Erd) -> Mapping[Attribute, Attribute]:
    """One attribute for all that chains of links make equal."""
    found: dict[Attribute, Attribute] = {}

    def root(attribute: Attribute) -> Attribute:
        while attribute in found:
            attribute = found[attribute]
        return attribute

    for link in erd.links:
        for there, back in link.columns:
            one, other = root((link.left, there)), root((link.right, back))
            if one != other:
                found[one] = other
    every = {end for link in erd.links for a, b in link.columns for end in ((link.left, a), (link.right, b))}
    return {attribute: root(attribute) for attribute in sorted(every)}


def _ends(pair: NamedPair, text: SqlText) -> _Ends:
    """The attributes that each side may show; none where it shows anything else in some rows."""
    left, right = (_shown(shows, text) for shows in pair.shows)
    return left, right


def _shown(shows: Collection[Shown], text: SqlText) -> list[Field]:
    fields = _fields(shows, text)
    return fields if len(fields) == len(shows) and all(field.origin is not None for field in fields) else []


def _fields(shows: Collection[Shown], text: SqlText) -> list[Field]:
    return [
        text.reads[one.table].fields[one.column]
        for one in shows
        if one.table in text.reads and one.column in text.reads[one.table].fields
    ]


def _attributes(fields: Collection[Field]) -> set[Attribute]:
    return {(field.origin.entity, field.origin.column) for field in fields if field.origin is not None}


def _is_by_name(pair: NamedPair, ends: _Ends, *, natural: bool) -> bool:
    """Whether both sides are attributes of the same name. A date that the author names has one meaning everywhere."""
    names = {column for side in ends for _, column in _attributes(side)}
    one_name = len(names) == 1 and pair.names[0] == pair.names[1]
    return one_name and (natural or not _is_dated(ends))


def _is_dated(ends: _Ends) -> bool:
    return any(family(field.type or "") in ("date", "timestamp") for side in ends for field in side)


def _report(text: SqlText, join: NamedJoin, named: Collection[_Ends], links: _Links, faults: Collector) -> None:
    columns = " and ".join(f"{_words(left)} with {_words(right)}" for left, right in named)
    by_name = all(len({column for side in ends for _, column in _attributes(side)}) == 1 for ends in named)
    why = "only because of the name: no link connects them" if by_name else "although no link connects them"
    meant = next((said for ends in named if (said := links.meant(ends)) is not None), None)
    fix = f"compare the columns of the link: {meant}" if meant is not None else "join on the columns of a link"
    fix = "name the columns that are meant: `using (…)`" if join.natural else fix
    fixes = (Hint(fix), Hint("or draw the link between the two"), repairs.accepting("W406", text.spec.name))
    faults.add("W406", f"{_where(text, join)} compares {columns} {why}", text.place(join.node), fixes=fixes)


def _report_part(text: SqlText, join: NamedJoin, ends: _Ends, missing: Sequence[str], faults: Collector) -> None:
    """W406 for a part of a composite link: a number that is only unique within a tenant, without the tenant."""
    columns, others = f"{_words(ends[0])} with {_words(ends[1])}", " and ".join(f"`{name}`" for name in missing)
    message = f"{_where(text, join)} compares {columns} without {others}, which every link between them compares, too"
    fixes = (
        Hint(f"compare {others} on both sides as well, or fix it to one value on both"),
        repairs.accepting("W406", text.spec.name),
    )
    faults.add("W406", message, text.place(join.node), fixes=fixes)


def _where(text: SqlText, join: NamedJoin) -> str:
    where = f"`{join.cte}` of `{text.spec.name}`" if join.cte else f"the SQL of `{text.spec.name}`"
    return f"in {where}, `{join.text}`"


def _words(fields: Collection[Field]) -> str:
    return " or ".join(f"`{entity}.{column}`" for entity, column in sorted(_attributes(fields)))
