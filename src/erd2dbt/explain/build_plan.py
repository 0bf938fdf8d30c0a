"""An implementation plan as people discuss it: each new model with purpose, grain, inputs and logic, and what is open.

It is made of the spec alone, so that a spec with TODOs or faults has one, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.design.models.planner import formulas_of, plan_all, reads_of
from erd2dbt.design.plans.layers import layer_of
from erd2dbt.design.plans.plan import Joined, Layer
from erd2dbt.design.project.prose import humanized, listed
from erd2dbt.diagram.erd import (
    TODO,
    Attribute,
    ColumnSpec,
    Entity,
    Erd,
    Expression,
    Formula,
    Link,
    ModelSpec,
    Tier,
)
from erd2dbt.diagram.todos import todos, without_todos
from erd2dbt.draft.remarks import Said, remarks_in
from erd2dbt.draft.values import Remark
from erd2dbt.faults.diagnostics import Collector, Diagnostic, ErdError, Severity
from erd2dbt.names.models import staging_names
from erd2dbt.star.derive import derived

_MOST_NAMED = 5
_REF = re.compile(r"\bref\(\s*['\"](\w+)['\"]\s*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutline:
    """One new model; `logic` are sentences, most of them `column = formula`."""

    name: str
    layer: Layer
    purpose: str
    grain: str
    upstream: tuple[str, ...]
    logic: tuple[str, ...]
    question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Something to talk about: where it is, what it is, and what is known of it. `line` 0: nowhere in the spec."""

    about: str
    text: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The plan; `proved` is how many grains are, None while something is wrong, or open and read by a model."""

    project: str
    models: tuple[ModelOutline, ...]
    points: Mapping[str, tuple[Point, ...]]  # heading -> what is below it
    proved: int | None = None
    star: tuple[str, ...] = ()  # the models that are derived where the spec has none


def outline(erd: Erd, text: str) -> Outline:
    """The plan of a spec that could be read; `text` is its source."""
    subjects = _subjects(erd)
    remarks = list(remarks_in(text))
    decide = [_todo(what, span.line, remarks) for what, span in todos(erd)]
    found: tuple[Diagnostic, ...] = ()
    proved = None
    joins: dict[str, tuple[Joined, ...]] = {}
    decided, _ = without_todos(erd)
    is_decided = not any(todos(decided))
    if is_decided:
        try:
            planned = plan_all(decided)
            proved, found = len(planned.own), planned.remarks
            joins = {plan.relation.name: plan.joined for plan in planned.own}
        except ErdError as error:
            found = error.diagnostics

    def points(*kinds: Remark) -> tuple[Point, ...]:
        return tuple(
            Point(about=_subject(subjects, said.line) if kinds[0] in _PLACED else "", text=said.text, line=said.line)
            for said in remarks
            if said.remark in kinds
        )

    return Outline(
        project=erd.project,
        models=(*_staging(erd), *_models(erd, joins)),
        points={
            "To be decided": tuple(decide),
            "Wrong": tuple(_fault(d) for d in found if d.severity is Severity.ERROR),
            "Guesses to confirm": points(Remark.INFERRED),
            "Gaps in the diagram": points(Remark.OPEN),
            "To look at": tuple(_fault(d) for d in found if d.severity is Severity.WARNING),
            "Not read from the board": points(Remark.UNREAD),
            "Not in the spec": points(Remark.IGNORED),
        },
        proved=proved,
        star=tuple(model.name for model in derived(decided).models) if erd.is_plain and is_decided else (),
    )


_PLACED = (Remark.INFERRED, Remark.OPEN)

# -- models


def _staging(erd: Erd) -> Iterator[ModelOutline]:
    named = staging_names(erd)
    for entity in (e for e in erd.entities if e.existing is None):
        source = next((s for s in erd.sources if s.name == entity.source), None)
        raw = [f"{source.schema}.{entity.table}" if source else entity.table]
        yield ModelOutline(
            name=named[entity.name],
            layer=Layer.STAGING,
            purpose=entity.description or f"{humanized(entity.name)} as they are loaded, renamed and typed",
            grain=_grain(word.text for word in entity.key),
            upstream=tuple(raw),
            logic=tuple(_staged(entity, erd)),
        )


def _staged(entity: Entity, erd: Erd) -> Iterator[str]:
    plain = [c for c in entity.columns if c.formula is None or _text(c.formula) == TODO]
    yield f"takes {_counted(len(plain), 'column')} of the raw table"
    for column in plain:
        if column.raw not in (None, column.name):
            yield f"{column.name} is {column.raw} there"
        if column.cast:
            yield f"{column.name} is cast to {column.type}"
    yield from (f"{c.name} = {_text(c.formula)}" for c in entity.columns if c.formula and c not in plain)
    yield from (_link_sentence(link) for link in erd.links if link.left == entity.name)


def _link_sentence(link: Link) -> str:
    tied = ", ".join(a if a == b else f"{a} = {b}" for a, b in link.columns)
    return f"link {link.text} by {tied}" + (f" ({link.role})" if link.role else "")


def _models(erd: Erd, joins: Mapping[str, tuple[Joined, ...]]) -> Iterator[ModelOutline]:
    names = staging_names(erd)
    names |= {model.name: model.name for model in erd.models}
    names |= {model.name: model.existing.text for model in erd.models if model.existing is not None}
    ordered = sorted((m for m in erd.models if m.existing is None), key=lambda model: layer_of(model) is Layer.MARTS)
    for model in ordered:
        yield ModelOutline(
            name=model.name,
            layer=layer_of(model),
            purpose=model.description or _purpose(model, erd),
            grain=_grain(word.text for word in model.grain),
            upstream=tuple(dict.fromkeys(_upstream(model, names))),
            logic=(*_logic(model), *(f"joins {joined.text}" for joined in joins.get(model.name, ()))),
            question=_question(model),
        )


def _upstream(model: ModelSpec, names: Mapping[str, str]) -> Iterator[str]:
    if model.sql is not None:
        yield from _REF.findall(model.sql.text)
        return
    yield from (names[name] for name in reads_of(model, formulas_of(model, Collector())) if name in names)


def _purpose(model: ModelSpec, erd: Erd) -> str:
    """What a model without a description shows: its rows as they are or aggregated, and what is joined to them."""
    grain = {word.text for word in model.grain}
    if not model.rows:
        return f"Rows of hand-written SQL, one per {listed([word.text for word in model.grain])}"
    names = [word.text for word in model.rows]
    keys = {e.name: {w.text for w in e.key} for e in erd.entities}
    keys |= {m.name: {w.text for w in m.grain} for m in erd.models}
    others = [name for name in reads_of(model, formulas_of(model, Collector())) if name not in names]
    shown, joined = (
        listed([name.removeprefix("int_").replace("_", " ") for name in dict.fromkeys(some)]) if some else ""
        for some in (names, others)
    )
    is_whole = len(names) == 1 and keys.get(names[0], set()) == grain
    by = "" if is_whole else f" aggregated by {listed([word.text for word in model.grain])}"
    return f"{shown[:1].upper()}{shown[1:]}{by}{f', with {joined}' if joined else ''}"


def _grain(columns: Iterator[str]) -> str:
    names = list(columns)
    return f"one row per {names[0]}" if len(names) == 1 else f"one row per ({', '.join(names)})"


def _logic(model: ModelSpec) -> Iterator[str]:
    if model.sql is not None:
        yield "written by hand, in SQL"
        return
    yield f"rows of {listed([word.text for word in model.rows])}" + (
        f" where {model.where.text}" if model.where else ""
    )
    if model.keep is None:
        yield "keeps all its columns"
    elif model.keep:
        yield f"keeps {', '.join(word.text for word in model.keep)}"
    yield from (f"{column.name} = {_definition(column)}" for column in model.columns)


def _definition(column: ColumnSpec | Attribute) -> str:
    text = _text(column.formula)
    default = column.default if isinstance(column, ColumnSpec) else None
    return f"{text}, else {default}" if default is not None else text


def _text(formula: Formula | None) -> str:
    """A formula in one line."""
    if formula is None or isinstance(formula, Expression):
        return " ".join(formula.text.split()) if formula else ""
    if isinstance(formula, Tier):
        cuts = ", ".join(f"{label} from {bound}" for label, bound in formula.cuts)
        return f"tier of {formula.value.text}: {cuts}" + (f", else {formula.otherwise}" if formula.otherwise else "")
    parts = [f"{formula.end} {formula.value.text}"]
    parts += [f"where {formula.where.text}"] if formula.where else []
    parts += [f"by {', '.join(term.text for term in formula.order)}"] if formula.order else []
    return " ".join(parts)


def _question(model: ModelSpec) -> str | None:
    """What a reader of the model learns, in the words of its columns."""
    asked = [column.name.replace("_", " ") for column in model.columns]
    if not asked or not model.grain:
        return None
    named = asked[:_MOST_NAMED]
    if len(asked) > len(named):
        named.append(f"{len(asked) - len(named)} more")
    each = listed([re.sub(r"_(?:id|key)$", "", word.text).replace("_", " ") for word in model.grain])
    return f"What {'is' if len(named) == 1 else 'are'} the {listed(named)} of each {each}?"


# -- what is open


def _todo(what: str, line: int, remarks: list[Said]) -> Point:
    needs = next((s.text for s in remarks if s.line == line and s.remark is Remark.NEEDS), "")
    return Point(about=what, text=needs or "nothing is known of it", line=line)


def _fault(found: Diagnostic) -> Point:
    return Point(about=found.code, text=found.message, line=found.span.line if found.span else 0)


def _subjects(erd: Erd) -> dict[int, str]:
    """Line -> what is there."""
    found: dict[int, str] = {}
    for source in erd.sources:
        found[source.span.line] = found[source.span.line - 1] = f"source {source.name}"
    owners: tuple[Entity | ModelSpec, ...] = (*erd.entities, *erd.models)
    for owner in owners:
        found[owner.span.line] = owner.name
        for column in owner.columns:
            made = f" = {_text(column.formula)}" if column.formula else ""
            found[column.span.line] = f"{owner.name}.{column.name}{made}"
    return found | {link.span.line: link.text for link in erd.links}


def _subject(subjects: Mapping[int, str], line: int) -> str:
    """What is on the line, else the owner of what is above."""
    if line in subjects:
        return subjects[line]
    above = max((known for known in subjects if known < line), default=0)
    return subjects.get(above, "").partition(".")[0]


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
