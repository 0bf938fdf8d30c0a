"""Parses PostgreSQL's SQL with sqlglot, and keeps the spelling of calls and numbers.

sqlglot translates many functions of many systems to its own names. Calls that are marked here are printed as written.
Special forms of PostgreSQL's grammar are parsed by sqlglot's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError

from erd2dbt.sql.foreign_words import cut
from erd2dbt.sql.prefix_operators import bracketed
from erd2dbt.sql.spelling import current
from erd2dbt.sql.trees import nodes

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings would be printed without a place

POSTGRES = Dialect.get_or_raise("postgres")

# Words before a bracket that are not calls by name: special forms of PostgreSQL's grammar (gram.y); types with
# a modifier; and the aggregates that this tool analyzes.
_OWN_FORMS = frozenset(
    """
    all and any array as asc between both by case cast collate current_date current_time current_timestamp
    current_user desc distinct else end except exists filter first for from full group having ilike in inner
    intersect interval into is isnull join lateral leading like limit localtime localtimestamp not notnull
    offset on or order over overlaps placing row select similar some symmetric then to trailing union unique
    using values variadic when where with within bit bpchar char character dec decimal float national nchar
    numeric precision time timestamp timestamptz timetz varbit varchar varying array_agg avg bool_and bool_or
    coalesce count every greatest last least max min nullif string_agg sum
    """.split()
)
# Calls with commas, or with PostgreSQL keywords between their arguments.
_TWO_FORMS = frozenset("extract overlay position substring trim".split())
_BETWEEN_ARGUMENTS = frozenset("both escape for from in leading placing similar trailing".split())
_WORD = re.compile(r"[^\W\d][\w$]*")
# Manual, section 4.1.2.6
_NUMBER = re.compile(
    r"0[xX](_?[0-9a-fA-F])+|0[oO](_?[0-7])+|0[bB](_?[01])+"
    r"|(\d(_?\d)*\.?(\d(_?\d)*)?|\.\d(_?\d)*)([eE][+-]?\d(_?\d)*)?"
)
_MAY_BE_CUT = re.compile(r"(?<!\w)\d+[._eExXoObB]|\.\d")  # starts each number that has more than digits
# What sqlglot parses of constants after `interval`; of others it keeps the first two words.
_ONE_UNIT = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*[a-zA-Z]+\s*")
DEEPEST = 400  # most levels of a tree: a sum of 400 terms has as many
_AROUND = 100  # levels of a query around its deepest expression
_KEPT = "\x1f"  # marks a name as unknown to sqlglot


def read(text: str, dialect: str = "postgres") -> list[exp.Expr]:
    """The statements or expressions of a text, with calls as written. SqlglotError, RecursionError.

    `dialect`: sets keywords and quotes. The grammar is always PostgreSQL's.
    """
    words = bracketed([*_constants(_numbers(tokens(text, dialect), text))])
    found = [tree for tree in _parsed([*_kept(words)], text) if tree is not None]
    _check_depth(found)
    _say_where_nulls_stand(found, words)
    for tree in found:
        for node in nodes(tree):  # calls, and relation names with a column list
            if isinstance(node.args.get("this"), str) and node.args["this"].startswith(_KEPT):
                node.set("this", node.args["this"].removeprefix(_KEPT))
    return found


def read_one(text: str, dialect: str = "postgres") -> exp.Expr:
    """The one expression or statement of a text. SqlglotError, RecursionError."""
    found = read(text, dialect)
    if len(found) != 1:
        raise ParseError(f"one expression is expected, not {len(found)}")
    return found[0]


def _say_where_nulls_stand(trees: Sequence[exp.Expr], words: Sequence[Token]) -> None:
    """Set `nulls_first` of each order term to None where the text omits it. sqlglot fills in PostgreSQL's default."""
    terms = [node for tree in trees for node in nodes(tree) if isinstance(node, exp.Ordered)]
    said = list(_nulls_of_terms(words)) if terms else []
    if len(said) == len(terms):
        for term, nulls_first in zip(terms, said, strict=True):
            term.set("nulls_first", nulls_first)


def _nulls_of_terms(words: Sequence[Token]) -> Iterator[bool | None]:
    """For each term after `order by`, in order: `nulls first` (True), `nulls last` (False), or None."""
    depth, open_orders = 0, list[int]()
    for place, token in enumerate(words):
        word = token.text.lower()
        if word in ("(", "["):
            depth += 1
        ends = word in (")", "]") or token.token_type is TokenType.COMMA or word in _AFTER_ORDER
        if ends and open_orders and open_orders[-1] == depth:
            yield _nulls_before(words, place)
            if token.token_type is not TokenType.COMMA:
                open_orders.pop()
        if word in (")", "]"):
            depth -= 1
        if token.token_type is TokenType.ORDER_BY:
            open_orders.append(depth)
    if open_orders:
        yield _nulls_before(words, len(words))


_AFTER_ORDER = frozenset("limit offset fetch rows range groups".split())


def _nulls_before(words: Sequence[Token], place: int) -> bool | None:
    last = [token.text.lower() for token in words[max(place - 2, 0) : place]]
    return last[1] == "first" if len(last) == 2 and last[0] == "nulls" and last[1] in ("first", "last") else None


def query(text: str) -> exp.Expr:
    """One statement with calls parsed as sqlglot's nodes, for analysis only, not for printing.

    Keywords and quotes are those of the current engine. SqlglotError, RecursionError.
    """
    words = bracketed(_numbers(tokens(text, current().dialect), text))
    found = [tree for tree in _parsed(words, text) if tree is not None]
    _check_depth(found, DEEPEST + _AROUND)
    if len(found) != 1:
        raise ParseError(f"one statement is expected, not {len(found)}")
    return found[0]


