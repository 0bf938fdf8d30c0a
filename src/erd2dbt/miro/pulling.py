"""Reads a board through the API into one JSON document for `read/board`. Content missing from a listing is
requested."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, did_you_mean
from erd2dbt.miro.client import Client, Record, board_path
from erd2dbt.read.board.address import Address
from erd2dbt.read.board.frames import plain_title
from erd2dbt.read.board.markup import lines

_EXPERIMENTAL = "/v2-experimental/boards/"


def pull(client: Client, address: Address, frame: str | None = None, *, whole: bool = False) -> Record:
    """Return `{board, frame, items, connectors}` as Miro answered them.

    Only one frame is read if its id or title is given, or the address contains one. With `whole`, the frame is only
    named in the result, and all items are included.

    Faults E061 to E064; E066 when there is no such frame.
    """
    path = board_path(address.board)
    board = client.read(path) or {}
    scope = _frame(client, path, frame, address.item)
    is_part = scope is not None and not whole
    found = _by_id(_inside(client, path, scope) if scope is not None and is_part else client.pages(f"{path}/items"))
    connectors = list(client.pages(f"{path}/connectors"))
    if is_part:
        connectors = [one for one in connectors if _ends(one) & found.keys()]
    for record in _beside(client, path):
        if not is_part or _parent(record) in found:
            found.setdefault(str(record.get("id")), record)
            found[str(record.get("id"))] |= record
    _fill(client, path, found)
    pulled: Record = {"board": board}
    if scope is not None:
        pulled["frame"] = str(scope["id"])
    return pulled | {"items": list(found.values()), "connectors": connectors}


def dump(pulled: Record) -> bytes:
    """Return the JSON as it is saved: a line for each value, so that version control shows changes."""
    return (json.dumps(pulled, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _by_id(records: Iterable[Record]) -> dict[str, Record]:
    return {str(record["id"]): record for record in records if "id" in record}


def _ends(connector: Record) -> set[str]:
    ends = (connector.get(end) for end in ("startItem", "endItem"))
    return {str(end["id"]) for end in ends if isinstance(end, dict) and "id" in end}


def _parent(record: Mapping[str, Any]) -> str:
    parent = record.get("parent")
    return str(parent.get("id")) if isinstance(parent, dict) else ""


# -- one frame


def _frame(client: Client, path: str, wanted: str | None, shown: str | None) -> Record | None:
    """Return the named frame, by id or title; otherwise the one in the link. Raises E066."""
    if wanted is None:
        item = client.read(f"{path}/items/{shown}", optional=True) if shown else None
        return item if item and item.get("type") == "frame" and "id" in item else None
    frames = [frame for frame in client.pages(f"{path}/items", type="frame") if "id" in frame]
    titled = [frame for frame in frames if _same(_title(frame), wanted)]
    found = [frame for frame in frames if str(frame.get("id")) == wanted] or titled
    if len(found) == 1:
        return found[0]
    titles = [_title(frame) for frame in frames]
    fixes: tuple[str, ...]
    if found:
        ids = ", ".join(str(frame.get("id")) for frame in found)
        message, fixes = f"{len(found)} frames are called `{wanted}`", (f"name one by its id: {ids}",)
    else:
        message = f"the board has no frame `{wanted}`"
        fixes = (*did_you_mean(wanted, titles), f"frames are {', '.join(sorted(titles))}" if titles else "draw one")
    raise ErdError([Diagnostic(code="E066", message=message, fixes=fixes)])


def _title(frame: Record) -> str:
    data = frame.get("data")
    title = data.get("title") if isinstance(data, dict) else None
    return " ".join(line.text for line in lines(title)) if isinstance(title, str) else ""


def _same(one: str, other: str) -> bool:
    return plain_title(one) == plain_title(other)


def _inside(client: Client, path: str, frame: Record) -> list[Record]:
    """Return the frame with its items, including nested frames."""
    found, at = [frame], 0
    known = {str(frame["id"])}
    while at < len(found):
        record, at = found[at], at + 1
        if record.get("type") == "frame" and "id" in record:
            children = client.pages(f"{path}/items", parent_item_id=str(record["id"]))
            new = [child for child in children if str(child.get("id")) not in known]
            known.update(str(child.get("id")) for child in new)
            found += new
    return found


# -- what the plain listing leaves empty


def _beside(client: Client, path: str) -> Iterable[Record]:
    """Return code widgets, and diagrams whose content Miro does not list. Both have separate listings with separate
    access."""
    board = path.rpartition("/")[2]
    yield from client.pages(f"{_EXPERIMENTAL}{board}/code_widgets", optional=True)
    yield from client.pages(f"{path}/diagrams", optional=True)


def _fill(client: Client, path: str, found: dict[str, Record]) -> None:
    """Fill in documents from their own address, and shapes without text from the experimental listing, which has
    some."""
    for id_, record in found.items():
        if record.get("type") == "doc_format" and not _data(record).get("content"):
            doc = client.read(f"{path}/docs/{id_}", optional=True, textContentType="markdown") or {}
            record["data"] = _data(record) | _data(doc)
    empty = {id_ for id_, record in found.items() if record.get("type") == "shape" and "content" not in _data(record)}
    if empty:
        board = path.rpartition("/")[2]
        for record in client.pages(f"{_EXPERIMENTAL}{board}/items", optional=True, type="shape"):
            if str(record.get("id")) in empty and "content" in _data(record):
                found[str(record["id"])] |= {"data": record["data"]}


def _data(record: Mapping[str, Any]) -> Record:
    data = record.get("data")
    return data if isinstance(data, dict) else {}
