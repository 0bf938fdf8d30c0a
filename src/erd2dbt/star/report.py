"""A derived star as spec text, with the reasons for each choice, and as a Mermaid diagram."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.draft.values import Remark
from erd2dbt.escape.mermaid import er_text
from erd2dbt.escape.yaml import comment_line, one_line
from erd2dbt.notate.models import model_lines
from erd2dbt.star.kinds import Classified
from erd2dbt.star.mart_selection import ranking
from erd2dbt.star.reasons import shortened
from erd2dbt.star.values import Star

_MOST_MEASURES = 8  # in a box of the diagram


def star_text(star: Star) -> str:
    """The text of `models:` with every derived model, and the entities without a model."""
    lines = ["models:", *(line for spec in star.specs for line in _suggested(spec))]
    if not star.specs:
        lines = ["models: {}"]
    lines += map(comment_line, _ranking(star))
    left = star.without_model
    if left:
        lines.append("")
        lines += [comment_line(f"{one.name} has no model of its own: {_why_not(one)}") for one in left]
    return "\n".join(lines) + "\n"


def _ranking(star: Star) -> Iterator[str]:
    """Where marts were selected: the facts in their ranking."""
    if not any(one.left_out for one in star.entities.values()):
        return
    yield "the core of a larger star: `star: {size: all}` gives every fact and dimension a model; the facts by rank:"
    for ranked in ranking(star.entities):
        model = star.models.get(ranked.name, "no model")
        yield f"  {ranked.rank:g} {ranked.name} ({model}): {ranked.because}"


def _why_not(one: Classified) -> str:
    if one.left_out:
        return f"{one.left_out}; `star: {{size: all}}` gives it one"
    return "; ".join(map(shortened, one.because))


def star_mermaid(star: Star) -> str:
    """An erDiagram: facts with their measures, dimensions, and the columns on which they join."""
    lines = ["erDiagram"]
    for spec in (spec for spec in star.specs if spec.star and spec.star.kind != "pre-aggregation"):
        lines += _box(star, spec)
    for spec in star.specs:
        lines += _meetings(star, spec)
    return "\n".join(lines) + "\n"


def _meetings(star: Star, spec: ModelSpec) -> Iterator[str]:
    """One line to each dimension, with all its join columns. A zero cap shows that one of them may be NULL."""
    met: dict[str, list[str]] = {}
    for model, by in spec.star.dimensions if spec.star else ():
        met.setdefault(model, []).append(by)
    filled = _not_null_columns(star, spec)
    for model, roles in met.items():
        always = all(name in filled for by in roles for name in by.split(", "))
        yield f'    {model} {"||" if always else "|o"}--o{{ {spec.name} : "{er_text("; ".join(roles))}"'


def _not_null_columns(star: Star, spec: ModelSpec) -> set[str]:
    """The columns that are not null, as far as the diagram declares."""
    if not spec.rows:
        return set()
    one = star.entities[spec.rows[0].text]
    drawn = {column for parent in one.parents if parent.always for column in parent.columns}
    said = {c.name for c in one.entity.columns if c.not_null}
    return drawn | said | {word.text for word in (*one.entity.key, *spec.grain)}


def _suggested(spec: ModelSpec) -> Iterator[str]:
    assert spec.star is not None
    first, *others = (shortened(one_line(reason)) for reason in spec.star.because)
    return model_lines(spec, [Remark.INFERRED(f"{spec.star.kind}: {first}"), *(f"  {reason}" for reason in others)])


def _box(star: Star, spec: ModelSpec) -> Iterator[str]:
    """The box of a model: its grain and additive measures. A dimension shows its names instead."""
    assert spec.star is not None
    grain = [word.text for word in spec.grain]
    measures = [name for name in spec.star.measures if name not in grain]
    yield f"    {spec.name} {{"
    yield from (f"        {_type(star, spec, name)} {name} PK" for name in grain)
    yield from (f"        {_type(star, spec, name)} {name}" for name in measures[:_MOST_MEASURES])
    yield "    }"


def _type(star: Star, spec: ModelSpec, name: str) -> str:
    """The first word of the type, since Mermaid accepts only one word."""
    if spec.sql is not None:
        return "date"
    columns = star.entities[spec.rows[0].text].entity.columns
    found = next((c.type for c in columns if c.name == name and c.type), None)
    return (found or "value").split("(")[0].split()[0]