def _check_depth(trees: Sequence[exp.Expr], deepest: int = DEEPEST) -> None:
    """RecursionError where a tree is too deep for recursive functions."""
    level, depth = [*trees], 0
    while level:
        depth += 1
        if depth > deepest:
            raise RecursionError(f"more than {deepest} levels")
        level = [child for node in level for child in node.iter_expressions()]


def tokens(text: str, dialect: str = "postgres") -> list[Token]:
    """The tokens of a text. SqlglotError for an unclosed quote or comment."""
    return cut(text, POSTGRES.tokenize) if dialect == "postgres" else Dialect.get_or_raise(dialect).tokenize(text)


def _parsed(words: list[Token], text: str) -> list[exp.Expr | None]:
    return POSTGRES.parser().parse(words, text)


def _numbers(words: Sequence[Token], text: str) -> list[Token]:
    """Numbers as one token each. sqlglot splits `1_000`, and reads `0x10` as a bit string."""
    if not _MAY_BE_CUT.search(text):
        return [*words]
    found: list[Token] = []
    place = 0
    while place < len(words):
        token = words[place]
        end = _end_of_number(words, place, text)
        if end is None:
            found.append(token)
            place += 1
            continue
        last = words[end]
        whole = text[token.start : last.end + 1]
        found.append(Token(TokenType.NUMBER, whole, token.line, token.col, token.start, last.end, token.comments))
        place = end + 1
    return found


def _end_of_number(words: Sequence[Token], place: int, text: str) -> int | None:
    """The place of the last token of the number that starts here; None where sqlglot's own token is right."""
    token = words[place]
    begins = text[token.start : token.end + 1]
    if token.token_type is TokenType.DOT:
        before = words[place - 1] if place else None
        if before is not None and before.end + 1 == token.start and before.token_type not in _BEFORE_POINT:
            return None
    elif token.token_type is TokenType.IDENTIFIER or not begins[:1].isdigit():
        return None
    end = place
    while end + 1 < len(words) and words[end + 1].start == words[end].end + 1:
        if not _NUMBER.fullmatch(text[token.start : words[end + 1].end + 1]):
            break
        end += 1
    is_split = end > place or token.token_type in (TokenType.HEX_STRING, TokenType.BIT_STRING)
    return end if is_split and _NUMBER.fullmatch(text[token.start : words[end].end + 1]) else None


# Signs that may be directly before a number such as `.5`; elsewhere the point belongs to a name.
_BEFORE_POINT = (TokenType.L_PAREN, TokenType.COMMA, TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH)


def _constants(words: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with dollar-quoted constants as texts, intervals that sqlglot would split as casts, and `varbit`.

    sqlglot knows that type by the short name only.
    """
    place = 0
    while place < len(words):
        token, after = words[place], words[place + 1] if place + 1 < len(words) else None
        place += 1
        if token.token_type in (TokenType.HEREDOC_STRING, TokenType.RAW_STRING):
            yield _like(token, TokenType.STRING)
        elif token.token_type is TokenType.BIT and after is not None and after.text.lower() == "varying":
            yield _like(token, TokenType.VAR, "varbit")
            place += 1
        elif token.token_type is TokenType.INTERVAL and _is_long(after):
            assert after is not None
            yield from (after, _like(after, TokenType.DCOLON, "::"), token)
            place += 1
        else:
            yield token


def _is_long(constant: Token | None) -> bool:
    is_text = constant is not None and constant.token_type is TokenType.STRING
    return is_text and constant is not None and not _ONE_UNIT.fullmatch(constant.text)


def _like(token: Token, kind: TokenType, text: str | None = None) -> Token:
    written = token.text if text is None else text
    return Token(kind, written, token.line, token.col, token.start, token.end, token.comments)


def _kept(words: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with a mark before each called name without a special form."""
    for place, token in enumerate(words):
        if not _is_call(words, place):
            yield token
        elif token.token_type is TokenType.IDENTIFIER:
            yield _like(token, TokenType.IDENTIFIER, f"{_KEPT}{token.text}")
        else:
            yield _like(token, TokenType.VAR, f"{_KEPT}{token.text}")


def _is_call(words: Sequence[Token], place: int) -> bool:
    token = words[place]
    if place + 1 == len(words) or words[place + 1].token_type is not TokenType.L_PAREN or token.token_type in _STRINGS:
        return False
    if token.token_type is TokenType.IDENTIFIER:
        return True
    name = token.text.lower()
    if name in _TWO_FORMS:
        return not any(word.text.lower() in _BETWEEN_ARGUMENTS for word in _arguments(words, place + 1))
    return name not in _OWN_FORMS and _WORD.fullmatch(token.text) is not None


def _arguments(words: Sequence[Token], place: int) -> Iterator[Token]:
    """The tokens directly inside the bracket that opens at `place`."""
    depth = 0
    for token in words[place:]:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0:
            return
        if depth == 1 and token.token_type not in _STRINGS:
            yield token


_STRINGS = frozenset(
    {
        TokenType.STRING,
        TokenType.BIT_STRING,
        TokenType.BYTE_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.HEX_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.UNICODE_STRING,
    }
)


def in_postgres_quotes(text: str, dialect: str) -> str:
    """A text of another system, with names and constants in PostgreSQL's quotes. SqlglotError."""
    made, place = [], 0
    for token in tokens(text, dialect):
        quote = {TokenType.IDENTIFIER: '"', TokenType.STRING: "'"}.get(token.token_type)
        if quote is None or text[token.start] in "{%":
            continue
        made += [text[place : token.start], quote, token.text.replace(quote, quote * 2), quote]
        place = token.end + 1
    return "".join([*made, text[place:]])
