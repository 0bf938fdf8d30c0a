"""Codes of the text itself, before its fields mean anything (E001 to E007, E014, E015)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

YAML = (
    doc(
        "E001",
        "The text is not YAML",
        """A spec is one YAML file, and YAML could not be read past the marked place. The usual causes are a tab in
        the indentation, a wrong indentation, or a quote or bracket that is never closed. Another is an unquoted
        value that contains `: ` or starts with a special character of YAML: `*`, `&`, `!`, `@` or `%`. Nothing
        after the place was read, so fix this first and run again. When in doubt, put the value in quotes:
        expressions mean the same with quotes around them.""",
        """
        description: Orders: the paid ones
        """,
        """
        description: "Orders: the paid ones"
        """,
    ),
    doc(
        "E002",
        "The file is empty",
        """The file contains only blanks and comments, so there is no diagram to read. A spec begins with `version:
        1` and the name of the project. Then come the sources, the entities with their keys and columns, the
        links between them, and the models that are wanted. A save that went wrong also leaves an empty file:
        restore the previous version in that case.""",
        """
        # the diagram of our shop
        """,
        """
        # the diagram of our shop
        version: 1
        project: shop
        """,
    ),
    doc(
        "E003",
        "The file contains several YAML documents",
        """A line of three dashes ends one YAML document and begins another. A spec is one document: with two
        it would not be clear which of them is meant, or how they belong together. Leave the dashes out to
        make one document of both parts. To keep two projects, give each a file of its own.""",
        """
        project: shop
        ---
        models: {}
        """,
        """
        project: shop
        models: {}
        """,
    ),
    doc(
        "E004",
        "The file is not UTF-8",
        """A spec is read as UTF-8, with or without a byte order mark, and the marked byte is not valid there. The
        file was most likely saved as Windows-1252 or as UTF-16, or a part of it was pasted from such a file.
        Guessing the encoding would put wrong letters into names and descriptions silently, so nothing is
        guessed. Save the file as UTF-8: every editor offers that, and `iconv -f WINDOWS-1252 -t UTF-8` does it
        too.""",
        r"""
        description: Caf\xe9 orders
        """,
        """
        description: Café orders
        """,
    ),
    doc(
        "E005",
        "The text is nested too deep",
        """Each mapping or list inside another one is a level. A spec needs fewer than ten levels; a file with
        more than a hundred is broken, or was made to break its reader. Lists that open again and again without
        closing are a common accident of scripts that write YAML. Look at the marked place, and at the script
        that wrote it.""",
        """
        meta: {a: {a: {a: {a: …}}}}
        """,
        """
        meta: {a: 1}
        """,
    ),
    doc(
        "E006",
        "Merge keys, tags and runaway anchors",
        """A YAML anchor (`&x`) names a part, and an alias (`*x`) repeats it. A part cannot contain itself, and
        aliases cannot make a short file grow without bounds. Merge keys (`<<`) are not supported: each entity
        and model is written in one place, so that a fault has one place too. Tags (`!important`, `!!int`) mean
        nothing here, since every value is read by the grammar of the spec. Write the repeated part out, delete
        the tag, or put a value that begins with `!`, `&` or `*` in quotes.""",
        """
        meta:
          <<: {owner: sales}
          level: 1
        """,
        """
        meta:
          owner: sales
          level: 1
        """,
    ),
    doc(
        "E007",
        "A name appears twice in one mapping",
        """Most YAML readers keep the last of two equal keys and drop the other silently, which loses a
        column, a link or a whole model. Here it is a fault. Keep one of the two, or rename one when both are
        meant. Two links between the same two entities are written once, with a role for each: `orders }o--||
        dates: {ordered: order_date = date, shipped: ship_date = date}`.""",
        """
        entities:
          orders:
            key: order_id
            columns:
              order_id: bigint
              amount: int
              amount: numeric(12,2)
        """,
        """
        entities:
          orders:
            key: order_id
            columns:
              order_id: bigint
              amount: numeric(12,2)
        """,
    ),
    doc(
        "E014",
        "YAML cut an unquoted value",
        """Inside `{…}` and `[…]` YAML ends an unquoted value at the first comma, so `{is: ratio(a, b)}` is
        read as `is: ratio(a` and a field called `b)`. Outside of brackets YAML takes ` #` for the start of a
        comment, which cuts PostgreSQL's operators `#>` and `#>>`. The fault shows the line with the value in
        quotes. Putting the value on a line of its own, without braces, helps against commas as well.""",
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns:
              share: {is: ratio(orders.amount, orders.total), description: Paid share}
        """,
        """
        models:
          order_totals:
            grain: order_id
            rows: orders
            columns:
              share: {is: "ratio(orders.amount, orders.total)", description: Paid share}
        """,
    ),
    doc(
        "E015",
        "The file cannot be read",
        """The operating system cannot open the file: it does not exist, it is a folder, or the permission to
        read it is missing. The message ends with the system's own reason. Paths are taken from the folder in
        which the command is run. Check the spelling, or name the file by its full path.""",
        """
        erd2dbt generate shop.yaml
        """,
        """
        erd2dbt generate shop.yml
        """,
    ),
)
