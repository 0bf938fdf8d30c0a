"""What kind of place a word is at in SQL or YAML, by the words around it."""

from __future__ import annotations

import re

# Where a word is nobody's name: text for people, a constant, the key of a mapping.
KEPT = frozenset({"comment", "literal", "key", "prose"})

_NEAR = 120  # characters that are looked at on either side
_BEFORE = (
    (re.compile(r"\bref\(\s*['\"]\Z"), "ref"),
    (re.compile(r"\bsource\(\s*['\"]\Z"), "source"),
    (re.compile(r"\bsource\(\s*['\"](\w+)['\"]\s*,\s*['\"]\Z"), "table"),
    (re.compile(r"\b(\w+)\"?\.\"?\Z"), "column"),
)
_JINJA = re.compile(r"\{[{%](?:(?![}%]\}).)*\Z")
_AS = re.compile(r"\bas\s+\"?\Z", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|join)\s+\"?\Z", re.IGNORECASE)
_BEHIND = (
    (re.compile(r"\"?\.\"?\w"), "relation"),
    (re.compile(r"\"?\s+as\s*\(", re.IGNORECASE), "relation"),
)
_KEY = re.compile(r"[ \t]*:(?=\s)")
_VALUE = re.compile(r"(?:^[ \t]*(?:- +)?|[{,][ \t]*)(\w+):[ \t]+['\"]?\Z")
_SQL = re.compile(r"\b(?:where|expression|filter):[ \t]+\"?([^\"]*)\Z")  # texts of tests that are SQL
_ITEM = re.compile(r"[ \t]*(?:- +)*(?:\w+:[ \t]+)?(?:\[(?:.*, *)?)?['\"]?")
_END = re.compile(r"['\"]?[ \t]*(?:[,\]}\n\r#]|\Z)")
_NAMING = ("name", "field", "column_name", "model", "column")


def context_of(language: str, text: str, start: int, length: int) -> str:
    """`ref`, `source`, `table:SOURCE`, `column:QUALIFIER`, `relation`, `alias`, `name`, `item`, `word`, or one of KEPT.

    `language` is the end of the file's name."""
    head = text[text.rfind("\n", 0, start) + 1 : start]
    behind = text[start + length : start + length + _NEAR]
    if re.match(r"\s*(--|#)", head) or re.search(r"\s(--|#)\s", head):
        return "comment"
    if language == "sql" and _is_part_of_name(head, behind):
        return "literal"
    for pattern, kind in _BEFORE:
        if found := pattern.search(head[-_NEAR:]):
            return f"{kind}:{found[1]}" if found.groups() else kind
    if _JINJA.search(head):  # an argument of a macro, or a variable
        return "literal"
    if language == "sql":
        return _in_sql(head, behind)
    return _in_yaml(head, behind) if language in ("yml", "yaml") else "prose"


def _in_yaml(head: str, behind: str) -> str:
    if _KEY.match(behind):
        return "key"
    if found := _SQL.search(head):
        return _in_sql(found[1], behind)
    if not _END.match(behind):
        return "prose"
    if found := _VALUE.search(head):
        return "name" if found[1] in _NAMING else "prose"
    return "item" if _ITEM.fullmatch(head) else "prose"


def _in_sql(head: str, behind: str) -> str:
    if head.count("'") % 2:
        return "literal"
    if _FROM.search(head):
        return "relation"
    behind_it = next((kind for pattern, kind in _BEHIND if pattern.match(behind)), "word")
    return "alias" if behind_it == "word" and _AS.search(head) else behind_it


def _is_part_of_name(head: str, behind: str) -> bool:
    """Whether other words are between the same double quotes."""
    return head.count('"') % 2 == 1 and not (head.endswith('"') and behind.startswith('"'))
