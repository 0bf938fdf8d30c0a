"""Compares a draft with a database: keys and undeclared links, each with the evidence of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.erd import TODO
from erd2dbt.discover.keys import KeyFound, Sought, find_key
from erd2dbt.discover.links import SURE, Inclusion, comparable, included, matching_reference
from erd2dbt.discover.queries import Column, Place, Probe, Progress, WarehouseProbe, postgres_probe
from erd2dbt.discover.secret_evidence import with_secrets
from erd2dbt.discover.star_evidence import with_star_evidence
from erd2dbt.draft.keys import KeysOf, named_keys, with_keys
from erd2dbt.draft.undeclared import Proposal, edges, key_of, relations, with_links
from erd2dbt.draft.values import Draft, DraftColumn, DraftEntity, Remark
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.infer.references import Columns, Reference, clear, is_covered, references
from erd2dbt.pipelines.summary import plural
from erd2dbt.run import relations as catalog
from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.run.connection import Connection
from erd2dbt.sql.dialects import in_language

_SURE = Remark.INFERRED("unique")  # a key that the schema itself declares


def from_rows(draft: Draft, connection: Connection | Warehouse, progress: Progress) -> Draft:
    """Return the draft with proposals that the rows confirm; without rows, with proposals by names. Raises ErdError
    E704."""
    if isinstance(connection, Warehouse):
        there = _relations(connection, draft)
        return _proposed(draft, _Discovery(WarehouseProbe(connection), progress, _places(draft, there)))
    with postgres_probe(connection) as probe:
        return _proposed(draft, _Discovery(probe, progress, _places(draft, catalog.relations(probe.cursor))))


def _proposed(draft: Draft, discovery: _Discovery) -> Draft:
    foreign, keys = _foreign(draft), named_keys(draft)
    keyed = replace(draft, entities=tuple(discovery.keyed(one, keys, foreign[one.name]) for one in draft.entities))
    linked = discovery.linked(keyed)
    linked = with_secrets(linked, discovery.probe, discovery.places, discovery.count)
    return with_star_evidence(linked, discovery.probe, discovery.places, discovery.count)


def _relations(warehouse: Warehouse, draft: Draft) -> dict[tuple[str, str], catalog.Relation]:
    """Return the tables of the draft as their dbt adapter lists them. Their size is not known."""
    try:
        listed = warehouse.listed({draft.schema_of(one) for one in draft.entities})
    except WarehouseError as error:
        message = f"{warehouse.shown} does not list its tables: {error}"
        raise ErdError([Diagnostic(code="E704", message=message)]) from None
    found = {}
    for one in listed:
        types = {name: in_language(type_, warehouse.dialect) for name, type_ in one.columns.items()}
        found[one.schema, one.name] = catalog.Relation(
            schema=one.schema,
            name=one.name,
            is_part=False,
            is_view=True,  # no blocks to sample
            bytes=0,
            estimate=0,
            types=types,
            over=types,
            path=tuple(one.path),
        )
    return found


def _places(draft: Draft, there: Mapping[tuple[str, str], catalog.Relation]) -> dict[str, Place]:
    """Return entity -> its table: in the schema of its source, else in the only schema with such a table."""
    found = {}
    for one in draft.entities:
        schema = draft.schema_of(one)
        table = one.table or one.name
        relation = there.get((schema, table)) or _unambiguous_table(there, schema, table)
        if relation is not None:
            found[one.name] = Place(sql=relation.sql, columns=dict(_columns(one, relation)), is_view=relation.is_view)
    return found


def _unambiguous_table(
    there: Mapping[tuple[str, str], catalog.Relation], schema: str, table: str
) -> catalog.Relation | None:
    alike = [one for (_, name), one in there.items() if name.casefold() == table.casefold()]
    within = [one for one in alike if one.schema == schema] or alike
    return within[0] if len(within) == 1 else None


def _columns(one: DraftEntity, relation: catalog.Relation) -> Iterator[tuple[str, Column]]:
    folded = {name.casefold(): name for name in relation.types}
    for column in one.columns:
        wanted = str(column.fields.get("from", column.name))
        raw = wanted if wanted in relation.types else folded.get(wanted.casefold())
        if raw is not None:
            yield column.name, Column(sql=relation.ident(raw), type=relation.over[raw])


def _foreign(draft: Draft) -> dict[str, frozenset[str]]:
    """Return entity -> its foreign key columns, by links, and by names where these decide."""
    known = relations(with_keys(draft))
    named = references(known)
    return {
        one.name: frozenset(
            name for columns in (*one.tied, *(own for child, own in named if child == one.name)) for name in columns
        )
        for one in known
    }


@dataclass(slots=True)
class _Discovery:
    """`rows`: the number of rows of counted tables. Other tables are counted when necessary."""

    probe: Probe
    progress: Progress
    places: Mapping[str, Place]
    rows: dict[str, int] = field(default_factory=dict)
    keys: dict[str, Columns] = field(default_factory=dict)

    def count(self, entity: str) -> int:
        if entity not in self.rows:
            found = self.probe.row(f"select count(*) from {self.places[entity].sql}")  # noqa: S608 - quoted
            self.rows[entity] = found[0] if found else 0
        return self.rows[entity]

    # -- keys

    def keyed(self, one: DraftEntity, keys: KeysOf, foreign: frozenset[str]) -> DraftEntity:
        """Return the entity with the key that its rows allow, if none is drawn."""
        guessed = (one.key_comment or "").startswith(Remark.INFERRED)
        if one.key != (TODO,) and (not guessed or (one.key_comment or "").startswith(_SURE)):
            return one
        named = list(keys(one))
        likely = dict(named) if one.key == (TODO,) else {one.key: "by its name", **dict(named)}
        place = self.places.get(one.name)
        if place is None:
            return _by_name(one, likely, "its table does not exist")
        sought = Sought(entity=one.name, place=place, likely=tuple(likely), foreign=foreign)
        found = find_key(self.probe, sought)
        if found is None:
            return _by_name(one, likely, f"its rows could not be looked at: {self.probe.why}")
        self.rows[one.name] = found.rows
        self.progress(f"{one.name}: {plural(found.rows, 'row')}, {', '.join(found.columns) or 'no key'}")
        return _with_key(one, found) if found.columns or found.rows else _by_name(one, likely, found.why)

    # -- links

    def linked(self, draft: Draft) -> Draft:
        self.keys = {one.name: key_of(one) for one in draft.entities}
        proposals: list[Proposal] = []
        refuted: dict[tuple[str, str], str] = {}
        for (child, columns), some in references(relations(draft)).items():
            one = self._best(some)
            if isinstance(one, Proposal):
                proposals.append(one)
            elif one and len(columns) == 1:
                refuted[child, columns[0]] = one
        known = edges(draft, (one.reference for one in proposals))
        kept = [one for one in proposals if not is_covered(one.reference, known)]
        return _remarked(with_links(draft, _one_way(kept)), refuted)

    def _best(self, some: list[Reference]) -> Proposal | str | None:
        """Return the reference that the rows confirm; otherwise the reason against the reference that names suggest."""
        asked = {one: self._measured_inclusion(one) for one in some if self._unlike(one) == ""}
        if best := matching_reference(asked, self.count):
            return self._proposal(*best)
        by_name = clear(some, self.keys[some[0].child])
        if by_name is None:
            return None
        if unlike := self._unlike(by_name):
            return unlike
        found = asked[by_name]
        if found is None or not found.values:
            return Proposal(reference=by_name, why=f"by its name; {self._unseen(by_name, found)}")
        lost, values = found.values - found.found, plural(found.values, "value")
        return f"by its name a key of {by_name.parent}, but {lost:,} of its {values} are not keys there"

    def _unlike(self, one: Reference) -> str:
        """Return why the types at the two ends cannot be compared; empty if they can, or if an end does not exist."""
        child, parent = self.places.get(one.child), self.places.get(one.parent)
        if child is None or parent is None or comparable(one, child, parent):
            return ""
        types = [place.columns[name].type for place, names in ((child, one.columns), (parent, one.to))
                 for name in names if name in place.columns]  # fmt: skip
        return f"by its name a key of {one.parent}, but their types in the database are {' and '.join(types)}"

    def _unseen(self, one: Reference, found: Inclusion | None) -> str:
        gone = [name for name in (one.child, one.parent) if name not in self.places]
        if gone:
            return f"the table of {gone[0]} does not exist"
        return "there are no rows to check" if found else f"its rows could not be looked at: {self.probe.why}"

    def _measured_inclusion(self, one: Reference) -> Inclusion | None:
        child, parent = self.places.get(one.child), self.places.get(one.parent)
        if child is None or parent is None:
            return None
        return included(self.probe, one, child, parent, self.count(one.child))

    def _proposal(self, one: Reference, found: Inclusion) -> Proposal:
        lost = f"; {plural(found.lost, 'row')} without a partner" if found.lost else ""
        name = "its name" if len(one.columns) == 1 else "their names"
        return Proposal(
            reference=one,
            why=f"by {name}; {found.found:,} of {plural(found.values, 'value')} are keys of {one.parent}{lost}",
            one=found.most == 1 and found.filled >= SURE,
            filled=found.filled == found.rows and not found.lost,
        )


def _by_name(one: DraftEntity, likely: Mapping[Columns, str], why: str) -> DraftEntity:
    if not likely:
        return replace(one, key_comment=Remark.NEEDS(f"the columns that identify one row; {why}"))
    key, said = next(iter(likely.items()))
    return replace(one, key=key, key_comment=Remark.INFERRED(f"{said}; {why}"))


def _with_key(one: DraftEntity, found: KeyFound) -> DraftEntity:
    if found.columns:
        return replace(one, key=found.columns, key_comment=Remark.INFERRED(found.why))
    return replace(one, key=(TODO,), key_comment=Remark.NEEDS(f"the columns that identify one row; {found.why}"))


def _one_way(proposals: list[Proposal]) -> list[Proposal]:
    """Return one direction only for two tables with the same keys."""
    kept: list[Proposal] = []
    for one in proposals:
        back = (one.reference.parent, one.reference.to, one.reference.child, one.reference.columns)
        if not any((p.reference.child, p.reference.columns, p.reference.parent, p.reference.to) == back for p in kept):
            kept.append(one)
    return kept


def _remarked(draft: Draft, refuted: Mapping[tuple[str, str], str]) -> Draft:
    """Add a remark to each column whose name suggests a key or a link that the rows contradict."""

    def with_remark(one: DraftEntity, column: DraftColumn) -> DraftColumn:
        said = refuted.get((one.name, column.name))
        if said is None:
            return column
        comment = Remark.OPEN(said)
        return replace(column, comment=f"{column.comment}; {comment}" if column.comment else comment)

    return replace(
        draft,
        entities=tuple(replace(one, columns=tuple(with_remark(one, c) for c in one.columns)) for one in draft.entities),
    )
