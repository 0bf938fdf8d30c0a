"""Texts beside a drawn column: what is understood is the formula, what is not is quoted."""

from __future__ import annotations

import pytest

from erd2dbt.infer.wording.language import Says, folded
from erd2dbt.infer.wording.languages import LANGUAGES
from infer.shop import buyer_model, read, shown

WORTH = "sum(baskets.worth)"
COUNT = "count(distinct baskets.basket_id)"

SQL = (
    ("numeric", "sum(worth)", WORTH),
    ("numeric", "SUM(stg_baskets.worth)", WORTH),
    ("numeric", "= avg(baskets.worth)", "avg(baskets.worth)"),
    ("numeric", "sum(pieces * worth)", "sum(baskets.pieces * baskets.worth)"),
    ("int", "count(distinct shop)", "count(distinct baskets.shop)"),
    ("int", "count(*) where state = paid", f"{COUNT} filter (where baskets.state = 'paid')"),
    ("numeric", 'sum(case when state = "paid" then worth end)',
     "sum(case when baskets.state = 'paid' then baskets.worth end)"),
    ("numeric", "total_worth / total_baskets", "ratio(total_worth, total_baskets)"),
    ("numeric", "sum(worth) / nullif(count(basket_id), 0)",
     "ratio(sum(baskets.worth), count(baskets.basket_id), null)"),
    ("numeric", "total_worth / 12", "total_worth / 12.0"),
    ("int", "total_worth / 12", "total_worth / 12"),
    ("numeric", "avg(worth / pieces)", "avg(ratio(baskets.worth, baskets.pieces, null))"),
    ("text", "upper(country)", "upper(buyers.country)"),
    ("boolean", "total_baskets ≥ 2", "total_baskets >= 2"),
)  # fmt: skip

