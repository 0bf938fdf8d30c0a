"""Descriptions of models and columns: from the spec, else of the column they show, else their origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from erd2dbt.design.plans.plan import Field, Plan, Relation, Step, StepKind
from erd2dbt.design.project.formula_words import divided, formula_words, quoted, ratio_sides, summed
from erd2dbt.design.project.header import grain
from erd2dbt.design.project.personal_data import PersonalData
from erd2dbt.design.project.prose import humanized, listed
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, ModelSpec
from erd2dbt.prove.measure import Aggregate


class Descriptions:
    """Descriptions of every column of every relation, in the diagram's names."""

    def __init__(self, erd: Erd, shelf: Mapping[str, Relation]) -> None:
        self.personal = PersonalData(shelf)
        self._shelf = shelf
        self._raw = {entity.name for entity in erd.entities}
        self._keys = {name: relation.grain for name, relation in shelf.items()}
        self._of_entities, self._of_all = _first_said(erd)
        self._origins = _origins(erd)
        self._different_ratios = _different_ratios(erd)
        self._found: dict[tuple[str, str], str] = {}

    def column(self, relation: str, name: str) -> str:
        """The description of a column: from the spec, the column it shows, a column of the same name, or its origin."""
        key = (relation, name)
        if key not in self._found:
            self._found[key] = humanized(name)  # inheritance has no circle; this only guards against one
            self._found[key] = self._column(relation, self._shelf[relation].fields[name])
        return self._found[key]

    def elsewhere(self, relation: str, name: str) -> tuple[str, str]:
        """What the description of a column may be taken from, besides the relation and its inputs."""
        known = self._of_entities if relation in self._raw else self._of_all
        return known.get(name, ""), self._origins.get((relation, name), "")

    def different_ratios(self, name: str) -> list[tuple[str, tuple[str, str]]]:
        """The ratios of a name, by model, where they have different operands."""
        return self._different_ratios.get(name, [])

    def _column(self, relation: str, shown: Field) -> str:
        """The description of a column.

        A model's description of a sum does not apply to a raw column of the same name.
        """
        text = shown.said.description if shown.said is not None else None
        if text is None and (shown.plain or (shown.said is None and shown.made is None)):
            inherited = (self.column(r, c) for r, c in shown.inherits if r in self._shelf)
            text = next(inherited, None)
        if text is None:
            known = self._of_entities if relation in self._raw else self._of_all
            text = known.get(shown.name) or self._origin(relation, shown)
        return text + _accepted(shown)

    def _origin(self, relation: str, shown: Field) -> str:
        """The origin of a column's value, as its description where the spec has none."""
        if (relation, shown.name) in self._origins:
            return self._origins[relation, shown.name]
        formula = shown.said.formula if shown.said is not None else None
        if formula is None:
            return quoted(shown.made) if shown.made else "Computed in the SQL of this model"
        total = summed(formula)
        if total is not None and total[1] == shown.name and total[0] in self._shelf:
            return self.column(*total)  # the total of totals is the same total, over more rows
        return self._shared_ratio(shown.name) or formula_words(formula, self._keys, self._source)

    def _shared_ratio(self, name: str) -> str | None:
        """One description for a ratio that several models have, with differently named operands.

        Such operands are `clicks` and `total_clicks`. None where the ratios are different, or need none.
        """
        ratios = self.different_ratios(name)
        if not ratios:
            return None
        tops, bottoms = ([(model, sides[n]) for model, sides in ratios] for n in (0, 1))
        top, bottom = self._shared_operand(tops), self._shared_operand(bottoms)
        return divided(top, bottom) if top and bottom else None

    def _shared_operand(self, operands: list[tuple[str, str]]) -> str | None:
        """The name of an operand in all models, else the raw column that all of them show or sum; None without one."""
        names = {name for _, name in operands}
        if len(names) == 1:
            return f"`{names.pop()}`"
        table, dot, column = next(iter(raw := {self._measured(*operand) or "" for operand in operands})).rpartition(".")
        return f"`{column}` of `{table}`" if dot and len(raw) == 1 else None

    def _measured(self, relation: str, name: str) -> str | None:
        """The `entity.column` that a column shows or sums without a filter; None for other columns."""
        shown = self._shelf[relation].fields.get(name) if relation in self._shelf else None
        measure = shown.measure if shown is not None else None
        is_total = measure is not None and measure.aggregate in (Aggregate.VALUE, Aggregate.SUM)
        return measure.source if measure is not None and is_total and measure.filter is None else None

    def _source(self, relation: str, name: str) -> tuple[str, str]:
        """The attribute of an entity that a column of a model shows of its own rows, else the column itself."""
        fields = self._shelf[relation].fields if relation in self._shelf else {}
        shown = fields.get(name)
        if shown is None or shown.origin is None or shown.path or self._shelf[relation].root != shown.origin.entity:
            return relation, name  # a filtered model does not have all rows of the entity
        return shown.origin.entity, shown.origin.column


