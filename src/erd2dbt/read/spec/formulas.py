"""Shared by columns of entities and of models: tiers, tests, and which fields are used together."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from erd2dbt.diagram.erd import TODO, ExtraTest, Tier
from erd2dbt.read.spec.fields import Field, Reader, entries, is_nothing, items, known, wrong_kind
from erd2dbt.read.spec.values import data_mapping, exact, is_null, literal, text
from erd2dbt.read.yaml.source import MappingNode, Node

_TEST_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", re.ASCII)


def cuts(reader: Reader, field: Field) -> tuple[tuple[str, str], ...]:
    """Read `{label: bound, …}`: bounds as SQL literals, from the highest. Fault E026 if they cannot be ordered."""
    found = entries(reader, field)
    if found is not None and not found:
        reader.fault("E009", "`cut` is empty", field.value, "write `cut: {high: 100, medium: 50}`")
    bounds = [(entry, _bound(reader, entry)) for entry in found or ()]
    if any(bound == _OPEN for _, bound in bounds):  # E057 requires it, after everything else is read
        return tuple((entry.name, bound) for entry, bound in bounds)
    ranks = [_rank(bound) for _, bound in bounds]
    ordered: dict[Rank, tuple[str, str]] = {}
    for (entry, bound), rank in zip(bounds, ranks, strict=True):
        if rank is None or (ranks[0] is not None and rank[0] != ranks[0][0]):
            message = f"the cut {bound} has no order among the others: it is neither a number nor a date"
            if rank is not None:
                message = f"the cut {bound} has no order among the others: numbers and dates are mixed"
            reader.fault("E026", message, entry.value, "write numbers as `500`, or dates as `2024-01-31`")
        elif rank in ordered:
            message = f"the cuts of `{ordered[rank][0]}` and `{entry.name}` are equal: no value could be `{entry.name}`"
            reader.fault("E026", message, entry.value, f"give `{entry.name}` another cut, or remove it")
        else:
            ordered[rank] = entry.name, bound
    return tuple(ordered[rank] for rank in sorted(ordered, reverse=True))


_OPEN = f"'{TODO}'"
Rank = tuple[str, Decimal | str]
_DATE = re.compile(r"'\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?'", re.ASCII)


def _rank(bound: str) -> Rank | None:
    """Return the sort key of a bound: a number's value or a date's digits; None if it cannot be ordered."""
    if _DATE.fullmatch(bound):
        return "date", bound.strip("'").replace("T", " ")
    try:
        number = Decimal(bound)
    except InvalidOperation:
        return None
    return ("number", number) if number.is_finite() else None


def _bound(reader: Reader, field: Field) -> str:
    if is_nothing(field.value):
        wrong_kind(reader, field, "the lowest value of the tier")
        return "0"
    return literal(reader, field)


def label(reader: Reader, field: Field) -> str | None:
    """Read the label for values below all cuts; None for `null`, and if it is not set."""
    return None if is_null(reader, field) else exact(reader, field)


def tier(reader: Reader, body: Field, given: dict[str, Any]) -> Tier:
    """Read the tier that a column's fields describe. Fault E010 without cuts."""
    if "cut" not in given:
        fix = "add `cut: {high: 100, medium: 50}`"
        reader.fault("E010", "a tier needs the field `cut`", key_of(body, "tier"), fix)
    return Tier(value=given["tier"], cuts=given.get("cut", ()), otherwise=given.get("else"))


def tests(reader: Reader, field: Field) -> tuple[ExtraTest, ...]:
    """Read `[unique, {accepted_range: {min_value: 0}}]`: names, or a name with its arguments."""
    return tuple(test for item in items(reader, field) for test in _test(reader, item))


def _test(reader: Reader, item: Field) -> list[ExtraTest]:
    if not isinstance(item.value, MappingNode):
        return [_named(reader, item, text(reader, item), {})]
    found = entries(reader, item) or []
    if len(found) != 1:
        fix = "write each test as an item of its own, its arguments below its name"
        reader.fault("E009", "a test is one name with its arguments", item.value, fix)
        return []
    entry = found[0]
    arguments = {} if is_nothing(entry.value) else data_mapping(reader, entry)
    return [_named(reader, entry, entry.name, arguments)]


def _named(reader: Reader, field: Field, name: str, arguments: dict[str, Any]) -> ExtraTest:
    if name and not _TEST_NAME.fullmatch(name):
        fix = "write a name such as `unique` or `package.test`"
        reader.fault("E011", f"`{name}` cannot be a test's name", field.value, fix)
    return ExtraTest(name=name, arguments=arguments, span=reader.span(field.value))


def accept(reader: Reader, field: Field) -> tuple[tuple[str, str], ...]:
    """Read `{code: reason}`. The code must be one that can be accepted."""
    found = entries(reader, field) or ()
    for entry in found:
        _check_code(reader, entry)
    return tuple((entry.name, text(reader, entry)) for entry in found)


def _check_code(reader: Reader, entry: Field) -> None:
    from erd2dbt.faults.codes import CODES

    code = CODES.get(entry.name)
    if code is not None and code.acceptable:
        return
    message = f"`{entry.name}` cannot be accepted" if code else f"there is no code `{entry.name}`"
    acceptable = [name for name, doc in CODES.items() if doc.acceptable]
    reader.fault("E016", message, entry.key, f"codes that can be accepted: {known(acceptable)}")


def has_field(body: Field, name: str) -> bool:
    return isinstance(body.value, MappingNode) and any(key.value == name for key, _ in body.value.value)


def key_of(body: Field, name: str) -> Node:
    """Return the place of a field's key in the mapping."""
    pairs: list[tuple[Node, Node]] = body.value.value
    return next(key for key, _ in pairs if key.value == name)


_INSTEAD = {"where": "write it into the formula: `… filter (where …)`"}  # without it, the figure would change


def check_goes_with(reader: Reader, body: Field, given: dict[str, Any], heads: dict[str, tuple[str, ...]]) -> None:
    """Report fault E016 for each field that has no effect without one of the others, if all of those are missing."""
    for name, needed in heads.items():
        if name in given and not any(head in given for head in needed):
            message = f"`{name}` only goes with {known(needed, 'or')}"
            reader.fault("E016", message, key_of(body, name), _INSTEAD.get(name, f"leave `{name}` out"))


def check_excludes(reader: Reader, body: Field, given: dict[str, Any], head: str, others: tuple[str, ...]) -> None:
    """Report fault E016 for each of the others that is used together with the head."""
    if head in given:
        for name in others:
            if name in given:
                message = f"`{name}` does not go with `{head}`"
                reader.fault("E016", message, key_of(body, name), f"leave `{name}` or `{head}` out")


def needs_one(reader: Reader, body: Field, heads: tuple[str, ...], line: str) -> None:
    """Report fault E010: the mapping of a column has none of the fields that define its content."""
    reader.fault("E010", f"a column needs one of {known(heads)}", body.key, f"add `{line}`")
