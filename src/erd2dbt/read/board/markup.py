"""Converts Miro's HTML to lines of plain text. Any tag may occur, and no tag has an effect beyond its element."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

from erd2dbt.read.board.values import TextLine
from erd2dbt.read.boxes.titles import visible

_BLOCKS = frozenset("p div li ul ol h1 h2 h3 h4 h5 h6 tr table blockquote pre br".split())
_CELLS = frozenset(("td", "th"))
_SILENT = frozenset(("script", "style"))
_ENDED = (("<", ">"), ("<!--", "--"), ("<![", "]"))
_PLAIN = re.compile(r"(?:[^<&]++|</?(?:p|br|strong|b|em|i|u|s|ul|ol|li)>)*+")
_BOLD = re.compile(r"</?(?:strong|b)>")
_PARAGRAPHS = re.compile(r"(?:<p>[^<&\n]+</p>)++")
_TAG = re.compile(r"([^<]++)|<(/?)(\w++)>")
_FLAGS = {"u": "underlined", "em": "italic", "i": "italic", "a": "linked"} | dict.fromkeys(
    ("s", "strike", "del"), "struck"
)
_STYLES = {"line-through": "struck", "text-decoration:underline": "underlined", "font-style:italic": "italic"}


def lines(content: str) -> tuple[TextLine, ...]:
    """Return the lines that have text."""
    if "<" not in content:
        plain = unescape(content) if "&" in content else content
        return tuple(TextLine(text=text) for line in plain.split("\n") if (text := _clean(line)).strip())
    is_plain = _PLAIN.fullmatch(content) is not None
    if is_plain and (found := _of_paragraphs(_BOLD.sub("", content))):
        return found
    reader = _Reader()
    if is_plain:
        reader.feed_plain(content)
    else:
        reader.feed(closed(content))
        reader.close()
    reader.end_line()
    if reader.gap and reader.lines:
        reader.lines[-1] = replace(reader.lines[-1], gap_after=reader.gap)
    return tuple(reader.lines)


def _of_paragraphs(content: str) -> tuple[TextLine, ...]:
    """Return the lines of paragraphs without marked words, as most boxes and notes are; empty for other markup."""
    if not _PARAGRAPHS.fullmatch(content):
        return ()
    texts = [_clean(text) for text in content[len("<p>") : -len("</p>")].split("</p><p>")]
    return tuple(TextLine(text=text) for text in texts) if all(map(str.strip, texts)) else ()


def closed(content: str) -> str:
    """Return the markup with every construct closed: an HTML parser searches to the end of the text for each open
    one."""
    for opener, closer in _ENDED:
        head, end, tail = content.rpartition(closer)
        if opener in tail:
            content = head + end + tail.replace(opener, "&lt;" + opener[1:])
    return content


class _Reader(HTMLParser):
    """Collects runs of text with their enclosing tags. A block's tag ends the line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[TextLine] = []
        self.runs: list[tuple[str, frozenset[str]]] = []
        self.open: list[tuple[str, str | None]] = []  # tags, and the styles that they give to words
        self.gap = 0  # empty paragraphs since the last line
        self.begun: int | None = None  # number of lines at the start of the paragraph

    def feed_plain(self, content: str) -> None:
        """Take markup without attributes, comments and entities, as `feed` does in several times the time."""
        for data, slash, tag in _TAG.findall(content):
            if data:
                self.handle_data(data)
            elif slash:
                self.handle_endtag(tag)
            else:
                self.handle_starttag(tag, [])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_line()
            self.begun = len(self.lines) if tag == "p" else self.begun
        elif tag in _CELLS:
            self.runs.append(("\t", frozenset()))
        if tag in _FLAGS or tag in _SILENT:
            self.open.append((tag, _FLAGS.get(tag)))
        elif tag == "span":
            self.open.append((tag, _flag(dict(attrs).get("style") or "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_line()
        if tag == "p" and self.begun is not None:
            self.gap += self.begun == len(self.lines)
            self.begun = None
        at = next((at for at in range(len(self.open) - 1, -1, -1) if self.open[at][0] == tag), None)
        if at is not None:
            del self.open[at]

    def handle_data(self, data: str) -> None:
        if _SILENT.isdisjoint(tag for tag, _ in self.open):
            flags = frozenset(flag for _, flag in self.open if flag)
            for i, part in enumerate(data.split("\n")):
                if i:
                    self.end_line()
                self.runs.append((part, flags))

    def end_line(self) -> None:
        text = _clean("".join(part for part, flags in self.runs if "struck" not in flags))
        struck = _clean("".join(part for part, flags in self.runs if "struck" in flags)).strip()
        if text.strip() or struck:
            shown = [(part, flags) for part, flags in self.runs if part.strip() and "struck" not in flags]
            self.lines.append(
                TextLine(
                    text=text,
                    underlined=_words(shown, "underlined"),
                    italic=_words(shown, "italic"),
                    struck=struck,
                    linked=bool(shown) and all("linked" in flags for _, flags in shown),
                    gap=self.gap,
                )
            )
            self.gap = 0
        self.runs = []


def _flag(style: str) -> str | None:
    """Return the style of a span as the tag with the same effect."""
    return next((flag for said, flag in _STYLES.items() if said in style.lower().replace(" ", "")), None)


def _words(runs: list[tuple[str, frozenset[str]]], flag: str) -> frozenset[str]:
    return frozenset(word for part, flags in runs if flag in flags for word in re.findall(r"\w+", part))


def _clean(line: str) -> str:
    """Return the text with plain blanks instead of hard ones, and without invisible characters."""
    return visible(line).rstrip()
