"""What an editor shows of the word under the cursor, as Markdown; text of people is escaped."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.design.plans.plan import Field, Plan
from erd2dbt.diagram.erd import Attribute, Entity, Expression, ModelSpec
from erd2dbt.escape.markdown import code, marked, text
from erd2dbt.explain.lineage import Inputs
from erd2dbt.lsp import language
from erd2dbt.lsp.analysis import Proved
from erd2dbt.lsp.outline import Outline, Scalar
from erd2dbt.lsp.symbols import Kind, Symbol, columns_of

_MOST = 12  # inputs of a column that are listed
_KINDS = {
    "structural": "proved for any data",
    "by claim": "proved; it depends on claims that are tested",
    "assumed": "assumed by the author, not proved",
    "open": "its key is not declared",
}


def hover_text(symbol: Symbol, names: Outline, proved: Proved | None) -> str:
    """Markdown about a thing; without a proof what the text alone says."""
    return "\n\n".join(part for part in _parts(symbol, names, proved) if part)


def key_text(scalar: Scalar) -> str:
    """What a key of the language means; nothing for a key that people chose."""
    said = language.about(scalar.path)
    return f"{code(scalar.path[-1])}: {marked(said)}" if said else ""


def _parts(symbol: Symbol, names: Outline, proved: Proved | None) -> Iterator[str]:
    if symbol.kind is Kind.COLUMN:
        yield from _column(symbol, names, proved)
        return
    yield f"**{symbol.kind}** {code(symbol.name)}"
    plan = proved.plans.get(symbol.name) if proved else None
    if symbol.kind in (Kind.ENTITY, Kind.MODEL) and plan is not None and proved is not None:
        yield from _planned(plan, proved)
    elif symbol.kind in (Kind.ENTITY, Kind.MODEL) and (thing := names.thing(symbol.name)) is not None:
        if (said := thing.fields.get("description")) is not None:
            yield text(said.said)
        word = "key" if symbol.kind is Kind.ENTITY else "grain"
        yield f"{word.capitalize()}: {_listed(thing.words(word))}"
        yield f"Columns: {_listed(columns_of(names, symbol.name))}"
    elif symbol.kind is Kind.ROLE:
        ends = symbol.owner.split(" ")
        yield f"A role of the link between {code(ends[0])} and {code(ends[-1])}"


def _planned(plan: Plan, proved: Proved) -> Iterator[str]:
    spec = plan.spec
    if spec is not None and spec.description:
        yield text(spec.description)
    grain = f"One row per {_listed(plan.relation.grain)}" if plan.relation.grain else "No grain is known"
    if isinstance(spec, Entity):
        yield f"Key: {_listed([word.text for word in spec.key])}" if spec.key else "No key is known"
        if spec.source:
            yield f"Raw table: {code(f'{spec.source}.{spec.table}')}"
        links = [link.text for link in proved.erd.links if spec.name in (link.left, link.right)]
        if links:
            yield "Links:\n" + "\n".join(f"- {code(link)}" for link in dict.fromkeys(links))
    elif isinstance(spec, ModelSpec):
        yield f"Grain: {grain[0].lower()}{grain[1:]} ({_KINDS[plan.proof.kind]})"
        claims = sorted(claim.text for claim in plan.proof.claims - plan.proof.filled)
        if claims:
            yield "The row count depends on:\n" + "\n".join(f"- {text(one)}" for one in claims)
    yield f"dbt model: {code(plan.relation.model)}"


def _column(symbol: Symbol, names: Outline, proved: Proved | None) -> Iterator[str]:
    plan = proved.plans.get(symbol.owner) if proved else None
    known = plan.relation.fields.get(symbol.name) if plan else None
    written = names.thing(symbol.owner)
    said = written.columns.get(symbol.name) if written else None
    kind = known.type if known is not None else said.said if said is not None else ""
    yield f"**column** {code(f'{symbol.owner}.{symbol.name}')}{f' {code(kind)}' if kind else ''}"
    if known is None or plan is None or proved is None:
        return
    yield from _description_lines(known)
    model = plan.relation.model
    found = proved.lineage.models.get(model)
    inputs = found.columns.get(symbol.name, {}) if found else {}
    if inputs and not isinstance(plan.spec, Entity):
        yield f"From:\n{_inputs(inputs)}"
        yield f"Raw columns:\n{_inputs(proved.lineage.raw(model, symbol.name))}"


def _description_lines(known: Field) -> Iterator[str]:
    said = known.said
    if said is None:
        return
    if said.description:
        yield text(said.description)
    if isinstance(said, Attribute):
        claims = [word for word, is_so in (("not null", said.not_null), ("unique", said.unique)) if is_so]
        if said.values:
            claims.append(f"one of {_listed(said.values)}")
        if claims:
            yield f"Claimed and tested: {', '.join(claims)}"
        if said.raw and said.raw != said.name:
            yield f"Raw column: {code(said.raw)}"
    if isinstance(said.formula, Expression):
        yield code(said.formula.text)


def _inputs(inputs: Inputs) -> str:
    lines = [
        f"- {code(ref.text)} ({', '.join(way.lower().replace('_', ' ') for way in ways)})"
        for ref, ways in inputs.items()
    ]
    more = len(lines) - _MOST
    return "\n".join([*lines[:_MOST], *([f"- and {more} more"] if more > 0 else [])])


def _listed(names: object) -> str:
    words = [str(name) for name in names] if isinstance(names, (list, tuple)) else []
    return ", ".join(code(name) for name in words) if words else "none"
