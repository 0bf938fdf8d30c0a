"""Fixes for an input that many-to-one links and then a bridge join to the rows: a model between the two."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.design.joins.draft import Draft
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ColumnSpec, Expression
from erd2dbt.faults.diagnostics import Fix, Hint, Paste
from erd2dbt.infer.quantities import is_share
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.layout import one_line

# how totals are aggregated once more
_AGAIN: dict[type[exp.Expr], str] = {exp.Sum: "sum", exp.Count: "sum", exp.Min: "min", exp.Max: "max"}


def models_between(draft: Draft, spec: ColumnSpec, call: Tree, parent: str, bridge: str) -> Iterator[Fix | Hint]:
    """Fixes that aggregate an input per row of its parent, and read this model over the bridge.

    The first counts a parent's total for each of the rows that it belongs to. The second divides it by a share that the
    bridge has.
    """
    key = [word.text for word in draft.world.graph.entities[parent].key]
    whole = one_line(call)
    again = _AGAIN.get(type(call.this if isinstance(call, exp.Filter) else call))
    formula = spec.formula.text if isinstance(spec.formula, Expression) else ""
    rows = draft.rows[0].name
    if again is None or whole not in formula:
        yield Hint(
            f"aggregate it per {_listed(key)} in a model with `rows: {parent}`, and read that: `{bridge}` joins "
            f"`{parent}` with `{rows}`"
        )
        return
    name = _free_name(draft, parent, spec.name)
    model = f"{{grain: {repairs.listing(key)}, rows: {parent}, columns: {{{spec.name}: {_flow(whole)}}}}}"
    value = f"{name}.{spec.name}"
    ways = [(f"aggregate it per row of `{parent}`, which counts for each of its `{rows}`", f"{again}({value})")]
    columns = draft.world.graph.entities[bridge].columns
    share = next((a.name for a in columns if is_share(a.name, a.type)), None)
    if share is not None and again == "sum":
        weighed = f"sum({bridge}.{share} * {value})"
        ways.insert(0, (f"aggregate it per row of `{parent}`, and weigh it by the bridge", weighed))
    for why, text in ways:
        column = repairs.scalar(formula.replace(whole, text))
        yield Fix(
            f"{why}:\n{name}: {model}\n{spec.name}: {column}",
            Paste(("models", name), model),
            Paste(("models", draft.spec.name, "columns", spec.name), column),
        )


def _free_name(draft: Draft, parent: str, column: str) -> str:
    graph = draft.world.graph
    numbered = (f"{parent}_{column}{'' if i == 1 else f'_{i}'}" for i in range(1, len(graph.models) + 3))
    return next(name for name in numbered if name not in graph.models and name not in graph.entities)


def _flow(text: str) -> str:
    return repairs.scalar(text, flow=True)


def _listed(names: list[str]) -> str:
    return f"({', '.join(names)})"
