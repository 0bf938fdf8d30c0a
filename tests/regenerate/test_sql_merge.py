"""SQL is merged by what it says: both sides' changes are taken whoever laid it out, and conflicts are of meaning."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.design.project.identities import identities
from erd2dbt.pipelines import generation
from erd2dbt.write.changes import Naming
from erd2dbt.write.merging.layout import is_laid_out_anew
from erd2dbt.write.merging.merge import merge
from erd2dbt.write.merging.newnames import NewNames
from erd2dbt.write.merging.sqlparts import read_sql
from erd2dbt.write.renames import find
from erd2dbt.write.similarity import Texts

SHOP = (Path(__file__).parent / "shop.yml").read_text(encoding="utf-8")
CHANGES = (
    ("      revenue: sum", "      biggest: max(orders.amount)\n      revenue: sum"),
    ("      orders: count(orders.order_id)\n", ""),
    ("    grain: order_id\n", "    grain: order_id\n    where: amount > 0\n"),
    ("      refunded: sum(returns.refund)\n", ""),
    ("numeric(12,2)", "numeric(18,4)"),
    ("    keep: [amount, ordered_at]\n", "    keep: [ordered_at]\n"),
    ("      country: customers.country\n", "      country: customers.country\n      buyer: customers.name\n"),
    ("orders }o--|| customers", "orders }o--o| customers"),
    ("sum(orders.amount)", "sum(orders.amount) - sum(returns.refund)"),
)


@functools.cache
def given_by(made: frozenset[int]) -> Mapping[str, str]:
    """The SQL of the shop with these changes."""
    text = SHOP
    for number in sorted(made):
        text = text.replace(*CHANGES[number])
    files = generation.generate(text.encode(), "shop.yml").files
    return {path: text for path, text in files.items() if path.startswith("models/") and path.endswith(".sql")}


def reflowed(text: str, random: Random) -> str:
    """The same SQL as another formatter may leave it: other breaks, other quotes in Jinja, words in capitals."""
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("--"))
    found = []
    for word in re.findall(r"\{\{.*?\}\}|'[^']*'|\s+|\w+|/\*own\*/|.", text.removeprefix(head)):
        if word.isspace():
            found.append(random.choice([" ", "\n", "\n    ", "\n\n"]))
        elif word.startswith("{{"):
            found.append(word.replace("'", '"'))
        else:
            found.append(word.upper() if word in ("select", "from", "as", "left", "join", "on") else word)
    return f"{head}{''.join(found).strip()}\n"


def says(text: str) -> object:
    found = read_sql(text)
    assert found is not None, text
    return found.loose


SPECS = st.frozensets(st.integers(0, len(CHANGES) - 1), max_size=3)


@settings(max_examples=25, deadline=None)
@given(SPECS, SPECS, st.randoms(use_true_random=False))
def test_what_a_formatter_rewrote_is_merged_to_what_is_generated(
    before: frozenset[int], after: frozenset[int], random: Random
) -> None:
    base, ours = given_by(before), given_by(after)
    for path in base.keys() & ours.keys():
        theirs = reflowed(base[path], random)
        assert is_laid_out_anew(path, base[path], theirs)
        merged = merge(path, base[path], theirs, ours[path])
        assert merged.conflicts == ()
        assert says(merged.text) == says(ours[path])
        assert header(merged.text) == header(ours[path])


def header(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.startswith("--")]


@settings(max_examples=25, deadline=None)
@given(SPECS, SPECS, st.randoms(use_true_random=False))
def test_a_column_and_a_comment_of_the_user_s_stay_in_it(
    before: frozenset[int], after: frozenset[int], random: Random
) -> None:
    base, ours = given_by(before), given_by(after)
    for path in base.keys() & ours.keys():
        edited = reflowed(base[path].replace("select *", "select *, 1 as mine /*own*/", 1), random)
        assert not is_laid_out_anew(path, base[path], edited)
        merged = merge(path, base[path], edited.replace("/*own*/", "-- own 'comment'\n"), ours[path])
        assert merged.conflicts == ()
        assert "-- own 'comment'" in merged.text
        assert says(merged.text) == says(ours[path].replace("select *", "select *, 1 as mine", 1))


BASE = """\
-- One row per customer.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

final as (

    select
        customer_id,
        count(order_id) as orders,
        sum(amount) as revenue

    from orders

    where amount > 0

    group by 1

)

