"""An editor as small as can be: a server as a process, each byte of its standard output read as the protocol has it."""

from __future__ import annotations

import json
import queue
import re
import subprocess
import sys
import threading
from typing import Any

_HEADER = re.compile(rb"Content-Length: (\d+)\r\n")
_PATIENCE = 60  # seconds until a test gives up
URI = "file:///specs/shop.yml"


class Editor:
    """Sends what an editor sends. Positions are those of the protocol: line and UTF-16 code units, from 0."""

    def __init__(self, *, encodings: list[str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from erd2dbt.cli import main; main()", "lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.said: list[dict[str, Any]] = []
        self.junk: list[bytes] = []  # what is no message of the protocol
        self._number = self._version = 0
        self._texts: dict[str, str] = {}
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        general = {"general": {"positionEncodings": encodings}} if encodings else {}
        started = self.ask("initialize", processId=None, rootUri=None, capabilities=general)
        self.capabilities: dict[str, Any] = started["capabilities"]
        self.notify("initialized")

    def _listen(self) -> None:
        out = self.process.stdout
        assert out is not None
        while header := out.readline():
            found = _HEADER.fullmatch(header)
            if found is None:
                self.junk.append(header)
                continue
            while (line := out.readline()) not in (b"\r\n", b""):
                assert line.startswith(b"Content-Type: ")
            self._messages.put(json.loads(out.read(int(found[1]))))

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        """The answer's result; an error is one too."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._messages.get(timeout=_PATIENCE)
            if message.get("id") == self._number:
                return message.get("result", message.get("error"))
            self.said.append(message)

    def write(self, text: str, uri: str = URI) -> None:
        """The document has this text from now on."""
        self._version += 1
        where = {"uri": uri, "version": self._version}
        if uri in self._texts:
            self.notify("textDocument/didChange", textDocument=where, contentChanges=[{"text": text}])
        else:
            self.notify("textDocument/didOpen", textDocument={**where, "languageId": "yaml", "text": text})
        self._texts[uri] = text

    def faults(self, uri: str = URI) -> list[dict[str, Any]]:
        """What is published of the text that was written last."""
        while True:
            for one in self.said:
                told = one.get("params", {})
                is_published = one.get("method") == "textDocument/publishDiagnostics"
                if is_published and (told["uri"], told.get("version")) == (uri, self._version):
                    self.said.remove(one)
                    found: list[dict[str, Any]] = told["diagnostics"]
                    return found
            self.said.append(self._messages.get(timeout=_PATIENCE))

    def check(self, text: str, uri: str = URI) -> list[dict[str, Any]]:
        self.write(text, uri)
        return self.faults(uri)

    def at(self, method: str, words: str, offset: int = 0, uri: str = URI, **more: Any) -> Any:
        """An answer for the place `offset` characters behind where these words begin, or begin last for `…`."""
        text = self._texts[uri]
        place = position(text, text.rindex(words[1:]) + offset - 1 if words[0] == "…" else text.index(words) + offset)
        return self.ask(f"textDocument/{method}", textDocument={"uri": uri}, position=place, **more)

    def actions(self, fault: dict[str, Any], uri: str = URI, **context: Any) -> list[dict[str, Any]]:
        given = {"diagnostics": [fault], **context}
        where = {"uri": uri}
        found: list[dict[str, Any]] = self.ask(
            "textDocument/codeAction", textDocument=where, range=fault["range"], context=given
        )
        return found

    def applied(self, edit: dict[str, Any], uri: str = URI) -> str:
        """The text after an edit, as the protocol says that an editor makes it."""
        text = self._texts[uri]
        edits = edit["changes"][uri]
        for one in sorted(edits, key=lambda e: tuple(e["range"]["start"].values()), reverse=True):
            start, end = (offset(text, one["range"][word]) for word in ("start", "end"))
            text = text[:start] + one["newText"] + text[end:]
        return text

    def named(self, place: dict[str, Any], uri: str = URI) -> str:
        """The text in a range."""
        text = self._texts[uri]
        return text[offset(text, place["start"]) : offset(text, place["end"])]

    def leave(self) -> int:
        """The exit code; nothing may be left on standard output."""
        self.ask("shutdown")
        self.notify("exit")
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=_PATIENCE)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def position(text: str, place: int) -> dict[str, int]:
    line = text.count("\n", 0, place)
    return {"line": line, "character": units(text[text.rfind("\n", 0, place) + 1 : place])}


def offset(text: str, place: dict[str, int]) -> int:
    """The character at a position."""
    start = 0
    for _ in range(place["line"]):
        start = text.index("\n", start) + 1
    end, left = start, place["character"]
    while left > 0:
        left -= units(text[end])
        end += 1
    return end
