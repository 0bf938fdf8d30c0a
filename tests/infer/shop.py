"""A diagram of a shop, on which texts beside a model's columns are read."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.diagram.erd import Expression, Formula, Pick
from erd2dbt.draft.models import infer
from erd2dbt.faults.diagnostics import Span
from erd2dbt.infer.drawn_models import Box, DrawnModel, Flow, Inferred

PLACE = Span("board", 1, 1)
BUYERS = Box(
    name="buyers",
    columns={"buyer_id": "int", "full_name": "text", "country": "text", "joined_on": "date"},
    key=("buyer_id",),
    aliases=("stg_buyers",),
)
BASKETS = Box(
    name="baskets",
    columns={
        "basket_id": "int", "buyer_id": "int", "state": "text", "shop": "text", "paid_at": "timestamp",
        "worth": "numeric", "rebate": "numeric", "pieces": "int", "is_present": "boolean",
        "insured": "boolean",
    },
    key=("basket_id",),
    links={"buyer_id": ("buyer_id",)},
    parents={"buyer_id": ("buyers", "buyer_id")},
    values={"state": ("paid", "open", "void")},
    aliases=("stg_baskets",),
)  # fmt: skip
CALLS = Box(
    name="phone_calls",
    columns={"call_id": "int", "buyer_id": "int", "topic": "text", "called_on": "date", "seconds": "int",
             "agent_id": "int"},
    key=("call_id",),
    links={"buyer_id": ("buyer_id",)},
    parents={"buyer_id": ("buyers", "buyer_id")},
)  # fmt: skip
OWN = {"total_worth": "numeric", "total_baskets": "bigint"}


def buyer_model(columns: Mapping[str, tuple[str | None, str | None]], captions: tuple[str, str, str]) -> Inferred:
    """A model of one row per buyer with columns of these types and texts, below arrows with these captions."""
    kinds = {"buyer_id": "int", **OWN, **{name: kind for name, (kind, _) in columns.items()}}
    sources = zip(("buyers", "baskets", "phone_calls"), captions, strict=True)
    drawn = DrawnModel(
        box=Box(name="buyer_facts", columns=kinds, key=("buyer_id",), is_entity=False),
        flows=tuple(Flow(source=source, label=label) for source, label in sources),
        span=PLACE,
        words={name: text for name, (_, text) in columns.items() if text is not None},
    )
    return infer([drawn], [BUYERS, BASKETS, CALLS])[0]


def read(kind: str, text: str) -> tuple[str, str]:
    """(the formula or what is kept, the comment) of one column called `x`."""
    return shown(buyer_model({"x": (kind, text)}, ("", "", "")), "x")


def shown(found: Inferred, name: str) -> tuple[str, str]:
    column = next((one for one in found.model.columns if one.name == name), None)
    return formula_text(column.formula) if column else f"kept {name}", found.comments.get(name, "")


def formula_text(formula: Formula) -> str:
    if isinstance(formula, Expression):
        return formula.text
    if isinstance(formula, Pick):
        where = f" where {formula.where.text}" if formula.where else ""
        return f"{formula.end} {formula.value.text}{where} by {formula.order[0].text}"
    cuts = ", ".join(f"{label} {bound}" for label, bound in formula.cuts)
    return f"tier {formula.value.text}: {cuts}, else {formula.otherwise}"
