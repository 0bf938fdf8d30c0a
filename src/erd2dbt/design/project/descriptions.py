"""What columns and models say of themselves: the spec's words, else those of the column they show, else their name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erd2dbt.design.plans.plan import Field, Plan, Relation
from erd2dbt.design.project.prose import humanized, listed, per_row
from erd2dbt.design.project.sql_file import why
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, ModelSpec


class Descriptions:
    """Descriptions of every column of every relation, in the diagram's names."""

    def __init__(self, erd: Erd, shelf: Mapping[str, Relation]) -> None:
        self._shelf = shelf
        self._raw = {entity.name for entity in erd.entities}
        self._of_entities, self._of_all = _first_said(erd)
        self._found: dict[tuple[str, str], str] = {}

    def column(self, relation: str, name: str) -> str:
        """From the spec, else inherited from the column it shows, else what the spec says of this name, else the
        name in words."""
        key = (relation, name)
        if key not in self._found:
            self._found[key] = humanized(name)  # a circle of inheritance cannot be; this only ends one
            self._found[key] = self._column(relation, self._shelf[relation].fields[name])
        return self._found[key]

    def _column(self, relation: str, shown: Field) -> str:
        """What a model says of a sum is no word on a raw column that happens to be called so."""
        text = shown.said.description if shown.said is not None else None
        if text is None and shown.plain:
            inherited = (self.column(r, c) for r, c in shown.inherits if r in self._shelf)
            text = next(inherited, None)
        if text is None:
            known = self._of_entities if relation in self._raw else self._of_all
            text = known.get(shown.name) or humanized(shown.name)
        return text + _accepted(shown)


def _accepted(shown: Field) -> str:
    if not isinstance(shown.said, ColumnSpec) or not shown.said.accept:
        return ""
    return "".join(f" ({code} accepted: {reason})" for code, reason in shown.said.accept)


def _first_said(erd: Erd) -> tuple[dict[str, str], dict[str, str]]:
    """The first description of each column name, in entities and anywhere: one name should mean one thing."""
    raw = _said(a for entity in erd.entities for a in entity.columns)
    return raw, _said(c for model in erd.models for c in model.columns) | raw


def _said(columns: Iterable[Attribute | ColumnSpec]) -> dict[str, str]:
    said: dict[str, str] = {}
    for column in columns:
        if column.description:
            said.setdefault(column.name, column.description)
    return said


def model_purpose(plan: Plan) -> str:
    """The spec's description, else what the model is made of."""
    spec = plan.spec
    if spec.description:
        return spec.description.strip("\n")
    if isinstance(spec, Entity):
        return f"{humanized(spec.name)} of the source {spec.source}, renamed and typed."
    return made_of(spec)


def made_of(spec: ModelSpec) -> str:
    """A sentence for a model of which nothing is said."""
    rows = [word.text for word in spec.rows]
    made = f"built on {listed(rows)}" if rows else "written by hand in SQL"
    return f"{humanized(spec.name.removeprefix('int_'))}, {made}."


def source_purpose(entity: Entity) -> str:
    """At least a sentence for every raw table."""
    return entity.description or f"Raw rows of {humanized(entity.name).lower()}, as they are loaded"


def grain_lines(plan: Plan, *, contract: bool, typed: bool) -> list[str]:
    """What follows the purpose in every model's description."""
    lines = [f"Grain: {per_row(plan.proof.grain)}.", f"Why: {why(plan)}"]
    if isinstance(plan.spec, ModelSpec):
        lines += [f"{code} accepted: {reason}" for code, reason in plan.spec.accept]
    if contract and not typed:
        lines.append("No contract is enforced: a column is a numeric of any precision, which contracts cannot state.")
    return lines
