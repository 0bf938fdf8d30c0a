"""Codes of expressions and types (E020 to E029)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

EXPRESSIONS = (
    doc(
        "E020",
        "The expression cannot be read",
        """Expressions are PostgreSQL's SQL, and this text is not: a bracket is not closed, an operator lacks a
        side, or a word is in a wrong place. The place is the first character that does not fit. Text values
        take single quotes in SQL (`'paid'`); double quotes are for names. A value that begins with a quote must
        be quoted as a whole for YAML, as in `"'paid'"`.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {total: "sum(order_items.quantity * )"}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {total: "sum(order_items.quantity * order_items.price)"}
        """,
    ),
    doc(
        "E021",
        "A construct that expressions cannot contain",
        """An expression computes one value from the columns of the diagram. Subqueries, `select`, semicolons
        and comments are refused because they could join or filter rows that the proof does not see. Window
        functions are refused because they see more than one row. Functions that change from one moment to the
        next (`random()`, `now()`) are refused because a model must be the same whenever it is built. A value of
        another entity is written as a path, and the links find the way; a query that needs all of SQL is a
        model with `sql:`.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {total: (select sum(price) from order_items)}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {total: sum(order_items.price)}
        """,
    ),
    doc(
        "E022",
        "Unknown type",
        """The short form of a column is a type of PostgreSQL (`text`, `bigint`, `numeric(12,2)`,
        `timestamptz`) or an expression. One word that is neither a built-in type nor another column of the
        entity is most likely a misspelt type, or one of another database: `string` is `text`, `datetime` is
        `timestamp`, `int(11)` is `integer`. A type that you made yourself, such as an enum, is written
        `{type: mood}`. The same code says that the type of an expression does not follow from what is known;
        then add `type:` beside `is:`.""",
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, status: string}
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, status: text}
        """,
    ),
    doc(
        "E023",
        "Ratio, tier, first or last is used wrongly",
        """`ratio(a, b)` divides safely and takes a third argument for the value when `b` is zero; it takes two
        or three arguments. `first(x order by y)` and `last(x order by y)` take the value in the first or last
        of several rows, so they need an order; the mapping with `first:` and `order:` says the same. `tier` is
        a mapping with `cut:`, not a function. None of them is allowed where only plain columns are.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {share: ratio(amount)}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {share: "ratio(orders.amount, orders.total)"}
        """,
    ),
    doc(
        "E024",
        "An aggregate in a place where none is allowed",
        """Aggregates turn the many rows of an input into one value per row of the model. An aggregate is not
        allowed inside another one, in the `where:` of a filter, or in a computed column of an entity, which
        sees one row only. To aggregate an aggregate, compute the inner one as a column of a finer model, and
        aggregate that model.""",
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {average_order: avg(sum(order_items.price))}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            keep: [customer_id]
            columns: {total: sum(order_items.price)}
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {average_order: avg(order_totals.total)}
        """,
    ),
    doc(
        "E025",
        "The expression cannot be printed as it is written",
        """Expressions are parsed, laid out and printed as PostgreSQL's SQL. Some rare forms cannot be parsed without
        changing them, for example `count(all x)`. The printed expression would not have the same words, and might
        not have the same value. Write the same value in a more usual form: `count(x)`.""",
        """
        models:
          customer_orders:
            grain: customer_id
            rows: customers
            columns: {orders: count(all orders.order_id)}
        """,
        """
        models:
          customer_orders:
            grain: customer_id
            rows: customers
            columns: {orders: count(orders.order_id)}
        """,
    ),
    doc(
        "E026",
        "The cuts of a tier have no order",
        """A tier compares a value with its cuts from the highest to the lowest, in whatever order they are written. So
        the cuts must be numbers, all of them, or dates in the form `2024-01-31`, all of them, and no two may be
        equal. They must also have the type of the value. The order of other texts depends on the database: write
        a `case` expression for them.""",
        """
        models:
          customer_tiers:
            grain: customer_id
            rows: customers
            columns:
              size: {tier: customers.revenue, cut: {high: 500, medium: 500}, else: low}
        """,
        """
        models:
          customer_tiers:
            grain: customer_id
            rows: customers
            columns:
              size: {tier: customers.revenue, cut: {high: 500, medium: 100}, else: low}
        """,
    ),
    doc(
        "E027",
        "The default does not fit the type of the column",
        """`default:` replaces NULL, so it must be a value of the column's type. Write a number for numbers, `true`
        or `false` for booleans, `2024-01-31` for dates, and quoted text for text. Where the type is inferred, a
        number with more digits makes the type wider. Where `type:` is given, the number must fit it: 0.5 as an
        integer would become 1.""",
        """
        models:
          customer_scores:
            grain: customer_id
            rows: customers
            columns:
              score: {is: max(orders.score), default: 0.5, type: int}
        """,
        """
        models:
          customer_scores:
            grain: customer_id
            rows: customers
            columns:
              score: {is: max(orders.score), default: 0.5, type: "numeric(4,1)"}
        """,
    ),
    doc(
        "E028",
        "Not measured on this engine",
        """Expressions are PostgreSQL's SQL on every engine. A function, an operator or a cast is written for another
        engine only where its value was measured to be equal to PostgreSQL's. This one was not: the engine lacks it, or
        gives another value without an error, as `to_char` and `round` of a float do. Write the expression for that
        engine beside the default one, in the words of the engine. Its grain is proved as well. Where the tool cannot
        infer the type, say it: `type: text`. Hand-written SQL is not translated. It is refused where the engine needs
        other words, and where it is not known to read the syntax, such as `x::date`: write `cast(x as date)`.""",
        """
        engine: duckdb
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {month: "to_char(orders.ordered_on, 'YYYY-MM')"}
        """,
        """
        engine: duckdb
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns:
              month:
                is:
                  default: "to_char(orders.ordered_on, 'YYYY-MM')"
                  duckdb: "strftime(orders.ordered_on, '%Y-%m')"
                type: text
        """,
    ),
    doc(
        "E029",
        "Types that do not go together",
        """PostgreSQL has no operator that compares these two types, or a condition is required here and the
        value has another type. The build would end with an error of the database. Types are those that the spec
        says; a text constant takes the type of the other side if it can be read as one. Cast one side, or
        compare with a value of its type.""",
        """
        models:
          order_sizes:
            grain: order_id
            rows: orders
            columns: {is_large: orders.amount > orders.status}
        """,
        """
        models:
          order_sizes:
            grain: order_id
            rows: orders
            columns: {is_large: orders.amount > 100}
        """,
    ),
)
