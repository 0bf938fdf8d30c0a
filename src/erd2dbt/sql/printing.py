"""The only place where trees become SQL that runs. Printed text is parsed back, and must give the same tree.

`words` compares a text with the printed form of its tree, `meaning` compares two trees. Neither reads brackets: they
are in the shape of the tree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from erd2dbt.datatypes.postgres import begins_type, canonical, understood
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.sql.layout import layout, one_line
from erd2dbt.sql.reading import read_one, tokens
from erd2dbt.sql.spelling import POSTGRES, Spelling, current, spelled_for
from erd2dbt.sql.trees import nodes


class ChangedError(ErdError):
    """E604: the printed text does not have the meaning of its tree."""

    def __init__(self, text: str, span: Span | None = None) -> None:
        self.text = text
        message = f"the tool would print another expression than it planned: `{' '.join(text.split())}`"
        super().__init__([Diagnostic(code="E604", message=message, span=span)])


def printed(tree: exp.Expr, *, indent: int | None = None, tail: int = 0) -> str:
    """The tree on one line, or laid out from column `indent` with `tail` characters after it. ChangedError."""
    text = one_line(tree) if indent is None else layout(tree, indent=indent, tail=tail)
    if not isinstance(tree, exp.Column) and not _comes_back(tree, text):
        raise ChangedError(text)
    return text


def faithful(text: str) -> exp.Expr | None:
    """The tree of a statement whose parts may be printed; None where the text cannot be parsed or reproduced."""
    try:
        tree = read_one(text, current().dialect)
    except (SqlglotError, RecursionError):
        return None
    return tree if _comes_back(tree, one_line(tree)) else None


def _comes_back(tree: exp.Expr, text: str) -> bool:
    return bool(_meaning_of(text, current()) == meaning(tree))


@lru_cache(maxsize=4096)
def _meaning_of(text: str, spelling: Spelling) -> Any:
    try:
        tree = read_one(text, spelling.dialect)
    except (SqlglotError, RecursionError):
        return None
    if not spelling.is_postgres:
        for node in nodes(tree):
            if isinstance(node, exp.Ordered) and node.args.get("nulls_first") is None:
                node.set("nulls_first", spelling.nulls_first[bool(node.args.get("desc"))])
            if isinstance(node, exp.Identifier) and node.args.get("quoted") and spelling.quoting.folds_up:
                node.set("this", spelling.quoting.unfolded(node.name))
    return meaning(tree)


# Arguments in which sqlglot records other systems' behavior.
_NO_MEANING = frozenset({"safe", "typed", "coalesce", "is_nvl", "with_fill", "big_int", "brackets", "over", "own"})


def meaning(tree: exp.Expr) -> Any:
    """The meaning of a tree as nested tuples: without brackets and spelling variants."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    special = _SPECIAL.get(type(tree))
    if special is not None:
        return special(tree)
    if isinstance(tree, exp.Connector):
        return (type(tree).__name__, *_operands(tree, type(tree)))
    parts = ((name, _part(value)) for name, value in tree.args.items() if name not in _NO_MEANING)
    return (type(tree).__name__, *sorted((name, part) for name, part in parts if part not in (None, False, ())))


def _part(value: Any) -> Any:
    if isinstance(value, exp.Expr):
        return meaning(value)
    if isinstance(value, list):
        return tuple(_part(item) for item in value)
    return value


def _operands(tree: exp.Expr, kind: type[exp.Expr]) -> Iterator[Any]:
    """The operands of a chain: `a and (b and c)` is `(a and b) and c`."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if type(tree) is kind:
        yield from _operands(tree.args["this"], kind)
        yield from _operands(tree.args["expression"], kind)
    else:
        yield meaning(tree)


def _name(tree: exp.Expr) -> Any:
    return "name", tree.name if tree.args.get("quoted") else tree.name.lower()


def _type(tree: exp.Expr) -> Any:
    spelling, words = current(), tree.args.get("kind")
    if isinstance(words, str):
        return "type", _own_type(words, spelling.dialect if spelling.case_matters else None)
    with spelled_for(POSTGRES):
        return "type", _same_type(one_line(tree))


@lru_cache(maxsize=256)
def _own_type(words: str, dialect: str | None) -> str:
    """A type in the engine's own words, such as `Nullable(Int32)`, as the parser reads it."""
    kind = exp.DataType.Type.USERDEFINED
    tree = exp.DataType.build(words, dialect=dialect) if dialect else exp.DataType(this=kind, kind=words)
    with spelled_for(POSTGRES):
        return _same_type(one_line(tree))


@lru_cache(maxsize=256)
def _same_type(text: str) -> str:
    """Type names of other systems as PostgreSQL's, as which they are parsed back."""
    text = text.replace("bigdecimal", "bignumeric")  # sqlglot's name
    known = canonical(text) or understood(text)
    return (known and canonical(known)) or text


def _call(tree: exp.Expr) -> Any:
    name = tree.this.lower() if isinstance(tree.this, str) else _name(tree.this)
    return "call", name, tuple(meaning(argument) for argument in tree.expressions)


def _ordered(tree: exp.Expr) -> Any:
    descends, nulls_first = bool(tree.args.get("desc")), tree.args.get("nulls_first")
    return "ordered", meaning(tree.this), descends, descends if nulls_first is None else bool(nulls_first)


def _interval(tree: exp.Expr) -> Any:
    with spelled_for(POSTGRES):
        return "interval", one_line(tree).lower()