def _accepted(shown: Field) -> str:
    if not isinstance(shown.said, ColumnSpec) or not shown.said.accept:
        return ""
    return "".join(f" ({code} accepted: {reason})" for code, reason in shown.said.accept)


def _different_ratios(erd: Erd) -> dict[str, list[tuple[str, tuple[str, str]]]]:
    """Column name -> (model, operands) of each ratio of that name, where they have different operands."""
    found: dict[str, list[tuple[str, tuple[str, str]]]] = {}
    for model in erd.models:
        for column in model.columns:
            sides = ratio_sides(column.formula) if column.formula is not None else None
            if sides is not None:
                found.setdefault(column.name, []).append((model.name, sides))
    return {name: ratios for name, ratios in found.items() if len({sides for _, sides in ratios}) > 1}


# -- columns of entities


def _origins(erd: Erd) -> dict[tuple[str, str], str]:
    """(entity, column) -> the origin of a raw column. A name in several tables gets one description."""
    found = {(e.name, a.name): a for e in erd.entities for a in e.columns if a.formula is None and not a.description}
    places = {source.name: source.schema for source in erd.sources}
    targets = _references(erd)
    keys = {(e.name, word.text): len(e.key) for e in erd.entities for word in e.key}
    tables = {e.name: _table(e, places) for e in erd.entities}
    alone = {key: _raw(key, a, tables, keys, targets) for key, a in found.items()}
    shared = _shared(alone, keys, targets)
    return {(entity, name): shared.get(name, text) for (entity, name), text in alone.items()}


def _table(entity: Entity, schemas: Mapping[str, str]) -> str:
    """The table's name in SQL, or the existing model."""
    if entity.existing is not None:
        return entity.existing.text
    return f"{schemas.get(entity.source, entity.source)}.{entity.table}"


def _references(erd: Erd) -> dict[tuple[str, str], str]:
    """(entity, column) -> the entity whose key the single column references; none where it references several."""
    found: dict[tuple[str, str], set[str]] = {}
    keys = {e.name: tuple(word.text for word in e.key) for e in erd.entities}
    for link in (link for link in erd.links if len(link.columns) == 1):
        ((left, right),) = link.columns
        for here, column, there, key in ((link.left, left, link.right, right), (link.right, right, link.left, left)):
            if keys.get(there) == (key,) and keys.get(here) != (column,):
                found.setdefault((here, column), set()).add(there)
    return {place: next(iter(targets)) for place, targets in found.items() if len(targets) == 1}


def _raw(
    place: tuple[str, str],
    attribute: Attribute,
    tables: Mapping[str, str],
    keys: Mapping[tuple[str, str], int],
    targets: Mapping[tuple[str, str], str],
) -> str:
    if keys.get(place) == 1:
        return f"Primary key of {place[0]}"
    if place in targets:
        return f"Foreign key to {targets[place]}"
    if place in keys:
        return f"Part of the primary key of {place[0]}"
    return f"`{attribute.raw or attribute.name}` from `{tables[place[0]]}`"


