"""Derivations, claims and lineage as plain data for machines; the shapes are part of the tool's promise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from erd2dbt.design.plans.plan import Joined
from erd2dbt.explain.claims import ExplainedClaim
from erd2dbt.explain.derivation import Derivation
from erd2dbt.explain.lineage import Inputs, Lineage


def derivation_data(explained: Derivation, lineage: Lineage) -> dict[str, Any]:
    """`{model, name, layer, path, grain, proof, assumed, derived, steps, joins, claims, columns}`; claims of
    `{rows, filled, values}`."""
    return {
        "model": explained.model,
        "name": explained.name,
        "layer": str(explained.layer),
        "path": explained.path,
        "grain": list(explained.grain),
        "proof": explained.kind,
        "assumed": explained.assumed,
        "derived": _star(explained),
        **({"no_mart": list(explained.no_mart)} if explained.no_mart else {}),
        "steps": [
            {
                "kind": str(step.kind),
                "name": step.name,
                "because": step.because,
                "by": step.by,
                "claims": list(step.claims),
                "sql": list(step.sql),
            }
            for step in explained.steps
        ],
        "joins": [joined_data(joined) for joined in explained.joins],
        "claims": {
            "rows": claims_data(explained.rests_on),
            "filled": claims_data(explained.filled_by),
            "values": claims_data(explained.values_by),
        },
        "columns": {
            name: column_data(lineage, explained.model, name) for name in lineage.models[explained.model].columns
        },
    }


def joined_data(joined: Joined) -> dict[str, Any]:
    """`{input, on: [[column, its column]], links, by_name, match}`."""
    return {
        "input": joined.input,
        "on": [list(pair) for pair in joined.on],
        "links": list(joined.links),
        "by_name": list(joined.named),
        "match": joined.said,
    }


def _star(explained: Derivation) -> dict[str, Any] | None:
    """`{kind, because, dimensions: [{model, by}], measures, entity}` of a derived model."""
    if explained.star is None:
        return None
    star = explained.star
    return {
        "kind": star.kind,
        "because": list(star.because),
        "dimensions": [{"model": model, "by": by} for model, by in star.dimensions],
        "measures": list(star.measures),
        "entity": star.entity,
    }


def claims_data(claims: Iterable[ExplainedClaim]) -> list[dict[str, Any]]:
    """`[{claim, kind, file, line, column, links, test, relied_on_by: {rows, filled, values}}]`."""
    return [
        {
            "claim": explained.claim.text,
            "kind": str(explained.claim.kind),
            "file": explained.claim.span.file if explained.claim.span else None,
            "line": explained.claim.span.line if explained.claim.span else None,
            "column": explained.claim.span.column if explained.claim.span else None,
            "links": list(explained.links),
            "test": explained.test,
            "relied_on_by": {
                "rows": list(explained.reliance.rows),
                "filled": list(explained.reliance.filled),
                "values": list(explained.reliance.values),
            },
        }
        for explained in claims
    ]


def lineage_data(lineage: Lineage) -> dict[str, Any]:
    """`{models: {model: {columns: {column: {from, raw}}, rows}}}`; inputs as in `inputs_data`."""
    return {
        "models": {
            name: {
                "columns": {column: column_data(lineage, name, column) for column in model.columns},
                "rows": inputs_data(model.rows),
            }
            for name, model in lineage.models.items()
        }
    }


def column_data(lineage: Lineage, model: str, name: str) -> dict[str, Any]:
    """`{from, raw}`: one model back, and back to the raw tables."""
    return {
        "from": inputs_data(lineage.models[model].columns[name]),
        "raw": inputs_data(lineage.raw(model, name)),
    }


def inputs_data(inputs: Inputs) -> list[dict[str, Any]]:
    """`[{model, column, how}]`, or `{source, table, column, how}` for a column of a raw table."""
    return [
        {
            **({"source": ref.source, "table": ref.dataset} if ref.source else {"model": ref.dataset}),
            "column": ref.column,
            "how": [str(way) for way in ways],
        }
        for ref, ways in inputs.items()
    ]
