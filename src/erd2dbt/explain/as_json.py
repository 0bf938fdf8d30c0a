"""Derivations, claims and lineage as plain data for machines; the shapes are part of the tool's promise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from erd2dbt.design.plans.plan import Joined
from erd2dbt.explain.claims import ToldClaim
from erd2dbt.explain.derivation import Derivation
from erd2dbt.explain.lineage import Inputs, Lineage


def derivation_data(told: Derivation, lineage: Lineage) -> dict[str, Any]:
    """`{model, name, layer, path, grain, proof, assumed, derived, steps, joins, claims, columns}`; claims of
    `{rows, filled, values}`."""
    return {
        "model": told.model,
        "name": told.name,
        "layer": str(told.layer),
        "path": told.path,
        "grain": list(told.grain),
        "proof": told.kind,
        "assumed": told.assumed,
        "derived": _star(told),
        "steps": [
            {
                "kind": str(step.kind),
                "name": step.name,
                "because": step.because,
                "by": step.by,
                "claims": list(step.claims),
                "sql": list(step.sql),
            }
            for step in told.steps
        ],
        "joins": [joined_data(joined) for joined in told.joins],
        "claims": {
            "rows": claims_data(told.rests_on),
            "filled": claims_data(told.filled_by),
            "values": claims_data(told.values_by),
        },
        "columns": {name: column_data(lineage, told.model, name) for name in lineage.models[told.model].columns},
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


def _star(told: Derivation) -> dict[str, Any] | None:
    """`{kind, because, dimensions: [{model, by}], measures, entity}` of a derived model."""
    if told.star is None:
        return None
    star = told.star
    return {
        "kind": star.kind,
        "because": list(star.because),
        "dimensions": [{"model": model, "by": by} for model, by in star.dimensions],
        "measures": list(star.measures),
        "entity": star.entity,
    }


def claims_data(claims: Iterable[ToldClaim]) -> list[dict[str, Any]]:
    """`[{claim, kind, file, line, column, links, test, relied_on_by: {rows, filled, values}}]`."""
    return [
        {
            "claim": told.claim.text,
            "kind": str(told.claim.kind),
            "file": told.claim.span.file if told.claim.span else None,
            "line": told.claim.span.line if told.claim.span else None,
            "column": told.claim.span.column if told.claim.span else None,
            "links": list(told.links),
            "test": told.test,
            "relied_on_by": {
                "rows": list(told.reliance.rows),
                "filled": list(told.reliance.filled),
                "values": list(told.reliance.values),
            },
        }
        for told in claims
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
