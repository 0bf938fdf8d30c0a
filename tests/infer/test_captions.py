"""Captions of lineage arrows: which rows flow, and by which columns they meet the model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erd2dbt.draft.models import infer
from erd2dbt.infer.drawn_models import Box, DrawnModel, Flow
from infer.shop import BASKETS, BUYERS, PLACE, buyer_model, shown

COLUMNS = {
    "worth": ("numeric", None),
    "topic": ("text", "latest topic"),
    "rebate": ("numeric", "sum(baskets.rebate)"),
}


def test_a_condition_holds_for_all_that_comes_along_the_arrow() -> None:
    found = buyer_model(COLUMNS, ("", "where state = paid", ""))
    assert shown(found, "worth") == (
        "sum(baskets.worth) filter (where baskets.state = 'paid')",
        "inferred: of the rows of `baskets` that the arrow says; the diagram says: “where state = paid”",
    )
    assert shown(found, "rebate")[0] == "sum(baskets.rebate) filter (where baskets.state = 'paid')"
    assert shown(found, "topic")[0] == "last phone_calls.topic by called_on"


@pytest.mark.parametrize("caption", ["where not baskets.is_present", "where not is_present"])
def test_a_flag_is_negated_with_or_without_its_table(caption: str) -> None:
    found = buyer_model(COLUMNS, ("", caption, ""))
    assert shown(found, "worth")[0] == "sum(baskets.worth) filter (where not baskets.is_present)"


def test_a_condition_goes_into_a_pick() -> None:
    found = buyer_model(COLUMNS, ("", "", "only seconds > 60"))
    assert shown(found, "topic")[0] == "last phone_calls.topic where seconds > 60 by called_on"


def test_a_condition_on_the_rows_of_the_model() -> None:
    found = buyer_model(COLUMNS, ("country = PT", "", ""))
    assert found.model.where is not None
    assert found.model.where.text == "buyers.country = 'PT'"
    assert found.notes == ("the arrow from `buyers` says “country = PT”: the model has only these rows",)


def test_a_condition_that_is_not_understood_is_never_lost() -> None:
    """A column is open, whether it is read from its name or has words of its own: these do not say which rows."""
    found = buyer_model(COLUMNS, ("", "only big baskets", ""))
    assert shown(found, "worth") == (
        "TODO",
        "needs: which rows of `baskets`? All of them: sum(baskets.worth); the diagram says: “only big baskets”",
    )
    assert shown(found, "rebate") == (
        "TODO",
        "needs: which rows of `baskets`? All of them: sum(baskets.rebate); the diagram says: “only big baskets”",
    )
    assert found.notes == ("the arrow from `baskets` says “only big baskets”, which is not understood",)


@pytest.mark.parametrize(
    "caption", ["nur große", "solo grandes", "not small", "only paid and open", "state is not paid or open"]
)
def test_a_caption_that_begins_as_a_condition_is_one_in_any_language(caption: str) -> None:
    found = buyer_model(COLUMNS, ("", caption, ""))
    assert shown(found, "worth")[0] == "TODO"
    assert found.notes == (f"the arrow from `baskets` says “{caption}”, which is not understood",)


def test_a_caption_that_only_says_what_the_arrow_is_for_changes_nothing() -> None:
    assert buyer_model(COLUMNS, ("details", "sums of worth", "call metrics")).notes == ()


PURPOSES = (
    "aggregates", "feeds", "daily load", "2. rolls up", "1) feeds", "1 row per buyer", "one row per buyer",
    "count distinct baskets",
    "counts baskets per buyer", "basket metrics", "worth; rebate",
    "joined with baskets", "buyer_facts", "agent info", "sum(baskets.worth)",
    "aggregiert", "Summe der baskets", "tägliche Ladung", "Kennzahlen",
    "carga diaria", "agrega baskets por buyer", "métricas", "enriquece",
    "agrégation", "chargement quotidien", "somme des baskets", "indicateurs",
    "agregação", "carga mensal", "soma de worth", "detalhes",
    "left join", "keyed by buyer_id", "adds totals", "sums up", "basket history", "full refresh", "used for metrics",
    "joined on id", "left join on key", "avec les données",
    "wird aggregiert", "enriquece con baskets", "enriquece com baskets", "historique", "places", "made by",
    "has", "belongs to", "hat viele", "tiene", "appartient à", "faz parte de",
)  # fmt: skip


@pytest.mark.parametrize("caption", PURPOSES)
def test_words_of_purpose_and_names_at_both_ends_change_nothing(caption: str) -> None:
    columns = {**COLUMNS, "agent_id": ("int", None)}
    found, plain = buyer_model(columns, ("", caption, "")), buyer_model(columns, ("", "", ""))
    assert (found.model, found.notes) == (plain.model, plain.notes)


UNKNOWN = (
    "unpaid", "shipped", "?", "last 90 days", "since 2025", "this year", "2024", "EU", "paid + shipped", "open + paid",
    "excl. tests", "no rebate", "has rebate", "biggest baskets", "by Ann", "nice paid baskets", "sum of nice baskets",
    "aggregates of last month", "bezahlt", "letzte 30 Tage", "nur EU", "seulement payées", "depuis 2025", "pagadas",
    "últimos 90 días", "este año", "ativos", "desde 2025",
    "shop", "shop baskets", "all shop baskets", "on time", "in time", "to date", "revenue to date", "of the day",
    "this day", "this date", "1 day", "ventes du jour", "à jour", "à l'heure", "reservas del día", "a la fecha",
    "monthly baskets", "baskets mensuales", "tägliche baskets", "current baskets", "merged baskets", "inner join",
    "inner join on buyer_id", "dedup by shop", "join via buyer_id and shop", "dedupliziert nach state",
    "with baskets", "with worth",
    "per day", "by date", "nach Datum", "por dia", "par jour", "aggregated per month", "aggregated by month",
    "per shop",
    "do dia", "em dia", "10%", "5% of baskets", "2 baskets", "30", "unique baskets",
)  # fmt: skip


@pytest.mark.parametrize("caption", UNKNOWN)
def test_a_word_that_is_not_known_is_a_part_of_the_rows(caption: str) -> None:
    """Each column over the arrow is open with the caption quoted; on the rows of the model, their filter is."""
    found = buyer_model(COLUMNS, ("", caption, ""))
    for name in ("worth", "rebate"):
        needed = f"which rows of `baskets`? All of them: sum(baskets.{name})"
        assert shown(found, name) == ("TODO", f"needs: {needed}; the diagram says: “{caption}”")
    assert shown(found, "topic")[0] == "last phone_calls.topic by called_on"
    assert found.notes == (f"the arrow from `baskets` says “{caption}”, which is not understood",)
    rows = buyer_model(COLUMNS, (caption, "", ""))
    assert rows.model.where is not None
    assert rows.model.where.text == "TODO"


@pytest.mark.parametrize(
    ("caption", "condition"),
    [
        ("paid", "state = 'paid'"),
        ("present", "is_present"),
        ("all paid baskets", "state = 'paid'"),
        ("daily load, paid baskets only", "state = 'paid'"),
        ("counts paid baskets per buyer", "state = 'paid'"),
        ("sum of baskets where shop = north", "shop = 'north'"),
        ("Summe, nur paid", "state = 'paid'"),
        ("shop is one of north, south", "shop in ('north', 'south')"),
        ("shop in (IN, NO, OR)", "shop in ('IN', 'NO', 'OR')"),
        ("shop is PT or ES", "shop in ('PT', 'ES')"),
    ],
)
def test_a_condition_among_words_of_purpose(caption: str, condition: str) -> None:
    found = buyer_model(COLUMNS, ("", caption, ""))
    assert shown(found, "worth")[0] == f"sum(baskets.worth) filter (where baskets.{condition})"


def test_a_period_of_the_grain_is_no_condition() -> None:
    """`monthly baskets` is what a model of one row per month has."""
    box = Box(name="monthly_sales", columns={"month": "date", "n": "int"}, key=("month",), is_entity=False)
    for caption, is_open in (("monthly baskets", False), ("yearly baskets", True)):
        flow = Flow(source="baskets", label=caption)
        drawn = DrawnModel(box=box, flows=(flow,), span=PLACE, words={"n": "number of baskets"})
        found = infer([drawn], [BUYERS, BASKETS])[0]
        assert (found.model.where is not None) == is_open
        assert any("not understood" in note for note in found.notes) == is_open


def test_current_and_a_name_at_both_ends_is_a_state_of_the_rows() -> None:
    """The model has a column `calls`, too, and nobody means the latest call."""
    columns = {"phone_calls": ("int", "number of phone calls"), "called_on": ("date", "max(phone_calls.called_on)")}
    found = buyer_model(columns, ("", "", "current phone calls"))
    assert [shown(found, name)[0] for name in columns] == ["TODO", "TODO"]


DEDUPLICATED = (
    "dedup", "deduplicated baskets", "dedup by basket_id", "without duplicates", "sans doublons", "ohne Duplikate",
    "sin duplicados", "sem duplicatas",
)  # fmt: skip


@pytest.mark.parametrize("caption", DEDUPLICATED)
def test_deduplication_is_noted_where_the_grain_is_not_the_key_of_the_rows(caption: str) -> None:
    found, plain = buyer_model(COLUMNS, ("", caption, "")), buyer_model(COLUMNS, ("", "", ""))
    assert found.model == plain.model
    assert found.notes == (f"the arrow from `baskets` says “{caption}”; the model reads all of its rows",)
    assert buyer_model(COLUMNS, (caption.replace("basket", "buyer"), "", "")).notes == ()


@pytest.mark.parametrize("caption", ["per month", "aggregated by month", "one row per month"])
def test_the_grain_of_the_model_is_no_condition(caption: str) -> None:
    box = Box(name="sales", columns={"month": "date", "worth": "numeric"}, key=("month",), is_entity=False)
    drawn = DrawnModel(box=box, flows=(Flow(source="baskets", label=caption),), span=PLACE)
    plain = replace(drawn, flows=(Flow(source="baskets"),))
    assert infer([drawn], [BUYERS, BASKETS])[0].notes == infer([plain], [BUYERS, BASKETS])[0].notes


def test_a_snapshot_is_noted_and_changes_nothing() -> None:
    found = buyer_model(COLUMNS, ("", "daily snapshot", ""))
    assert shown(found, "worth")[0] == "sum(baskets.worth)"
    assert found.notes == ("the arrow from `baskets` says “daily snapshot”; the model reads all of its rows",)


def test_a_caption_that_names_one_row_is_what_a_column_does() -> None:
    """`first touch` is met by columns that pick a row. A sum over the same arrow is of unknown rows."""
    picks = {"topic": ("text", "first topic"), "called_on": ("date", "min(phone_calls.called_on)")}
    found = buyer_model(picks, ("", "", "first touch"))
    formulas = ["first phone_calls.topic by called_on", "min(phone_calls.called_on)"]
    assert [shown(found, name)[0] for name in picks] == formulas
    assert found.notes == ()
    both = buyer_model({**picks, "seconds": ("int", "sum of seconds")}, ("", "", "first touch"))
    assert [shown(both, name)[0] for name in picks] == formulas
    assert shown(both, "seconds") == (
        "TODO",
        "needs: which rows of `phone_calls`? All of them: sum(phone_calls.seconds); the arrow says “first touch”; "
        "the diagram says: “sum of seconds”",
    )
    assert both.notes == ("the arrow from `phone_calls` says “first touch”, which is not understood",)


def test_a_bound_alone_names_one_row() -> None:
    columns = {"worth": ("numeric", "sum of worth"), "rebate": ("numeric", "lowest rebate")}
    found = buyer_model(columns, ("", "minimum", ""))
    assert [shown(found, name)[0] for name in columns] == ["TODO", "min(baskets.rebate)"]


def test_a_pick_and_a_sum_are_choices() -> None:
    assert shown(buyer_model({"worth": ("numeric", None)}, ("", "latest", "")), "worth") == (
        "TODO",
        "needs: which of them? sum(baskets.worth) or {last: baskets.worth, order: paid_at}; the diagram says: “latest”",
    )


def test_columns_that_meet_are_a_match() -> None:
    found = buyer_model(COLUMNS, ("", "on agent_id = buyer_id", "on phone_calls.agent_id = buyer_id"))
    assert [(name.text, [(a.text, b.text) for a, b in pairs]) for name, pairs in found.model.match] == [
        ("phone_calls", [("buyer_id", "agent_id")])
    ]


def test_a_condition_joins_the_conditions_that_a_column_has() -> None:
    """In its own words, in SQL, in each part of a share, and in a pick."""
    columns = {
        "small": ("numeric", "sum of worth where worth < 5 or pieces = 1"),
        "share": ("numeric", "share of baskets where shop = north"),
        "span": ("numeric", "max(baskets.worth) - min(baskets.worth)"),
        "shop": ("text", "shop of the latest basket where worth > 5"),
        "topic": ("text", "latest topic"),
    }
    found = buyer_model(columns, ("", "only paid", ""))
    paid = "baskets.state = 'paid'"
    count = "count(distinct baskets.basket_id)"
    assert [shown(found, name)[0] for name in columns] == [
        f"sum(baskets.worth) filter (where (baskets.worth < 5 or baskets.pieces = 1) and {paid})",
        f"ratio({count} filter (where baskets.shop = 'north' and {paid}), {count} filter (where {paid}))",
        f"max(baskets.worth) filter (where {paid}) - min(baskets.worth) filter (where {paid})",
        "last baskets.shop where worth > 5 and state = 'paid' by paid_at",
        "last phone_calls.topic by called_on",
    ]
    assert shown(found, "small")[1] == (
        "inferred: of the rows of `baskets` that the arrow says (“only paid”); "
        "the diagram says: “sum of worth where worth < 5 or pieces = 1”"
    )


def test_a_condition_on_the_rows_of_the_model_that_is_not_understood() -> None:
    """Which rows the model has is open; what it computes for each of them is not."""
    found = buyer_model(COLUMNS, ("only nice ones", "", ""))
    assert found.model.where is not None
    assert found.model.where.text == "TODO"
    assert shown(found, "rebate")[0] == "sum(baskets.rebate)"
    assert found.notes == ("the arrow from `buyers` says “only nice ones”, which is not understood",)


@pytest.mark.parametrize(
    ("flag", "caption"),
    [
        ("is_settled", "unsettled"),
        ("ist_bezahlt", "unbezahlt"),
        ("es_propia", "impropias"),
        ("est_complet", "incomplets"),
        ("tem_completo", "incompletos"),
    ],
)
def test_a_word_with_a_negating_prefix_is_the_opposite_of_a_flag(flag: str, caption: str) -> None:
    """Rows without an answer are not those of the flag. The word itself is the flag, in its own language."""
    baskets = replace(BASKETS, columns={**BASKETS.columns, flag: "boolean"})
    drawn = DrawnModel(
        box=Box(name="facts", columns={"buyer_id": "int", "worth": "numeric"}, key=("buyer_id",), is_entity=False),
        flows=(Flow(source="buyers"), Flow(source="baskets", label=caption)),
        span=PLACE,
    )
    found = infer([drawn], [BUYERS, baskets])[0]
    assert shown(found, "worth")[0] == f"sum(baskets.worth) filter (where (baskets.{flag}) is not true)"
    plain = replace(drawn, flows=(Flow(source="buyers"), Flow(source="baskets", label=flag.partition("_")[2])))
    found = infer([plain], [BUYERS, baskets])[0]
    assert shown(found, "worth")[0] == f"sum(baskets.worth) filter (where baskets.{flag})"


_NEITHER = "(baskets.{0}) is not true and baskets.state is distinct from 'void'"


@pytest.mark.parametrize(
    ("flag", "caption"),
    [
        ("is_gift", "without gifts and void"),
        ("is_gift", "except for gifts, void"),
        ("is_gift", "without gifts or void"),
        ("ist_geschenk", "ohne Geschenke und void"),
        ("es_regalo", "sin regalos y void"),
        ("est_cadeau", "hors cadeaux et void"),
        ("e_brinde", "sem brindes e void"),
    ],
)
def test_a_negation_holds_for_all_of_its_list(flag: str, caption: str) -> None:
    assert _worth_of_flagged(flag, caption) == f"sum(baskets.worth) filter (where {_NEITHER.format(flag)})"


@pytest.mark.parametrize(
    ("caption", "condition"),
    [
        ("all but gifts", "(baskets.is_gift) is not true"),
        ("all but void", "baskets.state is distinct from 'void'"),
        ("paid but not gifts", "baskets.state = 'paid' and (baskets.is_gift) is not true"),
        ("without gifts, only paid", "(baskets.is_gift) is not true and baskets.state = 'paid'"),
        ("baskets but gifts", None),
        ("every basket but void", None),
        ("paid but gifts", None),
        ("without gifts but paid", None),
        ("without gifts, paid only", None),
        ("without gifts and worth > 5", None),
        ("not gifts and paid", None),
        ("state is not paid or open", None),
        ("!= paid", None),
        ("baskets != paid", None),
        ("-gifts", None),
        ("~paid", None),
        ("without void gifts", None),
        ("excluding void gifts", None),
        ("worth over 10%", None),
        ("state <> paid or state <> open", None),
        ("where paid, open", None),
    ],
)
def test_what_a_negation_does_not_surely_hold_for_is_open(caption: str, condition: str | None) -> None:
    formula = f"sum(baskets.worth) filter (where {condition})" if condition else "TODO"
    assert _worth_of_flagged("is_gift", caption) == formula


def _worth_of_flagged(flag: str, caption: str) -> str:
    """The sum of `worth` over an arrow with this caption from baskets, with one more flag."""
    baskets = replace(BASKETS, columns={**BASKETS.columns, flag: "boolean"})
    drawn = DrawnModel(
        box=Box(name="facts", columns={"buyer_id": "int", "worth": "numeric"}, key=("buyer_id",), is_entity=False),
        flows=(Flow(source="buyers"), Flow(source="baskets", label=caption)),
        span=PLACE,
    )
    return shown(infer([drawn], [BUYERS, baskets])[0], "worth")[0]


@pytest.mark.parametrize(
    "caption",
    [
        "shop is north, not south", "shop is not north, south", "shop is only north", "shop either north or south",
        "shop is either north or south", "shop without north", "shop kein north", "shop no north", "shop pas north",
        "shop sin north", "shop sem north", "shop nur north", "shop solo north", "shop north or south",
        "shop baskets", "shop under review", "shop contains north", "shop enthält north",
        "shop weder north noch south", "shop = north lookup", "shop is north since 2024",
    ],
)  # fmt: skip
def test_an_operator_is_not_a_part_of_a_value(caption: str) -> None:
    found = buyer_model(COLUMNS, ("", caption, ""))
    assert shown(found, "worth")[0] == "TODO"


@pytest.mark.parametrize(
    ("caption", "condition"),
    [
        ("shop is big north", "= 'big north'"),
        ("shop leer", "is null"),
        ("shop fehlt", "is null"),
        ("shop = 'not north'", "= 'not north'"),
        ("shop is north, south", "in ('north', 'south')"),
    ],
)
def test_other_words_and_quoted_ones_are_a_value(caption: str, condition: str) -> None:
    found = buyer_model(COLUMNS, ("", caption, ""))
    assert shown(found, "worth")[0] == f"sum(baskets.worth) filter (where baskets.shop {condition})"


@pytest.mark.parametrize("caption", ["all paid baskets", "paid baskets", "1. paid", "paid", "paid sales"])
def test_a_value_of_the_source_is_one_although_the_model_has_that_name(caption: str) -> None:
    """As its own column, or as the last word of its name."""
    for name, columns in (("facts", {"paid": "int"}), ("baskets_paid", {})):
        box = Box(
            name=name, columns={"buyer_id": "int", "worth": "numeric", **columns}, key=("buyer_id",), is_entity=False
        )
        flows = (Flow(source="buyers"), Flow(source="baskets", label=caption))
        found = infer([DrawnModel(box=box, flows=flows, span=PLACE)], [BUYERS, BASKETS])[0]
        assert shown(found, "worth")[0] == "sum(baskets.worth) filter (where baskets.state = 'paid')"


@pytest.mark.parametrize("caption", ["quick baskets", "all quick baskets", "is_test", "returned", "returned baskets"])
def test_a_column_that_may_be_a_flag_is_open(caption: str) -> None:
    """Without the type of a flag, or only as a column of the model before the name of the source."""
    baskets = replace(BASKETS, columns={**BASKETS.columns, "is_test": "int", "returned": "text"})
    columns = {"buyer_id": "int", "worth": "numeric", "quick": "int"}
    box = Box(name="facts", columns=columns, key=("buyer_id",), is_entity=False)
    flows = (Flow(source="buyers"), Flow(source="baskets", label=caption))
    found = infer([DrawnModel(box=box, flows=flows, span=PLACE)], [BUYERS, baskets])[0]
    assert shown(found, "worth")[0] == "TODO"


def test_the_average_of_a_day_is_never_summed() -> None:
    """A sum or a mean of averages is neither a sum nor a mean of the rows behind them."""
    daily = Box(
        name="campaign_days",
        columns={"campaign_id": "int", "day": "date", "sessions": "int", "avg_pages": "numeric"},
        key=("campaign_id", "day"),
    )
    model = Box(
        name="campaigns",
        columns={"campaign_id": "int", "sessions": "int", "avg_pages": "numeric"},
        key=("campaign_id",),
        is_entity=False,
    )
    (found,) = infer([DrawnModel(box=model, flows=(Flow(source="campaign_days"),), span=PLACE)], [daily])
    assert shown(found, "sessions")[0] == "sum(campaign_days.sessions)"
    assert shown(found, "avg_pages") == ("TODO", "needs: how is it computed?")


def test_a_filter_on_rows_in_between_is_quoted_beside_what_they_refer_to() -> None:
    """`only paid` is on the baskets; the towns are reached over them, and their count has no filter."""
    towns = Box(name="towns", columns={"town_id": "int", "city": "text"}, key=("town_id",))
    baskets = replace(
        BASKETS,
        columns={**BASKETS.columns, "town_id": "int"},
        links={**BASKETS.links, "town_id": ("town_id",)},
        parents={**BASKETS.parents, "town_id": ("towns", "town_id")},
    )
    box = Box(name="dim_buyers", columns={"buyer_id": "int", "towns": "int"}, key=("buyer_id",), is_entity=False)
    flows = (Flow(source="buyers"), Flow(source="baskets", label="only paid"), Flow(source="towns"))
    found = infer([DrawnModel(box=box, flows=flows, span=PLACE)], [BUYERS, baskets, towns])[0]
    assert shown(found, "towns") == (
        "count(distinct towns.town_id)",
        "inferred: towns are counted; of all rows of `towns`, though the arrow from `baskets` says “only paid”",
    )
