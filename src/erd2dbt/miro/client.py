"""The seam to `requests`: one call of Miro's REST API at a time, with retries, within the credits of a minute.

Reading calls are always retried. A writing call without an answer may have been carried out. `UnknownOutcomeError`
tells the caller to check the board first.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.miro import refusals
from erd2dbt.miro.token import Token
from erd2dbt.read.board.address import Address, address_of
from erd2dbt.system.progress import counted

API = "https://api.miro.com"
CREDITS = {1: 50, 2: 100, 3: 500, 4: 2000}  # credits of a call, by its level
PAGE = 50  # maximum items of a page
TRIES = 6
_TIMEOUT = (10, 60)  # seconds to connect, and between two bytes
_LONGEST = 61.0  # maximum seconds of one pause; the credits of a minute return after a minute
_TOO_MANY = 429
_ID = re.compile(r"[A-Za-z0-9_=-]+")
_PART = 65536  # bytes
_MOST_BYTES = 32 * 1024 * 1024  # of one answer, decompressed; a page of 50 items has about 100 KB
_MOST_SECONDS = 120.0  # for one answer
_MOST_PAGES = 20_000  # of one listing: a million items
_WITHOUT_JSON = 2  # pages of a proxy disappear soon, or not at all

Record = dict[str, Any]


class UnknownOutcomeError(Exception):
    """A writing call got no answer, or an answer that does not show whether the call was carried out."""


class _Bearer(AuthBase):
    """The token as an authentication object, so that an entry of `.netrc` does not replace it."""

    def __init__(self, token: Token) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.token.header
        return request


@dataclass(frozen=True, slots=True)
class Clock:
    """The client's source of time. `jitter` returns a number from 0 to 1."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


CLOCK = Clock()


