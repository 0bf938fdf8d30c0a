"""Text of others in Markdown: it calls nobody, and nothing in it is live."""

from __future__ import annotations

import re
from html import unescape

import pytest

from erd2dbt.escape.markdown import in_html, text

_CALL = re.compile(r"(?<!\w)@\w|(?<!&)#\d")


@pytest.mark.parametrize("said", ["tests/@team_id.sql", "see #12", "<b>@team</b>", "owner/name#7"])
def test_text_between_tags_mentions_nobody(said: str) -> None:
    shown = in_html(said)
    assert "<" not in shown
    assert not _CALL.search(text(said))
    assert not _CALL.search(shown)
    assert unescape(shown).replace("\u200b", "") == said
