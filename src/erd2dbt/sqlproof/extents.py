"""The place of a node in the text of its query: sqlglot notes the places of names, constants and calls."""

from __future__ import annotations

from sqlglot import exp

from erd2dbt.sql.trees import nodes


def extent(node: exp.Expr, text: str) -> tuple[int, int] | None:
    """The first and the last character of a node in the text that it was parsed from; None where they are not known.

    Of a join, this is the table. `text`: what was parsed.
    """
    if isinstance(node, exp.Join):
        node = node.this
    found = [part.meta for part in nodes(node) if "start" in part.meta]
    if not found:
        return None
    start, end = min(meta["start"] for meta in found), max(meta["end"] for meta in found)
    if isinstance(node, exp.Query):
        start = _opening(node, text, start)
    end += text[end + 1 : end + 2] == "("  # a call without arguments
    while text.count("(", start, end + 1) > text.count(")", start, end + 1) and ")" in text[end + 1 :]:
        end = text.index(")", end + 1)
    return start, end


def _opening(query: exp.Query, text: str, start: int) -> int:
    """The place of the `select` before the first name of a query, or of the bracket before it."""
    select = text.lower().rfind("select", 0, start)
    bracket = text.rfind("(", 0, max(select, 0))
    if isinstance(query, exp.Subquery) and bracket >= 0 and not text[bracket + 1 : select].strip():
        return bracket
    return start if select < 0 else select
