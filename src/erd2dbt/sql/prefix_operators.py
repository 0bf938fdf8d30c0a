"""Prefix operators: `@ x`, `|/ x`, `~ x`. PostgreSQL applies them to all of `x * 2 + 1`, sqlglot only to `x`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import Token, TokenType

_SIGNS = frozenset({"@", "|/", "||/", "~"})
_OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET)
_CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET)
_ENDING = (TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.END, *_CLOSING)
_BINDS_TIGHTER = (
    TokenType.DOT,
    TokenType.DCOLON,
    TokenType.PLUS,
    TokenType.DASH,
    TokenType.STAR,
    TokenType.SLASH,
    TokenType.MOD,
    TokenType.CARET,
)
_OF_TYPES = frozenset("precision varying with without time zone".split())


def bracketed(words: Sequence[Token]) -> list[Token]:
    """The tokens with brackets around the operand of a prefix operator. `@ x` becomes `abs(x)`."""
    if not any(token.text in _SIGNS for token in words):
        return [*words]
    made: list[Token] = []
    place = 0
    while place < len(words):
        taken = _operand(words, place) if _is_prefix(words, place) else 0
        if not taken:
            made.append(words[place])
            place += 1
            continue
        sign, operand = words[place], bracketed(words[place + 1 : place + 1 + taken])
        made.append(_like(sign, TokenType.VAR, "abs") if sign.text == "@" else sign)
        made += [_like(sign, TokenType.L_PAREN, "("), *operand, _like(operand[-1], TokenType.R_PAREN, ")")]
        place += 1 + taken
    return made


def _is_prefix(words: Sequence[Token], place: int) -> bool:
    token = words[place]
    if token.text not in _SIGNS or token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
        return False
    return place == 0 or words[place - 1].token_type not in _ENDING


def _operand(words: Sequence[Token], place: int) -> int:
    """The number of tokens of the operand."""
    end, awaited = place + 1, True
    while end < len(words):
        kind = words[end].token_type
        if awaited and kind in (TokenType.DASH, TokenType.PLUS):
            end += 1
        elif awaited and _is_prefix(words, end):
            return end + _operand(words, end) - place
        elif awaited or kind in _OPENING or _goes_on(words, end):
            end, awaited = _behind(words, end), False
        elif kind in _BINDS_TIGHTER:
            end, awaited = end + 1, True
        else:
            break
    return end - place - 1


def _goes_on(words: Sequence[Token], place: int) -> bool:
    """Whether the token continues the operand: a constant after its type name, or the second word of a type."""
    before, token = words[place - 1], words[place]
    is_constant = token.token_type is TokenType.STRING and before.token_type is not TokenType.STRING
    return is_constant or (token.text.lower() in _OF_TYPES and token.token_type is not TokenType.IDENTIFIER)


def _behind(words: Sequence[Token], place: int) -> int:
    """The place after a word, a bracket or a `case`."""
    depth = 0
    for end in range(place, len(words)):
        depth += _opens(words[end]) - _closes(words[end])
        if not depth:
            return end + 1
    return len(words)


def _opens(token: Token) -> bool:
    return token.token_type in _OPENING or (
        token.token_type is not TokenType.IDENTIFIER and token.text.lower() == "case"
    )


def _closes(token: Token) -> bool:
    return token.token_type in (*_CLOSING, TokenType.END)


def _like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end, token.comments)
