"""W406 of hand-written SQL: a join compares columns only because of their equal names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
    """Add W406 for joins of columns with one name that no chain of links connects.

    A further column beside those of a link restricts the join, and a date means the same everywhere. A `natural join`
    names no column, so each of its columns is checked.
    """
    if not joins or "W406" in accepted:
        return
    linked = _linked(world.graph.erd)
    for join in joins:
        judged = [(pair, _ends(pair, text)) for pair in join.pairs]
        if not join.natural and any(_are_linked(ends, linked) for _, ends in judged):
            continue
        named = [
            ends
            for pair, ends in judged
            if _is_by_name(pair, ends, natural=join.natural) and not _are_linked(ends, linked)
        ]
        if named:
            _report(text, join, named, faults)


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
    return {attribute: root(attribute) for attribute in found}


def _ends(pair: NamedPair, text: SqlText) -> _Ends:
    """The attributes that each side may show; none where it shows anything else in some rows."""
    left, right = (_shown(shows, text) for shows in pair.shows)
    return left, right


def _shown(shows: Collection[Shown], text: SqlText) -> list[Field]:
    fields = [
        text.reads[one.table].fields[one.column]
        for one in shows
        if one.table in text.reads and one.column in text.reads[one.table].fields
    ]
    return fields if len(fields) == len(shows) and all(field.origin is not None for field in fields) else []


def _attributes(fields: Collection[Field]) -> set[Attribute]:
    return {(field.origin.entity, field.origin.column) for field in fields if field.origin is not None}


def _are_linked(ends: _Ends, linked: Mapping[Attribute, Attribute]) -> bool:
    left, right = ({linked.get(one, one) for one in _attributes(side)} for side in ends)
    return bool(left & right)


def _is_by_name(pair: NamedPair, ends: _Ends, *, natural: bool) -> bool:
    """Whether both sides are attributes of the same name. A date that the author names has one meaning everywhere."""
    names = {column for side in ends for _, column in _attributes(side)}
    dated = any(family(field.type or "") in ("date", "timestamp") for side in ends for field in side)
    one_name = len(names) == 1 and pair.names[0] == pair.names[1]
    return all(ends) and one_name and (natural or not dated)


def _report(text: SqlText, join: NamedJoin, named: Collection[_Ends], faults: Collector) -> None:
    where = f"`{join.cte}` of `{text.spec.name}`" if join.cte else f"the SQL of `{text.spec.name}`"
    columns = " and ".join(f"{_words(left)} with {_words(right)}" for left, right in named)
    message = f"in {where}, `{join.text}` compares {columns} only because of the name: no link connects them"
    meant = "name the columns that are meant: `using (…)`" if join.natural else "join on the columns of a link"
    fixes = (Hint(meant), Hint("or draw the link between the two"), repairs.accepting("W406", text.spec.name))
    faults.add("W406", message, text.place(join.node), fixes=fixes)


def _words(fields: Collection[Field]) -> str:
    return " or ".join(f"`{entity}.{column}`" for entity, column in sorted(_attributes(fields)))
