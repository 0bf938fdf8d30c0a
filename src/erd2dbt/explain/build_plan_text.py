"""An implementation plan as text for a terminal, and as markdown for a document or a discussion."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from erd2dbt.design.plans.plan import Layer
from erd2dbt.escape.markdown import code, marked
from erd2dbt.explain.build_plan import ModelOutline, Outline, Point
from erd2dbt.names.plurals import singular

_HEADINGS = {
    Layer.STAGING: "New staging models",
    Layer.INTERMEDIATE: "New intermediate models",
    Layer.MARTS: "New mart models",
}
_OPEN = "Gaps and open questions"
_STAR = "Derived star schema"
_WIDTH = 120


def summary(plan: Outline) -> str:
    """`Models: 4 staging, 2 intermediate, 4 mart; all 10 grains are proved. Open: 18 guesses to confirm.`"""
    words = {Layer.STAGING: "staging", Layer.INTERMEDIATE: "intermediate", Layer.MARTS: "mart"}
    counts = [f"{n} {word}" for layer, word in words.items() if (n := sum(m.layer is layer for m in plan.models))]
    open_ = [_counted(len(points), heading.lower()) for heading, points in plan.points.items() if points]
    state = f"all {plan.proved} grains are proved" if plan.proved is not None else "nothing can be generated yet"
    return f"Models: {', '.join(counts)}; {state}. Open: {', '.join(open_) or 'nothing'}."


def _counted(count: int, heading: str) -> str:
    """`1 guess to confirm`, `2 guesses to confirm`, `3 to look at`."""
    noun, _, rest = heading.partition(" ")
    return f"{count} {singular(noun) if count == 1 and noun.endswith('s') else noun} {rest}".rstrip()


def outline_text(plan: Outline, *, lines: bool) -> str:
    """`lines`: whether the places are those of a file that the reader has."""
    parts = [f"Implementation plan: {plan.project}\n{summary(plan)}"]
    for layer, heading in _HEADINGS.items():
        models = [model for model in plan.models if model.layer is layer]
        if models:
            parts += [_underlined(heading, "="), *("\n".join(_model_text(model)) for model in models)]
    if plan.star:
        parts += [_underlined(_STAR, "="), _wrapped(_derived(plan), "", "")]
    listed = {heading: points for heading, points in plan.points.items() if points}
    if listed:
        parts.append(_underlined(_OPEN, "="))
    for heading, points in listed.items():
        said = [_wrapped(_point(point, lines=lines), "- ", "  ") for point in points]
        parts.append("\n".join([heading, *said]))
    return "\n\n".join(parts)


def _derived(plan: Outline) -> str:
    """What `generate` makes of a spec that says nothing of models."""
    many = f"a star schema of {len(plan.star)} models" if len(plan.star) > 1 else "one model"
    shown = "`erd2dbt suggest` prints the spec text. With `models: {}` there are only staging models."
    return f"The spec has no `models:`, so `generate` derives {many}: {', '.join(plan.star)}. {shown}"


def _model_text(model: ModelOutline) -> Iterator[str]:
    yield model.name
    for label, text in _facts(model):
        yield _wrapped(text, f"  {label:9} ", " " * 12)
    for i, line in enumerate(model.logic):
        yield _wrapped(line, f"  {'logic' if i == 0 else '':9} ", " " * 14)
    if model.question:
        yield _wrapped(model.question, "  answers   ", " " * 12)


def _facts(model: ModelOutline) -> Iterator[tuple[str, str]]:
    yield "purpose", " ".join(model.purpose.split())
    yield "grain", model.grain
    yield "upstream", ", ".join(model.upstream) or "not known"


def _point(point: Point, *, lines: bool) -> str:
    place = f" (line {point.line})" if lines and point.line else ""
    return f"{point.about}{place}: {point.text}" if point.about else point.text


def _underlined(text: str, with_: str) -> str:
    return f"{text}\n{with_ * len(text)}"


def _wrapped(text: str, first: str, rest: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


# -- markdown


def outline_markdown(plan: Outline, *, lines: bool) -> str:
    """The same as `outline_text`, as Markdown: a heading for each layer and model. `lines` as there."""
    parts = [f"# Implementation plan: {marked(plan.project)}", marked(summary(plan))]
    for layer, heading in _HEADINGS.items():
        models = [model for model in plan.models if model.layer is layer]
        if models:
            parts += [f"## {heading}", *("\n".join(_model_markdown(model)) for model in models)]
    if plan.star:
        parts += [f"## {_STAR}", marked(_derived(plan))]
    listed = {heading: points for heading, points in plan.points.items() if points}
    if listed:
        parts.append(f"## {_OPEN}")
    for heading, points in listed.items():
        parts += [f"### {heading}", "\n".join(f"- {marked(_point(point, lines=lines))}" for point in points)]
    return "\n\n".join(parts)


def _model_markdown(model: ModelOutline) -> Iterator[str]:
    yield f"### {code(model.name)}"
    yield ""
    for label, text in _facts(model):
        yield f"- **{label.capitalize()}**: {marked(text)}"
    yield "- **Logic**:"
    yield from (f"  - {code(line)}" if " = " in line else f"  - {marked(line)}" for line in model.logic)
    if model.question:
        yield f"- **Question answered**: {marked(model.question)}"
