"""Reads values: text, names, expressions, words of a choice, literals, plain data."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from erd2dbt.diagram.erd import Expression, Word
from erd2dbt.engines.registry import ENGINES
from erd2dbt.escape.jinja import nameable
from erd2dbt.faults.diagnostics import did_you_mean
from erd2dbt.names.spelling import usable
from erd2dbt.names.validity import fault_of_object, fault_of_place, fault_of_raw
from erd2dbt.read.spec import cuts
from erd2dbt.read.spec.fields import Field, Reader, entries, is_nothing, items, known, wrong_kind
from erd2dbt.read.yaml.source import MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from dataclasses import replace
from collections.abc import Callable, Mapping

# JSON's numbers, and also `+1`, `1_000`, `.5` and `5.`; `007` is a code, so it is text
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9_]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST_NUMBER = 40  # characters; Python refuses to parse integers of thousands of digits


def text(reader: Reader, field: Field) -> str:
    """Read any scalar except null, as written, without surrounding blanks."""
    node = field.value
    if not isinstance(node, ScalarNode) or is_nothing(node):
        wrong_kind(reader, field, "text")
        return ""
    value = exact(reader, field).strip()
    if not value:
        reader.fault("E009", f"`{field.name}` is empty", node, "write some text there, or remove the field")
    return value


def word(reader: Reader, field: Field) -> Word:
    """Read a name that refers to something."""
    return Word(text(reader, field), reader.document.content(field.value))


def words(reader: Reader, field: Field) -> tuple[Word, ...]:
    """Read one name or a list of distinct names."""
    found: dict[str, Word] = {}
    for item in _each(reader, field):
        name = word(reader, item)
        if name.text in found:
            reader.fault("E016", f"`{name.text}` is named twice", item.value, "name it once")
        found.setdefault(name.text, name)
    return tuple(found.values())


def texts(reader: Reader, field: Field) -> tuple[str, ...]:
    """Read one text or a list of distinct texts."""
    return tuple(word.text for word in words(reader, field))


def model_name(reader: Reader, field: Field) -> Word:
    """Read the name of an existing dbt model, as in `ref('…')`."""
    found = word(reader, field)
    if found.text and not nameable(found.text):
        fix = "write the model's name as `ref` has it: without quotes, backslashes, braces and control characters"
        reader.fault("E011", f"`{found.text}` cannot be a dbt model's name", field.value, fix)
    return found


def object_name(reader: Reader, field: Field) -> str:
    """Read the name of an entity or a source; it is also the name of a folder."""
    given = text(reader, field)
    if given and (fault := fault_of_object(given)):
        reader.fault("E011", f"`{given}` {fault}", field.value, f"call it `{usable(given)}`")
    return given


def raw_name(reader: Reader, field: Field) -> str:
    """Read the name of an existing database object. Every character counts, including blanks at its ends."""
    node = field.value
    is_text = isinstance(node, ScalarNode) and not is_nothing(node) and bool(node.value)
    name = str(node.value) if is_text else text(reader, field)
    if name and (fault := fault_of_raw(name)):
        reader.fault("E011", f"the name `{name}` {fault}", field.value, "write it as the database has it")
    return name


def place_name(reader: Reader, field: Field) -> str:
    """Read the name of a database; dbt uses the target's by default."""
    name = text(reader, field)
    if name and (fault := fault_of_place(name)):
        reader.fault("E011", f"the name `{name}` {fault}", field.value, "write it as the database has it")
    return name


def expression(reader: Reader, field: Field) -> Expression:
    """Read SQL text and the place of its first character."""
    value, node = text(reader, field), field.value
    if isinstance(node, ScalarNode):
        cuts.check_comment(reader, node)
    span = reader.document.content(node)
    block = isinstance(node, ScalarNode) and node.style == "|" and not value[:1].isspace()
    return Expression(value, span, verbatim=block or span.end - span.column == len(value))


def by_engine(reader: Reader, field: Field) -> Expression:
    """Read an expression, or `{default: …, duckdb: …}`: the default, and replacements for some engines."""
    if not isinstance(field.value, MappingNode):
        return expression(reader, field)
    found = {entry.name: expression(reader, entry) for entry in entries(reader, field) or ()}
    for entry in entries(reader, field) or ():
        if entry.name not in (_DEFAULT, *ENGINES):
            reader.fault("E008", f"`{entry.name}` is not an engine", entry.key, f"engines: {', '.join(ENGINES)}")
    default = found.pop(_DEFAULT, None)
    if default is None:
        reader.fault("E010", f"`{field.name}` by engine needs `default`", field.key, f"add `{_DEFAULT}: …`")
        return Expression("", reader.span(field.key))
    others = tuple((name, replace(one, engine=name)) for name, one in found.items() if name in ENGINES)
    return replace(default, others=others)


