"""Whether the name of a number means a unit price or rate, or a total."""

from __future__ import annotations

import re

from erd2dbt.datatypes.postgres import family
from erd2dbt.infer.words import is_number

PRICE = re.compile(r"price|unit_?cost|standardcost|preis|prix|precio|prezzo|preco", re.IGNORECASE)
# A total, although the name contains a price.
WHOLE = re.compile(r"(?:^|_)(?:sub_?)?total|extended|(?:^|_)line_|amount|gesamt|montant", re.IGNORECASE)
RATE = re.compile(
    r"(?<!corpo)rate(?:s|_|$)|ratio(?!n)|pct|percent|prozent|porcent|average|avg|share$|(?:^|_)ctr$|(?:^|_)cp[acm]$"
    r"|(?:steuer|zins)satz|taux|tasa",
    re.IGNORECASE,
)
_MEAN = re.compile(r"(?:^|_)(?:avg|average|mean|median|durchschnitt\w*|moyenne?|promedio)(?:_|$)", re.IGNORECASE)
# A share: of one hour or part, whatever that is.
_OF_ONE = re.compile(
    r"(?:^|_)per(?:_|$)|(?:^|_)(?:unit|hourly|daily)_|^(?:std|standard|list|base|purchase|production)_cost$"
    r"|(?:^|_)(?:fraction|proportion|portion|factor|multiplier|coefficient|wage|tariff|fx|probability|allocation"
    r"|percentage)$",
    re.IGNORECASE,
)
# A unit value where its row is a product, a total where it is an order.
_OF_A_PIECE = re.compile(
    r"^cost$|(?:^|_)(?:weight|size|length|width|height|volume|capacity|score)(?:_(?:kg|g|lbs?|m|cm|mm|l|ml))?$",
    re.IGNORECASE,
)
_PIECES = re.compile(
    r"quanti|cantidad|qty|anzahl|menge|stueck|stück|(?:^|_)(?:pieces?|pcs|units?|count|number|num|copies|items|sold)(?:_|$)",
    re.IGNORECASE,
)


# A part of a whole, also in percent: the parts sum to one, or to a hundred.
_PART = r"(?:share|fraction|proportion|portion|allocation)"
_PERCENT = r"(?:pct|percent|percentage|prozent|porcent)"
_SHARE = re.compile(rf"(?:(?:^|_){_PART}(?:_(?:weight|factor))?|_?{_PART}_{_PERCENT}|^{_PERCENT})$", re.IGNORECASE)
_IN_PERCENT = re.compile(rf"(?:^|_){_PERCENT}$", re.IGNORECASE)


def is_share(name: str, kind: str | None) -> bool:
    """Whether the number is the row's part of a whole. A discount in percent, or a price, is none."""
    return (kind is None or is_number(kind)) and bool(_SHARE.search(name))


def is_percentage(name: str, kind: str | None) -> bool:
    """Whether such parts sum to a hundred: by the name, or because the type has no decimals."""
    return bool(_IN_PERCENT.search(name)) or family(kind or "") == "integer"


def is_mean(name: str) -> bool:
    """Whether the name means an average, of which there is no sum."""
    return bool(_MEAN.search(name))


def is_total(name: str) -> bool:
    """Whether the name means a total, not a rate, even if it contains one."""
    return bool(WHOLE.search(name))


def is_price(name: str) -> bool:
    """Whether the number is the price of one piece, not of a whole line or order."""
    return bool(PRICE.search(name)) and not WHOLE.search(name)


def is_weight(name: str, kind: str | None) -> bool:
    """Whether amounts are multiplied by it: a price, a rate, a share, a size of one piece.

    Without a type it counts as a number.
    """
    number = kind is None or is_number(kind)
    of_one = bool(RATE.search(name) or _OF_ONE.search(name))
    return number and (is_price(name) or (of_one and not WHOLE.search(name)))


def is_of_a_piece(name: str, kind: str | None) -> bool:
    """Whether it is multiplied by a number of pieces, but by no other amount: the cost or weight of a product."""
    return (kind is None or is_number(kind)) and bool(_OF_A_PIECE.search(name)) and not WHOLE.search(name)


def is_number_of_pieces(name: str, kind: str | None) -> bool:
    return (kind is None or is_number(kind)) and bool(_PIECES.search(name))
