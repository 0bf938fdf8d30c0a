"""Finds the comments of a drafted spec for its readers: guesses, gaps, and text that was not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from erd2dbt.draft.values import Remark

_COMMENT = re.compile(rf"(?:^|\s)#\s+(?P<kind>{'|'.join(Remark)}): (?P<text>.*)$")


class Said(NamedTuple):
    """A remark and its line, counted from 1."""

    remark: Remark
    line: int
    text: str


def remarks_in(spec: str) -> Iterator[Said]:
    """Return the remarks in a spec's text, in order."""
    for number, line in enumerate(spec.split("\n"), start=1):
        if match := _COMMENT.search(line):
            yield Said(Remark(match["kind"]), number, match["text"].strip())
