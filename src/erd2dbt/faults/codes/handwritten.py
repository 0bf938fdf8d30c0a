"""Codes of hand-written SQL and of the text that templates make: that the grain follows from it (E60x)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

HANDWRITTEN = (
    doc(
        "E601",
        "Hand-written SQL cannot be proved",
        """A model with `sql:` must have the grain that it declares, and this text could not be read or its
        grain does not follow from it. End the query with a `group by` of the grain: the proof then needs
        nothing else. If you know that the grain is unique, write `assume:` with the reason. A test of
        uniqueness with severity error then checks the grain, and the documentation says that it is assumed.""",
        """
        models:
          spenders:
            grain: customer_id
            sql: select customer_id from {{ ref('stg_orders') }} where amount > 100
        """,
        """
        models:
          spenders:
            grain: customer_id
            sql: select customer_id from {{ ref('stg_orders') }} where amount > 100 group by customer_id
        """,
    ),
    doc(
        "E602",
        "The generated SQL breaks the proof",
        """The SQL that the templates write is read back on every run, and the grain of each model is proved
        again from the text alone. Here it does not follow: the text joins something that may match several
        rows, or it lost the `group by`, the filter or the `union distinct` that reduced several rows to one.
        The fault names the join. Nothing was written. Where `models/model.sql.jinja` is a template of yours,
        compare it with the built-in one. Where it is not, this is a fault of the tool, and the message says so.""",
        """
        left join [[ join.relation ]] on true
        """,
        """
        left join [[ join.relation ]]
            on [[ join.conditions | join(" and ") ]]
        """,
    ),
    doc(
        "E604",
        "The tool would print another expression than it planned",
        """Every expression of a generated model is parsed back after it was printed, and compared with the
        expression that was planned and proved. Here the two differ, so the model would compute something else.
        Nothing was written. This is a fault of the tool: please report it with the expression. Until then, split the
        expression over two columns, or write the model as hand-written SQL.""",
        """
        net: gross - (discount - refund)
        """,
        """
        kept_discount: discount - refund
        net: gross - kept_discount
        """,
    ),
    doc(
        "W603",
        "The SQL that a template made cannot be read back",
        """The SQL that the templates write is read back on every run, and the grain of each model is proved
        again. One of your own templates writes what cannot be analyzed, such as Jinja that only dbt can read.
        The model is written; its tests still check its grain, but the grain of the text is not proved.""",
        """
        {% if var('full') %} select * from final {% endif %}
        """,
        """
        select * from final
        """,
    ),
    doc(
        "I605",
        "A model gets no unit test",
        """The unit test of a model gives two rows to each input that can have several, and expects one row per
        grain. The rows are made up so that they pass every filter and join. A filter that only the database can
        evaluate, such as a regular expression, or a type without known values leaves no way to do so. The grain
        is proved and tested on the data anyway. A filter of comparisons, lists and IS NULL gets a unit test.""",
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            where: name ~ '^A'
            columns: {orders: count(orders.order_id)}
        """,
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            where: name like 'A%'
            columns: {orders: count(orders.order_id)}
        """,
    ),
)
