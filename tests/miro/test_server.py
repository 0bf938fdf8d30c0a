"""The server answers as is known of Miro's API: else what the client is tested against would be our own fancy."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from miro.boards import frame, line, shape
from miro.server import Miro
from read.board.drawn import FIXTURES


def ask(miro: Miro, method: str, path: str, body: object = None, token: str | None = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or miro.token}"} if token != "" else {}
    board = f"{miro.url}/v2/boards/{miro.board.id.replace('=', '%3D')}"
    return requests.request(method, board + path, headers=headers, json=body, timeout=5, proxies={"http": ""})


def error(response: requests.Response) -> tuple[int, Any, Any]:
    body = response.json()
    assert body["type"] == "error"
    assert body["status"] == response.status_code
    return response.status_code, body["code"], body["message"]


RECTANGLE = {"type": "shape", "data": {"shape": "rectangle"}, "geometry": {"width": 10, "height": 10}}


def test_errors(miro: Miro) -> None:
    """The bodies that were seen of the live API; those of 401 and 403 are guesses."""
    assert error(ask(miro, "GET", "/items?limit=51"))[:2] == (400, "2.0703")
    assert error(ask(miro, "GET", "/items?limit=9"))[:2] == (400, "2.0703")
    assert error(ask(miro, "GET", "/items/1")) == (404, "3.0201", "Item not found")
    assert ask(miro, "GET", "/items/1").json()["context"] == {"boardId": {"value": miro.board.id}}
    fields = ask(miro, "POST", "/shapes", {"metadata": {}}).json()["context"]["fields"]
    assert fields == [{"field": "metadata", "message": "Field [metadata] is not supported"}]
    assert error(ask(miro, "POST", "/items/bulk", [RECTANGLE] * 21)) == (
        400,
        "2.0703",
        "At most 20 items could be created with a single request",
    )
    assert error(ask(miro, "GET", "/items", token=""))[0] == 401
    assert error(ask(miro, "GET", "/items", token="other"))[0] == 401
    miro.scopes = ["boards:write"]
    assert error(ask(miro, "GET", "/items")) == (403, "insufficientPermissions", "Required scopes: [boards:read]")


def test_credits(miro: Miro) -> None:
    """Of the levels 1, 2 and 3, and 100 for each item of a bulk; refused when they are spent, back a minute later."""
    id_ = shape(miro, "a", "PK id int")
    costs = [("GET", "", None, 50), ("GET", "/items", None, 100), ("POST", "/items/bulk", [RECTANGLE] * 3, 300),
             ("DELETE", f"/shapes/{id_}", None, 500)]  # fmt: skip
    for method, path, body, cost in costs:
        before = miro.left
        answer = ask(miro, method, path, body)
        assert before - miro.left == cost
        assert int(answer.headers["X-RateLimit-Remaining"]) == miro.left
    miro.left = 99
    refused = ask(miro, "GET", "/items")
    assert error(refused) == (429, "tooManyRequests", "Request rate limit exceed")
    assert refused.json()["context"] is None
    miro.time = float(refused.headers["X-RateLimit-Reset"])
    assert ask(miro, "GET", "/items").status_code == 200


def test_listings(miro: Miro) -> None:
    """Sorted by id, without connectors, in the form of the pages that were seen; the last page has no cursor."""
    ids = [shape(miro, f"t{i}", "PK id int") for i in range(23)]
    line(miro, ids[0], ids[1], "one", "many")
    seen: list[str] = []
    page = ask(miro, "GET", "/items?limit=10").json()
    pages = json.loads((FIXTURES / "rest_items.json").read_text(encoding="utf-8"))
    live = [pair["response"]["body"] for pair in pages]
    while True:
        seen += [item["id"] for item in page["data"]]
        assert (page["size"], page["total"], page["type"]) == (len(page["data"]), 23, "cursor-list")
        if "cursor" not in page:
            break
        assert page.keys() == live[0].keys()
        page = ask(miro, "GET", f"/items?limit=10&cursor={page['cursor']}").json()
    assert seen == ids
    assert page.keys() == live[-1].keys()
    assert [one["type"] for one in ask(miro, "GET", "/connectors").json()["data"]] == ["connector"]
    known = next(item for body in live for item in body["data"] if item["type"] == "shape" and "data" in item)
    (first,) = ask(miro, "GET", "/items?limit=10").json()["data"][:1]
    assert set(first) <= set(known)
    assert all(isinstance(value, str) for value in first["style"].values())


def test_bulks_are_done_whole_or_not_at_all(miro: Miro) -> None:
    wrong = RECTANGLE | {"geometry": {"width": 2, "height": 10}}
    assert ask(miro, "POST", "/items/bulk", [RECTANGLE, wrong]).json()["context"]["fields"][0]["field"] == "1.geometry"
    assert miro.board.items == {}
    made = ask(miro, "POST", "/items/bulk", [RECTANGLE, RECTANGLE])
    assert (made.status_code, made.json()["type"], len(made.json()["data"])) == (201, "bulk-list", 2)
    assert list(miro.board.items) == [one["id"] for one in made.json()["data"]]


def test_frames(miro: Miro) -> None:
    """Children count from the top left, and lie inside."""
    parent = {"parent": {"id": frame(miro, "F")}}
    inside = ask(miro, "POST", "/shapes", RECTANGLE | parent | {"position": {"x": 5, "y": 1995}})
    assert inside.json()["position"]["relativeTo"] == "parent_top_left"
    outside = ask(miro, "POST", "/shapes", RECTANGLE | parent | {"position": {"x": 4, "y": 1995}})
    assert "outside of parent boundaries" in outside.json()["context"]["fields"][0]["message"]


def test_connectors(miro: Miro) -> None:
    """One by one, between two items that are no frames, with the caps that Miro knows; gone with what they touch."""
    a, b, framed = shape(miro, "a", "PK id int"), shape(miro, "b", "PK id int"), frame(miro, "F")
    ends = {"startItem": {"id": a}, "endItem": {"id": b}}
    made = ask(miro, "POST", "/connectors", ends)
    assert made.status_code == 201
    assert (made.json()["style"]["startStrokeCap"], made.json()["style"]["endStrokeCap"]) == ("none", "stealth")
    for wrong in (
        {"startItem": {"id": a}, "endItem": {"id": a}},
        {"startItem": {"id": a}, "endItem": {"id": framed}},
        ends | {"style": {"startStrokeCap": "crow"}},
        ends | {"captions": [{"content": "x" * 201}]},
        {"startItem": {"id": a, "snapTo": "top", "position": {"x": "50%"}}, "endItem": {"id": b}},
    ):
        assert ask(miro, "POST", "/connectors", wrong).status_code == 400
    assert ask(miro, "DELETE", f"/shapes/{a}").status_code == 204
    assert miro.board.connectors == {}


@pytest.mark.parametrize("path", ["/docs/1", "/tables", "/items/1"])
def test_what_is_not_there(miro: Miro, path: str) -> None:
    assert ask(miro, "GET", path).status_code == 404
