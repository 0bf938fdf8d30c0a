"""Explains refusals of Miro's API: the meaning, the fix, the number of tries, and Miro's message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.system.secrets import hidden

_LONGEST = 300  # maximum characters quoted of Miro's message
_LOCAL = ("127.0.0.1", "localhost", "::1")
_MAKE = "make the token again, with the scopes boards:read and (to push) boards:write, and install the app again"

_GOES_ON = "what was drawn before stays, and the next push goes on from there"


def check_api(api: str) -> None:
    """Raise fault E064 for an address to which a token should not be sent."""
    parts = urlsplit(api)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL):
        return
    message = f"`{plain(api)}` is not an address for a token: it would not be encrypted on its way"
    raise ErdError([Diagnostic(code="E064", message=message, fixes=("begin MIRO_API_URL with https://",))])


def refused(method: str, name: str, status: int, body: Mapping[str, Any], granted: Sequence[str]) -> Diagnostic:
    """Return the fault for a refusal. `granted`: the scopes of the token."""
    notes = tuple(_said(body))
    what = f"{method} {name}"
    fixes: tuple[str, ...]
    if status == 401:
        fixes = ("the token may have expired, or be of another app: make a new one", _MAKE)
        return Diagnostic(code="E061", message="Miro does not know this access token", notes=notes, fixes=fixes)
    if status == 403:
        has = (f"the token has the scopes {', '.join(granted)}",) if granted else ()
        fixes = (_MAKE, "share the board with the person to whom the token belongs")
        message = f"the access token does not allow {what}"
        return Diagnostic(code="E062", message=message, notes=(*notes, *has), fixes=fixes)
    if status == 404:
        message = f"nothing is at {name}, or the token does not show it"
        fixes = ("copy the board's address from the browser again", "share the board with the token's person")
        return Diagnostic(code="E062", message=message, notes=notes, fixes=fixes)
    if 300 <= status < 400:
        fixes = ("see that MIRO_API_URL, if you set it, is the address of the API itself",)
        return Diagnostic(code="E064", message=f"{what} was answered with a redirect", notes=notes, fixes=fixes)
    fixes = ("nothing was written",) if method == "GET" else (_GOES_ON,)
    return Diagnostic(code="E065", message=f"Miro refused {what} ({status})", notes=notes, fixes=fixes)


def no_answer(api: str, why: str, tries: int) -> Diagnostic:
    host = plain(urlsplit(api).hostname or api)
    return Diagnostic(
        code="E063",
        message=f"{host} gives no answer: {why}",
        notes=(f"asked {tries} times",) if tries > 1 else (),
        fixes=("try again later; nothing was written", "look at status.miro.com, and at the proxy of your network"),
    )


def no_json(method: str, name: str, text: str) -> Diagnostic:
    is_page = text.lstrip()[:1] == "<"
    what = "a web page" if is_page else "something that is not a JSON object"
    shown = () if is_page else (f"it begins: {plain(text)[:60]}",)
    fixes = ("a proxy or a login page may be between you and Miro: open https://api.miro.com in a browser",)
    return Diagnostic(code="E064", message=f"{method} {name} was answered with {what}", notes=shown, fixes=fixes)


def no_board(text: str) -> Diagnostic:
    fix = "copy the board's address from the browser: https://miro.com/app/board/ and its id"
    return Diagnostic(code="E067", message=f"`{plain(text)}` is not an address of a board", fixes=(fix,))


def no_page(name: str) -> Diagnostic:
    message = f"the listing {name} is not a page of Miro's API, or repeats itself"
    return Diagnostic(code="E064", message=message, fixes=("see that MIRO_API_URL, if you set it, is Miro's API",))


class EndlessError(requests.RequestException):
    """An answer that is longer, or takes longer, than any valid answer of Miro."""


def is_final(error: requests.RequestException) -> bool:
    """Return whether a retry cannot help."""
    kinds = (requests.exceptions.SSLError, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)
    return isinstance(
        error, (*kinds, requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader, EndlessError)
    )


def reason(error: requests.RequestException) -> str:
    """Return a short reason for a missing answer. The messages of `requests` contain addresses and objects."""
    for kinds, words in (
        ((EndlessError,), "its answer does not end"),
        ((requests.exceptions.SSLError,), "its certificate is not trusted here"),
        ((requests.exceptions.ProxyError,), "the proxy of this network refuses"),
        ((requests.exceptions.ConnectTimeout,), "it cannot be reached in time"),
        ((requests.exceptions.ReadTimeout,), "it takes too long"),
        ((requests.exceptions.ConnectionError,), "the connection failed"),
        ((requests.exceptions.ChunkedEncodingError,), "the connection broke off"),
    ):
        if isinstance(error, kinds):
            return words
    return "the request failed"


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    """Return the message in the body of an error. `context` may be null, an object or missing."""
    if isinstance(message := body.get("message"), str) and message:
        yield f"Miro says: {plain(message)}"
    context = body.get("context")
    fields = context.get("fields") if isinstance(context, dict) else None
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict):
            yield plain(f"{field.get('field')}: {field.get('message')}")


def plain(text: str) -> str:
    """Return one line without secrets and without invisible characters."""
    text = hidden(text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