ENGLISH = (
    ("numeric", "sum of worth", WORTH),
    ("numeric", "total worth of all baskets", WORTH),
    ("numeric", "sum of basket worth per buyer", WORTH),
    ("numeric", "worth total", WORTH),
    ("numeric", "total worth of paid baskets", f"{WORTH} filter (where baskets.state = 'paid')"),
    ("numeric", "sum of worth where shop = north or shop = south",
     f"{WORTH} filter (where baskets.shop = 'north' or baskets.shop = 'south')"),
    ("numeric", "sum of worth, only state in (paid, open)",
     f"{WORTH} filter (where baskets.state in ('paid', 'open'))"),
    ("numeric", "sum of worth excluding void", f"{WORTH} filter (where baskets.state is distinct from 'void')"),
    ("numeric", "sum of worth minus rebate", "sum(baskets.worth - baskets.rebate)"),
    ("numeric", "average worth per basket", "avg(baskets.worth)"),
    ("int", "number of baskets", COUNT),
    ("int", "count of calls", "count(distinct phone_calls.call_id)"),
    ("int", "number of baskets where worth over 50 and state is not void",
     f"{COUNT} filter (where baskets.worth > 50 and baskets.state <> 'void')"),
    ("int", "number of baskets (paid only)", f"{COUNT} filter (where baskets.state = 'paid')"),
    ("int", "how many baskets there are (state='open')", f"{COUNT} filter (where baskets.state = 'open')"),
    ("numeric", "worth summed up where state = paid", f"{WORTH} filter (where baskets.state = 'paid')"),
    ("numeric", "worth times pieces, summed", "sum(baskets.worth * baskets.pieces)"),
    ("timestamp", "latest date of paid_at", "max(baskets.paid_at)"),
    ("int", "days between first and last basket", "max(baskets.paid_at)::date - min(baskets.paid_at)::date"),
    ("int", "number of present baskets", f"{COUNT} filter (where baskets.is_present)"),
    ("int", "baskets where country = PT", f"{COUNT} filter (where buyers.country = 'PT')"),
    ("int", "baskets where worth between 10 and 20", f"{COUNT} filter (where baskets.worth between 10 and 20)"),
    ("int", "baskets where shop is empty or web",
     f"{COUNT} filter (where (baskets.shop is null or baskets.shop = 'web'))"),
    ("int", "baskets where shop is web, app or empty",
     f"{COUNT} filter (where (baskets.shop is null or baskets.shop in ('web', 'app')))"),
    ("int", "baskets where shop not in (web, null)",
     f"{COUNT} filter (where baskets.shop is not null and baskets.shop <> 'web')"),
    ("int", "baskets where shop in (web, null) and state = paid",
     f"{COUNT} filter (where (baskets.shop is null or baskets.shop = 'web') and baskets.state = 'paid')"),
    ("int", "baskets where shop is empty or paid",
     f"{COUNT} filter (where baskets.shop is null or baskets.state = 'paid')"),
    ("int", "baskets where shop is NO or IT", f"{COUNT} filter (where baskets.shop in ('NO', 'IT'))"),
    ("numeric", "10% of (total_worth + total_baskets)", "0.10 * (total_worth + total_baskets)"),
    ("numeric", "10 % of ((total_worth + 2) * 3)", "0.10 * ((total_worth + 2) * 3)"),
    ("int", "baskets where paid_at is empty", f"{COUNT} filter (where baskets.paid_at is null)"),
    ("int", "count where seconds > 60", "count(distinct phone_calls.call_id) filter (where phone_calls.seconds > 60)"),
    ("int", "count where country = PT and seconds > 60",
     "count(distinct phone_calls.call_id) filter (where buyers.country = 'PT' and phone_calls.seconds > 60)"),
    ("int", "number of baskets except paid and open",
     f"{COUNT} filter (where baskets.state is distinct from 'paid' and baskets.state is distinct from 'open')"),
    ("int", "number of baskets excluding void or present",
     f"{COUNT} filter (where baskets.state is distinct from 'void' and (baskets.is_present) is not true)"),
    ("int", "distinct shops", "count(distinct baskets.shop)"),
    ("int", "number of different agents", "count(distinct phone_calls.agent_id)"),
    ("numeric", "highest worth", "max(baskets.worth)"),
    ("timestamp", "latest paid_at", "max(baskets.paid_at)"),
    ("date", "date of the first call", "min(phone_calls.called_on)"),
    ("timestamp", "last paid basket", "max(baskets.paid_at) filter (where baskets.state = 'paid')"),
    ("text", "shop of the latest basket", "last baskets.shop by paid_at"),
    ("text", "first-touch topic", "first phone_calls.topic by called_on"),
    ("numeric", "worth of the first paid basket", "first baskets.worth where state = 'paid' by paid_at"),
    ("text", "last basket's shop by worth", "last baskets.shop by worth"),
    ("int", "number of baskets in state paid", f"{COUNT} filter (where baskets.state = 'paid')"),
    ("text", "buyer.country", "buyers.country"),
    ("numeric", "total_baskets as share of total_worth", "ratio(total_baskets, total_worth)"),
    ("numeric", "total worth per basket", "ratio(total_worth, total_baskets)"),
    ("numeric", "share of paid baskets", f"ratio({COUNT} filter (where baskets.state = 'paid'), {COUNT})"),
    ("numeric", "1 - total_baskets / total_worth", "1 - ratio(total_baskets, total_worth)"),
    ("numeric", "difference between total worth and total baskets", "total_worth - total_baskets"),
    ("numeric", "total worth times 1.5", "total_worth * 1.5"),
    ("text", "country of the buyer", "buyers.country"),
    ("boolean", "true if total baskets at least 3", "total_baskets >= 3"),
    ("text", "high ≥ 500 / mid ≥ 100 / low (by total_worth)", "tier total_worth: high 500, mid 100, else low"),
    ("text", "total worth: gold 1,000+, silver 500-1,000, bronze under 500",
     "tier total_worth: gold 1000, silver 500, else bronze"),
    ("text", "low < 100, mid < 500, high (by total worth)", "tier total_worth: high 500, mid 100, else low"),
    ("text", "total worth high ≥ 500 / mid ≥ 100 / low", "tier total_worth: high 500, mid 100, else low"),
    ("boolean", "total_worth over 100", "total_worth > 100"),
    ("text", "A if total_worth > 100, B otherwise",
     "case when total_worth > 100 then 'A' when total_worth is not null then 'B' end"),
    ("text", "A when total_worth > 100, else B",
     "case when total_worth > 100 then 'A' when total_worth is not null then 'B' end"),
    ("text", "A if total_worth > 100, B if total_worth > 50, C otherwise",
     "case when total_worth > 100 then 'A' when total_worth > 50 then 'B' when total_worth is not null then 'C' end"),
    ("text", "VIP if total_worth > 9, other otherwise",
     "case when total_worth > 9 then 'VIP' when total_worth is not null then 'other' end"),
    ("text", "gold if total_worth > 9, else none",
     "case when total_worth > 9 then 'gold' when total_worth is not null then 'none' end"),
    ("numeric", "10 % of sum of worth", "0.10 * sum(baskets.worth)"),
    ("numeric", "0.5% of total_worth", "0.005 * total_worth"),
    ("numeric", "total_worth plus 10 percent of total_baskets", "total_worth + 0.10 * total_baskets"),
    ("numeric", "sum of worth divided by 100", "sum(baskets.worth) / 100.0"),
    ("text", "if total_worth > 3 then high else low",
     "case when total_worth > 3 then 'high' when total_worth is not null then 'low' end"),
    ("text", "high, if total_worth > 3, otherwise low",
     "case when total_worth > 3 then 'high' when total_worth is not null then 'low' end"),
    ("text", "if total_worth > 9 then gold else if total_worth > 5 then silver else none",
     "case when total_worth > 9 then 'gold' when total_worth > 5 then 'silver' when total_worth is not null "
     "then 'none' end"),
    ("text", "grade A ≥ 90, grade D ≥ 60, grade E (by total_worth)",
     "tier total_worth: grade A 90, grade D 60, else grade E"),
    ("int", "baskets where paid_at until 2024-06-30", f"{COUNT} filter (where baskets.paid_at < '2024-07-01')"),
    ("int", "baskets where paid_at after 2024-06-30", f"{COUNT} filter (where baskets.paid_at >= '2024-07-01')"),
    ("int", "baskets where paid_at = 2024-06-30",
     f"{COUNT} filter (where baskets.paid_at >= '2024-06-30' and baskets.paid_at < '2024-07-01')"),
    ("int", "baskets where paid_at = 9999-12-31", f"{COUNT} filter (where baskets.paid_at = '9999-12-31')"),
    ("int", "baskets where paid_at = 2024-06-30 or worth over 5",
     f"{COUNT} filter (where baskets.paid_at >= '2024-06-30' and baskets.paid_at < '2024-07-01' "
     "or baskets.worth > 5)"),
    ("int", "baskets where paid_at before 2024-06-30", f"{COUNT} filter (where baskets.paid_at < '2024-06-30')"),
    ("int", "baskets where paid_at at least 2024-06-30", f"{COUNT} filter (where baskets.paid_at >= '2024-06-30')"),
    ("int", "baskets where paid_at is not 2024-06-30", f"{COUNT} filter (where baskets.paid_at::date <> '2024-06-30')"),
    ("int", "baskets where paid_at between 2024-01-01 and 2024-06-30",
     f"{COUNT} filter (where baskets.paid_at >= '2024-01-01' and baskets.paid_at < '2024-07-01')"),
    ("int", "baskets where paid_at in (2024-06-30, 2024-07-01)",
     f"{COUNT} filter (where baskets.paid_at::date in ('2024-06-30', '2024-07-01'))"),
    ("int", "number of calls where called_on until 2024-06-30",
     "count(distinct phone_calls.call_id) filter (where phone_calls.called_on <= '2024-06-30')"),
    ("int", "number of insured baskets", f"{COUNT} filter (where baskets.insured)"),
    ("numeric", "sum of worth of insured baskets", f"{WORTH} filter (where baskets.insured)"),
)  # fmt: skip

