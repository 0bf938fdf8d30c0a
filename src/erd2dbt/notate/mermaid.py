"""Writes a diagram as Mermaid's `erDiagram`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Layer, Line, Row
from erd2dbt.escape.mermaid import er_text
from erd2dbt.notate.omissions import is_sayable
from erd2dbt.notate.relational import LAYER_COLORS, label, titled, with_drawn_lineage
from erd2dbt.read.mermaid.reader import UNKNOWN

_LEFT = {Cap.ONLY_ONE: "||", Cap.ZERO_OR_ONE: "|o", Cap.ZERO_OR_MANY: "}o", Cap.ONE_OR_MANY: "}|",
         Cap.ONE: "|o", Cap.MANY: "}o"}  # fmt: skip
_NAME = re.compile(r"\w+")
_RESERVED = frozenset(
    "style class classdef direction subgraph end one many only zero to optionally or more u erdiagram".split()
)
_MARKS = frozenset({"pk", "fk", "uk"})  # read as keys in any case, at any position
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_\-\[\]()]*")


def mermaid_text(diagram: Diagram) -> str:
    """Return entities, relationships and colours. `one` and `many` become the caps with the weakest claim."""
    lines = ["erDiagram"]
    for box in diagram.boxes:
        lines += _entity(box)
    lines += [_relationship(line) for line in with_drawn_lineage(diagram)]
    lines += [f"  style {b.name} fill:{b.color}" for b in diagram.boxes if b.color and _is_plain(b.name)]
    lines += _layers(diagram)
    return "\n".join(lines) + "\n"


def _layers(diagram: Diagram) -> Iterator[str]:
    """Return a class with a colour for each layer, where models are drawn."""
    layers = {layer: [box.name for box in diagram.boxes if box.layer is layer] for layer in Layer}
    for layer, names in layers.items() if layers[Layer.INTERMEDIATE] or layers[Layer.MARTS] else ():
        plain = [name for name in names if _is_plain(name)]
        if plain:
            yield f"  classDef {layer} fill:{LAYER_COLORS[layer]}"
            yield f"  class {','.join(plain)} {layer}"


def _entity(box: Box) -> Iterator[str]:
    title = er_text(titled(box))
    alias = f'["{title}"]' if title not in (box.name, "") else ""
    if not box.rows:
        yield f"  {_name(box.name)}{alias}"
        return
    yield f"  {_name(box.name)}{alias} {{"
    yield from (f"    {_attribute(row)}" for row in box.rows)
    yield "  }"


def _attribute(row: Row) -> str:
    named = _WORD.fullmatch(row.name) is not None and row.name.lower() not in _MARKS
    said = [] if named else [f"named '{er_text(row.name)}'"]
    formula = row.derivation if is_sayable(row.derivation or "") else None
    said += [shown] if (shown := er_text(formula or row.description or "")) else []
    words = [_type(row.type), row.name if named else re.sub(r"\W", "_", f"c_{row.name}", flags=re.ASCII)]
    words += [", ".join(row.keys)] if row.keys else []
    words += [f'"{"; ".join(said)}"'] if said else []
    return " ".join(words)


def _type(drawn: str | None) -> str:
    """Return a type as one word, without commas."""
    plain = re.sub(r"\s+", "_", re.sub(r"\s*,\s*", "-", drawn or UNKNOWN))
    return plain if _TYPE.fullmatch(plain) else UNKNOWN


def _relationship(line: Line) -> str:
    left, right = line.left_cap or Cap.MANY, line.right_cap or Cap.MANY
    caps = f"{_LEFT[left]}{'--' if line.identifying else '..'}{_LEFT[right][::-1].replace('}', '{')}"
    return f'  {_name(line.left)} {caps} {_name(line.right)} : "{er_text(label(line))}"'


def _name(name: str) -> str:
    return name if _is_plain(name) else f'"{er_text(name)}"'


def _is_plain(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name.lower() not in _RESERVED