class Client:
    """Calls with one token. `spent` counts credits; `say` receives messages about pauses."""

    def __init__(
        self, token: Token, api: str = API, clock: Clock | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        refusals.check_api(api)
        self.token, self.api, self.clock, self.say = token, api.rstrip("/"), clock or CLOCK, say
        self.spent = 0
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        self._session.headers["Accept"] = "application/json"
        self._left: int | None = None  # (credits left, time of the next reset)
        self._full = 0.0

    def read(self, path: str, *, level: int = 1, optional: bool = False, **query: str | int) -> Record | None:
        """Return the answer to a GET. None where `optional` and Miro refuses (403, 404). Raises ErdError E061 to
        E064."""
        for tries in range(TRIES):
            response = self._try(tries, path, query, level)
            if response is None:
                continue
            if optional and response.status_code in (403, 404):
                return None
            if response.status_code >= 300:
                raise self._refused("GET", path, response)
            if (answer := _json(response)) is not None:
                return answer
            if tries == _WITHOUT_JSON:
                break
            self._pause(tries, f"{_name(path)} was not answered with JSON")
        raise ErdError(
            [refusals.no_json("GET", _name(path), self.token.hidden(response.text if response is not None else ""))]
        )

    def pages(self, path: str, *, level: int = 2, optional: bool = False, **query: str) -> Iterator[Record]:
        """Yield every record of a listing, page by page, until there is no cursor."""
        with counted("pulling", None) as count:
            for page in self._pages(path, level=level, optional=optional, **query):
                total = page.get("total")
                count.total = total if isinstance(total, int) and 0 < total <= PAGE * _MOST_PAGES else count.total
                yield from (record for record in page["data"] if isinstance(record, dict))
                count.step(len(page["data"]))

    def _pages(self, path: str, *, level: int, optional: bool, **query: str) -> Iterator[Record]:
        cursor: dict[str, str] = {}
        met: set[str] = set()
        while (page := self.read(path, level=level, optional=optional, limit=PAGE, **query, **cursor)) is not None:
            data = page.get("data")
            if not isinstance(data, list):
                raise ErdError([refusals.no_page(_name(path))])
            yield page
            following = page.get("cursor")
            if not isinstance(following, str) or not following or not data:
                return
            if following in met or len(met) > _MOST_PAGES:
                raise ErdError([refusals.no_page(_name(path))])
            met.add(following)
            cursor = {"cursor": following}

    def write(self, method: str, path: str, body: object = None, *, level: int = 2, count: int = 1) -> Record | None:
        """Return the answer to a POST, PATCH or DELETE; None for an empty answer, and for a missing item (404).

        `count`: items of a bulk call. Raises UnknownOutcomeError if the outcome is unknown; ErdError for a refusal.
        """
        try:
            response = self._send(method, path, CREDITS[level] * count, json=body)
        except requests.RequestException as error:
            raise UnknownOutcomeError(refusals.reason(error)) from None
        status = response.status_code
        if status == _TOO_MANY or status >= 500:
            self._pause(0, f"{method} {_name(path)} was answered with {status}", response)
            raise UnknownOutcomeError(f"Miro answered {status}")
        if status == 404 and method in ("PATCH", "DELETE"):
            return None
        if status >= 300:
            raise self._refused(method, path, response)
        if status == 204 or not response.content:
            return {}
        answer = _json(response)
        if answer is None:
            raise UnknownOutcomeError("the answer is not JSON")
        return answer

    def _try(self, tries: int, path: str, query: Mapping[str, str | int], level: int) -> requests.Response | None:
        """Try to read once. Returns None if a retry is useful, after a pause. Fault E063 after the last try."""
        try:
            response = self._send("GET", path, CREDITS[level], params=query)
        except requests.RequestException as error:
            if tries + 1 == TRIES or refusals.is_final(error):
                raise ErdError([refusals.no_answer(self.api, refusals.reason(error), tries + 1)]) from None
            self._pause(tries, refusals.reason(error))
            return None
        if response.status_code != _TOO_MANY and response.status_code < 500:
            return response
        if tries + 1 == TRIES:
            raise ErdError([refusals.no_answer(self.api, f"it answered {response.status_code}", TRIES)])
        self._pause(tries, f"Miro answered {response.status_code}", response)
        return None

    def _send(self, method: str, path: str, cost: int, **sent: Any) -> requests.Response:
        if self._left is not None and self._left < cost:
            self._wait(self._full - self.clock.now(), "the credits of this minute are spent")
        response = self._session.request(
            method, self.api + path, timeout=_TIMEOUT, allow_redirects=False, stream=True, **sent
        )
        self.spent += cost
        self._receive(response)
        self._left = _number(response.headers.get("X-RateLimit-Remaining"))
        self._full = float(_number(response.headers.get("X-RateLimit-Reset")) or 0)
        return response

    def _receive(self, response: requests.Response) -> None:
        """Return the decompressed body, within size and time limits. Raises refusals.EndlessError beyond them."""
        body, until = bytearray(), self.clock.now() + _MOST_SECONDS
        with response:
            for part in response.iter_content(_PART):
                body += part
                if len(body) > _MOST_BYTES or self.clock.now() > until:
                    raise refusals.EndlessError
        response._content = bytes(body)  # as `requests` itself stores the body that it read

    def _pause(self, tries: int, why: str, response: requests.Response | None = None) -> None:
        """Pause as long as Miro asks for; otherwise for a growing time with jitter."""
        seconds = min(30.0, 2.0**tries)
        if response is not None and response.status_code == _TOO_MANY:
            after = _number(response.headers.get("Retry-After"))
            seconds = float(after) if after is not None else max(seconds, self._full - self.clock.now())
        self._wait(seconds + seconds * 0.5 * self.clock.jitter(), why)

    def _wait(self, seconds: float, why: str) -> None:
        self._left = None
        if seconds > 0:
            pause = min(seconds, _LONGEST)
            self.say(f"{why}; next try in {pause:.0f} s")
            self.clock.sleep(pause)

    def _refused(self, method: str, path: str, response: requests.Response) -> ErdError:
        body = _json(response) or {}
        granted = self._granted() if response.status_code == 403 else ()
        fault = refusals.refused(method, _name(path), response.status_code, _hidden(body, self.token), granted)
        return ErdError([fault])

    def _granted(self) -> tuple[str, ...]:
        """Return the scopes of the token, to explain a refusal; empty when Miro does not list them."""
        try:
            response = self._send("GET", "/v1/oauth-token", CREDITS[1])
        except requests.RequestException:
            return ()
        given = (_json(response) or {}).get("scopes") if response.status_code < 300 else None
        scopes = given if isinstance(given, list) else []
        return tuple(self.token.hidden(str(scope)) for scope in scopes)


def board_address(text: str) -> Address:
    """Return the board of an address that people copied from their browser. Raises ErdError E067 for other
    addresses."""
    address = address_of(text)
    if not _ID.fullmatch(address.board):
        raise ErdError([refusals.no_board(text)])
    return address


def board_path(board: str, *parts: str) -> str:
    """Return the path of the API: `/v2/boards/uXjV%3D/items`."""
    return "/".join(("/v2/boards", quote(board, safe=""), *(quote(part, safe="") for part in parts)))


def _json(response: requests.Response) -> Record | None:
    """Return the object in an answer; None if there is none."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _name(path: str) -> str:
    """Return the path as a fault shows it."""
    return urlsplit(path).path


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() and len(text) < 16 else None


def _hidden(value: Any, token: Token) -> Any:
    """Return an answer with the token removed everywhere."""
    if isinstance(value, dict):
        return {token.hidden(str(name)): _hidden(one, token) for name, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one, token) for one in value]
    return token.hidden(value) if isinstance(value, str) else value