_DEFAULT = "default"


def expressions(reader: Reader, field: Field) -> tuple[Expression, ...]:
    return tuple(expression(reader, item) for item in _each(reader, field))


def _each(reader: Reader, field: Field) -> list[Field]:
    """Return the items of a list, or a single value. Mappings are refused."""
    if isinstance(field.value, MappingNode):
        wrong_kind(reader, field, "a value or a list")
        return []
    return items(reader, field)


def choice(*allowed: str) -> Callable[[Reader, Field], str]:
    """Return a reader that accepts one of these words."""

    def read(reader: Reader, field: Field) -> str:
        given = text(reader, field)
        if given and given not in allowed:
            _refuse(reader, field, given, allowed)
        return given

    return read


def switch(meanings: Mapping[str, bool]) -> Callable[[Reader, Field], bool]:
    """Return a reader of words for yes and no. The first two words are the preferred ones."""

    def read(reader: Reader, field: Field) -> bool:
        given = text(reader, field)
        if given and given.lower() not in meanings:
            _refuse(reader, field, given, tuple(meanings)[:2])
        return meanings.get(given.lower(), False)

    return read


_YES_NO = {"yes": True, "no": False}
on_off = switch({"on": True, "off": False, "true": True, "false": False, **_YES_NO})
true_false = switch({"true": True, "false": False, "on": True, "off": False, **_YES_NO})
enforced = switch({"enforced": True, "off": False, "on": True, "true": True, "false": False, **_YES_NO})


def _refuse(reader: Reader, field: Field, given: str, allowed: tuple[str, ...]) -> None:
    fixes = (*did_you_mean(given, allowed), f"write {known(allowed, 'or')}")
    reader.fault("E016", f"`{field.name}` cannot be `{given}`", field.value, *fixes)


def literal(reader: Reader, field: Field) -> str:
    """Read a scalar as SQL: unquoted numbers, true, false and null unchanged, everything else as quoted text."""
    node = field.value
    if is_null(reader, field):
        return "null"
    if isinstance(node, ScalarNode) and not node.style:
        if node.value in _TRUTH:
            return str(node.value).lower()
        if _NUMBER.fullmatch(node.value):
            return str(node.value).replace("_", "").removeprefix("+")
    return "'" + exact(reader, field).replace("'", "''") + "'"


def is_null(reader: Reader, field: Field) -> bool:
    """Return whether `null` or `~` is written. A missing value is fault E009."""
    if is_nothing(field.value) and not field.value.value:
        wrong_kind(reader, field, "a value")
    return is_nothing(field.value)


def exact(reader: Reader, field: Field) -> str:
    """Read a scalar's exact text, even if it is empty or blank. Control characters are refused."""
    node = field.value
    if not isinstance(node, ScalarNode) or is_nothing(node):
        wrong_kind(reader, field, "text or a number")
        return ""
    value: str = node.value
    if not value.isprintable() and (found := CONTROL.search(value)):
        message = f"`{field.name}` contains the control character U+{ord(found[0]):04X}"
        reader.fault("E016", message, node, "delete the character")
    return value


def exacts(reader: Reader, field: Field) -> tuple[str, ...]:
    return tuple(dict.fromkeys(exact(reader, item) for item in _each(reader, field)))


def data(reader: Reader, field: Field) -> Any:
    """Read plain data for dbt: mappings, lists, text, numbers, true and false, null."""
    node = field.value
    if isinstance(node, MappingNode):
        return {entry.name: data(reader, entry) for entry in entries(reader, field) or ()}
    if isinstance(node, SequenceNode):
        return [data(reader, Field(field.name, field.key, item)) for item in node.value]
    is_plain = isinstance(node, ScalarNode) and not node.style
    return None if is_nothing(node) else _scalar(exact(reader, field), plain=is_plain)


def data_mapping(reader: Reader, field: Field) -> dict[str, Any]:
    """Read plain data that is a mapping, such as `meta`."""
    found = entries(reader, field) or ()
    return {entry.name: data(reader, entry) for entry in found}


def _scalar(value: str, *, plain: bool) -> str | int | float | bool:
    if not plain:
        return value
    if value in _TRUTH:
        return _TRUTH[value]
    if len(value) > _LONGEST_NUMBER or not _NUMBER.fullmatch(value):
        return value
    digits = value.replace("_", "")
    if digits.lstrip("+-").isdigit():
        return int(digits)
    return float(digits) if math.isfinite(float(digits)) else value
