"""One server for all tests of a worker: it has to live through every text that any of them opens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lsp.editor import Editor


@pytest.fixture(scope="session")
def editor() -> Iterator[Editor]:
    editor = Editor()
    yield editor
    assert editor.process.poll() is None, editor.process.stderr.read().decode() if editor.process.stderr else ""
    assert editor.leave() == 0
    assert editor.junk == []
