"""Which boxes are raw entities and which are models, by prefix, frame and colour."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from erd2dbt.diagram import Box, Diagram, Layer

_PREFIXES = {
    **dict.fromkeys(("stg", "staging"), Layer.STAGING),
    **dict.fromkeys(("int", "intermediate"), Layer.INTERMEDIATE),
    **dict.fromkeys(("fct", "fact", "dim", "mart", "agg", "rpt"), Layer.MARTS),
}
_WORDS = {
    **dict.fromkeys(("staging", "stg", "raw", "source", "sources", "stage", "bronze"), Layer.STAGING),
    **dict.fromkeys(("intermediate", "int", "intermediates", "silver", "transform"), Layer.INTERMEDIATE),
    **dict.fromkeys(("mart", "marts", "gold", "reporting", "final", "facts", "dimensions"), Layer.MARTS),
}
_COLORS = {
    "blue": ("#ccf4ff", "#c6dcff", "#108ab3", "#2d9bf0", "#12cdd4", "#a6ccf5", "#dbeafe"),
    "purple": ("#dedaff", "#9510ac", "#652cb3", "#be88c7", "#ead9ff"),
    "green": ("#adf0c7", "#dbfaad", "#8fd14f", "#0ca789", "#cee741", "#d5f692", "#93d275", "#dcfce7"),
    "yellow": ("#fff6b6", "#fef445", "#fac710", "#f5d128", "#fff9b1", "#fef3c7"),
    "red": ("#ffc6c6", "#f24726", "#da0063", "#f16c7f"),
    "orange": ("#f8d3af", "#ff9d48"),
    "pink": ("#ffd8f4", "#ffcee0", "#ea94bb"),
    "grey": ("#e7e7e7", "#808080", "#e6e6e6", "#f5f6f8"),
}
_COLORLESS = ("", "#ffffff", "white", "transparent")
_NAMES = {hexes: name for name, shades in _COLORS.items() for hexes in shades} | {name: name for name in _COLORS}
_USUAL = {"blue": Layer.STAGING, "purple": Layer.INTERMEDIATE, "green": Layer.MARTS}
_KIND = re.compile(r"^(?:tbl|tab|raw|src)_(?=[^\W_])")
# possessive: a word of thousands of letters is looked at once
_IN_LEGEND = re.compile(r"\b(\w++)\s*+(?:=|:|–|-|→)\s*+(\w++)")


def with_layers(diagram: Diagram, legends: Iterable[str] = ()) -> Diagram:
    """Every box with its layer, where anything says so."""
    said = {box.name: box.layer or _of_prefix(box.name) or of_words(box.frame) for box in diagram.boxes}
    colors = _colors(diagram.boxes, said, legends)
    is_layered = any(said.values()) or len(set(colors.values())) > 1
    if not is_layered:
        return diagram
    known = {box.name: said[box.name] or colors.get(box.color or "") for box in diagram.boxes}
    layers = known | {name: _without_sign(name, known, diagram) for name, layer in known.items() if layer is None}
    return replace(diagram, boxes=tuple(replace(box, layer=layers[box.name]) for box in diagram.boxes))


def _without_sign(name: str, known: Mapping[str, Layer | None], diagram: Diagram) -> Layer | None:
    """A box without a sign is a mart where staging is told by names, or where a line joins it to what has a layer."""
    if Layer.STAGING not in known.values():
        return Layer.STAGING
    prefixed = any(_of_prefix(other) is Layer.STAGING for other in known)
    joined = any(
        known.get(line.left) or known.get(line.right) for line in diagram.lines if name in (line.left, line.right)
    )
    return Layer.MARTS if prefixed or joined else None


def bare(name: str) -> str:
    """Without what only says that it is a table, or raw: `stg_orders`, `tbl_orders` -> `orders`."""
    return _KIND.sub("", without_prefix(name))


def without_prefix(name: str) -> str:
    """`stg_orders` -> `orders`; a name that is nothing but a prefix stays."""
    prefix, _, rest = name.partition("_")
    return rest.lstrip("_") if _PREFIXES.get(prefix) is Layer.STAGING and rest.strip("_") else name


def of_words(text: str | None) -> Layer | None:
    """The one layer that a frame's title speaks of."""
    found = {_WORDS[word] for word in re.findall(r"\w+", (text or "").lower()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def is_legend(text: str) -> bool:
    """`Blue = staging, purple = intermediate`: colours or layers explained."""
    return len(list(_explained(text))) > 1


def _of_prefix(name: str) -> Layer | None:
    prefix, _, rest = name.partition("_")
    return _PREFIXES.get(prefix) if rest else None


def _colors(boxes: Iterable[Box], said: Mapping[str, Layer | None], legends: Iterable[str]) -> dict[str, Layer]:
    """Colour -> layer: as the legend says, as boxes with a prefix show, else as is usual where two layers occur."""
    shown: dict[str, set[Layer | None]] = defaultdict(set)
    for box in boxes:
        shown[box.color or ""].add(said[box.name])
    explained = {color: layer for text in legends for color, layer in _explained(text)}
    found: dict[str, Layer] = {}
    usual: dict[str, Layer] = {}
    for color, layers in shown.items():
        if color in _COLORLESS:
            continue
        known = layers - {None}
        name = _NAMES.get(color, "")
        if name in explained:
            found[color] = explained[name]
        elif len(known) == 1 and (layer := known.pop()):
            found[color] = layer
        elif name in _USUAL and not known:
            usual[color] = _USUAL[name]
    return found | (usual if len({*found.values(), *usual.values()}) > 1 else {})


def _explained(text: str) -> Iterator[tuple[str, Layer]]:
    for first, second in _IN_LEGEND.findall(text.lower().replace("gray", "grey")):
        if first in _COLORS and second in _WORDS:
            yield first, _WORDS[second]
        elif second in _COLORS and first in _WORDS:
            yield second, _WORDS[first]