_SPECIAL: dict[type[exp.Expr], Any] = {
    exp.Identifier: _name,
    exp.DataType: _type,
    exp.Anonymous: _call,
    exp.RowNumber: lambda tree: ("call", "row_number", ()),
    exp.Ordered: _ordered,
    exp.Interval: _interval,
    exp.Var: lambda tree: ("var", tree.name.lower()),
    exp.Literal: lambda tree: ("literal", tree.name if tree.is_string else tree.name.lower(), tree.is_string),
}


# -- words


def is_kept(text: str, tree: exp.Expr, dialect: str = "postgres") -> bool:
    """Whether the printed tree has the same words as the text, and parses to the same tree. SqlglotError."""
    again = one_line(tree)
    if again == text:
        return True
    return Counter(_words(text, dialect)) == Counter(_words(again)) and _comes_back(tree, again)


# Spelling variants; brackets and order are in the shape of the tree.
_SAME = {
    "!=": ("<>",),
    "~~": ("like",),
    "!~~": ("not", "like"),
    "~~*": ("ilike",),
    "!~~*": ("not", "ilike"),
    "!~": ("not", "~"),
    "!~*": ("not", "~*"),
    "isnull": ("is", "null"),
    "notnull": ("is", "not", "null"),
    "some": ("any",),
    "asc": (),
    "cast": (),
    "as": (),
    "::": (),
    "!": ("not",),
    "unknown": ("null",),
    "@": ("abs",),
    "(": (),
    ")": (),
}
_ENDS_OPERAND = re.compile(r"[\w$\"'.)\]]")  # the last character of a word, a constant or a closed bracket
_BEFORE_OPERAND = (TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.WHEN, TokenType.THEN, TokenType.ELSE,
                   TokenType.BETWEEN, TokenType.CASE)  # fmt: skip
_SPACES = re.compile(r"\s+")
_TYPE_LENGTHS = (
    7,
    6,
    5,
    4,
    3,
    2,
    1,
)  # tokens of `bit varying (5)`, `numeric(5, 0)`; sqlglot makes one of some word pairs
_PLAIN_TYPE = re.compile(r"\(.*?\)| without time zone")


def _words(text: str, dialect: str = "postgres") -> Iterator[str]:
    """The words and signs with a meaning, with types under their own names."""
    found = tokens(text, dialect)
    waiting = [*_merged(found, text)]
    for place, word in enumerate(waiting):
        if word in ("nulls first", "nulls last"):
            descends = place > 0 and waiting[place - 1] == "desc"
            if descends == (word == "nulls first"):
                continue
        yield from _SAME.get(word, (word,))


def _merged(found: list[Token], text: str) -> Iterator[str]:
    """Words in lower case, constants unchanged. The words of one type, interval or order are joined."""
    place = 0
    while place < len(found):
        token = found[place]
        words = [one.text.lower() for one in found[place : place + 3]]
        if words == ["without", "time", "zone"]:
            place += 3
            continue
        if words[:2] == ["array", "["] or _is_unary_plus(found, place, text):  # an inner join may omit the word
            place += 1
            continue
        taken, word = _type_at(found, place)
        if not taken:
            is_interval = token.token_type is TokenType.STRING and _is_interval(found, place)
            yield f"'{_SPACES.sub(' ', token.text.strip().lower())}" if is_interval else _word(token, text)
        else:
            yield from [word] if word.startswith("nulls") else word.split()
        place += taken or 1


def _is_unary_plus(found: list[Token], place: int, text: str) -> bool:
    """Whether the place is a `+` without an operand before it: sqlglot drops it, and it changes nothing."""
    if found[place].token_type is not TokenType.PLUS:
        return False
    before = found[place - 1] if place else None
    return before is None or before.token_type in _BEFORE_OPERAND or not _ENDS_OPERAND.match(text[before.end])


def _is_interval(found: list[Token], place: int) -> bool:
    """Whether the place is `interval '…'` or `'…'::interval`, whose case and spaces have no meaning."""
    kinds = [token.token_type for token in found[max(place - 1, 0) : place + 3]]
    return kinds[:1] == [TokenType.INTERVAL] or kinds[-2:] == [TokenType.DCOLON, TokenType.INTERVAL]


def _type_at(found: list[Token], place: int) -> tuple[int, str]:
    """The number of tokens of a type or `nulls first` from here, and their text; (0, "") for others."""
    words = [token.text.lower() for token in found[place : place + _TYPE_LENGTHS[0]]]
    kinds = {token.token_type for token in found[place : place + 1]}
    if kinds & {TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER}:
        return 0, ""
    if words[:1] == ["nulls"] and len(words) > 1 and words[1] in ("first", "last"):
        return 2, " ".join(words[:2])
    if not begins_type(words[0]):
        return 0, ""
    for count in _TYPE_LENGTHS:
        spelled = canonical(" ".join(words[:count])) if len(words) >= count else None
        if spelled and (count != 1 or words[0].replace(" ", "").isalnum()):
            return count, _PLAIN_TYPE.sub("", spelled)
    return 0, ""


def _word(token: Token, text: str) -> str:
    written = text[token.start : token.end + 1]
    if token.token_type in (TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING):
        return f"'{token.text}"
    if token.token_type is TokenType.IDENTIFIER:
        return token.text if token.text == token.text.lower() else f'"{token.text}'
    return token.text.lower() if token.token_type is TokenType.BYTE_STRING else written.lower()
