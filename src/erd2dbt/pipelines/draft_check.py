"""Checks a drafted spec as `check` does. A refused derivation becomes a TODO with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.design.models.planner import plan_all
from erd2dbt.diagram.erd import TODO, ColumnSpec, Erd, Expression, ModelSpec, Pick, Tier, Word
from erd2dbt.diagram.narrowing import narrowed
from erd2dbt.diagram.todos import todos
from erd2dbt.draft.values import Draft, DraftEntity, DraftModel
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Severity
from erd2dbt.infer.drawn_models import Certainty, Derivation, Inferred
from erd2dbt.notate.spec import spec_text
from erd2dbt.read.spec.reader import read_spec

_ROUNDS = 4  # a TODO column may remove the input of other columns
_ROLES = "E205"  # there are several paths of links


def with_open_derivations(draft: Draft) -> Draft:
    """Return the draft without derivations that cannot be proved; unchanged while entities or links have TODOs."""
    for _ in range(_ROUNDS if draft.models else 0):
        faults = _faults(draft)
        models = tuple(_reviewed(one, faults.get(one.name, {})) for one in draft.models)
        if models == draft.models:
            break
        draft = replace(draft, models=models)
    return replace(draft, entities=tuple(_claiming(entity, draft.models) for entity in draft.entities))


def _claiming(entity: DraftEntity, models: Iterable[DraftModel]) -> DraftEntity:
    """Return the draft without the claims of removed derivations."""
    found = [d.claim for one in models for d in one.inferred.derivations.values() if d.claim]
    needed = {columns for name, columns in found if name == entity.name}
    return replace(entity, claims=tuple(claim for claim in entity.claims if claim.columns in needed))


def _faults(draft: Draft) -> dict[str, dict[str, Diagnostic]]:
    """Return model -> its column, or empty for its rows -> the first fault there."""
    erd = read_spec(spec_text(draft).encode(), "draft")
    kinds = {one.name: one.inferred.kinds for one in draft.models}
    closed = closed_erd(erd, kinds)
    if any(True for _ in todos(replace(closed, models=()))):
        return {}
    try:
        plan_all(closed)
    except ErdError as error:
        return _placed(closed, (one for one in error.diagnostics if one.severity is Severity.ERROR))
    return {}


def closed_erd(erd: Erd, kinds: Mapping[str, Mapping[str, str | None]]) -> Erd:
    """Return the models without TODOs: such a column is NULL of its type, such a filter is omitted, and a model
    without grain or rows is removed."""
    models: list[ModelSpec] = []
    gone: set[str] = set()
    for model in erd.models:
        if TODO in {word.text for word in (*model.grain, *model.rows)} or gone & {word.text for word in model.rows}:
            gone.add(model.name)
            continue
        columns = tuple(_with_placeholder(column, kinds.get(model.name, {}), gone) for column in model.columns)
        where = None if model.where is not None and model.where.text == TODO else model.where
        models.append(replace(model, columns=columns, where=where))
    return narrowed(erd, models=models)


def _with_placeholder(column: ColumnSpec, kinds: Mapping[str, str | None], gone: Iterable[str]) -> ColumnSpec:
    text = _text(column)
    reads_gone = any(re.search(rf"(?<![\w.]){re.escape(name)}\.", text) for name in gone)
    if TODO not in (text, column.via) and not reads_gone:
        return column
    kind = canonical(kinds.get(column.name) or "text") or "text"
    return replace(column, formula=Expression(f"null::{kind}", column.place), via=None, default=None)


def _text(column: ColumnSpec) -> str:
    formula = column.formula
    return formula.text if isinstance(formula, Expression) else formula.value.text


def _placed(erd: Erd, faults: Iterable[Diagnostic]) -> dict[str, dict[str, Diagnostic]]:
    """Return the faults by column. Each column of a draft is on its own line."""
    lines: dict[int, tuple[str, str]] = {}
    for model in erd.models:
        for word in (*model.grain, *model.rows):
            lines[word.span.line] = model.name, ""
        lines |= {column.span.line: (model.name, column.name) for column in model.columns}
        lines |= {word.span.line: (model.name, "") for word in model.keep or ()}
    named = {model.span.line: model for model in erd.models}
    found: dict[str, dict[str, Diagnostic]] = {}
    for fault in faults:
        line = fault.span.line if fault.span else 0
        model_name, column = lines.get(line, ("", ""))
        if line in named:  # of the whole model: the message names columns, such as a cycle of them
            said = set(re.findall(r"\w+", fault.message))
            columns = [one.name for one in named[line].columns if one.name in said] or [""]
            found.setdefault(named[line].name, {}).update(dict.fromkeys(columns, fault))
        elif model_name:
            found.setdefault(model_name, {}).setdefault(column, fault)
    return found


def _reviewed(one: DraftModel, faults: Mapping[str, Diagnostic]) -> DraftModel:
    """Return the model with TODOs in place of refused derivations; or in place of its rows, if the fault is there."""
    inferred = one.inferred
    for column, fault in faults.items():
        inferred = _without_derivation(inferred, column, fault) if column else _rowless(inferred, fault)
    return replace(one, inferred=inferred)


def _rowless(inferred: Inferred, fault: Diagnostic) -> Inferred:
    model = inferred.model
    if [word.text for word in model.rows] == [TODO]:
        return inferred
    tried = ", ".join(word.text for word in model.rows)
    note = f"its rows cannot be those of `{tried}`: {fault.message}"
    rows = replace(model, rows=(Word(TODO, model.span),), keep=())
    kept = {word.text for word in model.keep or ()}
    left = {n: _unknown(d, f"`{tried}.{n}` no longer") if d.carried else d for n, d in inferred.derivations.items()}
    columns = {column.name: column for column in model.columns}
    for name, derivation in left.items():
        if name in kept or derivation.carried:
            columns[name] = ColumnSpec(name=name, span=model.span, formula=Expression(TODO, model.span))
    ordered = tuple(columns[name] for name in left if name in columns)
    return replace(inferred, model=replace(rows, columns=ordered), derivations=left, notes=(*inferred.notes, note))


def _without_derivation(inferred: Inferred, name: str, fault: Diagnostic) -> Inferred:
    derivation = inferred.derivations.get(name)
    found = next((column for column in inferred.model.columns if column.name == name), None)
    if derivation is None or found is None or derivation.certainty is Certainty.UNKNOWN:
        return inferred
    if fault.code == _ROLES:
        changed = replace(found, via=TODO)
        derivation = replace(derivation, certainty=Certainty.UNKNOWN, why=f"which way? {fault.message}")
    else:
        changed = replace(found, formula=Expression(TODO, found.span))
        derivation = _unknown(derivation, f"{_formula_words(found)} is refused: {fault.message}")
    columns = tuple(changed if column is found else column for column in inferred.model.columns)
    return replace(
        inferred,
        model=replace(inferred.model, columns=columns),
        derivations={**inferred.derivations, name: derivation},
    )


def _unknown(derivation: Derivation, why: str) -> Derivation:
    return Derivation(certainty=Certainty.UNKNOWN, why=why, words=derivation.words)


def _formula_words(column: ColumnSpec) -> str:
    formula = column.formula
    if isinstance(formula, Pick):
        return f"`{{{formula.end}: {formula.value.text}}}`"
    return f"`{{tier: {formula.value.text}}}`" if isinstance(formula, Tier) else f"`{formula.text}`"
