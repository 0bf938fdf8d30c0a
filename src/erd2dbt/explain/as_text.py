"""Derivations, claims and lineage as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from erd2dbt.design.plans.plan import Joined
from erd2dbt.explain.claims import ExplainedClaim
from erd2dbt.explain.derivation import Derivation, ExplainedStep
from erd2dbt.explain.lineage import Inputs, Lineage
from erd2dbt.pipelines.summary import PLAIN, Paint

_STEERS = "`role`, `grain`, `event_date` or `measures`"
_RELIED = (("rows", "the row count of"), ("filled", "the non-null grain of"), ("values", "the values of"))


def derivation_text(explained: Derivation, lineage: Lineage, paint: Paint = PLAIN) -> str:
    """The grain, the steps with their SQL, the claims with their tests, the columns."""
    kinds = {
        "structural": "proved for any data",
        "by claim": "proved while the tests below pass",
        "assumed": f"not proved; the author assumes it: {explained.assumed}",
    }
    grain = (
        f"one row per {_listed(explained.grain)}, {kinds[explained.kind]}"
        if explained.grain
        else "its key is not declared"
    )
    parts = [
        f"{explained.model}: {grain}\n{explained.path}",
        *_star(explained),
        *_no_mart(explained),
        *(_step(number, step, paint) for number, step in enumerate(explained.steps, 1)),
        *_joins(explained.joins),
        *_claims(explained),
        "columns\n" + textwrap.indent(_columns(lineage, explained.model), "  "),
    ]
    return "\n\n".join(parts)


def _star(explained: Derivation) -> Iterator[str]:
    """What a derived model is in its star, and why; nothing for one that was written."""
    if explained.star is None:
        return
    star = explained.star
    lines = [f"derived: {star.kind}", *(f"  because {reason}" for reason in star.because)]
    lines += [f"  joins {model} on {by}" for model, by in star.dimensions]
    if star.measures:
        lines.append(f"  additive measures: {', '.join(star.measures)}")
    if star.entity is not None:
        lines.append(f"  to change this, set {_STEERS} of the entity `{star.entity}`")
    yield "\n".join(lines)


def _no_mart(explained: Derivation) -> Iterator[str]:
    """Why the derived star has no mart of the entity; nothing for one that has a mart."""
    if explained.no_mart:
        because = "\n".join(f"  because {reason}" for reason in explained.no_mart)
        steer = f"  to change this, set {_STEERS} of the entity `{explained.name}`"
        yield f"`{explained.name}` has no mart\n{because}\n{steer}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _step(number: int, step: ExplainedStep, paint: Paint) -> str:
    lines = [f"{number}. {paint(f'{step.kind} {step.name}', '1')}: {step.because}"]
    lines += [f"   because of the claim: {claim}" for claim in step.claims]
    lines += [textwrap.indent(paint.sql(text), "       ") for text in step.sql]
    return "\n".join(lines)


def _joins(joins: Iterable[Joined]) -> Iterator[str]:
    lines = [f"  {joined.text}" for joined in joins]
    if lines:
        yield "\n".join(["joins", *lines])


def _claims(explained: Derivation) -> Iterator[str]:
    for title, claims in (
        ("the row count depends on", explained.rests_on),
        ("the grain is never NULL, because", explained.filled_by),
        ("values depend on", explained.values_by),
    ):
        if claims:
            yield "\n".join([title, *(f"  {line}" for claim in claims for line in claim_lines(claim))])


def claim_lines(explained: ExplainedClaim) -> list[str]:
    """The claim with its links, then its test and its place."""
    drawn = f" ({'; '.join(explained.links)})" if explained.links else ""
    test = f"test {explained.test}" if explained.test else "not tested: these tests are off"
    place = f" · {explained.claim.span}" if explained.claim.span else ""
    return [f"{explained.claim.text}{drawn}", f"    {test}{place}"]


def claims_text(claims: Iterable[ExplainedClaim]) -> str:
    """Every claim with its test, its place, and the models that rely on it."""
    parts = []
    for explained in claims:
        parts.append("\n".join([*claim_lines(explained), *relied_lines(explained)]))
    return "\n".join(parts)


def relied_lines(explained: ExplainedClaim) -> list[str]:
    """The models that rely on a claim, and for what."""
    relied = [
        f"    needed for {word} {', '.join(models)}"
        for kind, word in _RELIED
        if (models := getattr(explained.reliance, kind))
    ]
    return relied or ["    no model above staging depends on it"]


def lineage_text(lineage: Lineage) -> str:
    """Each model with the inputs of its columns, one model back."""
    return "\n\n".join(f"{model}\n{textwrap.indent(_columns(lineage, model), '  ')}" for model in lineage.models)


_NOTHING = "no column is read: it counts rows, or is a constant"


def _columns(lineage: Lineage, model: str) -> str:
    columns = lineage.models[model].columns
    width = max(map(len, columns), default=0)
    return "\n".join(f"{name:{width}}  {_inputs(inputs) or _NOTHING}" for name, inputs in columns.items())


def _inputs(inputs: Inputs) -> str:
    return ", ".join(f"{ref.text} ({ways_text(ways)})" for ref, ways in inputs.items())


def ways_text(ways: Iterable[str]) -> str:
    """`aggregation and filter`."""
    return " and ".join(way.lower().replace("_", " ") for way in ways)


def column_text(lineage: Lineage, model: str, name: str, joins: Iterable[Joined] = ()) -> str:
    """One column back to the raw tables, as a tree, the raw columns behind it, and how its inputs are joined."""
    raw = [f"  {ref.text} ({ways_text(ways)})" for ref, ways in lineage.raw(model, name).items()]
    tree = [f"{model}.{name}", *_tree(lineage, model, name, "  ")]
    explained = [line for part in _joins(joins) for line in ("", part)]
    return "\n".join([*tree, "", "raw columns", *(raw or ["  none"]), *explained])


def _tree(lineage: Lineage, model: str, name: str, indent: str) -> Iterator[str]:
    for ref, ways in lineage.models[model].columns[name].items():
        yield f"{indent}from {ref.text} ({ways_text(ways)})"
        if not ref.source:
            yield from _tree(lineage, ref.dataset, ref.column, indent + "  ")
