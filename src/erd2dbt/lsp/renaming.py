"""A thing of the spec renamed everywhere: the database and the files of the project keep what they have."""

from __future__ import annotations

import re
from collections import Counter

from erd2dbt.faults.diagnostics import Fix, Paste, Severity
from erd2dbt.lsp.analysis import Analysis, Proved, analysed
from erd2dbt.lsp.outline import Outline
from erd2dbt.lsp.symbols import Kind, Symbol, mentions
from erd2dbt.read.spec.splicing import spliced

_NAME = re.compile(r"[^\W\d]\w*")


class RefusedError(Exception):
    """Why it cannot be renamed, as a sentence."""


def renamed(names: Outline, symbol: Symbol, new: str, before: Analysis, file: str) -> str:
    """The text with another name in every place that means the thing. RefusedError where that would break the spec.

    The raw table or column keeps its name, and `renamed_from` tells the project which files are meant."""
    if _NAME.fullmatch(new) is None:
        raise RefusedError(f"`{new}` is not a name: letters, digits and `_`, and no digit first")
    if before.proved is None:
        raise RefusedError("the spec has errors: repair them first")
    text = _replaced(before.text, names, symbol, new)
    for paste in _old_name_edits(symbol, new, before.proved):
        text = spliced(text, Fix("", paste)) or text
    after = analysed(text, file, before)
    came = _errors(after) - _errors(before)
    if came:
        raise RefusedError(f"`{new}` would break the spec: {next(iter(came))}")
    return text


def _errors(one: Analysis) -> Counter[str]:
    return Counter(fault.message for fault in one.faults if fault.severity is Severity.ERROR)


def _replaced(text: str, names: Outline, symbol: Symbol, new: str) -> str:
    lines = text.split("\n")
    found = sorted({(m.line, m.column, m.length) for m in mentions(names) if m.symbol == symbol}, reverse=True)
    for line, column, length in found:
        lines[line] = lines[line][:column] + new + lines[line][column + length :]
    return "\n".join(lines)


def _old_name_edits(symbol: Symbol, new: str, proved: Proved) -> list[Paste]:
    """What says that the database has the old name still, and that it is the same thing."""
    if symbol.kind is Kind.MODEL:
        return [Paste(("models", new, "renamed_from"), symbol.name)]
    if symbol.kind is Kind.ENTITY:
        entity = next(one for one in proved.erd.entities if one.name == symbol.name)
        table = [] if entity.existing or entity.table != symbol.name else [("table", symbol.name)]
        return [Paste(("entities", new, name), said) for name, said in (*table, ("renamed_from", symbol.name))]
    if symbol.kind is not Kind.COLUMN:
        return []
    owner = next((one for one in proved.erd.entities if one.name == symbol.owner), None)
    if owner is None:
        return [Paste(("models", symbol.owner, "columns", new), f"{{renamed_from: {symbol.name}}}")]
    column = next(one for one in owner.columns if one.name == symbol.name)
    raw = "" if column.formula or owner.existing or column.raw not in (None, symbol.name) else f"from: {symbol.name}, "
    return [Paste(("entities", symbol.owner, "columns", new), f"{{{raw}renamed_from: {symbol.name}}}")]
