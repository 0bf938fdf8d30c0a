"""Workflow commands of GitHub Actions, which annotate the lines of a file.

Source of the syntax: GitHub's documentation, "Workflow commands for GitHub Actions". The escapes are those of GitHub's
toolkit (`@actions/core`).
"""

from __future__ import annotations

from erd2dbt.escape.terminal import inert

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


class Command(str):
    """A line that the runner of a workflow treats as a command."""

    __slots__ = ()


def command(word: str, file: str, place: tuple[int, int], title: str, message: str) -> Command:
    """Return `::error file=…,line=…,col=…,title=…::message`, escaped."""
    named = {"file": file, "line": str(place[0]), "col": str(place[1]), "title": title}
    words = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in named.items())
    return Command(f"::{word} {words}::{_escaped(message, _DATA)}")


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in inert(text.replace("\r\n", "\n")))
