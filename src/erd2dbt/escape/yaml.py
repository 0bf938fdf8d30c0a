"""YAML: scalars in double quotes, and comments."""

from __future__ import annotations

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def quoted(text: str) -> str:
    """Return a scalar in double quotes on one line, which YAML reads back as the same text."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in _SHORT:
        return _SHORT[c]
    if c.isprintable() and c != "\ufeff":
        return c
    return f"\\u{ord(c):04x}" if ord(c) <= 0xFFFF else f"\\U{ord(c):08x}"


def one_line(text: str) -> str:
    """Return the words with single blanks between them, without characters that end a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def comment_line(text: str) -> str:
    """Return the comment `# text`."""
    return f"# {one_line(text)}"
