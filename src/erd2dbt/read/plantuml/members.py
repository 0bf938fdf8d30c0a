"""Parses a line of an entity as a column: `* id : uuid <<PK>>`, `+name: text {not null}`, `primary_key(id) INTEGER`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from erd2dbt.datatypes.postgres import understood
from erd2dbt.diagram.drawing import Key, Row, one_of_each
from erd2dbt.names.spelling import dotted, slug
from erd2dbt.read.boxes import derivations
from erd2dbt.read.boxes.program_words import VISIBILITY
from erd2dbt.read.boxes.rows import is_about_column
from erd2dbt.read.text.accounting import DEFAULT, Account

METHOD = "a method"
_STEREOTYPE = "a stereotype"
_MARKS = {
    **dict.fromkeys(("pk", "primary key", "primary", "key"), ("PK",)),
    **dict.fromkeys(("fk", "foreign key", "foreign", "ref"), ("FK",)),
    **dict.fromkeys(("pk fk", "pfk"), ("PK", "FK")),
    **dict.fromkeys(("uk", "uq", "ak", "unique", "unique key"), ("UK",)),
    **dict.fromkeys(("nn", "not null", "required", "mandatory"), ("NN",)),
    **dict.fromkeys(("null", "nullable", "optional"), ("NULL",)),
    **dict.fromkeys(("generated", "auto", "auto increment", "autoincrement", "increment", "identity", "ai"), ()),
}
_GROUP = re.compile(r"<<([^<>]*)>>|\{([^{}]*)\}|\(([^()]*)\)|\[([^\[\]]*)\]")
_TARGET = r"(?P<box>\"[^\"]+\"|[\w.]+?)(?:\((?P<inside>\w+)\)|\.(?P<column>\w+))?"
_REFERENCE = re.compile(
    rf"(?:->|\breferences\b|\bfk\s*(?:to|:))\s*{_TARGET}(?=[\s\])}}>]|$)|\bfk\((?P<of>[\w.]+)\)", re.IGNORECASE
)
_PHRASE = re.compile(
    r"(?<=\s)(?:primary\s+key|foreign\s+key|not\s+null|null|unique(?:\s+key)?|auto[_ ]?increment|pk|fk|uk)(?=[\s,]|$)",
    re.IGNORECASE,
)
_MARKED_FIRST = re.compile(r"\s*(pk|fk|uk|pfk)(?:\s*,\s*(pk|fk|uk))?(?=[\s:]+\S)", re.IGNORECASE)
_DEFAULTED = re.compile(r"(?<=\s)default\s+\S+", re.IGNORECASE)
_INITIALLY = re.compile(r"(?<=\s)=\s*\S+")
_INITIAL = re.compile(r"[\w.'\"+-]+(?:\(\s*\))?")  # a constant or `now()`: the default of new rows
_BEFORE_WORDS = re.compile(r"[\s:=←<(–—-]*$")
_COMMENT = re.compile(r"(?<=\s)(?://|--)\s+(?P<said>\S.*)$")
_FIRST = re.compile(r"\s*(?P<visible>[-+#~](?=\s*[\w\"<*_]))?\s*(?P<star>\*(?!\*))?")
_MARKUP = re.compile(
    r"<(?P<tag>b|u|i|color:\w+|#\w+)>(?P<of>[^<>]+)</\w*>|\*\*(?P<bold>[^*:\s][^*:]*)\*\*|__(?P<under>[^_\s][^_]*(?:_[^_]+)*)__"
)
_CALL = re.compile(r"\s*(?P<macro>\w+)\s*\(\s*(?P<of>[^()]*(?:\([^()]*\))?[^()]*)\s*\)")
_SIZED = re.compile(r"\[(\d[\d, ]*)\]")  # `varchar[20]`
_TYPE = re.compile(r"[\w.]+(?:\s*\([^()]*\))?(?:\[\])?")
_NAME = re.compile(r"\s*(?P<name>\"[^\"]+\"|`[^`]+`|[^\W\d][\w$-]*|[\w$]+)\s*")


@dataclass(slots=True)
class _Line:
    """The text of a member. Parsed parts are replaced by blanks, and count as read."""

    account: Account
    start: int
    text: str
    marks: set[str] = field(default_factory=set)
    values: tuple[str, ...] = ()  # characters that can be part of the column

    def take(self, match: re.Match[str], why: str | None = None) -> None:
        begin, end = match.span()
        self._mark(begin, end, why)
        self.text = self.text[:begin] + " " * (end - begin) + self.text[end:]

    def _mark(self, begin: int, end: int, why: str | None) -> None:
        """Mark a range as read, without the blanks at both ends."""
        said = self.text[begin:end]
        begin += len(said) - len(said.lstrip())
        end = begin + len(said.strip())
        if end > begin and why is None:
            self.account.read(self.start + begin, self.start + end)
        elif end > begin and why is not None:
            self.account.ignore(why, self.start + begin, self.start + end)

    def each(self, pattern: re.Pattern[str], of: Callable[[re.Match[str]], str | bool | None]) -> None:
        """Remove every part that `of` recognises. It returns None to mark it as read, a reason to ignore it, False to
        keep it."""
        for match in list(pattern.finditer(self.text)):
            why = of(match)
            if why is not False:
                self.take(match, why if isinstance(why, str) else None)


def is_key_by_looks(text: str) -> bool:
    """Return whether bold or underlined text alone may show that a line is part of the key."""
    match = _MARKUP.search(text)
    return (
        match is not None and match["tag"] in (None, "b", "u") and not re.search(r"\bpk\b|\bkey\b", text, re.IGNORECASE)
    )


def member(account: Account, start: int, end: int, macros: dict[str, str]) -> Row | None:
    """Return the row of a line; None for a method, and for a line that does not parse, which stays unread."""
    line = _Line(account, start, account.places.text[start:end])
    span = account.places.span(start, end)
    comment = _COMMENT.search(line.text)
    if comment:
        line.take(comment)
    references = _reference(line)
    if re.match(r"\s*\{method\}", line.text, re.IGNORECASE):
        line.take(re.compile(r".*", re.DOTALL).match(line.text), METHOD)  # type: ignore[arg-type]
        return None
    line.each(_GROUP, lambda match: _group(line, match))
    if first := _FIRST.match(line.text):
        line.marks |= {"NN"} if first["star"] else set()
        if first["star"]:
            line.take(first)
        elif first["visible"]:
            line.take(first, VISIBILITY)
    line.each(_DEFAULTED, lambda _: DEFAULT)
    line.each(_PHRASE, lambda match: _phrase(line, match[0]))
    derivation = _derivation(line)
    line.each(_INITIALLY, lambda _: DEFAULT)
    while marked := _MARKED_FIRST.match(line.text):
        line.marks |= {word.upper() for word in marked.groups() if word}
        line.take(marked)
    name = _name(line, macros)
    if name is None:
        return None
    type_ = _type(line)
    if isinstance(name, tuple):
        name, type_ = name[0], type_ or name[1]
    row = Row(
        name=name,
        span=span,
        type=type_ or ("text" if line.values else None),
        description=comment["said"] if comment else None,
        references=references,
        derivation=derivation,
        values=line.values,
    )
    return _row(row, line.marks)


def _row(plain: Row, marks: set[str]) -> Row:
    keys = [Key[mark] for mark in marks if mark in Key.__members__]
    return replace(
        plain,
        keys=one_of_each([*keys, *([Key.FK] if plain.references else [])]),
        not_null=True if "NN" in marks else False if "NULL" in marks else None,
        unique="UK" in marks,
    )


def _reference(line: _Line) -> str | None:
    match = _REFERENCE.search(line.text)
    if match is None:
        return None
    line.take(match)
    if match["of"]:
        return dotted(match["of"])
    column = match["inside"] or match["column"]
    return f"{dotted(match['box'])}.{column.lower()}" if column else dotted(match["box"])


def _derivation(line: _Line) -> str | None:
    """Parse a derivation: `total : decimal (sum of amount)`, `total := sum(amount)`, `total : sum of amount`."""
    head, colon, rest = line.text.partition(":")
    is_sign = colon and rest.startswith("=")
    found = derivations.split(line.text if is_sign else f"{head} {rest}", is_about_column)
    words = found.words if found else ""
    is_type = is_about_column(rest) or understood(rest) is not None
    if not words and colon and len(rest.split()) > 1 and not is_type:
        words = rest.strip()
    if not words or _INITIAL.fullmatch(words) or words not in line.text or not head.strip(" *+#~-"):
        return None
    begin = line.text.rindex(words)
    sign = _BEFORE_WORDS.search(line.text[:begin])
    whole = re.compile(r".*", re.DOTALL).match(line.text, sign.start() if sign else begin)
    assert whole is not None
    line.take(whole)
    return words


def _group(line: _Line, match: re.Match[str]) -> str | bool | None:
    """Parse marks in brackets. Stereotypes and modifiers with other words are ignored."""
    said = next(group for group in match.groups() if group is not None)
    words = [" ".join(word.lower().replace("_", " ").split()) for word in re.split(r"[,;/|&+]", said)]
    known = [_MARKS[word] for word in words if word in _MARKS]
    if len(known) == len(words):
        line.marks |= {mark for marks in known for mark in marks}
        return None if any(known) else _STEREOTYPE
    if match[0][:1] == "{" and words == ["id"]:  # UML: a part of the identifier
        line.marks.add("PK")
        return None
    if match[0][:1] == "{" and "|" in said:  # `{new|paid}`
        line.values = tuple(word.strip().strip("\"'") for word in said.split("|") if word.strip())
        return None
    return _STEREOTYPE if match[0][:1] in "<{" else False


def _phrase(line: _Line, phrase: str) -> str | bool | None:
    marks = _MARKS.get(" ".join(phrase.lower().replace("_", " ").split()))
    if marks is None:
        return False
    line.marks |= set(marks)
    return None if marks else DEFAULT


def _name(line: _Line, macros: dict[str, str]) -> str | tuple[str, str] | None:
    """Return the name, and the type if it comes first."""
    while match := _CALL.match(line.text):
        said = macros.get(match["macro"])
        if said is None and (after := line.text[match.end() :].strip()) and not after.startswith(":"):
            return None
        if said is None:
            line.take(re.compile(r".*", re.DOTALL).match(line.text), METHOD)  # type: ignore[arg-type]
            return None
        line.marks |= set(said.split())
        _unwrapped(line, match)
    if match := _MARKUP.search(line.text):
        inner = next(match[group] for group in ("of", "bold", "under") if match[group])
        line.marks |= {"PK"} if match["tag"] in (None, "b", "u") else set()
        line.account.read(line.start + match.start(), line.start + match.end())
        line.text = line.text[: match.start()] + inner.ljust(match.end() - match.start()) + line.text[match.end() :]
    match = _NAME.match(line.text)
    if match is None:
        return None
    line.take(match)
    first = match["name"].strip('"`')
    rest = line.text.strip()
    second = None if rest.startswith(":") else _NAME.match(line.text)
    if second and understood(rest) is None and understood(first) is not None and _is_end(line, second):
        line.take(second)
        return _spelled(second["name"].strip('"`')), first.lower()
    return _spelled(first)


def _is_end(line: _Line, match: re.Match[str]) -> bool:
    return not line.text[match.end() :].strip()


def _unwrapped(line: _Line, match: re.Match[str]) -> None:
    """Return the text with macro calls replaced by their arguments."""
    line.account.read(line.start + match.start("macro"), line.start + match.end())
    inner = match["of"]
    line.text = line.text[: match.start()] + inner.ljust(match.end() - match.start()) + line.text[match.end() :]


def _spelled(name: str) -> str:
    if name.isidentifier():
        return name.lower() if name.isupper() else name
    return slug(name) or name


def _type(line: _Line) -> str | None:
    """Return the type in the remaining text: after a colon, or known words without one."""
    match = re.match(r"\s*(?P<colon>:)?\s*(?P<type>[^\s,].*?)?\s*,?\s*$", line.text, re.DOTALL)
    if match is None or not match["type"]:
        if match and match["colon"]:
            line.take(match)
        return None
    said = (
        match["type"].strip("\"'").replace("[", "(").replace("]", ")")
        if re.search(r"\[\d", match["type"])
        else match["type"]
    )
    if not match["colon"] and understood(said) is None and not re.fullmatch(r"[\w.]+(?:\s*\([^()]*\))?(?:\[\])?", said):
        return None
    line.take(match)
    return said.lower() if "'" not in said else said


def macros_in(text: str) -> Iterator[tuple[str, str]]:
    """Return (name, marks) of macros that mark a column. The marks follow from the macro's name, if it is known."""
    for match in re.finditer(
        r"^[ \t]*!(?:define|function|procedure|unquoted\s+(?:function|procedure))\s+\$?(\w+)\s*\([^)\n]*\)[^\n]*",
        text,
        re.MULTILINE,
    ):
        words = match[1].lower().replace("_", " ")
        found = [mark for form, mark in _MACROS if re.search(form, words)]
        yield match[1], " ".join(found)


_DEFINED = re.compile(
    r"^[ \t]*!(?:define|function|procedure|unquoted\s+(?:function|procedure))\s+\$?(\w+)\s*\([^)\n]*\)[^\n]*",
    re.MULTILINE,
)
_MACROS = (
    (r"\bprimary|\bpk\b", "PK"),
    (r"\bforeign|\bfk\b", "FK"),
    (r"\bunique|\buk\b", "UK"),
    (r"\bnot null|\brequired|\bmandatory", "NN"),
)
