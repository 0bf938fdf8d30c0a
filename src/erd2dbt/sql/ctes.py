"""The text of a query, split into its common table expressions exactly as written."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

import sqlglot
from sqlglot.errors import SqlglotError

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def cte_texts(text: str) -> Mapping[str, str]:
    """CTE name -> its text up to the closing bracket; "" -> the last select. Empty where the query cannot be parsed."""
    try:  # a name as long as the Jinja that it replaces, so that offsets stay valid
        tokens = sqlglot.tokenize(_JINJA.sub(lambda found: "j" * len(found[0]), text), read="postgres")
    except SqlglotError:
        return {}
    found: dict[str, str] = {}
    depth, start, end = 0, None, 0
    for before, name, token in zip([None, None, *tokens], [None, *tokens], tokens, strict=False):
        if token.token_type.name == "L_PAREN":
            if depth == 0 and start is None and before and name and name.token_type.name == "ALIAS":
                start = before
            depth += 1
        elif token.token_type.name == "R_PAREN":
            depth -= 1
            if depth == 0 and start is not None:
                end = token.end + 1
                found[start.text] = textwrap.dedent(text[start.start : end])
                start = None
    last = text[end:].lstrip(" ,\n")
    return {**found, "": last.strip()}
