"""Answers that Miro's documentation does not have: a pull and a push take them or refuse them in a sentence."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from miro.boards import shop
from miro.here import Here
from miro.server import Miro

SPEC = """version: 1
project: shop
sources: {raw: {}}
entities:
  customers: {key: id, columns: {id: bigint}}
  orders: {key: id, columns: {id: bigint, customer_id: bigint}}
links: {"orders }o--|| customers": customer_id = id}
"""
ODD = (
    None,
    True,
    -1,
    1e308,
    float("nan"),
    "",
    "\x1b[2J",
    "a\ud800",
    "::error::x",
    [],
    {},
    [[]],
    [None],
    {"id": []},
    "9" * 5000,
)


def parts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, name)
        yield from parts(one, (*at, name))


def spoilt(answer: Any, random_: random.Random) -> Any:
    """With one part that is odd, or that is not there."""
    made = copy.deepcopy(answer)
    places = list(parts(made))
    if not places or random_.random() < 0.05:
        return random_.choice(ODD)
    *path, last = random_.choice(places)
    inner = made
    for word in path:
        inner = inner[word]
    if random_.random() < 0.3:
        del inner[last]
    else:
        inner[last] = random_.choice(ODD)
    return made


@pytest.mark.parametrize("seed", range(4))
def test_an_odd_answer_is_no_traceback(here: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """One answer of each run is odd; the next run starts with what that left."""
    shop(miro)
    Path("shop.yml").write_text(SPEC, encoding="utf-8")
    real, random_ = Miro.answer, random.Random(seed)
    state = {"left": 0}

    def odd(self: Miro, method: str, path: str, token: str | None, body: bytes) -> tuple[int, Any]:
        status, answer = real(self, method, path, token, body)
        state["left"] -= 1
        return (status, spoilt(answer, random_)) if state["left"] == 0 else (status, answer)

    monkeypatch.setattr(Miro, "answer", odd)
    codes = set()
    for number in range(30):
        state["left"] = random_.randrange(1, 9)
        words = random_.choice((("push", "shop.yml"), ("push", "shop.yml"), ("pull",)))
        done = CliRunner().invoke(
            main, (*words, miro.address, *(("--force", "-o", "a.yml") if words == ("pull",) else ()))
        )
        assert done.exit_code in (0, 1, 2), (seed, number, done.stderr)
        assert "\x1b" not in done.stderr
        codes.add(done.exit_code)
        if done.exit_code == 2 and "E068" in done.stderr:
            Path(".shop.yml.miro").unlink()
    assert 0 in codes


def test_an_answer_without_end_is_cut(here: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erd2dbt.miro.client._MOST_BYTES", 100)
    done = here.run("pull", miro.address)
    assert done.exit_code == 2
    assert "its answer does not end" in done.stderr


def test_a_listing_without_end_is_cut(here: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erd2dbt.miro.client._MOST_PAGES", 5)
    cursors = iter(range(10**9))
    real = Miro.answer

    def endless(self: Miro, method: str, path: str, token: str | None, body: bytes) -> tuple[int, Any]:
        if "/items" in path:
            return 200, {"data": [{"id": "1"}], "cursor": str(next(cursors))}
        return real(self, method, path, token, body)

    monkeypatch.setattr(Miro, "answer", endless)
    done = here.run("pull", miro.address)
    assert done.exit_code == 2
    assert "repeats itself" in done.stderr


def test_a_refusal_that_repeats_the_token_deep_inside_does_not_tell_it(
    here: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = {
        "fields": [{"field": miro.token, "message": [f"Bearer {miro.token}"]}, {"field": "a", "message": miro.token}]
    }
    answer = {"status": 400, "message": f"x{miro.token}y", "context": context}
    monkeypatch.setattr(Miro, "answer", lambda *_: (400, answer))
    done = here.run("pull", miro.address)  # which looks for the token in all that is said and written
    assert done.exit_code == 2
