"""YAML text as PyYAML's nodes: every scalar stays text, every node has a place, and the size of the tree is limited."""

from __future__ import annotations

import codecs
import gc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.read.yaml import extras, faults
from erd2dbt.read.yaml.faults import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.error import Mark

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML was built without libyaml: the same nodes, slower
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


__all__ = ["Document", "MappingNode", "Node", "ScalarNode", "SequenceNode", "compose", "without_collection"]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document; the nodes' marks count in `text` (no BOM, line ends are `\\n`)."""

    file: str
    text: str
    root: Node

    def span(self, node: Node) -> Span:
        """Return the place of a node with its quotes. `end` is set only if it ends on its first line."""
        start, end = node.start_mark, node.end_mark
        line = start.line
        return Span(self.file, line + 1, start.column + 1, end.column + 1 if end.line == line else 0)

    def content(self, node: Node) -> Span:
        """Return the place of a scalar's first character: after its quote, or below its `|` or `>`."""
        span = self.span(node)
        if not isinstance(node, ScalarNode) or not node.style:
            return span
        if node.style in "'\"":
            return Span(self.file, span.line, span.column + 1, max(0, span.end - 1))
        lines = self.text[node.start_mark.index : node.end_mark.index].split("\n")
        below, line = next(((i, text) for i, text in enumerate(lines) if i and text.strip()), (0, ""))
        return Span(self.file, span.line + below, len(line) - len(line.lstrip()) + 1)


def compose(data: bytes, file: str) -> Document:
    """Return the only document of a YAML text. Raises ErdError with the place of a construct that YAML or this tool
    refuses."""
    text = decode(data, file)
    faults.check_separators(text, file)
    root = _root(text, file)
    if root is None or (isinstance(root, ScalarNode) and not root.style and not root.value):
        fix = "start with `version: 1`, `project: my_project`, `sources:` and `entities:`"
        _refuse("E002", "the file is empty", Span(file, 1, 1), fix)
    document = Document(file, text, root)
    if extra := extras.find(text, root):
        _refuse("E006", extra.message, document.span(extra.node), extra.fix)
    return document


def _root(text: str, file: str) -> Node | None:
    loader = None
    try:
        loader = _Loader(text)
        root: Node | None = loader.get_single_node()
        return root
    except _TooDeepError as deep:
        place = faults.place(file, text, deep.node.start_mark.index)
        message, fix = faults.too_deep()
        _refuse("E005", message, place, fix)
    except yaml.YAMLError as error:
        raise ErdError([_worded(error, text, file)]) from None
    finally:
        if loader is not None:
            loader.dispose()


def _worded(error: yaml.YAMLError, text: str, file: str) -> Diagnostic:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return faults.unprintable(text, file)
    problem = f"{error.context or ''}: {error.problem or ''}"
    stopped: Mark = error.problem_mark
    began: Mark = error.context_mark or stopped
    return faults.worded(problem, text, file, began=began.index, stopped=stopped.index)


def decode(data: bytes, file: str) -> str:
    """Return a file's text: UTF-8 with or without BOM, any line ends. Raises ErdError E004 at the first other byte."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = _one_line_end(data[: error.start].decode())
        place = faults.place(file, before, len(before))
        is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        message = f"byte 0x{data[error.start]:02X} is not UTF-8"
        message += "; the file looks like UTF-16" if is_utf16 else ""
        _refuse("E004", message, place, "save the file as UTF-8")
    return _one_line_end(text.removeprefix("\ufeff"))


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the garbage collector: searching a growing tree for cycles takes most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _TooDeepError(Exception):
    def __init__(self, node: Node) -> None:
        self.node = node


class _Composing:
    """Part of a loader: composes without resolving tags, and counts levels to stop before the C stack overflows."""

    level = 0

    def descend_resolver(self, current_node: Any, _index: Any) -> None:
        self.level += 1
        if self.level > DEEPEST:
            raise _TooDeepError(current_node)

    def ascend_resolver(self) -> None:
        self.level -= 1

    def resolve(self, _kind: Any, _value: Any, _implicit: Any) -> str:
        return extras.NO_TAG


class _Loader(_Composing, _Base):
    """The loader on libyaml's parser, where it is installed."""


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _refuse(code: str, message: str, span: Span, *fixes: str) -> NoReturn:
    raise ErdError([Diagnostic(code=code, message=message, span=span, fixes=fixes)])