def _shared(
    alone: Mapping[tuple[str, str], str], keys: Mapping[tuple[str, str], int], targets: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """One description for each name in several tables with different descriptions, which is true for all of them."""
    places: dict[str, list[tuple[str, str]]] = {}
    for place in alone:
        places.setdefault(place[1], []).append(place)
    found: dict[str, str] = {}
    for name, its in places.items():
        if len({alone[place] for place in its}) == 1:
            continue
        owners = [place[0] if keys.get(place) == 1 else targets.get(place) for place in its]
        if len(known := set(filter(None, owners))) == 1:
            found[name] = f"Key of {known.pop()}"
        elif all(keys.get(place) == 1 for place in its):
            found[name] = "Primary key of the source table"
        else:
            found[name] = f"`{name}` from its source table"
    return found


def _first_said(erd: Erd) -> tuple[dict[str, str], dict[str, str]]:
    """The first description of each column name, in entities and anywhere: a name should have one meaning."""
    raw = _descriptions_by_name(a for entity in erd.entities for a in entity.columns)
    return raw, _descriptions_by_name(c for model in erd.models for c in model.columns) | raw


def _descriptions_by_name(columns: Iterable[Attribute | ColumnSpec]) -> dict[str, str]:
    said: dict[str, str] = {}
    for column in columns:
        if column.description:
            said.setdefault(column.name, column.description)
    return said


# -- models and sources


def model_purpose(plan: Plan) -> str:
    """The spec's description, else the inputs of the model and how each of them is joined."""
    spec = plan.spec
    if spec.description:
        return spec.description.strip("\n")
    if isinstance(spec, Entity):
        return f"{humanized(spec.name)} from the source {spec.source}, with columns renamed and cast."
    return f"{_inputs(plan)}."


def _inputs(plan: Plan) -> str:
    """`Rows of orders, with columns of customers and aggregates of payments`."""
    first, *others = plan.proof.steps
    if not first.reads:
        return f"{humanized(plan.relation.name.removeprefix('int_'))}, written by hand in SQL"
    rows = {
        StepKind.GROUP: f"Rows of {listed(first.reads)} aggregated to one row per {listed(first.by)}",
        StepKind.UNION: f"Distinct values of {listed(first.by)} in {listed(first.reads)}",
    }.get(first.kind, f"Rows of {listed(first.reads)}")
    inputs: dict[tuple[str, str], dict[str, None]] = {}
    for step in others:
        inputs.setdefault(_joined_as(step), {}).update(dict.fromkeys(step.reads))
    joined = [f"{what} {listed(list(names))}{each}" for (what, each), names in inputs.items()]
    return f"{rows}, with {listed(joined)}" if joined else rows


def _joined_as(step: Step) -> tuple[str, str]:
    """The words before and after the name of an input."""
    if step.kind is StepKind.PICK:
        return "one row of", f" per {listed(step.by)}"
    return {StepKind.LOOKUP: "columns of", StepKind.GROUP: "aggregates of"}[step.kind], ""


def source_purpose(entity: Entity, schema: str) -> str:
    """The description of a raw table: at least one sentence."""
    return entity.description or f"Raw table {schema}.{entity.table}, as loaded into the database"


_OPEN_TYPES = "it needs the type of each column, and the precision of each numeric one"
_OTHER_TYPES = "the warehouse gives the query other data types than PostgreSQL"


def notes(plan: Plan, *, contract: bool, typed: bool) -> Iterator[str]:
    """What follows the purpose in every model's description: the grain, and accepted warnings."""
    yield f"Grain: {grain(plan)}."
    if isinstance(plan.spec, ModelSpec):
        yield from (f"{code} accepted: {reason}" for code, reason in plan.spec.accept)
    if contract and not typed:
        is_open = any(field.type in (None, "numeric") for field in plan.relation.fields.values())
        yield f"No contract is enforced: {_OPEN_TYPES if is_open else _OTHER_TYPES}."