OTHERS = (
    ("numeric", "Summe von worth", WORTH),
    ("int", "Anzahl der baskets pro buyer", COUNT),
    ("text", "shop des letzten basket", "last baskets.shop by paid_at"),
    ("int", "baskets nur wo worth über 10,5", f"{COUNT} filter (where baskets.worth > 10.5)"),
    ("text", "hoch ab 500, mittel ab 100, sonst niedrig (nach total_worth)",
     "tier total_worth: hoch 500, mittel 100, else niedrig"),
    ("numeric", "suma de worth", WORTH),
    ("int", "número de baskets donde state = paid", f"{COUNT} filter (where baskets.state = 'paid')"),
    ("int", "shops distintos", "count(distinct baskets.shop)"),
    ("numeric", "promedio de worth", "avg(baskets.worth)"),
    ("numeric", "somme des worth", WORTH),
    ("int", "nombre de baskets par buyer", COUNT),
    ("text", "shop du dernier basket", "last baskets.shop by paid_at"),
    ("numeric", "worth moyen", "avg(baskets.worth)"),
    ("numeric", "soma do worth apenas state = open", f"{WORTH} filter (where baskets.state = 'open')"),
    ("int", "quantidade de baskets", COUNT),
    ("numeric", "total_worth dividido por total_baskets", "ratio(total_worth, total_baskets)"),
    ("numeric", "worth moyen par basket", "avg(baskets.worth)"),
    ("numeric", "worth promedio por basket", "avg(baskets.worth)"),
    ("numeric", "worth médio por basket", "avg(baskets.worth)"),
    ("numeric", "worth maximum par basket", "max(baskets.worth)"),
    ("numeric", "21 % de total_worth", "0.21 * total_worth"),
    ("numeric", "2% do total_worth", "0.02 * total_worth"),
    ("numeric", "10 Prozent von total_worth", "0.10 * total_worth"),
    ("numeric", "Summe von worth geteilt durch 100", "sum(baskets.worth) / 100.0"),
    ("text", "hoch wenn total_worth > 3, sonst niedrig",
     "case when total_worth > 3 then 'hoch' when total_worth is not null then 'niedrig' end"),
    ("text", "hoch, falls total_worth > 3, sonst niedrig",
     "case when total_worth > 3 then 'hoch' when total_worth is not null then 'niedrig' end"),
    ("text", "wenn total_worth > 3, dann hoch, sonst niedrig",
     "case when total_worth > 3 then 'hoch' when total_worth is not null then 'niedrig' end"),
    ("text", "alta si total_worth > 3, de lo contrario baja",
     "case when total_worth > 3 then 'alta' when total_worth is not null then 'baja' end"),
    ("text", "alta cuando total_worth > 3, en otro caso baja",
     "case when total_worth > 3 then 'alta' when total_worth is not null then 'baja' end"),
    ("text", "si total_worth > 3 entonces alta si no baja",
     "case when total_worth > 3 then 'alta' when total_worth is not null then 'baja' end"),
    ("text", "A si total_worth > 3, B en otro caso",
     "case when total_worth > 3 then 'A' when total_worth is not null then 'B' end"),
    ("text", "A si total_worth > 3, Y sinon",
     "case when total_worth > 3 then 'A' when total_worth is not null then 'Y' end"),
    ("text", "E si total_worth > 3, O en otro caso",
     "case when total_worth > 3 then 'E' when total_worth is not null then 'O' end"),
    ("text", "A si total_worth > 3, B sinon",
     "case when total_worth > 3 then 'A' when total_worth is not null then 'B' end"),
    ("int", "Anzahl baskets, wenn shop leer ist", f"{COUNT} filter (where baskets.shop is null)"),
    ("int", "número de baskets donde shop está vacío o es web",
     f"{COUNT} filter (where (baskets.shop is null or baskets.shop = 'web'))"),
    ("numeric", "10 % von (total_worth + total_baskets)", "0.10 * (total_worth + total_baskets)"),
    ("text", "haut si total_worth > 3, sinon bas",
     "case when total_worth > 3 then 'haut' when total_worth is not null then 'bas' end"),
    ("text", "si total_worth > 3 alors haut sinon bas",
     "case when total_worth > 3 then 'haut' when total_worth is not null then 'bas' end"),
    ("text", "alta se total_worth > 3 senão baixa",
     "case when total_worth > 3 then 'alta' when total_worth is not null then 'baixa' end"),
    ("text", "alta se total_worth > 3, caso contrário baixa",
     "case when total_worth > 3 then 'alta' when total_worth is not null then 'baixa' end"),
    ("int", "baskets wo paid_at bis 2024-06-30", f"{COUNT} filter (where baskets.paid_at < '2024-07-01')"),
    ("int", "número de baskets donde paid_at hasta 2024-06-30",
     f"{COUNT} filter (where baskets.paid_at < '2024-07-01')"),
    ("int", "número de baskets onde paid_at até 2024-06-30",
     f"{COUNT} filter (where baskets.paid_at < '2024-07-01')"),
)  # fmt: skip

