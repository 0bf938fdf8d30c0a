"""Decides which boxes are raw entities and which are models, by prefix, frame and colour."""

from __future__ import annotations

import colorsys
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from erd2dbt.diagram.drawing import Box, Diagram, Key, Layer

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
_COLORS = ("blue", "purple", "green", "yellow", "red", "orange", "pink", "grey")
_HUES = (
    (12, "red"),
    (45, "orange"),
    (70, "yellow"),
    (168, "green"),
    (245, "blue"),
    (292, "purple"),
    (342, "pink"),
    (360, "red"),
)
_SIGNS = {"🟦": "blue", "🔵": "blue", "🟪": "purple", "🟣": "purple", "🟩": "green", "🟢": "green", "🟨": "yellow",
          "🟡": "yellow", "🟥": "red", "🔴": "red", "🟧": "orange", "🟠": "orange"}  # fmt: skip
_COLORLESS = ("", "#ffffff", "white", "transparent")
_USUAL = {"blue": Layer.STAGING, "purple": Layer.INTERMEDIATE, "green": Layer.MARTS}
_BY_COLOR = "its layer is read from its colour alone"
_KIND = re.compile(r"^(?:tbl|tab|raw|src)_(?=[^\W_])")
# possessive: a word of thousands of letters is matched in linear time
_IN_LEGEND = re.compile(r"\b(\w++)\s*+(?:=|:|–|-|→)++\s*+(\w++)")


@dataclass(frozen=True, slots=True)
class Legend:
    """A text that may explain colours, with the colour of its own item."""

    text: str
    color: str | None = None


def with_layers(diagram: Diagram, legends: Iterable[Legend] = ()) -> Diagram:
    """Return the boxes with their layers, where prefix, frame or colour show one.

    A frame or a backdrop counts only beside others: a frame "Final" around the whole diagram is not a layer.
    """
    named = {box.name: box.layer or layer_of_name(box.name) for box in diagram.boxes}
    framed = {box.name: of_words(box.frame) for box in diagram.boxes}
    is_several = len({*named.values(), *framed.values()} - {None}) > 1
    said = {name: layer or (framed[name] if is_several else None) for name, layer in named.items()}
    colors, usual = _colors(diagram, said, list(legends))
    is_layered = any(said.values()) or len({*colors.values()}) > 1
    if not is_layered:
        return diagram
    known = {box.name: said[box.name] or colors.get(box.color or "") for box in diagram.boxes}
    layers = known | {name: _without_sign(name, known, diagram) for name, layer in known.items() if layer is None}
    return replace(diagram, boxes=tuple(_layered(box, layers[box.name], said, usual, diagram) for box in diagram.boxes))


def _layered(
    box: Box, layer: Layer | None, said: Mapping[str, Layer | None], usual: Mapping[str, str], diagram: Diagram
) -> Box:
    """Return the box with its layer. It is flagged where the colour is the only evidence."""
    is_plain = said[box.name] or _without_sign(box.name, said, diagram) is layer
    guess = None if is_plain else usual.get(box.color or "")
    return replace(box, layer=layer, guess=box.guess or guess)


def _without_sign(name: str, known: Mapping[str, Layer | None], diagram: Diagram) -> Layer | None:
    """Return the layer of a box without evidence of its own.

    It is a mart if names mark staging, or if a line joins it to a layered box.
    """
    if Layer.STAGING not in known.values():
        return Layer.STAGING
    prefixed = any(layer_of_name(other) is Layer.STAGING for other in known)
    joined = any(
        known.get(line.left) or known.get(line.right) for line in diagram.lines if name in (line.left, line.right)
    )
    return Layer.MARTS if prefixed or joined else None


def bare(name: str) -> str:
    """Return the name without prefixes for tables and raw data: `stg_orders`, `tbl_orders` -> `orders`."""
    return _KIND.sub("", without_prefix(name))


def without_prefix(name: str) -> str:
    """Return the name without its layer prefix: `stg_orders` -> `orders`. A name that is only a prefix does not
    change."""
    prefix, _, rest = name.partition("_")
    return rest.lstrip("_") if _PREFIXES.get(prefix) is Layer.STAGING and rest.strip("_") else name


