"""Codes of names that lead nowhere and of circles (E030 to I038)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

RESOLVING = (
    doc(
        "E030",
        "Unknown entity or model",
        """A link, a `rows:` or a path such as `orders.amount` names something that is neither an entity nor a
        model of this spec. Or an item below `miro:` names an entity, a model or a link that does not exist.
        Names are compared letter by letter, upper and lower case included. The fault proposes the closest name.
        A table that is not in the diagram yet becomes usable by adding it to `entities:`. Links join entities
        only: a dbt model that exists is an entity with `existing:`.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: order
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
        """,
    ),
    doc(
        "E031",
        "Unknown column",
        """The entity or model exists, but it has no column of this name. A name without an entity in front of
        it means a grain column, a kept column or another column of the same model. Write any other column of
        the rows source with its entity in front. In the `sql:` of a model the fault is also reported for a name
        that several tables of the query have. The fault proposes the closest name.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {total: sum(order_items.prise)}
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
        "E032",
        "Unknown role",
        """A role names one of several links between the same two entities. For example, an order has the date when
        it was placed and the date when it was shipped. `via:` or the middle word of a path such as
        `orders.shipped.week` names a role that no link has. Roles are written as the value of a link.""",
        """
        links:
          orders }o--|| customers: {buyer: customer_id, payer: paid_by = customer_id}
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {name: {is: customers.name, via: seller}}
        """,
        """
        links:
          orders }o--|| customers: {buyer: customer_id, payer: paid_by = customer_id}
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {name: {is: customers.name, via: buyer}}
        """,
    ),
    doc(
        "E033",
        "A key column is not among the columns",
        """`key:` lists the columns whose values together identify one row, and each of them must be a column
        of the same entity. A key that is computed is possible: give it a name among the columns first. A
        misspelt name is the usual cause, and the fault proposes the closest one.""",
        """
        entities:
          orders:
            key: id
            columns: {order_id: bigint}
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint}
        """,
    ),
    doc(
        "E034",
        "Models read each other in a circle",
        """A model that reads itself, directly or through others, can never be built: each would have to be
        built before the other. The fault lists the models of the circle in order. Usually two of them share a
        few columns; move these into a third model which both can read.""",
        """
        models:
          a: {grain: order_id, rows: orders, columns: {x: max(b.y)}}
          b: {grain: order_id, rows: orders, columns: {y: max(a.x)}}
        """,
        """
        models:
          a: {grain: order_id, rows: orders, columns: {x: max(order_items.price)}}
          b: {grain: order_id, rows: orders, columns: {y: max(a.x)}}
        """,
    ),
    doc(
        "E035",
        "Columns depend on each other in a circle",
        """Columns of one model, and computed columns of one entity, may use each other in any order, since
        the tool sorts them. A circle cannot be sorted: each column would have to be known before the other.
        The fault lists the columns of the circle. One of them must be computed from the diagram itself.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {net: gross - tax, tax: gross - net, gross: sum(order_items.price)}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns: {net: gross - tax, tax: sum(order_items.tax), gross: sum(order_items.price)}
        """,
    ),
    doc(
        "E036",
        "A link that cannot be read",
        """A link is a line of Mermaid's erDiagram: the left entity, its cap, `--` or `..`, the right cap, the
        right entity. A cap is the cardinality of its end, which is how many rows there match one row of the
        other end: `||` exactly one, `|o` or `o|` zero or one, `}o` or `o{` zero or many, `}|` or `|{` one or
        many. Braces open away from the line. The value names the columns that the link joins on. Write one name
        when both ends have it, else `left = right`. Write a list for several columns, and a mapping of roles
        for several links. A link of an entity with itself needs a role, because `employees.name` could be the
        name of either row.""",
        """
        links:
          orders o}--|| customers: customer_id
        """,
        """
        links:
          orders }o--|| customers: customer_id
        """,
    ),
    doc(
        "E037",
        "The columns of a link do not exist or do not pair up",
        """The columns on the left of `=` belong to the left entity, those on the right to the right one, and
        one name alone must exist on both sides. A column is missing on one side here. The sides are easily
        swapped when the link is turned around. A composite key is joined column by column: `[country, region =
        region_code]`.""",
        """
        links:
          orders }o--|| customers: buyer = id
        """,
        """
        links:
          orders }o--|| customers: customer_id
        """,
    ),
    doc(
        "I038",
        "A link that no model uses",
        """The diagram has a link that no model needs. That is not an error: a diagram may show more than one
        project uses. The claims of the link are tested anyway. It is reported because a model that should use
        the link may join along another link. No action is required.""",
        """
        links:
          orders }o--|| customers: customer_id
        models: {}
        """,
        """
        links:
          orders }o--|| customers: customer_id
        models:
          customer_totals:
            grain: customer_id
            rows: customers
            columns: {orders: count(orders.order_id)}
        """,
    ),
    doc(
        "E039",
        "A selection that selects nothing",
        """`--only` and `--exclude` choose entities: by name, by a glob such as `order*`, by `tag:sales`,
        `group:sales` or `source:raw`, which is the source's name or its schema. A pattern that fits no entity
        is most likely misspelt, and a selection that leaves no entity makes no project. Quote globs, or your
        shell takes them for files. Models are not selected by name: a model stays if all its entities are
        selected.""",
        """
        erd2dbt generate shop.yml --only 'ordes*'
        """,
        """
        erd2dbt generate shop.yml --only 'order*' --exclude order_archive
        """,
    ),
)