select * from final
"""


def changed(*pairs: tuple[str, str], text: str = BASE) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


MINE = ("        sum(amount) as revenue\n", "        sum(amount) as revenue,\n        max(amount) as mine  -- note\n")
MERGED = {
    "a column before the key, and a number of the group": (
        (MINE,),
        (("        customer_id,", "        day,\n        customer_id,"), ("group by 1", "group by 1, 2")),
        (MINE, ("        customer_id,", "        day,\n        customer_id,"), ("group by 1", "group by 1, 2")),
    ),
    "columns of both sides at one place": (
        (MINE,),
        (("as revenue\n", "as revenue,\n        min(amount) as least\n"),),
        (MINE, ("max(amount) as mine  -- note\n", "max(amount) as mine,  -- note\n        min(amount) as least\n")),
    ),
    "a column that goes below one that came": (
        (("        count(order_id) as orders,\n", "        count(order_id) as orders,\n        1 as mine,\n"),),
        (("        count(order_id) as orders,\n", ""),),
        (("        count(order_id) as orders,\n", "        1 as mine,\n"),),
    ),
    "conditions of both": (
        (("where amount > 0", "where amount > 0\n        and customer_id <> 7"),),
        (("where amount > 0", "where amount > 0\n        and order_id > 0"),),
        (("where amount > 0", "where amount > 0\n        and order_id > 0\n        and customer_id <> 7"),),
    ),
    "a join of the user's": (
        (("    from orders\n", "    from orders\n\n    inner join other using (order_id)\n"),),
        (("    from orders\n", "    from orders\n\n    left join returns\n        on a = b\n"),),
        (("    from orders\n", "    from orders\n    left join returns on a = b\n    join other using (order_id)\n"),),
    ),
    "a table expression more on either side": (
        (("final as (", "mine as (select 1 as a),\n\nfinal as ("),),
        (("final as (", "returns as (\n\n    select 2 as b\n\n),\n\nfinal as ("),),
        (("final as (", "mine as (select 1 as a),\n\nreturns as (\n\n    select 2 as b\n\n),\n\nfinal as ("),),
    ),
    "a filter that is gone, and one of the user's in it": (
        (("where amount > 0", "where amount > 0 and customer_id > 7"),),
        (("    where amount > 0\n\n", ""),),
        (("where amount > 0", "where customer_id > 7"),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MERGED)
def test_both_changes_are_taken(name: str) -> None:
    theirs, ours, expected = (changed(*pairs) for pairs in MERGED[name])
    merged = merge("a.sql", BASE, theirs, ours)
    assert merged.conflicts == ()
    assert says(merged.text) == says(expected)
    assert ("-- note" in merged.text) == ("-- note" in theirs)
    again = merge("a.sql", ours, merged.text, ours)
    assert (again.text, again.conflicts) == (merged.text, ())


CONFLICTS = {
    "one column": (("sum(amount)", "max(amount)"), ("sum(amount)", "avg(amount)"), "column `revenue` of `final`"),
    "a column that is gone": (
        ("count(order_id)", "count(distinct order_id)"),
        ("        count(order_id) as orders,\n", ""),
        "column `orders` of `final`",
    ),
    "one condition": (("amount > 0", "amount > 1"), ("amount > 0", "amount > 2"), "`where` of `final`"),
}


@pytest.mark.parametrize("name", CONFLICTS)
@pytest.mark.parametrize("is_reflowed", [False, True])
def test_what_both_changed_is_a_conflict_and_each_decision_is_whole_sql(name: str, *, is_reflowed: bool) -> None:
    mine, generated, where = CONFLICTS[name]
    theirs, ours = changed(mine), changed(generated)
    if is_reflowed:
        theirs = reflowed(theirs, Random(1))
    merged = {prefer: merge("a.sql", BASE, theirs, ours, prefer=prefer) for prefer in (None, "yours", "generated")}
    assert [conflict.where for conflict in merged[None].conflicts] == [where]
    assert says(merged["yours"].text) == says(theirs)
    assert says(merged["generated"].text) == says(ours)
    assert merged[None].text.count("<<<<<<< yours\n") == 1


def test_columns_of_a_union_are_known_by_their_places() -> None:
    union = "select\n    a,\n    b\nfrom x\n\nunion distinct\n\nselect\n    c,\n    d\nfrom y\n"
    swapped = union.replace("    a,\n    b\n", "    b,\n    a\n")
    more = union.replace("    b\n", "    b,\n    e\n").replace("    d\n", "    d,\n    f\n")
    assert merge("a.sql", union, union + "-- mine\n", more).conflicts == ()
    assert [one.where for one in merge("a.sql", union, swapped, more).conflicts] == ["`select`"]


def test_a_name_that_the_user_gave_to_a_column_stays_when_an_entity_of_that_name_is_renamed() -> None:
    before = generation.generate(SHOP.encode(), "shop.yml")
    renamed = re.sub(r"\bcustomers\b", "clients", SHOP)
    renamed = renamed.replace("  clients:\n", "  clients:\n    table: customers\n    renamed_from: customers\n", 1)
    now = generation.generate(renamed.encode(), "shop.yml")
    path = "models/marts/customer_value.sql"
    names = find(
        Naming(now=identities(now.erd, now.project.sql_paths)),
        identities(before.erd, before.project.sql_paths),
        dict.fromkeys(before.files, ("0" * 64,)),
        Texts(before={}, now={path: text.encode() for path, text in now.files.items()}),
    ).names
    mine = "customers.customer_id,\n        count(*) over (partition by customers.country) as customers,"
    edited = before.files[path].replace("customers.customer_id,", mine, 1)
    for theirs in (edited, reflowed(edited, Random(3))):
        merged = merge(path, before.files[path], theirs, now.files[path], names=names)
        assert merged.conflicts == ()
        expected = now.files[path].replace("clients.customer_id,", mine.replace("customers.c", "clients.c"), 1)
        assert says(merged.text) == says(expected)


ODD = (
    "select a from b where c between 1 and 2 and d = 3",
    "select case when a and b then 1 end as c, x::double precision, 'a,b' as d from t",
    "select extract(year from d) as y, a is distinct from b as e from t limit 5 offset 2",
    "with recursive t as (select 1 as a union all select a + 1 from t where a < 9) select * from t order by 1 desc",
    'select "From", "select" from {{ ref("a") }} as t inner join u on t.id != u.id -- end',
    "{{ config(materialized='view') }} select $$ ' -- $$ as a, e'it\\'s' as b from t",
)


@pytest.mark.parametrize("text", ODD)
def test_sql_is_read_whoever_laid_it_out(text: str) -> None:
    found = read_sql(text)
    assert found is not None
    again = read_sql(re.sub(r"(?<=[\w\"}]) (?=\w)", "\n  ", text))
    assert again is not None
    assert again.shape == found.shape


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select",
        "select 1;",
        "{% if a %} select 1 {% endif %}",
        "select 'a",
        "select (1",
        "select 1 group by 2",
        "a",
    ],
)
def test_what_is_no_such_sql_is_merged_by_lines(text: str) -> None:
    assert read_sql(text) is None
    assert merge("a.sql", BASE, text, BASE).text == text


WHERE = "select\n    a\n\nfrom t\n\nwhere\n    a > 1\n    and b > 2\n"


@pytest.mark.parametrize("mine", ["    a > 1 or a is null\n", "    case when a > 1 then b else c end or d\n"])
def test_a_condition_is_never_put_behind_an_or_of_the_user_s(mine: str) -> None:
    theirs, ours = WHERE.replace("    a > 1\n", mine), WHERE + "    and c > 3\n"
    assert merge("a.sql", WHERE, theirs, ours).conflicts
    assert says(merge("a.sql", WHERE, theirs, ours, prefer="generated").text) == says(ours)
    in_brackets = WHERE.replace("    a > 1\n", "    (a > 1 or a is null)\n")
    assert says(merge("a.sql", WHERE, in_brackets, ours).text) == says(in_brackets + "    and c > 3\n")


OLD = "with x as (select id, sum(b) as paid from t group by 1)\n\nselect\n    x.id,\n    x.paid\n\nfrom x\n"
PAID = NewNames(words=(("paid", "earned"),), columns={"x": {"paid": "earned"}})


@pytest.mark.parametrize(
    "mine", [("x.paid\n", "x.paid,\n    7 as earned\n"), ("with x", "with y as (select 1 as earned, 2 as paid), x")]
)
def test_a_new_name_that_the_user_has_given_to_something_else_is_a_conflict(mine: tuple[str, str]) -> None:
    theirs, ours = OLD.replace(*mine), OLD.replace("paid", "earned")
    (conflict,) = merge("a.sql", OLD, theirs, ours, names=PAID).conflicts
    assert conflict.where == "two things called `earned`"
    assert merge("a.sql", OLD, theirs, ours, names=PAID, prefer="yours").text == theirs
    assert merge("a.sql", OLD, theirs, ours, names=PAID, prefer="generated").text == ours


@pytest.mark.parametrize("said", ["'{{ var('paid') }}'", '{{ var("paid") }}', 'a."paid twice"'])
def test_words_in_jinja_and_within_a_quoted_name_are_not_renamed(said: str) -> None:
    mine = OLD.replace("x.paid\n", f"x.paid,\n    {said} as mine\n")
    assert f"    {said} as mine\n" in merge("a.sql", OLD, mine, OLD.replace("paid", "earned"), names=PAID).text


def test_a_common_table_expression_that_the_user_reads_does_not_go() -> None:
    before = "with x as (select 1 as a), y as (select 2 as b) select x.a, y.b from x cross join y\n"
    ours = "with x as (select 1 as a) select x.a from x\n"
    for mine in ("(select max(b) from y)", "(SELECT 1 FROM x JOIN y ON true)"):
        theirs = before.replace("x.a,", f"x.a, {mine} as mine,")
        assert merge("a.sql", before, theirs, ours).conflicts
        assert merge("a.sql", before, theirs, ours, prefer="yours").text == theirs
    assert merge("a.sql", before, before.replace("x.a,", "x.a, 3 as y,"), ours).conflicts == ()


@pytest.mark.parametrize("mine", ["  - {name: earned}\n", "  - description: mine\n    name: earned\n"])
def test_a_new_name_of_an_entry_that_the_user_has_put_in_is_a_conflict(mine: str) -> None:
    before = "models:\n- name: x\n  columns:\n  - name: id\n  - name: paid\n"
    ours = before.replace("paid", "earned")
    assert [one.where for one in merge("a.yml", before, before + mine, ours, names=PAID).conflicts] == [
        "two things called `earned`"
    ]
    other = mine.replace("earned", "others")
    assert merge("a.yml", before, before + other, ours, names=PAID).text == ours + other
