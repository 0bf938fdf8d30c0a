"""A derivation, or the lineage of one column, as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from erd2dbt.escape.mermaid import label
from erd2dbt.explain.derivation import Derivation
from erd2dbt.explain.lineage import Lineage, Ref


def derivation_flowchart(explained: Derivation) -> str:
    """The steps in their order, each with why it keeps or makes the grain; the model at the end."""
    nodes = [f"{step.kind} {step.name}\n{step.because}\n{step.by}" for step in explained.steps]
    grain = ", ".join(explained.grain)
    return _flowchart(
        [*nodes, f"{explained.model}\none row per ({grain})"],
        ((place, place + 1, "") for place in range(len(nodes))),
    )


def column_flowchart(lineage: Lineage, model: str, name: str) -> str:
    """The column and all behind it, from the raw columns on."""
    places: dict[str, int] = {}
    edges: dict[tuple[int, int, str], None] = {}

    def visit(ref: Ref) -> int:
        known = places.get(ref.text)
        if known is not None:
            return known
        own = places[ref.text] = len(places)
        if not ref.source:
            for read, ways in lineage.models[ref.dataset].columns[ref.column].items():
                said = ", ".join(way.lower().replace("_", " ") for way in ways)
                edges[visit(read), own, said] = None
        return own

    visit(Ref("", model, name))
    return _flowchart(places, edges)


def _flowchart(nodes: Iterable[str], edges: Iterable[tuple[int, int, str]]) -> str:
    return "\n".join(["flowchart LR", *_lines(nodes, edges)])


def _lines(nodes: Iterable[str], edges: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    for place, text in enumerate(nodes):
        yield f"    n{place}[{label(text)}]"
    for start, end, said in edges:
        yield f"    n{start} -->{f'|{label(said)}|' if said else ''} n{end}"
