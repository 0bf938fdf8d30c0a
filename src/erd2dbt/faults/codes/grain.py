"""Codes of the grain: that a model has exactly the rows it declares (E101 to E206, E403, W4xx)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

GRAIN = (
    doc(
        "E101",
        "The declared grain does not follow",
        """A model promises one row for each value of its grain, and the promise is proved before anything is
        generated. Here it does not follow from the keys, the links and the steps of the model: two rows with
        the same grain are possible. The fault names the first step that allows it. Use the key of the rows
        source as the grain, or claim what makes the grain unique (`unique:`, `determines:`), which becomes a
        test. This cannot be accepted: a wrong grain multiplies every sum that is built on it.""",
        """
        models:
          order_lines:
            grain: product_id
            sql: select * from {{ ref('stg_order_items') }}
        """,
        """
        models:
          order_lines:
            grain: item_id
            sql: select * from {{ ref('stg_order_items') }}
        """,
    ),
    doc(
        "W102",
        "The grain is wider than needed",
        """Some columns of the declared grain are already unique without the others. The model is right, but
        its grain says less than is known, and whoever reads it will expect several rows where there is one.
        Declare the smaller grain and keep the other column with `keep:`.""",
        """
        models:
          order_totals:
            grain: [order_id, customer_id]
            rows: orders
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            keep: [customer_id]
        """,
    ),
    doc(
        "E103",
        "A grain column may be NULL",
        """A row whose grain is NULL cannot be joined: equality never matches NULL, so links and tests ignore
        it. All rows without a value would also fall into one group that means nothing. A column may be NULL
        where it says `not_null: false`, or where a link is drawn zero-or-one (`o|`) from it. In SQL of your
        own, `rollup`, `cube` and `grouping sets` make it NULL, too. Exclude these rows with `where: column is
        not null`, or give them a value of their own, such as `coalesce(channel, 'unknown')`, in the entity or
        in the SQL.""",
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, channel: {type: text, not_null: false}}
        models:
          channels:
            grain: channel
            rows: orders
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, channel: {type: text, not_null: false}}
        models:
          channels:
            grain: channel
            rows: orders
            where: orders.channel is not null
        """,
    ),
    doc(
        "E201",
        "The grain cannot be found in an input",
        """Every input of a model must have the columns of the model's grain. They are found along a chain of
        links, by `match:`, or by a column of the same name that is not a key of another entity. This input has
        none of the three, so its rows cannot be assigned to rows of the model. Draw the missing link when the
        two belong together in the diagram. Otherwise name the column with `match:`.""",
        """
        models:
          monthly:
            grain: month
            rows: calendar
            columns: {orders: count(orders.order_id)}
        """,
        """
        models:
          monthly:
            grain: month
            rows: calendar
            match: {orders: {month: ordered_in}}
            columns: {orders: count(orders.order_id)}
        """,
    ),
    doc(
        "E202",
        "Many values where one is required",
        """For one row of the model, the path leads to several rows, so the column could have several values. A
        plain join would repeat the model's row for each of them and multiply every sum: this is a fan-out, and
        it is always refused. Say how several values become one: pick a row (`first:` with `order:`), aggregate
        (`sum`, `max`, `count`), claim that all values agree (`determines:`, which is tested), or make the grain
        finer. The fault proposes each with your own names. It cannot be accepted. In SQL it is a subquery that
        stands for one value and may return several rows.""",
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {status: orders.status}
        """,
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {status: {last: orders.status, order: [ordered_at, order_id]}}
        """,
    ),
    doc(
        "E203",
        "One aggregate reads two entities",
        """An aggregate runs over the rows of one input. This one mixes two inputs, and both can have several
        rows for each row of the model. Each row of one would be joined with each row of the other, and the
        result would count pairs that do not exist. Aggregate each input in a column of its own and combine the
        columns. When each row of one matches one row of the other, compute the product in the finer entity and
        aggregate that.""",
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {total: sum(orders.amount * visits.weight)}
        """,
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {amount: sum(orders.amount), weight: sum(visits.weight), total: amount * weight}
        """,
    ),
    doc(
        "I204",
        "The order of a pick has ties",
        """`first` and `last` take one row, and two rows can be equal in the given order. Which of them is taken
        would then be random and could change from run to run. The key of the input is appended to the order, so
        the result is always the same. Write the order out when another row should be taken. In
        hand-written SQL, add the key yourself.""",
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {status: {last: orders.status, order: ordered_at}}
        """,
        """
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {status: {last: orders.status, order: [ordered_at, order_id]}}
        """,
        acceptable=True,
    ),
    doc(
        "E205",
        "More than one way leads there",
        """Several chains of links lead from the model to this input, and they mean different things. The date of
        the order is not the date of the shipment. The country of the customer is not that of the store. No
        chain is chosen for you, but a direct link between the two wins over longer chains. Nor is one of two
        entities chosen that connect the input with the rows: castings and bookings both connect shows with people.
        Say which is meant by `via:` with a role or with an entity on the way, by the role in the path
        (`orders.shipped.week`), or by `match:` with the column.""",
        """
        links:
          orders }o--|| customers: {buyer: customer_id, payer: paid_by = customer_id}
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {total: sum(orders.amount)}
        """,
        """
        links:
          orders }o--|| customers: {buyer: customer_id, payer: paid_by = customer_id}
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {total: {is: sum(orders.amount), via: buyer}}
        """,
    ),
    doc(
        "E206",
        "Linked columns of different kinds",
        """The two columns of a link, or of the same name, are compared for equality, but their types do not compare as
        keys. PostgreSQL has no `=` for a text and a number. A bigint and a double precision are compared as
        floats, where two different keys can be equal to one value. Whether a timestamp with a time zone equals
        one without depends on the session. `int` and `bigint`, `int` and `numeric`, `varchar` and `text` are
        compatible. A union (`rows: [a, b]`) that begins with `character` cuts trailing blanks of texts, so two values
        become one. Give both one type: `cast: true` casts the raw column in staging. Where every cast
        could make different values equal, as between bigint and double precision, the data has to come with one
        type.""",
        """
        entities:
          customers:
            key: customer_id
            columns: {customer_id: bigint}
          orders:
            key: order_id
            columns: {order_id: bigint, customer_id: text}
        links:
          orders }o--|| customers: customer_id
        """,
        """
        entities:
          customers:
            key: customer_id
            columns: {customer_id: bigint}
          orders:
            key: order_id
            columns: {order_id: bigint, customer_id: {type: bigint, cast: true}}
        links:
          orders }o--|| customers: customer_id
        """,
    ),
    doc(
        "W206",
        "A date is linked to a timestamp",
        """A date is equal to a timestamp at midnight and to no other. Where the timestamps have a time of day
        these rows match nothing, without an error. Cast the timestamp to a date, or accept the warning with a
        reason where all of them are at midnight.""",
        """
        entities:
          days:
            key: day
            columns: {day: date}
          visits:
            key: visit_id
            columns: {visit_id: bigint, seen_on: timestamp}
        links:
          visits }o--|| days: seen_on = day
        """,
        """
        entities:
          days:
            key: day
            columns: {day: date}
          visits:
            key: visit_id
            columns: {visit_id: bigint, seen_on: {type: date, cast: true}}
        links:
          visits }o--|| days: seen_on = day
        """,
        acceptable=True,
    ),
    doc(
        "W401",
        "A link references part of a composite key",
        """The link is drawn many-to-one, but its columns are only a part of the key at that end, so one row matches
        many. It is treated as one-to-many, which is safe. Match the whole key if one row is meant, or draw the cap
        as many. Or add the missing entity: there is often a table for the part alone, such as campaigns for
        their daily figures.""",
        """
        entities:
          prices:
            key: [product_id, country]
            columns: {product_id: bigint, country: text, price: int}
          order_items:
            key: item_id
            columns: {item_id: bigint, product_id: bigint, country: text}
        links:
          order_items }o--|| prices: product_id
        """,
        """
        entities:
          prices:
            key: [product_id, country]
            columns: {product_id: bigint, country: text, price: int}
          order_items:
            key: item_id
            columns: {item_id: bigint, product_id: bigint, country: text}
        links:
          order_items }o--|| prices: [product_id, country]
        """,
    ),
    doc(
        "W402",
        "Rows of an input may be excluded",
        """The rows of the model come from `rows:`, and an input may have grain values that are not among them,
        or rows where the grain is NULL. Such rows are not counted, so the sum over the model can be less than
        the sum over the input. There is no warning where each foreign key on the chain of links is never NULL and
        each link promises a partner (`||`). Take the values of both (`rows: [a, b]`), or draw the link that says
        that every value is there, which becomes a test. In SQL it is `not in (select …)` of a column with a NULL,
        or of an aggregate of no rows, which excludes all rows. A comparison with `null`, such as `status = null`,
        is true for no row. Accept it when
        exactly these rows are wanted.
        A link from an entity to itself cannot promise that: the topmost rows have no partner. They belong to no row
        of the model, and another model can aggregate them.""",
        """
        models:
          channels:
            grain: channel
            rows: campaigns
            columns: {orders: count(orders.order_id)}
        """,
        """
        models:
          channels:
            grain: channel
            rows: [campaigns, orders]
            columns: {orders: count(orders.order_id)}
        """,
        acceptable=True,
    ),
    doc(
        "W406",
        "An input is joined by the name of a column only",
        """No chain of links leads from the input to the grain, but both have a column of the same name and of types
        that compare as a key. The input is joined on it, and that is a guess: a `status` of orders is not a
        `status` of tickets. Draw the link if there is one, or confirm the columns by `match:`. A key with the
        same name as the key of another entity, such as `id`, is never used for this. In hand-written SQL it is a join
        on columns of the same name that no chain of links connects. Dates are reported for `natural join` only.
        A comparison of columns of two different links, or of a part of a link, is reported as well.""",
        """
        entities:
          logins: {key: login_id, columns: {login_id: bigint, user_id: text}}
          orders: {key: order_id, columns: {order_id: bigint, user_id: text, amount: int}}
        models:
          users:
            grain: user_id
            rows: logins
            columns: {total: sum(orders.amount)}
        """,
        """
        entities:
          logins: {key: login_id, columns: {login_id: bigint, user_id: text}}
          orders: {key: order_id, columns: {order_id: bigint, user_id: text, amount: int}}
        models:
          users:
            grain: user_id
            rows: logins
            match: {orders: {user_id: user_id}}
            columns: {total: sum(orders.amount)}
        """,
        acceptable=True,
    ),
    doc(
        "E403",
        "The diagram contradicts itself",
        """Two statements of the diagram contradict each other. A cap may say one row while the columns at that
        end are not unique. A link may be many-to-many without an entity between the two. A key column may be
        declared as nullable. Claim what is missing (`unique: true`), change the cap, or draw the bridge: an
        entity whose key is both foreign keys.""",
        """
        links:
          products }o--o{ orders: product_id
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint}
          products:
            key: product_id
            columns: {product_id: bigint}
          order_products:
            key: [order_id, product_id]
            columns: {order_id: bigint, product_id: bigint}
        links:
          order_products }o--|| orders: order_id
          order_products }o--|| products: product_id
        """,
    ),
    doc(
        "W404",
        "A cap is stricter than what was derived",
        """The cap of a link promises more than follows from the rest of the diagram, for example that each
        customer has at least one order while the orders are filtered. The derived cardinality is used. Draw the
        weaker cap, or remove whatever contradicts the stronger one.""",
        """
        links:
          orders }|--|| customers: customer_id
        """,
        """
        links:
          orders }o--|| customers: customer_id
        """,
    ),
    doc(
        "W407",
        "A part of the diagram is still open",
        """A key, the columns of a link or all columns of an entity are `TODO`. The rest of the project does not
        need them, so it is generated without them. An entity whose key is open gets only its staging model. A
        link that is open, or that refers to such an entity, is ignored. Neither makes a claim or a test.
        Replace the `TODO` by the answer; `erd2dbt import --infer-keys` proposes keys and links. A model that
        needs an open part is refused (E057).""",
        """
        entities:
          orders: {key: order_id, columns: {order_id: int, amount: int}}
          order_log: {key: TODO, columns: {order_id: int, note: text}}
        """,
        """
        entities:
          orders: {key: order_id, columns: {order_id: int, amount: int}}
          order_log: {key: [order_id, note], columns: {order_id: int, note: text}}
        """,
    ),
)
