"""Codes of values: that none is counted twice, lost its meaning or is any of several (W207, E3xx, W3xx, W501)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

ADDITIVITY = (
    doc(
        "W207",
        "SQL gives a value that nothing decides",
        """An expression of hand-written SQL reads one of several rows, and nothing says which. It is a list
        in no order or its first element, `any_value`, `first_value`, a row number, a total of the rows
        before, `distinct on`, `limit` or `offset` without `order by`. The database may take another row in
        the next run. Add an order that ends with the key of the rows. With an order in which rows can tie it
        is I204. A sample and a call such as `random()` give another value at each run, whatever the order.
        Accept it if the rows have the same value.""",
        """
        models:
          order_products:
            grain: order_id
            sql: |
              select order_id, (array_agg(product_id))[1] as first_product
              from {{ ref('stg_order_items') }} group by order_id
        """,
        """
        models:
          order_products:
            grain: order_id
            sql: |
              select order_id, (array_agg(product_id order by item_id))[1] as first_product
              from {{ ref('stg_order_items') }} group by order_id
        """,
        acceptable=True,
    ),
    doc(
        "E301",
        "A sum of distinct counts",
        """Distinct counts cannot be summed: a user who came on two days is one user, and the sum over the days
        says two. The sum is only right where no value can fall into two of the rows, and that does not follow
        here. Count from the entity itself, `count(distinct sessions.user_id)`: the model finds its rows by the
        links. Accept it when the sum of daily users is what is wanted, and say so in the reason.""",
        """
        models:
          daily:
            grain: date
            rows: campaign_performance
            columns: {users: sum(campaign_performance.unique_users)}
        """,
        """
        models:
          daily:
            grain: date
            rows: campaign_performance
            columns: {users: count(distinct sessions.user_id)}
        """,
        acceptable=True,
    ),
    doc(
        "E302",
        "An average of averages, or a sum of ratios",
        """The average of averages gives a group of one the same weight as a group of a thousand, and a sum
        of ratios means nothing at all. Go back to the entity and average its rows, or carry numerator and
        denominator as two sums and divide at the end with `ratio`. Accept it when the unweighted figure is
        wanted.""",
        """
        models:
          daily:
            grain: date
            rows: campaign_performance
            columns: {order_value: avg(campaign_performance.avg_order_value)}
        """,
        """
        models:
          daily:
            grain: date
            rows: campaign_performance
            columns: {order_value: avg(conversions.conversion_value)}
        """,
        acceptable=True,
    ),
    doc(
        "W303",
        "An average or a sum of a column that looks like a ratio",
        """The column's name or formula says that each of its values is a ratio already, such as a click-through
        rate per day. Its plain average weighs a day with ten impressions like one with a million, and its sum
        has no meaning. Divide the sums instead: `ratio(total_clicks, total_impressions)`. Accept it when every
        row is meant to weigh the same.""",
        """
        models:
          daily:
            grain: date
            rows: campaigns_daily
            columns: {click_rate: avg(campaigns_daily.ctr)}
        """,
        """
        models:
          daily:
            grain: date
            rows: campaigns_daily
            columns:
              clicks: sum(campaigns_daily.clicks)
              impressions: sum(campaigns_daily.impressions)
              click_rate: ratio(clicks, impressions)
        """,
        acceptable=True,
    ),
    doc(
        "E303",
        "A value is summed over more rows than it has",
        """There is one value for each key, such as the shipping cost of an order. The rows that are read
        repeat this value, such as the lines of the order. Sum, average and count then take it several times;
        min, max and `count(distinct)` are not affected. The message names the key that the value belongs to and
        what repeats it, such as a many-to-one link or an input coarser than the grain. Each term of a formula
        is checked alone, so `sum(lines.price - orders.shipping)` takes the shipping of an order once per line.
        In SQL, `sum(distinct x)` takes equal values of two rows once, and `count(*)` over an outer join counts
        rows without a match. The length of a collected list is a count, too, such as `cardinality(array_agg(id))`
        or `length(string_agg(…))`. Aggregate the value where it appears once, in a query or model of its own, and
        join the result. Accept it when each row is meant to have the whole value.""",
        """
        models:
          order_totals:
            grain: order_id
            sql: |
              select o.order_id, sum(o.amount) as amount, count(i.item_id) as items
              from {{ ref('stg_orders') }} as o
              join {{ ref('stg_order_items') }} as i on i.order_id = o.order_id
              group by o.order_id
        """,
        """
        models:
          order_totals:
            grain: order_id
            sql: |
              with items as (
                select order_id, count(*) as items from {{ ref('stg_order_items') }} group by order_id
              )
              select o.order_id, o.amount, items.items
              from {{ ref('stg_orders') }} as o
              left join items on items.order_id = o.order_id
        """,
        acceptable=True,
    ),
    doc(
        "E304",
        "Two joins in one query fan out together",
        """Two one-to-many inputs are joined in one `select`, so each row of one is joined with each row of the other:
        three orders and four visits become twelve rows. Every sum in the query is wrong, and `distinct` repairs
        only counts. Aggregate each input in a query of its own, then join the results. Accept it with a reason if the
        query undoes the repetition itself.""",
        """
        models:
          customer_totals:
            grain: customer_id
            sql: |
              select c.customer_id, sum(o.amount) as amount, count(v.visit_id) as visits
              from {{ ref('stg_customers') }} as c
              left join {{ ref('stg_orders') }} as o on o.customer_id = c.customer_id
              left join {{ ref('stg_visits') }} as v on v.customer_id = c.customer_id
              group by c.customer_id
        """,
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {amount: sum(orders.amount), visits: count(visits.visit_id)}
        """,
        acceptable=True,
    ),
    doc(
        "W305",
        "A coarser input repeats on several rows",
        """An input, or a total that hand-written SQL computes, is aggregated by only a part of the model's grain. The
        same value is repeated on every row that shares that part, such as a monthly budget on each day. Shown next
        to daily figures this may be wanted, but it must not be summed again. Match the rest of the grain if the
        input carries it. The same holds for a product such as
        `sum(lines.price * (orders.discount / 100))`, in which the discount looks
        like a rate of each line by its form or name. It is a warning where another column sums
        `orders.discount`, or `measures` of `orders` lists it, so that it is an amount. It is also one where only the
        form says so: `orders.rent / 100` may be a percentage, and may be an amount in cents. Accept it when the
        repetition is meant.""",
        """
        models:
          daily:
            grain: [campaign_id, date]
            rows: campaigns_daily
            columns: {budget: sum(budgets.amount)}
        """,
        """
        models:
          daily:
            grain: [campaign_id, date]
            rows: campaigns_daily
            match: {budgets: {campaign_id: campaign_id, date: valid_on}}
            columns: {budget: sum(budgets.amount)}
        """,
        acceptable=True,
    ),
    doc(
        "W307",
        "A default goes into a later aggregate",
        """The column has a default for rows without data, and another model aggregates it. The default then
        counts as if it had been measured: an average with zeros for days without orders is lower than the
        average of the orders. Drop the default and let the value stay NULL, which aggregates ignore, or
        aggregate the entity itself. Accept it when the default is a real value.""",
        """
        models:
          campaign_days:
            grain: [campaign_id, date]
            rows: campaigns_daily
            columns: {duration: {is: avg(sessions.duration), default: 0}}
          days:
            grain: date
            rows: campaign_days
            columns: {duration: avg(campaign_days.duration)}
        """,
        """
        models:
          campaign_days:
            grain: [campaign_id, date]
            rows: campaigns_daily
            columns: {duration: {is: avg(sessions.duration), default: 0}}
          days:
            grain: date
            rows: campaign_days
            columns: {duration: avg(sessions.duration)}
        """,
        acceptable=True,
    ),
    doc(
        "W308",
        "A side of a ratio may be NULL",
        """`ratio(a, b)` gives 0 when it cannot divide, also when `a` or `b` is NULL. This side can be NULL: it is
        a minimum, an average or a picked value of an input that may have no rows. Unknown then reads as 0. Sums
        and counts of nothing are 0 and never do this. Give the side a default, let the ratio be unknown by
        `ratio(a, b, null)`, or accept that it is 0 there.""",
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {best: max(orders.amount), share: "ratio(best, limit_amount)"}
        """,
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {best: {is: max(orders.amount), default: 0}, share: "ratio(best, limit_amount)"}
        """,
        acceptable=True,
    ),
    doc(
        "E309",
        "A stock is summed over time",
        """The column says `stock: true`: it is a level, such as a balance or the pieces on hand, measured again at
        each point in time of the entity's key. It is additive over accounts or products, but not over time. The
        last, first or largest level of a period is still a level, so month-end stocks are not additive over
        months. `stock: period_no` names the time where no column of the key is a date. Keep the time in the
        grain, take the last level of the period, or its mean. Accept it when the sum over time is wanted, such
        as unit days.""",
        """
        entities:
          balances:
            key: [account_id, day]
            columns: {account_id: bigint, day: date, balance: {type: "numeric(12,2)", stock: true}}
        models:
          accounts:
            grain: account_id
            rows: balances
            columns: {balance: sum(balances.balance)}
        """,
        """
        entities:
          balances:
            key: [account_id, day]
            columns: {account_id: bigint, day: date, balance: {type: "numeric(12,2)", stock: true}}
        models:
          accounts:
            grain: account_id
            rows: balances
            columns: {balance: {last: balances.balance, order: day}}
        """,
        acceptable=True,
    ),
    doc(
        "W309",
        "One level of a stock stands for several",
        """A pick takes one row. Of a stock, this is the level of one thing: the last balance of a customer with three
        accounts is the balance of one of them. First sum the levels of one time in a model that keeps the time in
        its grain, then pick from that. Hand-written SQL picks by `distinct on`, a row number, `limit 1` or an element
        of a list. It may return the key of the thing instead. `max(balance) - min(balance)` over several accounts and
        days subtracts levels of two of them: subtract per account, then sum. This holds through models, too. The
        highest balances of several accounts are of different days, so that their sum is not a balance. Accept it if the
        level of any one thing is meant.""",
        """
        entities:
          accounts: {key: account_id, columns: {account_id: bigint, customer_id: bigint}}
          balances:
            key: [account_id, day]
            columns: {account_id: bigint, day: date, balance: {type: "numeric(12,2)", stock: true}}
        links:
          balances }o--|| accounts: account_id
        models:
          customer_balances:
            grain: customer_id
            rows: accounts
            columns: {balance: {last: balances.balance, order: [day, account_id]}}
        """,
        """
        entities:
          accounts: {key: account_id, columns: {account_id: bigint, customer_id: bigint}}
          balances:
            key: [account_id, day]
            columns: {account_id: bigint, day: date, balance: {type: "numeric(12,2)", stock: true}}
        links:
          balances }o--|| accounts: account_id
        models:
          daily_balances:
            grain: [customer_id, day]
            rows: balances
            columns: {balance: sum(balances.balance)}
          customer_balances:
            grain: customer_id
            rows: daily_balances
            columns: {balance: {last: daily_balances.balance, order: day}}
        """,
        acceptable=True,
    ),
    doc(
        "W310",
        "A division of integers drops the fraction",
        """Both sides of the division are integers, and PostgreSQL's quotient of integers is one, too: 3 / 4 is 0.
        A share of a total is then 0 in every row, a mean of counts is cut, and `1 - pct / 100` is 1. Write
        `ratio(a, b)`, or a divisor with a decimal point, `pct / 100.0`. A constant may also divide into groups, such
        as `year / 10`. It is reported only where it converts a unit, divides a total, or where the quotient is
        multiplied or summed. To say that the whole number is meant, cast it, `(a / b)::int`, or accept this.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {units: sum(order_items.quantity)}
          product_totals:
            grain: product_id
            rows: order_items
            columns: {shipping: "sum(orders.shipping * (order_items.quantity / order_totals.units))"}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {units: sum(order_items.quantity)}
          product_totals:
            grain: product_id
            rows: order_items
            columns: {shipping: "sum(orders.shipping * ratio(order_items.quantity, order_totals.units))"}
        """,
        acceptable=True,
    ),
    doc(
        "W501",
        "Text where a number or a date is meant",
        """The column is text, but it is summed or put in order. Text is sorted letter by letter, so 10
        comes before 9 and 02.01.2025 before 31.12.2024, and PostgreSQL cannot add text at all. Cast the raw
        column once, in its entity, by `cast: true`. A number whose `values` are listed is a code, such as 1 for
        open, and codes are counted, not summed. Accept it where the alphabetical order is the right one, as for
        ISO dates, or where the listed numbers are amounts.""",
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, customer_id: bigint, order_date: text}
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, customer_id: bigint, order_date: {type: date, cast: true}}
        """,
        acceptable=True,
    ),
)
