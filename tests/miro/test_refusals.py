"""What is told when a board cannot be pulled, word for word; `ERD2DBT_UPDATE_GOLDEN=1` writes the texts anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from miro.boards import frame, shape, shop
from miro.here import Here
from miro.server import Fault, Miro

EXPECTED = Path(__file__).parent / "refusals"
PAGE = "<html><body>Sign in</body></html>"
HOSTILE = "{{ run_query('x') }}'; drop table t;-- <script>alert(1)</script>\u202eegdirb\x1b[31m"


def expired(miro: Miro) -> None:
    miro.token = "eyJtaXJv-newer"


def without_scope(miro: Miro) -> None:
    miro.scopes = ["boards:write", "team:read"]


def storm(miro: Miro) -> None:
    body = '{"status":429,"code":"tooManyRequests","message":"Request rate limit exceed","context":null,"type":"error"}'
    miro.faults = [Fault("GET .*/items", times=99, status=429, body=body)]


def web_page(miro: Miro) -> None:
    miro.faults = [Fault("GET", times=99, status=200, body=PAGE, headers={"Content-Type": "text/html"})]


def redirect(miro: Miro) -> None:
    miro.faults = [Fault("GET", status=302, body="", headers={"Location": "https://login.example.org/"})]


def always_failing(miro: Miro) -> None:
    miro.faults = [Fault("GET .*/connectors", times=99, status=502, body=PAGE)]


def hanging_up(miro: Miro) -> None:
    miro.faults = [Fault("GET", times=99, drop=True)]


def round_in_a_circle(miro: Miro) -> None:
    body = '{"data":[{"id":"1","type":"shape"}],"cursor":"again","type":"cursor-list"}'
    miro.faults = [Fault("GET .*/items", times=99, status=200, body=body)]


def bad_request(miro: Miro) -> None:
    body = '{"type":"error","code":"2.0703","context":{"fields":[{"field":"limit","message":"too\\nmany"}]},' \
        '"message":"Invalid parameters","status":400}'  # fmt: skip
    miro.faults = [Fault("GET .*/items", status=400, body=body)]


def echoing(miro: Miro) -> None:
    body = f'{{"message":"Token {miro.token} is not known","status":401}}'
    miro.faults = [Fault("GET", status=401, body=body)]


def empty(miro: Miro) -> None:
    """Nothing is on the board."""


def two_boxes(miro: Miro) -> None:
    shape(miro, "orders", "PK id int")
    shape(miro, "Orders", "PK order_id int", "total numeric", x=800)


def two_frames(miro: Miro) -> None:
    frame(miro, "Sales")
    frame(miro, "sales", x=3000)
    frame(miro, HOSTILE, x=6000)


def unread(miro: Miro) -> None:
    ids = shop(miro)
    miro.board.items[ids["products"]].pop("data")
    miro.board.items[ids["products"]]["isSupported"] = False
    at = {"x": 5, "y": 7, "relativeTo": "canvas_center"}
    miro.board.diagrams = [{"id": "77", "type": "diagram", "data": {"title": HOSTILE}, "position": at}]


CASES: dict[str, tuple[Callable[[Miro], None], tuple[str, ...]]] = {
    "expired_token": (expired, ()),
    "token_without_scope": (without_scope, ()),
    "token_in_the_answer": (echoing, ()),
    "storm_of_429": (storm, ()),
    "web_page": (web_page, ()),
    "redirect": (redirect, ()),
    "bad_gateway": (always_failing, ()),
    "no_answer": (hanging_up, ()),
    "listing_without_end": (round_in_a_circle, ()),
    "bad_request": (bad_request, ()),
    "empty_board": (empty, ()),
    "two_boxes_of_one_name": (two_boxes, ()),
    "no_such_frame": (two_frames, ("--frame", "Saless")),
    "two_frames": (two_frames, ("--frame", "SALES")),
    "unread": (unread, ()),
}


def check(name: str, said: str, code: int) -> None:
    said = f"{said}→ {code}\n"
    expected = EXPECTED / f"{name}.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_refusals(here: Here, miro: Miro, name: str) -> None:
    """Nothing is written, nothing of the token is shown, and nothing that a terminal would obey."""
    prepare, words = CASES[name]
    prepare(miro)
    done = here.run("pull", miro.address, "-o", "shop.yml", *words)
    assert not list(here.folder.iterdir())
    assert not set(done.output) & {"\x1b", "\u202e"}
    check(name, done.output.replace(miro.url, "http://127.0.0.1"), done.exit_code)


def test_another_board(here: Here) -> None:
    done = here.run("pull", "https://miro.com/app/board/uXjVOther=/", "-o", "shop.yml")
    check("another_board", done.output, done.exit_code)
    assert here.miro.slept == []


@pytest.mark.parametrize(("name", "board"), [("dashboard", "https://miro.com/app/dashboard/"), ("path", "../x y")])
def test_no_board(here: Here, name: str, board: str) -> None:
    done = here.run("pull", board)
    check(f"no_board_{name}", done.output, done.exit_code)
    assert here.miro.calls == []


@pytest.mark.parametrize(("name", "token"), [("none", ""), ("of_two_words", "two words"), ("of_odd_letters", "tökén")])
def test_no_token(here: Here, monkeypatch: pytest.MonkeyPatch, name: str, token: str) -> None:
    monkeypatch.setenv("MIRO_TOKEN", token)
    done = here.run("pull", "uXjV=")
    check(f"token_{name}", done.output, done.exit_code)
    assert here.miro.calls == []


def test_token_files(here: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIRO_TOKEN")
    shop(miro)
    missing = here.run("pull", miro.board.id, "--token-file", "token.txt")
    check("token_file_missing", missing.output, missing.exit_code)
    for text in (f"{miro.token}\n", f"\ufeff Bearer {miro.token}\r\n"):
        (here.folder / "token.txt").write_text(text, encoding="utf-8")
        assert here.run("pull", miro.board.id, "--token-file", "token.txt").exit_code == 0


def test_addresses_that_a_token_is_not_sent_to(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRO_API_URL", "http://miro.example.org")
    done = here.run("pull", "uXjV=")
    check("not_encrypted", done.output, done.exit_code)
    assert here.miro.calls == []
