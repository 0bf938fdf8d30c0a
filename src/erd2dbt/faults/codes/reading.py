"""Codes of the grammar of a spec: its fields, the kinds of their values, its names (E008 to E016)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

READING = (
    doc(
        "E008",
        "Unknown field",
        """The mapping has a field that the spec language does not know at this place. An unknown field is never
        ignored: a misspelt `determines` or `not_null` would otherwise be lost silently. The fault names the
        field that is closest, or all fields that are allowed there. Keys of your own belong below `meta:`,
        which is passed on to dbt as it is.""",
        """
        entities:
          orders:
            key: order_id
            owner: sales
            columns: {order_id: bigint}
        """,
        """
        entities:
          orders:
            key: order_id
            meta: {owner: sales}
            columns: {order_id: bigint}
        """,
    ),
    doc(
        "E009",
        "Wrong kind of value",
        """Every field takes a value of one kind: text, a list, or a mapping of names to values. Here the value
        is of another kind, or missing. A name with a colon and nothing behind it is `null` in YAML, not an
        empty list or mapping. A list is written `[a, b]` or as lines that begin with `- `, a mapping as `{a:
        1}` or as indented lines `a: 1`. A field without a value is not written at all.""",
        """
        entities:
          orders:
            key: order_id
            columns: [order_id, amount]
        """,
        """
        entities:
          orders:
            key: order_id
            columns: {order_id: bigint, amount: int}
        """,
    ),
    doc(
        "E010",
        "A required field is missing",
        """Some fields are required. A spec needs its version, a project name, sources and entities. An entity
        needs its key and its columns. A model needs its grain and its rows. The key says what identifies one
        row, and every proof about the grain of a model begins there, so it is not guessed. The fault shows the
        line to add.""",
        """
        entities:
          orders:
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
        "E011",
        "A name that cannot be used",
        """Names of entities, models, sources and roles become names of dbt models, files and words in expressions.
        They contain only letters (of any script), digits and `_`. Names of columns are free, since SQL can
        quote them, but they cannot contain control characters, double quotes, slashes or the openers of Jinja
        blocks. Names of raw tables, columns and schemas may be anything that the database allows; the name
        after `existing:` must be one that dbt's `ref` can find. PostgreSQL keeps 63 bytes of a name and drops
        the rest, so longer names are refused. An entity whose raw table has another name says so by `table:`, a
        column whose raw column has another name by `from:`.""",
        """
        entities:
          order-items:
            key: item_id
            columns: {item_id: bigint}
        """,
        """
        entities:
          order_items:
            table: order-items
            key: item_id
            columns: {item_id: bigint}
        """,
    ),
    doc(
        "E012",
        "Two names are the same",
        """PostgreSQL folds unquoted names to lower case, and some file systems ignore case. An accented letter can
        be encoded in two ways that look the same. Two names that differ only in this way would overwrite each
        other's files or confuse every reader. A model and an entity cannot share a name either, because
        `name.column` in an expression would have two meanings. Two entities cannot read one raw table either,
        because its rows have one key. Rename one of the two; a raw column keeps its old name by `from:`, a raw
        table by `table:`.""",
        """
        entities:
          orders:
            key: order_id
            columns:
              order_id: bigint
              Amount: int
              amount: int
        """,
        """
        entities:
          orders:
            key: order_id
            columns:
              order_id: bigint
              amount: int
              amount_before: {type: int, from: Amount}
        """,
    ),
    doc(
        "E013",
        "Unknown version of the language",
        """The first line of a spec names the version of the spec language. This tool reads version 1. A file
        with a higher version was written for a newer release: read it with that release. The number is that of
        the language, not of your project; a version of your project belongs below `meta:`.""",
        """
        version: 2
        """,
        """
        version: 1
        """,
    ),
    doc(
        "E016",
        "A value that is not allowed here",
        """The value is of the right kind, but the field does not take it, or it conflicts with another field of
        the same mapping. For example, `materialized` takes `view`, `table` or `ephemeral`. `cut` and `else` are
        only allowed together with `tier`. A model has either `rows` and `columns` or `sql`, never both. The
        fault names the words that are allowed or the field that conflicts with it.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            materialized: tabel
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            materialized: table
        """,
    ),
)
