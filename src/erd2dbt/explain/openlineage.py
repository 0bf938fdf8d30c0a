"""Lineage as OpenLineage dataset events: the columns of each model, and their upstream columns.

Sources: the OpenLineage specification 2-0-2, its schema facet 1-1-1 and its column lineage facet 1-2-0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erd2dbt import __version__
from erd2dbt.design.plans.plan import Plan
from erd2dbt.explain.lineage import Inputs, Lineage, Ref
from erd2dbt.pipelines.generation import Generated

PRODUCER = f"urn:erd2dbt:{__version__}"
_SPEC = "https://openlineage.io/spec"
EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
COLUMN_LINEAGE = f"{_SPEC}/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
SCHEMA = f"{_SPEC}/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet"


def events(generated: Generated, lineage: Lineage, *, namespace: str, time: str) -> list[dict[str, Any]]:
    """A dataset event for each model, in the order of building.

    `namespace` is where the tables live (OpenLineage: `postgres://host:port`), `time` the ISO 8601 time of the events.
    Raw tables are named `schema.table` (with the database before it where the source names one).
    """
    names = _Names(generated, namespace)
    return [
        {
            "eventTime": time,
            "producer": PRODUCER,
            "schemaURL": EVENT,
            "dataset": {
                "namespace": namespace,
                "name": plan.relation.model,
                "facets": {"schema": _schema(plan), "columnLineage": _lineage(lineage, plan, names)},
            },
        }
        for plan in generated.planned.own
    ]


def _schema(plan: Plan) -> dict[str, Any]:
    fields = [{"name": f.name, **({"type": f.type} if f.type else {})} for f in plan.relation.fields.values()]
    return {"_producer": PRODUCER, "_schemaURL": SCHEMA, "fields": fields}


def _lineage(lineage: Lineage, plan: Plan, names: _Names) -> dict[str, Any]:
    model = lineage.models[plan.relation.model]
    return {
        "_producer": PRODUCER,
        "_schemaURL": COLUMN_LINEAGE,
        "fields": {name: {"inputFields": names.inputs(inputs)} for name, inputs in model.columns.items()},
        "dataset": names.inputs(model.rows),
    }


class _Names:
    """Columns as OpenLineage names them."""

    def __init__(self, generated: Generated, namespace: str) -> None:
        self.namespace = namespace
        self.schemas: Mapping[str, str] = {
            source.name: f"{f'{source.database}.' if source.database else ''}{source.schema}"
            for source in generated.erd.sources
        }

    def inputs(self, inputs: Inputs) -> list[dict[str, Any]]:
        return [
            {
                "namespace": self.namespace,
                "name": self._dataset(ref),
                "field": ref.column,
                "transformations": [
                    {"type": "DIRECT" if way.direct else "INDIRECT", "subtype": str(way)} for way in ways
                ],
            }
            for ref, ways in inputs.items()
        ]

    def _dataset(self, ref: Ref) -> str:
        return f"{self.schemas[ref.source]}.{ref.dataset}" if ref.source else ref.dataset