def of_words(text: str | None) -> Layer | None:
    """Return the layer that a frame's title names; None if it names several or none."""
    found = {_WORDS[word] for word in re.findall(r"\w+", (text or "").lower()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def is_legend(text: str, color: str | None = None) -> bool:
    """Return whether a text explains colours: `Blue = staging, purple = intermediate`, or a layer's name on its
    colour."""
    is_key = color is not None and color not in _COLORLESS and "\n" not in text and _layer_alone(text) is not None
    return is_key or len(_explained(text)) > 1


def color_name(color: str | None) -> str | None:
    """Return the nearest common colour: `#ccf4ff` -> blue. None for white and for text that is not a colour."""
    if color in _COLORS or color is None:
        return color
    plain = color.replace("light_", "").replace("dark_", "").replace("violet", "purple").replace("gray", "grey")
    plain = {"cyan": "blue", "teal": "green"}.get(plain, plain)
    if plain in _COLORS or not re.fullmatch(r"#[0-9a-f]{6}", plain):
        return plain if plain in _COLORS else None
    red, green, blue = (int(plain[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    if lightness > 0.985 or color in _COLORLESS:
        return None
    if saturation < 0.15 or max(red, green, blue) - min(red, green, blue) < 0.04:
        return "grey"
    return next(name for below, name in _HUES if hue * 360 <= below)


def layer_of_name(name: str) -> Layer | None:
    prefix, _, rest = name.partition("_")
    return _PREFIXES.get(prefix) if rest else None


def _colors(
    diagram: Diagram, said: Mapping[str, Layer | None], legends: list[Legend]
) -> tuple[dict[str, Layer], dict[str, str]]:
    """Return colour -> layer, and the assumptions. The legend decides, then boxes with a prefix. The usual colours
    apply only where two layers occur, and no legend or foreign key contradicts them.
    """
    shown: dict[str, set[Layer | None]] = defaultdict(set)
    for box in diagram.boxes:
        shown[box.color or ""].add(said[box.name])
    explained = {color: layer for one in legends for color, layer in _explained(one.text).items()}
    own = {one.color: _layer_alone(one.text) for one in legends if one.color and one.color not in _COLORLESS}
    found: dict[str, Layer] = {}
    usual: dict[str, Layer] = {}
    for color, layers in shown.items():
        if color in _COLORLESS:
            continue
        known = layers - {None}
        name = color_name(color) or ""
        is_told = len(known) == 1 and len(shown) > 1  # a colour that all boxes have is not evidence
        if (layer := own.get(color) or explained.get(name)) or (is_told and (layer := known.pop())):
            found[color] = layer
        elif name in _USUAL and not known:
            usual[color] = _USUAL[name]
    is_usual = not explained and not any(own.values()) and not _are_tied(diagram, usual)
    if not is_usual or len({*found.values(), *usual.values()}) < 2:
        usual = {}
    return found | usual, dict.fromkeys(usual, _BY_COLOR)


def _are_tied(diagram: Diagram, usual: Mapping[str, Layer]) -> bool:
    """Return whether crow's feet or foreign key marks join boxes of different colours: then colours are not layers."""
    layers = {box.name: usual.get(box.color or "") for box in diagram.boxes}
    keys = {name: box for box in diagram.boxes for name in box.key}
    for line in diagram.lines:
        ends = {layers.get(line.left), layers.get(line.right)}
        if len(ends) > 1 and None not in ends and (line.left_cap or line.right_cap):
            return True
    for box in diagram.boxes:
        for row in box.rows:
            owner = keys.get(row.name)
            if (
                row.has(Key.FK)
                and owner
                and None not in (ends := {layers[box.name], layers[owner.name]})
                and len(ends) > 1
            ):
                return True
    return False


def _layer_alone(text: str) -> Layer | None:
    """Return the layer if a short text names one, and contains nothing else."""
    words = re.findall(r"\w+", text.lower())
    layers = {_WORDS[word] for word in words if word in _WORDS}
    others = [
        word for word in words if word not in _WORDS and word not in ("layer", "models", "model", "data", "tables")
    ]
    return layers.pop() if len(layers) == 1 and not others else None


@lru_cache(maxsize=65536)
def _explained(text: str) -> Mapping[str, Layer | None]:
    """Return the colours that a text explains, each with its layer if it is one."""
    found: dict[str, Layer | None] = {}
    for sign, color in _SIGNS.items():
        text = text.replace(sign, f" {color} = ")
    for first, second in _IN_LEGEND.findall(text.lower().replace("gray", "grey")):
        for color, meaning in ((first, second), (second, first)):
            if color in _COLORS and color not in found and meaning not in _COLORS:
                found[color] = _WORDS.get(meaning)
    return found
