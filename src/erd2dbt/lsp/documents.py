"""The documents that an editor has open: each with its newest text, and what is known of that and of earlier ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from erd2dbt.faults.diagnostics import Diagnostic
from erd2dbt.lsp.actions import Repair, repair, trials
from erd2dbt.lsp.analysis import Analysis, Proved, analysed, is_spec
from erd2dbt.lsp.outline import Outline, outline
from erd2dbt.lsp.positions import Text

_STACK = 256 * 1024 * 1024  # bytes; what is nested deep takes room on the stack, and threads have little by default


class Document:
    """One text. What was known of the last version that could be read, or proved, serves while the newest cannot."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.text = Text("")
        self.version: int | None = None
        self.analysis: Analysis | None = None
        self.proved: Proved | None = None
        self.is_spec = False
        self.repairs: dict[tuple[str, Diagnostic], Repair | None] = {}  # of the newest text that was asked for
        self.waiting: asyncio.Task[None] | None = None
        self._names: tuple[str, Outline] | None = None

    def change(self, text: Text, version: int | None) -> None:
        self.text, self.version = text, version
        self.repairs = {}
        self.is_spec = self.is_spec or is_spec(text.text)

    def learn(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.proved = analysis.proved or self.proved

    @property
    def is_known(self) -> bool:
        """Whether the newest text is the one that was analysed."""
        return self.analysis is not None and self.analysis.text == self.text.text

    def names(self) -> Outline:
        """Of the newest text; of an earlier one where this is not YAML at all."""
        if self._names is None or self._names[0] != self.text.text:
            found = outline(self.text.text, self.file)
            known = self._names[1] if self._names else Outline()
            self._names = self.text.text, found if found is not None else known
        return self._names[1]


class Worker:
    """One thread that does the tool's work, one thing at a time: it sets bounds that hold for the whole process."""

    def __init__(self) -> None:
        before = threading.stack_size(_STACK)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="analysis")
        started: Future[None] = self._pool.submit(lambda: None)
        started.result()
        threading.stack_size(before)

    async def run(self, work: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)

    async def analyse(self, document: Document) -> Analysis:
        """The newest text, until it is the newest one no more."""
        while not document.is_known:
            document.learn(await self.run(analysed, document.text.text, document.file, document.analysis))
        assert document.analysis is not None
        return document.analysis

    async def repairs(self, document: Document, fault: Diagnostic) -> list[Repair]:
        """Those that the spec accepts, each tried once a text; none where the text has changed meanwhile. Between two
        trials a new text is analysed, if there is one."""
        text, known = document.text.text, document.repairs
        found: dict[str, Repair] = {}
        for trial in trials(fault):
            if document.text.text != text:
                return []
            if (text, trial) not in known:
                known[text, trial] = await self.run(repair, text, document.file, trial)
            if (one := known[text, trial]) is not None:
                found.setdefault(one.after, one)
        return list(found.values())

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