# Nothing of these is guessed: a word is left over, a name is unknown, or two things can be meant.
OPEN = (
    ("int", "how many (state='open')"),
    ("int", "days between first and last shop"),
    ("timestamp", "latest date of worth"),
    ("int", "baskets of the last 30 days"),
    ("numeric", "sum of worth in EUR"),
    ("numeric", "sum of baskets"),
    ("numeric", "median of worth"),
    ("int", "baskets where shop > 60"),
    ("text", "last basket"),
    ("numeric", "average of worth and rebate"),
    ("numeric", "running total of worth"),
    ("numeric", "sum of worth by shop"),
    ("numeric", "total_worth / sum of all worth"),
    ("int", "number of baskets by state"),
    ("text", "latest state by shop"),
    ("numeric", "average worth by shop where state = paid"),
    ("numeric", "sum of basket_id"),
    ("numeric", "sum of worth where shop"),
    ("int", "row_number() over (order by worth)"),
    ("int", "baskets where state = lost"),
    ("int", "baskets where worth = 1.2.3"),
    ("int", "number of buyer_id"),
    ("text", "first name of the buyer"),
    ("text", "high ≥ 500 / high ≥ 100"),
    ("text", "A 1-5, B 7-9, C under 1 (by total_worth)"),
    ("text", "see the notes"),
    ("numeric", "sum(nothing)"),
    ("numeric", "sum of worth of baskets or calls"),
    ("int", "number of baskets except paid and worth > 5"),
    ("int", "number of baskets except paid, present only"),
    ("int", "number of baskets where not paid and open"),
    ("int", "number of baskets where state is not paid or open"),
    ("int", "baskets where paid, open"),
    ("int", "baskets where state = paid and open"),
    ("int", "number of baskets that are not paid or open"),
    ("boolean", "no baskets"),
    ("boolean", "no paid baskets"),
    ("numeric", "sum of worth over 100"),
    ("int", "number of baskets over 100"),
    ("numeric", "min worth over 50"),
    ("numeric", "total_worth over 100"),
    ("numeric", "total_worth sobre 100"),
    ("int", "baskets where shop is not empty or web"),
    ("text", "if total_worth > 3, B otherwise"),
    ("numeric", "suma de worth sobre 100"),
    ("numeric", "suma de worth a 100"),
    ("numeric", "somme de worth sur 100"),
    ("numeric", "Summe von worth zu 100"),
    ("numeric", "share of baskets over 100"),
    ("numeric", "sum of worth where pieces = 3 and 5"),
    ("numeric", "Summe von worth wo pieces = 3 und 5"),
    ("boolean", "total_worth over 10 %"),
    ("text", "hoch bei total_worth > 3, sonst niedrig"),
    ("text", "haut pour total_worth > 3, bas"),
    ("text", "senior from 100 tickets, junior"),
)


