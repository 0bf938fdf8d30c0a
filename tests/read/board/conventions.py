"""Boards in conventions that people have: written short, as the Web SDK exports them; and what their authors mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.diagram.erd import TODO, Erd
from erd2dbt.draft.remarks import remarks_in
from erd2dbt.draft.values import Remark
from erd2dbt.read.spec.reader import read_spec

FOLDER = Path(__file__).parent / "conventions"
CASES = sorted(path.stem for path in FOLDER.glob("*.yml"))


def case_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return found


def board_of(case: dict[str, Any]) -> bytes:
    """The board as JSON; items are shapes unless they say otherwise."""
    items = [_item(str(id_), item) for id_, item in case["items"].items()]
    lines = [_line(f"9{n:03}", line) for n, line in enumerate(case.get("lines", ()))]
    return json.dumps([*items, *lines], ensure_ascii=False).encode()


def _item(id_: str, item: dict[str, Any]) -> dict[str, Any]:
    x, y, width, height = item["at"]
    found = {"id": id_, "type": item.get("kind", "shape"), "x": x, "y": y, "width": width, "height": height}
    found |= {"relativeTo": "canvas_center", "style": {"fillColor": item.get("fill", "#ffffff")}}
    found |= {name: item[name] for name in ("title", "description", "code", "parentId", "fields") if name in item}
    if "text" in item:
        found["content"] = item["text"]
    if "node" in item:
        found |= {"nodeView": {"content": item["node"]}, "childrenIds": item.get("children", [])}
    if "cells" in item:
        found["cells"] = [[{"text": f"<p>{cell}</p>"} for cell in row] for row in item["cells"]]
    return found | ({"shape": item.get("form", "rectangle")} if found["type"] == "shape" else {})


def _line(id_: str, line: dict[str, Any]) -> dict[str, Any]:
    styles = line.get("styles") or [f"erd_{cap}" for cap in line.get("caps", ())] or ["none", "none"]
    captions = [{"content": f"<p>{text}</p>", "position": at} for at, text in line.get("captions", {}).items()]
    return {
        "id": id_,
        "type": "connector",
        "start": {"item": str(line["from"])},
        "end": {"item": str(line["to"])},
        "captions": captions,
        "style": {"startStrokeCap": styles[0], "endStrokeCap": styles[1]},
    }


def meant(case: dict[str, Any]) -> tuple[dict[str, list[str]], list[str]]:
    """Entities with their columns, and links, in the words of `drawn`."""
    entities = {name: sorted(map(_typed, columns)) for name, columns in case["means"].items()}
    return entities, sorted(case.get("links", ()))


def _typed(column: str) -> str:
    name, _, kind = column.partition(" ")
    return f"{name} {kind if kind == '-' else canonical(kind)}"


def drawn(text: str) -> tuple[dict[str, list[str]], list[str]]:
    """The entities and links of a drafted spec; `*` behind the columns of a key, `-` where no type was drawn."""
    erd = read_spec(text.encode(), "spec.yml")
    untyped = {said.line for said in remarks_in(text) if "no type is drawn" in said.text}
    entities = {}
    for entity in erd.entities:
        key = {word.text for word in entity.key}
        kinds = {one.name: "-" if one.span.line in untyped else canonical(one.type or "") for one in entity.columns}
        entities[entity.name] = sorted(f"{name}{'*' if name in key else ''} {kind}" for name, kind in kinds.items())
    return entities, sorted(_links(erd))


def _links(erd: Erd) -> list[str]:
    found = []
    for link in erd.links:
        ends = [(link.left, "n" if link.left_cap.many else "1"), (link.right, "n" if link.right_cap.many else "1")]
        pairs = list(link.columns)
        if ends[0][1] < ends[1][1] or (ends[0][1] == ends[1][1] and ends[0][0] > ends[1][0]):
            ends, pairs = ends[::-1], [(b, a) for a, b in pairs]
        on = ", ".join(f"{a} = {b}" for a, b in pairs if TODO not in (a, b))
        found.append(f"{ends[0][0]} {ends[0][1]}:{ends[1][1]} {ends[1][0]}{f' on {on}' if on else ''}")
    return found


def inferred(text: str) -> str:
    return "\n".join(said.text for said in remarks_in(text) if said.remark is Remark.INFERRED)
