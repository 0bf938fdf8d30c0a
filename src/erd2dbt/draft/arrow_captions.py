"""Reads the caption of a lineage arrow that people wrote after the spec was made, as a filter of what it has now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.erd import TODO, Entity, Erd, Expression, Formula, Link, ModelSpec, Tier
from erd2dbt.draft.models import parents_of
from erd2dbt.infer.drawn_models import Box, Certainty, Derivation, DrawnModel, Flow
from erd2dbt.infer.rules import Input
from erd2dbt.infer.wording import captions
from erd2dbt.sql.row_filters import without_condition

Kinds = Mapping[str, Mapping[str, str | None]]  # entity or model -> its column -> the type


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioned:
    """What a model is with the caption. `where`: the new filter of its rows, empty for none. `columns`: the changed
    formulas; a derivation without a formula is a TODO."""

    where: str | None = None
    columns: Mapping[str, Derivation] = field(default_factory=dict)


def captioned(erd: Erd, model: ModelSpec, source: str, captions_: tuple[str, str], kinds: Kinds) -> Captioned:
    """Return the formulas of a model under the caption of the arrow from `source`, which was another one before; both
    may be empty. Empty if they are not conditions, or if nothing of the model is over the arrow."""
    boxes = boxes_of(erd, kinds)
    if source not in boxes:
        return Captioned()
    before = {column.name: _derivation(column.formula) for column in model.columns}
    was, now = (captions.settled(_read(boxes, model, source, said), before.values()) for said in captions_)
    spine = Input(box=boxes[source], flow=Flow(source=source), many=True)
    is_spine = [word.text for word in model.rows] == [source]
    found = {}
    for column in model.columns:
        own = before[column.name]
        after = captions.filtered(captions.unfiltered(own, was), now, spine if is_spine else None)
        if after.formula != own.formula:
            found[column.name] = after
    where = _where(model, *(captions.row_filter(said, spine, model.span) for said in (was, now))) if is_spine else None
    return Captioned(where=where, columns=found)


def _read(boxes: Mapping[str, Box], model: ModelSpec, source: str, caption: str) -> tuple[captions.Caption, ...]:
    one = Input(box=boxes[source], flow=Flow(source=source, label=caption), many=True)
    drawn = DrawnModel(box=boxes[model.name], flows=(one.flow,), span=model.span)
    return captions.captions(drawn, (one,), boxes)


def _where(model: ModelSpec, was: Expression | None, now: Expression | None) -> str | None:
    """Return the filter of the model's rows with one condition instead of another; None if it stays."""
    before = model.where.text if model.where else ""
    rest = without_condition(before, was.text) if was and before else before
    rest = before if rest is None else rest
    texts = [text for text in (rest, now.text if now else "") if text]
    after = TODO if TODO in texts else " and ".join(map(_operand, texts) if len(texts) > 1 else texts)
    return None if after == before else after


def _operand(text: str) -> str:
    return f"({text})" if re.search(r"\bor\b", text, re.IGNORECASE) else text


def _derivation(formula: Formula) -> Derivation:
    """Return a formula of the spec as a derivation. A tier is the value that it cuts."""
    value = formula.value if isinstance(formula, Tier) else formula
    return Derivation(certainty=Certainty.SURE, why="it is in the spec", formula=value)


def boxes_of(erd: Erd, kinds: Kinds) -> dict[str, Box]:
    """Return the entities and models of a spec in the form that derivations use."""
    found = {one.name: _entity(erd, one, kinds.get(one.name, {})) for one in erd.entities}
    for model in erd.models:
        names = [word.text for word in (*model.grain, *(model.keep or ()))] + [one.name for one in model.columns]
        types = kinds.get(model.name, {})
        key = tuple(word.text for word in model.grain)
        columns = {name: types.get(name) for name in (*names, *types)}
        found[model.name] = Box(name=model.name, columns=columns, key=key, is_entity=False)
        found[model.name] = replace(found[model.name], parents=parents_of(model, found))
    return found


def _entity(erd: Erd, entity: Entity, types: Mapping[str, str | None]) -> Box:
    links: dict[str, list[str]] = {}
    parents: dict[str, tuple[str, str]] = {}
    for other, pairs, is_parent in _ties(erd.links, entity.name):
        for own, theirs in pairs:
            links.setdefault(own, []).append(theirs)
        if is_parent and len(pairs) == 1:
            parents[pairs[0][0]] = other, pairs[0][1]
    key = tuple(word.text for word in entity.key)
    return Box(
        name=entity.name,
        columns={column.name: column.type or types.get(column.name) for column in entity.columns},
        key=key,
        links={own: tuple(theirs) for own, theirs in links.items() if own not in key},
        parents=parents,
        values={column.name: column.values for column in entity.columns if column.values},
        aliases=(entity.table,),
    )


def _ties(links: Iterable[Link], name: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...], bool]]:
    """Yield (other entity, pairs of own and its column, whether each row leads to one row of it) of each link."""
    for link in links:
        if link.left == name:
            yield link.right, link.columns, not link.right_cap.many
        if link.right == name:
            yield link.left, tuple((right, left) for left, right in link.columns), not link.left_cap.many
