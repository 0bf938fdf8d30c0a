"""A server that answers as Miro's REST API does, on this machine, over real HTTP; for tests of the client.

It keeps to what is known of the API: pages of 10 to 50 with a cursor, items sorted by id and without connectors,
numbers in a style as strings, at most 20 items in a bulk that is done whole or not at all, credits of a minute by the
levels of calls, and the bodies of its errors. Faults are made on demand: `faults` answer the next calls that they fit.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Record = dict[str, Any]

CREDITS = {1: 50, 2: 100, 3: 500, 4: 2000}
PER_MINUTE = 100_000
CAPS = (
    "none stealth rounded_stealth diamond filled_diamond oval filled_oval arrow triangle filled_triangle "
    "erd_one erd_many erd_only_one erd_zero_or_one erd_one_or_many erd_zero_or_many"
).split()
KINDS = ("app_card", "text", "shape", "sticky_note", "image", "document", "card", "frame", "embed")
LISTED = (*KINDS, "preview", "doc_format", "data_table_format")
FOLDERS = {"frames": "frame", "shapes": "shape", "texts": "text", "sticky_notes": "sticky_note", "cards": "card"}
AUTHOR = {"id": "3458764651000000001", "type": "user"}
STAMPS = {"createdAt": "2026-03-02T09:00:00Z", "createdBy": AUTHOR, "modifiedAt": "2026-03-02T10:00:00Z"}


class RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str, context: Any = None) -> None:
        self.status = status
        self.body = {"type": "error", "code": code, "message": message, "status": status, "context": context}


def invalid(name: str, message: str) -> RefusedError:
    return RefusedError(400, "2.0703", "Invalid parameters", {"fields": [{"field": name, "message": message}]})


@dataclass
class Fault:
    """Something that happens to the next `times` calls whose line (`GET /v2/…`) the pattern finds.

    `after`: the call is done all the same, and only its answer is lost."""

    pattern: str
    times: int = 1
    status: int = 500
    body: str = '{"type":"error","code":"internal","message":"Internal error","status":500}'
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False  # the connection is closed without an answer
    after: bool = False


@dataclass
class Board:
    """What is on the board; ids rise, and so does their order in listings."""

    id: str = "uXjVMktErd0="
    name: str = "Shop"
    items: dict[str, Record] = field(default_factory=dict)
    connectors: dict[str, Record] = field(default_factory=dict)
    docs: dict[str, Record] = field(default_factory=dict)
    widgets: list[Record] = field(default_factory=list)
    diagrams: list[Record] = field(default_factory=list)
    flowcharts: dict[str, Record] = field(default_factory=dict)  # what only the experimental listing shows
    last: int = 3458764660700000000

    def new_id(self) -> str:
        self.last += 1
        return str(self.last)


class Miro:
    """The server with one board, one token and a clock of its own. Use as a context."""

    def __init__(self) -> None:
        self.board = Board()
        self.token = "eyJtaXJv-secret-token"
        self.scopes = ["boards:read", "boards:write"]
        self.time = 1_772_445_600.0
        self.left = self.credits_of_a_minute = PER_MINUTE
        self.minute = 0
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.slept: list[float] = []
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.miro = self
        self._thread = threading.Thread(target=lambda: self._http.serve_forever(poll_interval=0.02), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def address(self) -> str:
        return f"https://miro.com/app/board/{self.board.id}/"

    def __enter__(self) -> Miro:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def sleep(self, seconds: float) -> None:
        """For the client's clock: time passes for both."""
        self.slept.append(seconds)
        self.time += seconds

    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]

    # -- answers

    def answer(self, method: str, path: str, token: str | None, body: bytes) -> tuple[int, Any]:
        if token is None:
            raise RefusedError(401, "tokenNotProvided", "No authorization token")
        if token != f"Bearer {self.token}":
            raise RefusedError(401, "invalidToken", "Invalid access token")
        url = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        for verb, pattern, level, scope, do in ROUTES:
            match = re.fullmatch(pattern, url.path)
            if verb != method or match is None:
                continue
            if scope not in self.scopes:
                raise RefusedError(403, "insufficientPermissions", f"Required scopes: [{scope}]")
            if "board" in match.groupdict() and unquote(match["board"]) != self.board.id:
                raise RefusedError(404, "4.0401", "Board not found")
            given = json.loads(body) if body else None
            self.spend(CREDITS[level] * (len(given) if do is Miro.bulk and isinstance(given, list) else 1))
            return do(self, match, asked, given)
        raise RefusedError(404, "4.0400", "No such address")

    def spend(self, credits: int) -> None:
        minute = int(self.time // 60)
        if minute != self.minute:
            self.minute, self.left = minute, self.credits_of_a_minute
        if self.left < credits:
            raise RefusedError(429, "tooManyRequests", "Request rate limit exceed")
        self.left -= credits

    def limits(self) -> dict[str, str]:
        reset = (int(self.time // 60) + 1) * 60
        return {
            "X-RateLimit-Limit": str(PER_MINUTE),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": str(reset),
        }

    def link(self, kind: str, id_: str) -> Record:
        return {"self": f"https://api.miro.com/v2/boards/{self.board.id.replace('=', '%3D')}/{kind}s/{id_}"}

    # -- reading

    def show_board(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        link = self.address.rstrip("/")
        return 200, {"id": self.board.id, "type": "board", "name": self.board.name, "viewLink": link, **STAMPS}

    def show_token(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        return 200, {"type": "oauth_token", "scopes": self.scopes, "user": AUTHOR}

    def list_items(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        if asked.get("type", "shape") not in LISTED:
            raise invalid("type", "Unexpected value")
        parent = asked.get("parent_item_id")
        found = [
            item
            for item in self.board.items.values()
            if asked.get("type") in (None, item["type"])
            and (parent is None or item.get("parent", {}).get("id") == parent)
        ]
        return self.page(sorted(found, key=lambda item: int(item["id"])), asked)

    def list_connectors(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        return self.page(list(self.board.connectors.values()), asked)

    def list_widgets(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        return self.page(self.board.widgets, asked)

    def list_diagrams(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        return self.page(self.board.diagrams, asked)

    def list_experimental(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        shapes = [item for item in self.board.items.values() if item["type"] == "shape"]
        return self.page([self.board.flowcharts.get(item["id"], item) for item in shapes], asked)

    def page(self, records: list[Record], asked: Record) -> tuple[int, Any]:
        limit = int(asked.get("limit", "10"))
        if not 10 <= limit <= 50:
            raise invalid("limit", f"Value [{limit}] must be between 10 and 50")
        start = int(base64.b64decode(asked["cursor"])) if "cursor" in asked else 0
        data = records[start : start + limit]
        answer: Record = {"size": len(data), "limit": limit, "total": len(records), "data": data, "links": {}}
        if start + limit < len(records):
            answer["cursor"] = base64.b64encode(str(start + limit).encode()).decode()
        return 200, answer | {"type": "cursor-list"}

    def show_item(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        return 200, self.item(match["item"])

    def show_doc(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        if match["item"] not in self.board.docs:
            raise RefusedError(404, "3.0201", "Item not found", {"boardId": {"value": self.board.id}})
        return 200, self.board.docs[match["item"]]

    def item(self, id_: str) -> Record:
        if id_ not in self.board.items:
            raise RefusedError(404, "3.0201", "Item not found", {"boardId": {"value": self.board.id}})
        return self.board.items[id_]

    # -- writing

    def create(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        item = self.made(FOLDERS[match["folder"]], body, "")
        self.board.items[item["id"]] = item
        return 201, item

    def bulk(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        if not isinstance(body, list):
            raise invalid("body", "must be an array")
        if len(body) > 20:
            raise RefusedError(400, "2.0703", "At most 20 items could be created with a single request")
        if any(one.get("type") not in KINDS for one in body):
            raise invalid("0.type", "Unexpected value")
        made = [self.made(one["type"], one, f"{number}.") for number, one in enumerate(body)]
        self.board.items.update({item["id"]: item for item in made})
        return 201, {"data": made, "type": "bulk-list"}

    def made(self, kind: str, body: Record, at: str) -> Record:
        item: Record = {"id": self.board.new_id(), "type": kind}
        self.check(body, at)
        self.fill(item, body, at)
        return {**item, "links": self.link(kind, item["id"]), **STAMPS}

    def check(self, body: Record, at: str) -> None:
        for name in body:
            if name not in ("type", "data", "style", "position", "geometry", "parent"):
                raise invalid(f"{at}{name}", f"Field [{name}] is not supported")

    def fill(self, item: Record, body: Record, at: str) -> None:
        """What a body says, as the live API tells it."""
        for name in ("data", "geometry"):
            if name in body:
                item[name] = item.get(name, {}) | body[name]
        if "style" in body:
            item["style"] = item.get("style", {}) | {name: str(value) for name, value in body["style"].items()}
        if "parent" in body:
            item["parent"] = {"id": str(body["parent"]["id"]), "links": self.link("frame", str(body["parent"]["id"]))}
        if "position" in body:
            relative = "parent_top_left" if "parent" in item else "canvas_center"
            item["position"] = {**body["position"], "origin": "center", "relativeTo": relative}
        self.check_inside(item, at)

    def check_inside(self, item: Record, at: str) -> None:
        size = item.get("geometry", {})
        if any(size.get(side, 100) < 8 for side in ("width", "height")):
            raise invalid(f"{at}geometry", "Value must be at least 8")
        if "parent" not in item:
            return
        frame = self.item(item["parent"]["id"])
        for axis, side in (("x", "width"), ("y", "height")):
            half, middle = size.get(side, 0) / 2, item.get("position", {}).get(axis, 0)
            if middle - half < 0 or middle + half > frame["geometry"][side]:
                raise invalid(f"{at}position", "The new position is outside of parent boundaries")

    def create_connector(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        connector: Record = {"id": self.board.new_id(), "type": "connector", "isSupported": True}
        self.fill_connector(connector, body)
        if not {"startItem", "endItem"} <= connector.keys():
            raise invalid("startItem", "must not be null")
        self.board.connectors[connector["id"]] = connector
        return 201, connector

    def fill_connector(self, connector: Record, body: Record) -> None:
        self.check_connector(body)
        for end in ("startItem", "endItem"):
            if end in body:
                id_ = str(body[end]["id"])
                if self.item(id_)["type"] == "frame":
                    raise invalid(end, "Frames are not allowed")
                if "snapTo" in body[end] and "position" in body[end]:
                    raise invalid(end, "either snapTo or position")
                connector[end] = {"id": id_, "links": self.link("item", id_)}
        if connector.get("startItem", {}).get("id") == connector.get("endItem", {}).get("id", ""):
            raise invalid("endItem", "must differ from startItem")
        connector |= {name: body[name] for name in ("shape", "captions") if name in body}
        connector["style"] = connector.get("style", {"startStrokeCap": "none", "endStrokeCap": "stealth"}) | {
            name: str(value) for name, value in body.get("style", {}).items()
        }

    def check_connector(self, body: Record) -> None:
        for name in body:
            if name not in ("startItem", "endItem", "shape", "captions", "style"):
                raise invalid(name, f"Field [{name}] is not supported")
        for caption in body.get("captions", ()):
            if len(caption["content"]) > 200:
                raise invalid("captions.content", "length must be at most 200")
        for name in ("startStrokeCap", "endStrokeCap"):
            cap = body.get("style", {}).get(name, "none")
            if cap not in CAPS:
                raise invalid(f"style.{name}", f"Unexpected value [{cap}], expected one of: [{', '.join(CAPS)}]")

    def patch(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        item = self.item(match["item"])
        self.check(body, "")
        new = json.loads(json.dumps(item))
        self.fill(new, body, "")
        item.update(new)
        return 200, item

    def patch_connector(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        if match["item"] not in self.board.connectors:
            raise RefusedError(404, "3.0201", "Item not found", {"boardId": {"value": self.board.id}})
        self.fill_connector(self.board.connectors[match["item"]], body)
        return 200, self.board.connectors[match["item"]]

    def delete(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        """Connectors go with what they touch; what stood in a frame stays on the canvas."""
        id_ = self.item(match["item"])["id"]
        del self.board.items[id_]
        touching = [
            connector["id"]
            for connector in self.board.connectors.values()
            if id_ in (connector["startItem"]["id"], connector["endItem"]["id"])
        ]
        for one in touching:
            del self.board.connectors[one]
        return 204, None

    def delete_connector(self, match: re.Match[str], asked: Record, body: Any) -> tuple[int, Any]:
        if self.board.connectors.pop(match["item"], None) is None:
            raise RefusedError(404, "3.0201", "Item not found", {"boardId": {"value": self.board.id}})
        return 204, None


BOARD = r"/v2/boards/(?P<board>[^/]+)"
TRIAL = r"/v2-experimental/boards/(?P<board>[^/]+)"
READ, WRITE = "boards:read", "boards:write"
Route = tuple[str, str, int, str, Callable[..., tuple[int, Any]]]
ROUTES: tuple[Route, ...] = (
    ("GET", "/v1/oauth-token", 1, READ, Miro.show_token),
    ("GET", BOARD, 1, READ, Miro.show_board),
    ("GET", rf"{BOARD}/items", 2, READ, Miro.list_items),
    ("GET", rf"{BOARD}/connectors", 2, READ, Miro.list_connectors),
    ("GET", rf"{BOARD}/(?:items|shapes|frames)/(?P<item>\d+)", 1, READ, Miro.show_item),
    ("GET", rf"{BOARD}/docs/(?P<item>\d+)", 1, READ, Miro.show_doc),
    ("GET", rf"{BOARD}/diagrams", 2, READ, Miro.list_diagrams),
    ("GET", rf"{TRIAL}/code_widgets", 2, READ, Miro.list_widgets),
    ("GET", rf"{TRIAL}/items", 2, READ, Miro.list_experimental),
    ("POST", rf"{BOARD}/items/bulk", 2, WRITE, Miro.bulk),
    ("POST", rf"{BOARD}/(?P<folder>{'|'.join(FOLDERS)})", 2, WRITE, Miro.create),
    ("POST", rf"{BOARD}/connectors", 2, WRITE, Miro.create_connector),
    ("PATCH", rf"{BOARD}/connectors/(?P<item>\d+)", 2, WRITE, Miro.patch_connector),
    ("PATCH", rf"{BOARD}/(?:items|shapes|frames|texts|sticky_notes)/(?P<item>\d+)", 2, WRITE, Miro.patch),
    ("DELETE", rf"{BOARD}/connectors/(?P<item>\d+)", 3, WRITE, Miro.delete_connector),
    ("DELETE", rf"{BOARD}/(?:items|shapes|frames|texts|sticky_notes)/(?P<item>\d+)", 3, WRITE, Miro.delete),
)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    miro: Miro

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # headers and body in one packet
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def handle_any(self) -> None:
        miro = self.server.miro
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = f"{self.command} {self.path}"
        miro.calls.append(call)
        fault = next((fault for fault in miro.faults if fault.times and re.search(fault.pattern, call)), None)
        if fault is None or fault.after:
            status, answer = self.done(body)
        if fault is not None:
            fault.times -= 1
            if fault.drop:
                self.close_connection = True
                return
            self.reply(fault.status, fault.body.encode(), fault.headers)
            return
        self.reply(status, b"" if answer is None else json.dumps(answer).encode(), {})

    def done(self, body: bytes) -> tuple[int, Any]:
        try:
            return self.server.miro.answer(self.command, self.path, self.headers.get("Authorization"), body)
        except RefusedError as refused:
            return refused.status, refused.body

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (self.server.miro.limits() | headers).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815
