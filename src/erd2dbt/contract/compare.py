"""Two products of generation compared by what they promise to those who read the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.contract.change import Change, Meaning
from erd2dbt.contract.claims import claim_changes
from erd2dbt.contract.definitions import Named, definition
from erd2dbt.contract.downstream import Reach
from erd2dbt.contract.models import Side, model_changes
from erd2dbt.contract.pairing import Pairing, paired
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.prose import per_row
from erd2dbt.diagram.erd import Entity, Settings
from erd2dbt.explain.lineage import lineage_of
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines.generation import Generated


def contract_changes(old: Generated, new: Generated) -> tuple[Change, ...]:
    """Every change, the gravest first, then by its place; none excluded of a file whose text differs."""
    pairing = paired(old.planned.own, new.planned.own)
    before = _Diagram.of(old, pairing.new_name)
    after = _Diagram.of(new, lambda relation, column: column or relation)
    found = [*_of_the_project(old, new), *_removed_models(pairing, before), *_came(pairing)]
    for pair in pairing.both:
        found += model_changes(pair, before.side(pair.old), after.side(pair.new))
    found += claim_changes(pairing, (old.planned.claims, old.planned.plans), (new.planned.claims, new.planned.plans))
    found += _of_texts(old, new, {change.model for change in found})
    order = list(Meaning)
    told = dict.fromkeys(found)
    return tuple(sorted(told, key=lambda c: (order.index(c.meaning), c.span.line, c.span.column, c.subject, c.what)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Diagram:
    """A product with what is worked out of it once."""

    generated: Generated
    sides: Mapping[str, Side]  # by relation
    reach: Reach

    @classmethod
    def of(cls, generated: Generated, named: Named) -> _Diagram:
        plans = generated.planned.own
        columns = {plan.relation.name: tuple(plan.relation.fields) for plan in generated.planned.plans}
        definitions = {plan.relation.model: definition(plan, columns, named) for plan in plans}
        reach = Reach(generated.planned.plans, lineage_of(generated.erd, generated.planned.plans), definitions)
        project = generated.project
        properties = {model.name: model for file in project.properties for model in file.models}
        sources = {source.name: source for source in generated.erd.sources}
        layers = dict(project.layers)
        sides = {
            plan.relation.name: Side(
                properties=properties[plan.relation.model],
                materialized=properties[plan.relation.model].materialized or layers[plan.relation.layer],
                path=project.sql_paths[plan.relation.model],
                definition=definitions[plan.relation.model],
                reach=reach,
                source=sources[plan.spec.source] if isinstance(plan.spec, Entity) else None,
            )
            for plan in plans
        }
        return cls(generated=generated, sides=sides, reach=reach)

    def side(self, plan: Plan) -> Side:
        return self.sides[plan.relation.name]


def _of_the_project(old: Generated, new: Generated) -> Iterator[Change]:
    span = new.erd.span
    if old.erd.project != new.erd.project:
        yield Change(
            meaning=Meaning.BREAKING, model="", what=f"the project is called {new.erd.project}, was {old.erd.project}",
            span=span,
        )  # fmt: skip
    for meaning, what in _set(old.erd.settings, new.erd.settings):
        yield Change(meaning=meaning, model="", what=what, span=span)
    if old.erd.description != new.erd.description:
        yield Change(meaning=Meaning.DOCUMENTATION, model="", what="description of the project changed", span=span)


def _set(old: Settings, new: Settings) -> Iterator[tuple[Meaning, str]]:
    if old.test_severity != new.test_severity:
        yield (
            Meaning.RISKY,
            f"a failed test is {_severity_words(new.test_severity)}, was {_severity_words(old.test_severity)}",
        )
    for word, before, after in (
        ("links", old.test_relationships, new.test_relationships),
        ("models by rows of their own", old.test_unit, new.test_unit),
    ):
        if before != after:
            yield Meaning.RISKY, f"tests of {word} are {'on' if after else 'off'}"
    if (old.tags, old.meta) != (new.tags, new.meta):
        yield Meaning.DOCUMENTATION, "tags or meta of the project changed"


def _severity_words(severity: str | None) -> str:
    words = {"warn": "a warning", "error": "an error"}
    return words.get(severity or "", "an error only where a model relies on its claim")


def _removed_models(pairing: Pairing, before: _Diagram) -> Iterator[Change]:
    for plan in pairing.left:
        model = plan.relation.model
        yield Change(
            meaning=Meaning.BREAKING,
            model=model,
            what="model removed",
            span=plan.relation.span,
            reaches=before.reach.of_model(model),
        )


def _came(pairing: Pairing) -> Iterator[Change]:
    for plan in pairing.came:
        what = f"model added: {per_row(plan.relation.grain)}"
        yield Change(meaning=Meaning.ADDITIVE, model=plan.relation.model, what=what, span=plan.relation.span)


def _of_texts(old: Generated, new: Generated, told: set[str]) -> Iterator[Change]:
    """Files that differ though nothing of what they promise does: layout, order, the words of a proof."""
    models = {path: {model} for model, path in new.project.sql_paths.items()}
    for file in new.project.properties:
        models[file.path] = {model.name for model in file.models}
    for path in sorted(models.keys() & old.files.keys()):
        if old.files[path] != new.files[path] and not models[path] & told:
            what = f"the text of {path} changed, but not its claims"
            model = next(iter(models[path])) if len(models[path]) == 1 else ""
            span = new.project.places.get(model) or Span(new.erd.span.file, 1, 1)
            yield Change(meaning=Meaning.DOCUMENTATION, model=model, what=what, span=span)