@pytest.mark.parametrize(("kind", "text", "formula"), [*SQL, *ENGLISH, *OTHERS], ids=lambda value: str(value)[:40])
def test_a_text_is_a_formula(kind: str, text: str, formula: str) -> None:
    assert read(kind, text)[0] == formula


@pytest.mark.parametrize(("kind", "text"), OPEN, ids=[text for _, text in OPEN])
def test_what_is_not_understood_is_quoted(kind: str, text: str) -> None:
    formula, comment = read(kind, text)
    assert formula == "TODO"
    assert comment.startswith("needs: ")
    assert comment.endswith(f"he diagram says: “{text}”")


def test_words_stand_beside_the_formula_and_sql_stands_alone() -> None:
    assert read("numeric", "sum of worth") == (WORTH, "“sum of worth”")
    assert read("numeric", "sum( baskets.worth )") == (WORTH, "")


def test_what_was_assumed_is_said() -> None:
    assert read("text", "latest shop")[1] == (
        "inferred: the last row is the last by `paid_at`; the diagram says: “latest shop”"
    )
    assert read("int", "paid baskets")[1].startswith("inferred: `paid` is a value of `state`")
    assert read("text", "big ≥ 5 / small")[1].startswith("inferred: `total_baskets` is cut, the column before it")


def test_several_meanings_are_choices() -> None:
    formula, comment = read("int", "number of buyers")
    assert formula == "TODO"
    assert "count(distinct baskets.buyer_id) or count(distinct phone_calls.buyer_id)" in comment


def test_words_outrank_the_name_and_the_difference_is_marked() -> None:
    found = buyer_model({"total_rebate": ("numeric", "avg(baskets.rebate)")}, ("", "", ""))
    assert shown(found, "total_rebate") == (
        "avg(baskets.rebate)",
        "inferred: as it is written; by its name it would be sum(baskets.rebate)",
    )


def test_an_aggregate_alone_is_of_what_the_name_says() -> None:
    found = buyer_model({"worth": ("numeric", "avg"), "baskets": ("int", "count")}, ("", "", ""))
    assert shown(found, "worth")[0] == "avg(baskets.worth)"
    assert shown(found, "baskets")[0] == COUNT


def test_words_that_only_name_rows_restrict_what_the_name_says() -> None:
    found = buyer_model({"basket_count": ("int", "only shop = north")}, ("", "", ""))
    assert shown(found, "basket_count")[0] == f"{COUNT} filter (where baskets.shop = 'north')"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
def test_a_vocabulary_has_all_that_can_be_said(language: object) -> None:
    """Each table says everything, in the spelling in which texts are looked up."""
    assert isinstance(language, type(LANGUAGES[0]))
    assert language.phrases.keys() == set(Says)
    words = [word for phrases in language.phrases.values() for word in phrases.replace("|", " ").split()]
    assert [word for word in words if word.isalnum() and folded(word) != word] == []
