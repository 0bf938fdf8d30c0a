"""Converts drawn models to models of the spec: rows source, kept columns, and derivations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from erd2dbt.diagram.erd import TODO, ColumnSpec, Expression, Formula, ModelSpec, Pick, Word
from erd2dbt.diagram.todos import parts
from erd2dbt.draft.grains import with_grains
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box, Certainty, Computed, Derivation, DrawnModel, Flow, Inferred
from erd2dbt.infer.periods import is_period, with_periods
from erd2dbt.infer.rules import ColumnQuestion, Input, inferred_derivations
from erd2dbt.infer.wording import captions
from erd2dbt.infer.wording.derivation import derived, restricts
from erd2dbt.names.stems import stem

Pairs = tuple[tuple[Word, Word], ...]
_LONGEST_QUOTE = 160  # maximum characters
_MOST_SIGNS = 3


def infer(models: Iterable[DrawnModel], entities: Iterable[Box], prose: Iterable[str] = ()) -> tuple[Inferred, ...]:
    """Return each drawn model as part of the spec. `prose`: other text on the board, quoted beside unknown parts."""
    entities = tuple(entities)
    models, guessed = with_grains(tuple(models), entities)
    boxes = {box.name: box for box in (*entities, *(model.box for model in models))}
    said = [sentence for text in prose for sentence in _sentences(text)]
    found: list[Inferred] = []
    for model in models:
        found.append(replace(_inferred(model, boxes, said), grain_guess=guessed.get(model.box.name)))
        boxes |= _boxes_with_columns(found[-1].computed, boxes)
        boxes[model.box.name] = replace(model.box, parents=parents_of(found[-1].model, boxes))
    return tuple(found)


def parents_of(model: ModelSpec, boxes: Mapping[str, Box]) -> dict[str, tuple[str, str]]:
    """Return column of a model -> the (box, column) to which each of its rows leads: its rows source, by the grain;
    and what its carried columns reference."""
    rows = [boxes[word.text] for word in model.rows if word.text in boxes]
    grain = tuple(word.text for word in model.grain)
    found: dict[str, tuple[str, str]] = {}
    for box in rows if len(rows) == 1 else ():
        kept = box.columns if model.keep is None else [word.text for word in model.keep]
        found |= {name: to for name, to in box.parents.items() if name in (*grain, *kept)}
        found |= {grain[0]: (box.name, grain[0])} if grain == box.key and len(grain) == 1 else {}
    for column in model.columns:
        owner, _, name = column.formula.text.rpartition(".") if isinstance(column.formula, Expression) else ("", "", "")
        if owner in boxes and name in boxes[owner].parents:
            found[column.name] = boxes[owner].parents[name]
    return found


def _boxes_with_columns(computed: Iterable[Computed], boxes: Mapping[str, Box]) -> dict[str, Box]:
    """Return the boxes, with columns that a model required."""
    found: dict[str, Box] = {}
    for one in computed:
        box = found.get(one.entity, boxes[one.entity])
        found[one.entity] = replace(box, columns={**box.columns, one.name: "date"}, made=box.made | {one.name})
    return found


def _inferred(drawn: DrawnModel, boxes: Mapping[str, Box], said: list[str]) -> Inferred:
    grain_words = {name: text for name, text in drawn.written.items() if name in drawn.box.key}
    sources = [flow.source for flow in drawn.flows if flow.source in boxes]
    periods, computed = with_periods(drawn.box, grain_words, sources, boxes)
    boxes = {**boxes, **periods}
    inputs = _inputs(drawn, boxes)
    spine = _spine(drawn, inputs)
    notes = [] if drawn.flows else ["no arrow points to it: its inputs are taken from its columns' names"]
    if not drawn.box.key:
        notes.append("no column of it is marked as key: its grain is not known")
    notes += _repeating(drawn, inputs)
    used = {one.name for one in computed}
    notes += [f"of `{name}` the diagram says “{text}”" for name, text in grain_words.items() if name not in used]
    said_by_arrows = captions.captions(drawn, inputs, boxes)
    ordered = sorted(inputs, key=lambda one: one is not spine)
    asked = tuple(captions.for_rules(one, said_by_arrows) for one in ordered)
    named = (name for name in drawn.box.columns if name not in drawn.box.key)
    found = {name: _derived(drawn, name, asked, boxes, said) for name in named}
    said_by_arrows = captions.settled(said_by_arrows, found.values())
    notes += captions.notes(said_by_arrows, spine)
    found = {name: captions.filtered(d, said_by_arrows, spine) for name, d in found.items()}
    found = {name: captions.behind_filter(d, said_by_arrows, inputs, drawn.box.key) for name, d in found.items()}
    derivations = {name: _kept(name, d, spine) for name, d in found.items()}
    known = [one for one in inputs if not any(caption.is_open and caption.one is one for caption in said_by_arrows)]
    notes += _unread(drawn, known, spine, derivations.values())
    model = replace(
        _model(drawn, spine, inputs, derivations, captions.matches(said_by_arrows, drawn)),
        where=captions.row_filter(said_by_arrows, spine, drawn.span),
    )
    return Inferred(
        model=model, derivations=derivations, notes=tuple(notes), computed=computed, kinds=drawn.box.columns
    )


def _inputs(drawn: DrawnModel, boxes: Mapping[str, Box]) -> tuple[Input, ...]:
    flows = drawn.flows or tuple(_assumed(drawn, boxes))
    known = [(flow, boxes[flow.source]) for flow in flows if flow.source in boxes]
    alone = {box.name for flow, box in known if not _is_many(drawn.box, box, flow)}
    while more := {to for name in alone for to, _ in boxes[name].parents.values()} - alone:  # what one row refers to
        alone |= more & boxes.keys()
        if not more & boxes.keys():
            break
    return tuple(Input(box=box, flow=flow, many=box.name not in alone) for flow, box in known)


def _assumed(drawn: DrawnModel, boxes: Mapping[str, Box]) -> Iterator[Flow]:
    for box in boxes.values():
        if box.is_entity and drawn.box.key and set(drawn.box.key) <= box.columns.keys():
            yield Flow(source=box.name)


def _repeating(drawn: DrawnModel, inputs: Iterable[Input]) -> Iterator[str]:
    """Yield remarks on inputs with only a part of the grain: their values repeat in several rows."""
    for one in inputs:
        missing = [name for name in drawn.box.key if not _carriers(name, one.box)]
        if missing and len(missing) < len(drawn.box.key):
            gone = ", ".join(f"`{name}`" for name in missing)
            name = one.box.name
            yield f"`{name}` has no {gone}, so its values repeat for each {gone}; draw {gone} if the table has it"


def _unread(
    drawn: DrawnModel, inputs: Iterable[Input], spine: Input | None, found: Iterable[Derivation]
) -> Iterator[str]:
    """Yield remarks on inputs with a drawn arrow that no column reads."""
    read = " ".join(expression.text for d in found for expression in parts(d.formula))
    for one in inputs if drawn.flows else ():
        if one is not spine and not re.search(rf"(?<![\w.]){re.escape(one.box.name)}\.", read):
            said = f" and says “{one.flow.label}”" if one.flow.label else ""
            yield f"an arrow leads from `{one.box.name}`{said}, which no column reads yet"


def _carriers(name: str, box: Box) -> list[str]:
    """Return the columns of a box that may have the value of a grain column: same name, linked to it, or named after
    it."""
    if name in box.columns:
        return [name]
    return [c for c in box.columns if name in box.links.get(c, ()) or c.endswith(f"_{name}")]


def _is_many(model: Box, source: Box, flow: Flow) -> bool:
    """Return whether an input is one-to-many: by its keys, as in the grain proof; by its cap where there are no
    keys."""
    if source.key and model.key:
        return not set(source.key) <= set(model.key)
    return flow.many is not False


def _spine(drawn: DrawnModel, inputs: tuple[Input, ...]) -> Input | None:
    """Return the input that is the rows source: drawn solid, one-to-one, with the grain in its key, in this order of
    weight.

    Without an arrow, an entity with the grain that the model is named after comes first.
    """
    grain, own = set(drawn.box.key), "" if drawn.flows else stem(drawn.box.name)

    def weight(one: Input) -> tuple[bool, bool, bool, bool, int]:
        named = grain <= one.box.columns.keys()
        is_own = stem(one.box.name) == own and grain == set(one.box.key)
        return named, is_own, not one.flow.dashed, not one.many, len(grain & set(one.box.key))

    return max(inputs, key=weight, default=None)


def _derived(
    drawn: DrawnModel, name: str, inputs: tuple[Input, ...], boxes: Mapping[str, Box], said: list[str]
) -> Derivation:
    question = ColumnQuestion(
        name=name,
        kind=drawn.box.columns[name],
        grain=drawn.box.key,
        siblings=dict(drawn.box.columns),
        inputs=inputs,
        span=drawn.span,
        boxes=boxes,
    )
    written = drawn.written.get(name)
    if written is None:
        return _by_name(question, said)
    found = derived(question, written)
    if found is None and name not in drawn.words and not restricts(written):
        by_name = _by_name(question, said)
        return replace(by_name, certainty=max(by_name.certainty, Certainty.GUESS, key=_DOUBT.index), words=written)
    if found is None:
        needed = replace(_by_name(question, []), formula=None, carried=False, claim=None)
        why = needed.why if needed.certainty is Certainty.UNKNOWN else "how is it computed?"
        return replace(needed, certainty=Certainty.UNKNOWN, why=why, words=written)
    return found if found.certainty is not Certainty.UNKNOWN else replace(found, words=written)


_DOUBT = (Certainty.SURE, Certainty.GUESS, Certainty.UNKNOWN)


def _by_name(question: ColumnQuestion, said: list[str]) -> Derivation:
    found = inferred_derivations(question)
    quote = _quote(question.name, said)
    if len(found) == 1 and found[0].certainty is not Certainty.UNKNOWN:
        if quote is None or "_" not in question.name or not restricts(quote):
            return found[0]
        return replace(found[0], certainty=Certainty.GUESS, words=quote)  # a note may override it
    needed = found[0].why if len(found) == 1 else _options(found) if found else _needed(question)
    quote = quote or next((one.flow.label for one in question.inputs if _is_picked_from(one, found)), None)
    return Derivation(certainty=Certainty.UNKNOWN, why=needed, words=quote)


def _options(found: list[Derivation]) -> str:
    return "which of them? " + " or ".join(_text(d.formula) for d in found if d.formula)


def _text(formula: Formula) -> str:
    if isinstance(formula, Pick):
        return f"{{{formula.end}: {formula.value.text}, order: {', '.join(one.text for one in formula.order)}}}"
    return formula.text if isinstance(formula, Expression) else ""


def _is_picked_from(one: Input, found: Iterable[Derivation]) -> bool:
    """Return whether one of these derivations is a pick from an input whose arrow has a caption, such as `latest`."""
    picks = (d.formula for d in found if isinstance(d.formula, Pick))
    return bool(one.flow.label) and any(pick.value.text.startswith(f"{one.box.name}.") for pick in picks)


def _needed(question: ColumnQuestion) -> str:
    if words.is_truth(question.kind):
        return "its condition"
    if words.is_decided(question.name):
        others = [n for n in question.siblings if n != question.name and n not in question.grain]
        numbers = [n for n in others if words.is_number(question.siblings[n])]
        if words.is_number(question.kind):
            return f"how is it computed? perhaps from {', '.join(numbers[:_MOST_SIGNS])}" if numbers else "its formula"
        value = numbers[0] if numbers else "COLUMN"
        return f"its thresholds, as {{tier: {value}, cut: {{high: 100, medium: 50}}, else: low}}"
    counted = [one.box for one in question.many if words.last_word(question.name) == words.last_word(one.box.name)]
    if counted and counted[0].key:
        box = counted[0]
        return f"which of them? count({box.name}.{box.key[0]}) filter (where …)"
    return "how is it computed?"


def _kept(name: str, derivation: Derivation, spine: Input | None) -> Derivation:
    """Return the derivation as kept, if it is the column of the same name in the rows source."""
    formula = derivation.formula
    if spine is None or spine.many or not isinstance(formula, Expression):
        return derivation
    if formula.text != f"{spine.box.name}.{name}":
        return derivation
    return replace(derivation, formula=None, carried=True)


def _model(
    drawn: DrawnModel,
    spine: Input | None,
    inputs: tuple[Input, ...],
    derivations: Mapping[str, Derivation],
    said: Mapping[str, Pairs],
) -> ModelSpec:
    box, span = drawn.box, drawn.span
    columns = (
        ColumnSpec(name=name, span=span, formula=derivation.formula or Expression(TODO, span))
        for name, derivation in derivations.items()
        if not derivation.carried
    )
    return ModelSpec(
        name=box.name,
        span=span,
        grain=tuple(Word(name, span) for name in box.key or (TODO,)),
        rows=tuple(Word(name, span) for name in _rows(drawn, spine, inputs)),
        keep=_keep(drawn, spine, derivations),
        columns=tuple(columns),
        description=drawn.description,
        match=tuple(_matches(drawn, inputs, said)),
        layer=drawn.layer,
    )


def _rows(drawn: DrawnModel, spine: Input | None, inputs: tuple[Input, ...]) -> list[str]:
    """Return the rows source; or all inputs with a period of the grain, because none of them has every period."""
    if spine is None:
        return [TODO]
    grain = set(drawn.box.key)
    whole = [one for one in inputs if grain <= one.box.columns.keys()]
    has_period = any(is_period(name) for name in grain)
    alike = [one for one in whole if one.many and one.flow.dashed == spine.flow.dashed]
    if not has_period or len(alike) < len(whole) or spine not in alike:
        return [spine.box.name]
    return [one.box.name for one in alike]


def _keep(drawn: DrawnModel, spine: Input | None, derivations: Mapping[str, Derivation]) -> tuple[Word, ...] | None:
    kept = [name for name, derivation in derivations.items() if derivation.carried]
    others = [] if spine is None else [name for name in spine.box.columns if name not in drawn.box.key]
    if kept and kept == others and not any(derivations[name].comment for name in kept):
        return None
    return tuple(Word(name, drawn.span) for name in kept)


def _matches(drawn: DrawnModel, inputs: tuple[Input, ...], said: Mapping[str, Pairs]) -> Iterator[tuple[Word, Pairs]]:
    """Yield `match:` of inputs with another name for a grain column: from the drawing, or the only `…_<name>`
    column."""
    span = drawn.span
    for one in inputs:
        if one.box.name in said:
            yield Word(one.box.name, span), said[one.box.name]
            continue
        pairs = []
        for name in drawn.box.key:
            linked = any(name in targets for targets in one.box.links.values())
            others = [column for column in one.box.columns if column.endswith(f"_{name}")]
            if name not in one.box.columns and not linked and len(others) == 1:
                pairs.append((Word(name, span), Word(others[0], span)))
        if pairs:
            yield Word(one.box.name, span), tuple(pairs)


def _sentences(text: str) -> Iterator[str]:
    parts = re.split(r"(?<=[.!?])\s+|\n+", text)
    return (stripped for part in parts if (stripped := " ".join(part.split())))


def _quote(name: str, said: list[str]) -> str | None:
    """Return a quote from the board with all words of a column's name. Quotes are not interpreted."""
    wanted = set(name.lower().split("_"))
    for sentence in said:
        if wanted <= set(re.findall(r"\w+", sentence.lower().replace("_", " "))):
            return sentence if len(sentence) <= _LONGEST_QUOTE else sentence[: _LONGEST_QUOTE - 1] + "…"
    return None
