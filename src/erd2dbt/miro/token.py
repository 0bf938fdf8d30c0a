"""The access token: found in the user's file or environment, sent to Miro, and never printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.system.reading import read_whole
from erd2dbt.system.secrets import hidden, remember

VARIABLE = "MIRO_TOKEN"
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_FIXES = (
    f"put the token into the variable {VARIABLE}, or into a file that `--token-file` names",
    "Miro gives one at Settings > Your apps > an app with the scopes boards:read and (to push) boards:write > Install",
)


class Token:
    """A secret. Only `header` contains its text."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def __repr__(self) -> str:
        return "Token(…)"

    @property
    def header(self) -> str:
        return f"Bearer {self._value}"

    def hidden(self, text: str) -> str:
        """Return the text without the token, in plain or encoded form."""
        return hidden(text)


def find_token(file: Path | None, environment: Mapping[str, str]) -> Token:
    """Return the token from the file, otherwise from the environment. Raises E060 when there is none."""
    where = f"`{file}`" if file else f"the variable {VARIABLE}"
    if file is None:
        given = environment.get(VARIABLE, "")
    else:
        try:
            given = read_whole(file).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = (getattr(error, "strerror", None) or "it is not text").lower()
            raise ErdError([Diagnostic(code="E060", message=f"cannot read {where}: {reason}", fixes=_FIXES)]) from None
    value = given.strip().removeprefix("Bearer ").strip()
    if not value:
        raise ErdError([Diagnostic(code="E060", message=f"{where} contains no access token for Miro", fixes=_FIXES)])
    if not _TOKEN.fullmatch(value):
        message = f"the content of {where} is not an access token: a token is one word of plain characters"
        raise ErdError([Diagnostic(code="E060", message=message, fixes=_FIXES)])
    return Token(value)
