"""Codes of diagrams in other notations, and of what is drafted from them (E050 to E057)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

DIAGRAMS = (
    doc(
        "E050",
        "The notation of a diagram is not recognized",
        """The notation of a file is recognized from its content, never from its name. A Miro board can be JSON
        (REST API, Web SDK or MCP server), SVG, a spreadsheet or Miro's diagram language. Other notations are
        Mermaid's `erDiagram` and `classDiagram`, PlantUML, DBML, Prisma, SQL and dbt's properties files. This file
        looks like none of them, or it is empty.""",
        """
        customers has many orders
        """,
        """
        erDiagram
          customers ||--o{ orders : places
        """,
    ),
    doc(
        "E051",
        "The file contains no diagram as text",
        """A PDF and an image are pictures: entities and lines in them are not text. A board backup of Miro (.rtb)
        is encrypted, and nobody but Miro can open it. A web page is most often the answer of a login. A CSV of more
        than 100,000 cells is not the export of a board. The fault names what to export instead; in Miro that is the
        board as JSON, or the text of the diagram itself.""",
        """
        erd2dbt import board.pdf
        """,
        """
        erd2dbt import board.json
        """,
    ),
    doc(
        "E052",
        "Not Mermaid",
        """The line is not a statement of Mermaid's `erDiagram`. It is read by Mermaid's own grammar. An entity has
        its attributes in braces, each with a type, a name, and optional keys and a comment. A relationship has
        two entities, a cap on each side of `--` or `..`, and a label after a colon. The message says what was
        expected.""",
        """
        erDiagram
          customers |x--o{ orders : places
        """,
        """
        erDiagram
          customers ||--o{ orders : places
        """,
    ),
    doc(
        "E053",
        "Not Miro's diagram language",
        """The line is not a statement of Miro's diagram language, or it names a node that does not exist. A
        node is written `n1 "title" "rows" #color`, where each row is a key, a column and a type with tabs
        between them; an edge is written `e1 "label" n1 one_or_many -- only_one n2`. Line breaks are allowed
        inside the quotes.""",
        """
        graphdir TB
        n1 "orders" "PK	order_id	int"
        e1 "places" n1 several -- only_one n2
        """,
        """
        graphdir TB
        n1 "orders" "PK	order_id	int"
        n2 "customers" "PK	customer_id	int"
        e1 "places" n1 zero_or_many -- only_one n2
        """,
    ),
    doc(
        "E054",
        "Not JSON",
        """The file begins as JSON does and cannot be read as JSON: it is cut off, nested too deeply, or
        contains something between its values. Most often a download was broken off, or a page of text was
        pasted into the file. Save the answer again, whole.""",
        """
        {"data": [{"id": "1", "type": "shape"
        """,
        """
        {"data": [{"id": "1", "type": "shape"}]}
        """,
    ),
    doc(
        "E055",
        "No entity in the diagram",
        """The file could be read, and nothing in it is an entity. An entity is a box with a name and, below it, a
        line for each column; legends, notes and boxes of prose are ignored. If the diagram was drawn with
        Miro's own ERD shapes, its exports contain no text of the shapes. Save the text of the diagram instead.""",
        """
        {"items": [{"id": "1", "type": "text", "data": {"content": "Sales"}}], "connectors": []}
        """,
        """
        erDiagram
          sales {
            int sale_id PK
          }
        """,
    ),
    doc(
        "E056",
        "Two boxes have the same name",
        """Two boxes have the same name and show different columns. One of them may be out of date, or they may
        be two things; only the people who drew them know. A box that is shown again with the same columns, or
        with none, is the same box, which is allowed. Rename one of the two, or remove it.""",
        """
        graphdir TB
        n1 "sales" "PK	sale_id	int"
        n2 "Sales" "PK	region	text"
        """,
        """
        graphdir TB
        n1 "sales" "PK	sale_id	int"
        n2 "regions" "PK	region	text"
        """,
    ),
    doc(
        "E057",
        "A decision is still open",
        """`TODO` marks what the diagram does not say, such as the thresholds of a tier, the condition of a filter,
        a type or a grain. `generate` refuses a spec with a `TODO`, because the answer is a decision of the
        business. Only keys, links and entities without known columns may stay open (W407). The comment behind
        the `TODO` says what is needed. Write the answer in its place, or delete the column. For keys and links
        that a diagram or a database does not declare, `--infer-keys` makes proposals, from names and from rows.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns:
              size: TODO
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns:
              size: {tier: orders.amount, cut: {large: 100}, else: small}
        """,
    ),
    doc(
        "E058",
        "Not DBML",
        """The line is not a statement of DBML, the language of dbdiagram.io. A table has its columns in braces,
        each on its own line with a name, a type, and settings in brackets. Other top-level words are `Ref`,
        `Enum`, `TableGroup`, `TablePartial`, `Project` and `Note`. A name with other characters than letters,
        digits and `_` is in double quotes. The message says what was expected.""",
        """
        Table orders {
          id int [pk
          amount numeric
        }
        """,
        """
        Table orders {
          id int [pk]
          amount numeric
        }
        """,
    ),
    doc(
        "E059",
        "No tables in the database",
        """The database was reached, but it has no schema of that name, or the schema has no tables. Tables are
        read from the catalog, so the user of the address must be allowed to see the schema; no rows are read.""",
        """
        erd2dbt import postgresql://reader@localhost/shop --schema slaes
        """,
        """
        erd2dbt import postgresql://reader@localhost/shop --schema sales
        """,
    ),
)
