"""Codes of running: the database, the data and dbt (E701 to E714)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

RUNNING = (
    doc(
        "E701",
        "The embedded PostgreSQL cannot start",
        """Without a target, models are built in a PostgreSQL that comes with the tool and runs only as long
        as it is needed. It did not start; the message ends with its own words. The usual causes are a full
        disk, a folder that cannot be written, or a limit on shared memory in a container. Any other
        PostgreSQL can be used instead with `--target` and a dbt profile.""",
        """
        erd2dbt build shop.yml
        """,
        """
        erd2dbt build shop.yml --profiles-dir ~/.dbt --target dev
        """,
    ),
    doc(
        "E702",
        "A row does not fit its type",
        """A value in a data file cannot be stored in the type that the spec gives its column. The fault names
        the file, the line, the column and the value. Fix the row, or declare the real type. A column that
        contains `n/a` among its numbers is text. An expression can turn it into a number in staging.""",
        """
        entities:
          orders:
            key: order_id
            data: orders.csv
            columns: {order_id: bigint, amount: int}
        """,
        """
        entities:
          orders:
            key: order_id
            data: orders.csv
            columns:
              order_id: bigint
              amount_text: {type: text, from: amount}
              amount: nullif(amount_text, 'n/a')::int
        """,
    ),
    doc(
        "E703",
        "A data file is missing, or its columns differ",
        """`data:` names a file of raw rows, or a folder with a file for each table, relative to the spec's
        folder. The file does not exist, or its header does not have the raw columns that the entity lists.
        Columns are matched by name, not by position. Use `from:` where the file calls a column differently;
        more columns in the file than in the spec are allowed.""",
        """
        entities:
          orders:
            key: order_id
            data: order.csv
            columns: {order_id: bigint}
        """,
        """
        entities:
          orders:
            key: order_id
            data: data/orders.csv
            columns: {order_id: bigint}
        """,
    ),
    doc(
        "E704",
        "No connection, or no usable profile",
        """The target of the dbt profile could not be reached. The profile or its target may not exist, the
        server may not answer, or it may refuse the user. The message ends with the reason. Check `profiles.yml`
        and try `dbt debug` with the same profile. Without `--target` the embedded PostgreSQL is used, and no
        profile is needed.""",
        """
        erd2dbt build shop.yml --target prd
        """,
        """
        erd2dbt build shop.yml --target prod
        """,
    ),
    doc(
        "E705",
        "dbt found an error",
        """dbt ran and failed before or while building a model. Its message is shown, and where the failing model
        comes from the spec, the place in the spec is shown as well. Generated models are checked before they
        are written, so the cause is usually elsewhere. Look for a missing raw table, a permission, hand-written
        SQL, or a file in the project that the tool did not write.""",
        """
        entities:
          orders:
            table: order
            key: order_id
            columns: {order_id: bigint}
        """,
        """
        entities:
          orders:
            table: orders
            key: order_id
            columns: {order_id: bigint}
        """,
    ),
    doc(
        "E706",
        "A test failed",
        """Each claim of the diagram (a key, a unique, a link, a `determines`, a list of values) is a dbt test,
        and the data contradicts one of them. The fault names the test, its place in the spec, and how many rows
        its query found. Models whose proof does not cite that claim are right; those that cite it may be wrong
        until it holds. Fix the data at its source, or correct the diagram if its claim is not true.""",
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, status: {type: text, values: [open, paid]}}
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, status: {type: text, values: [open, paid, refunded]}}
        """,
    ),
    doc(
        "E707",
        "Nothing has been built yet",
        """The command reads the result of the last build, and this folder has none. Build the project first, or
        name the folder in which it was built.""",
        """
        erd2dbt psql shop
        """,
        """
        erd2dbt build shop.yml
        erd2dbt psql shop
        """,
    ),
    doc(
        "E708",
        "The engine is not installed",
        """The base install serves PostgreSQL. Every other engine needs its dbt adapter, which an extra of this tool
        installs. `generate --no-compile` needs none: it only writes the project.""",
        """
        erd2dbt build shop.yml --engine duckdb
        """,
        """
        pip install 'erd2dbt[duckdb]'
        erd2dbt build shop.yml --engine duckdb
        """,
    ),
    doc(
        "E711",
        "The data breaks a claim of the diagram",
        """A key repeats or is NULL, a `unique`, a `not_null` or a `determines` does not hold, or a link has
        rows without a partner. The fault counts the rows, names the worst of them, and lists the models whose
        proof depends on the claim; all other models are right. Fix the rows at their source, or draw what is
        true. A model that needs the claim is then refused, instead of being wrong.""",
        """
        links:
          orders |o--|| customers: customer_id
        """,
        """
        links:
          orders }o--|| customers: customer_id
        """,
    ),
    doc(
        "E712",
        "A table or a column is not in the database",
        """The diagram draws a table, or a column of it, that the schema of its source does not have. Claims
        about it cannot be tested, and are listed as untested. Names are compared as PostgreSQL compares them,
        upper and lower case are different. Give the real name with `table:` or `from:`, or the schema with
        `schema:` of the source or `--schema`.""",
        """
        entities:
          orders:
            table: order
            key: order_id
            columns: {order_id: bigint}
        """,
        """
        entities:
          orders:
            table: orders
            key: order_id
            columns: {order_id: bigint}
        """,
    ),
    doc(
        "E713",
        "Values do not match the declaration of their column",
        """A column has another type in the database than in the diagram, and some values do not fit, or a
        column has values that its `values:` do not list. The fault counts them and names the most frequent. Raw
        text in which every value fits is cast in staging with `cast: true`. Else fix the rows, or correct the
        type or the `values:` in the diagram.""",
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, ordered_on: date}
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, ordered_on: {type: date, cast: true}}
        """,
    ),
    doc(
        "E714",
        "The baseline cannot be used",
        """`--baseline` names a report that `erd2dbt verify --format json` wrote before, so that only new broken
        claims count. The file cannot be read, or it is not such a report. Make a new one and keep it in version
        control.""",
        """
        erd2dbt verify shop.yml --baseline shop.html
        """,
        """
        erd2dbt verify shop.yml --format json -o baseline.json
        erd2dbt verify shop.yml --baseline baseline.json
        """,
    ),
)
