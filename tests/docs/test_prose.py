"""README, docs, CONTRIBUTING and SECURITY: short sentences, and one word for one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs" / "pages").rglob("*.md")),
]
MOST_WORDS = 30
AVOIDED = re.compile(
    r"\b(mend(ed|s|ing)?|rests? on|told|undrawn|nobody drew|guilty|held against|left alone|never empty|bears?|"
    r"edits of yours|what was generated last|(is|are) met by|added up)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of paragraphs, items and cells; code counts as one word each."""
    text = re.sub(r"^```.*?^```$|<!--.*?-->|^:::(?:\n|.)*", "\n\n", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`\n]+`", "code", text)
    text = re.sub(r"^\s*(#+|[-*]|\d+\.)\s|^\|[-| ]+\|$|(?<!\\)\|", "\n\n", text, flags=re.MULTILINE)
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        found += re.split(r"(?<=[.!?:;])\s+", " ".join(paragraph.replace("*", "").split()))
    return [sentence for sentence in found if sentence]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_sentences_are_short_and_plain(page: Path) -> None:
    found = sentences(page.read_text(encoding="utf-8"))
    assert len(found) > 3
    assert [one for one in found if len(re.findall(r"[\w’'-]+", one)) > MOST_WORDS] == []
    assert [one for one in found if AVOIDED.search(one)] == []


def test_sentences_are_found() -> None:
    text = "# A title\n\nOne *long* `a b c` line. Two\nlines; a\n\n| x | y z |\n|---|---|\n\n```sh\nno. words\n```\n"
    text += "* item: [a link](x.md)\n"
    assert sentences(text) == ["A title", "One long code line.", "Two lines;", "a", "x", "y z", "item:", "a link"]


def test_each_room_of_the_house_is_listed() -> None:
    rooms = {path.parent.name for path in (ROOT / "src" / "erd2dbt").glob("*/__init__.py")}
    listed = re.findall(r"^\| (`.+?`) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.strip("/") for cell in listed for name in re.findall(r"`([^`]+)`", cell)} == rooms
