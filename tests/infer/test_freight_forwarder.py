"""A freight forwarder writes its metrics in German: compounds, verbs at the end, codes of countries."""

from __future__ import annotations

import pytest

from erd2dbt.draft.models import infer
from erd2dbt.infer.drawn_models import Box, DrawnModel, Flow, Inferred
from infer.shop import PLACE, shown

KUNDE = Box(name="kunde", columns={"kunde_nr": "int", "firma": "text"}, key=("kunde_nr",))
TOUR = Box(name="tour", columns={"tour_nr": "int", "kilometer": "int", "kosten_je_km": "numeric"}, key=("tour_nr",))
AUFTRAG = Box(
    name="auftrag",
    columns={"auftrag_nr": "int", "kunde_nr": "int", "tour_nr": "int", "status": "text", "land": "varchar(2)",
             "eingang_am": "timestamp"},
    key=("auftrag_nr",),
    links={"kunde_nr": ("kunde_nr",), "tour_nr": ("tour_nr",)},
    parents={"kunde_nr": ("kunde", "kunde_nr"), "tour_nr": ("tour", "tour_nr")},
    values={"status": ("offen", "zugestellt", "storniert")},
)  # fmt: skip
RECHNUNG = Box(
    name="rechnung",
    columns={"rechnung_nr": "int", "auftrag_nr": "int", "betrag": "numeric", "bezahlt_am": "date"},
    key=("rechnung_nr",),
    links={"auftrag_nr": ("auftrag_nr",)},
    parents={"auftrag_nr": ("auftrag", "auftrag_nr")},
)  # fmt: skip
COUNT = "count(distinct auftrag.auftrag_nr)"
ROWS = {
    "offene_posten": ("numeric", "Summe der Rechnungsbeträge, wenn bezahlt_am leer ist",
                      "sum(rechnung.betrag) filter (where rechnung.bezahlt_am is null)"),
    "betrag": ("numeric", "Durchschnitt der Rechnungsbeträge", "avg(rechnung.betrag)"),
    "ausland": ("int", "Anzahl Aufträge wo land nicht DE", f"{COUNT} filter (where auftrag.land <> 'DE')"),
    "nord": ("int", "Anzahl Aufträge wo land in (NO, IN)", f"{COUNT} filter (where auftrag.land in ('NO', 'IN'))"),
    "ohne_land": ("int", "Anzahl Aufträge, wenn land leer oder IN ist",
                  f"{COUNT} filter (where (auftrag.land is null or auftrag.land = 'IN'))"),
    "kilometer": ("int", "Kilometer der Tour des Auftrags der letzten Rechnung",
                  "last tour.kilometer by rechnung.bezahlt_am"),
    "klasse": ("text", "A ab 5000, B ab 1000, sonst C (nach betrag)", "tier betrag: A 5000, B 1000, else C"),
    "kundenbetrag": ("numeric", "Summe der Kundenbeträge", "TODO"),
}  # fmt: skip


def _model(captions: dict[str, str]) -> Inferred:
    boxes = (KUNDE, TOUR, AUFTRAG, RECHNUNG)
    drawn = DrawnModel(
        box=Box(
            name="kunden_umsatz",
            columns={"kunde_nr": "int", **{name: kind for name, (kind, _, _) in ROWS.items()}},
            key=("kunde_nr",),
            is_entity=False,
        ),
        flows=tuple(Flow(source=box.name, label=captions.get(box.name, "")) for box in boxes if box is not TOUR),
        span=PLACE,
        words={name: text for name, (_, text, _) in ROWS.items()},
    )
    return infer([drawn], boxes)[0]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_read(name: str) -> None:
    assert shown(_model({}), name)[0] == ROWS[name][2]


@pytest.mark.parametrize(
    ("caption", "condition"),
    [
        ("land nicht in (AT, IN, NO)", "auftrag.land not in ('AT', 'IN', 'NO')"),
        ("nur zugestellt", "auftrag.status = 'zugestellt'"),
        ("ohne storniert", "auftrag.status is distinct from 'storniert'"),
        ("wenn land leer ist", "auftrag.land is null"),
    ],
)
def test_a_caption_filters(caption: str, condition: str) -> None:
    found = shown(_model({"auftrag": caption}), "nord")[0]
    assert found == f"{COUNT} filter (where auftrag.land in ('NO', 'IN') and {condition})"


@pytest.mark.parametrize("caption", ["ohne AT, IN und NO", "monatliche Aufträge", "aktuelle Aufträge"])
def test_a_caption_without_a_single_meaning_is_quoted(caption: str) -> None:
    assert shown(_model({"auftrag": caption}), "nord")[0] == "TODO"
