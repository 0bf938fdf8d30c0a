"""Derivations that people wrote beside a column: a formula, or words such as `sum of amount`. What is written counts
before what a name tells; what cannot be read stays a question that quotes it."""

from __future__ import annotations

import re
from collections.abc import Callable

from erd2dbt.erd import Pick, PickEnd, Tier
from erd2dbt.infer import words
from erd2dbt.infer.drawn import Box, Certainty, Derivation
from erd2dbt.infer.rules import Question

_FUNCTIONS = {"sum", "avg", "count", "min", "max", "ratio", "coalesce", "round", "nullif", "abs", "greatest", "least"}
_KEYWORDS = set("distinct filter where and or not null is case when then else end in between true false".split())
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([^\W\d]\w*(?:\.[^\W\d]\w*)?)|(<=|>=|<>|!=|[-+*/(),<>=]))")
_DERIVING = re.compile(
    r"\b(?:sum|total of|count|number of|avg|average|mean|min|max|minimum|maximum|distinct|unique|first|last|latest"
    r"|earliest|newest|oldest|only|where|excluding|except|without|ratio|share|minus|plus|times|divided|per|if|when|case|else"
    r"|difference|median|rank|top|cumulative|running|rolling)\b|[=<>≥≤+*/%]|\w\(|\s-\s",
    re.IGNORECASE,
)
_RESTRICTING = re.compile(r"\b(?:only|where|excluding|except|without|if|when)\b|[=<>≥≤]", re.IGNORECASE)
_AGGREGATES = {
    "sum": "sum", "total": "sum", "average": "avg", "avg": "avg", "mean": "avg", "max": "max", "maximum": "max",
    "min": "min", "minimum": "min",
}  # fmt: skip
_OF = re.compile(r"(?P<how>sum|total|average|avg|mean|max|maximum|min|minimum) (?:of )?(?:all |the )?(?P<what>[\w. ]+)")
_COUNT = re.compile(
    r"(?:count|number)(?: of)?(?P<distinct> distinct| unique| different)?(?: (?P<what>(?!where\b)\w+))?"
    r"(?:,? (?:where|with|only) (?P<where>.+))?"
)
_DISTINCT = re.compile(r"(?:distinct|unique|different) (?P<what>\w+)")
_PICK = re.compile(
    r"(?P<what>\w+) of (?:the |its )?(?P<end>first|earliest|oldest|last|latest|newest|most recent) (?P<thing>\w+)"
)
_END = re.compile(r"(?:the )?(?P<end>first|earliest|oldest|last|latest|newest|most recent) (?P<what>\w+)")
_CONDITION = re.compile(
    r"(?P<column>[\w.]+)\s*(?P<sign>=|<>|!=|>=|<=|>|<|is)\s*(?P<value>'[^']*'|-?\d+(?:\.\d+)?|[\w-]+)"
)
_SPOKEN = (
    (r"\bminus\b", "-"),
    (r"\bplus\b", "+"),
    (r"\btimes\b", "*"),
    (r"\bdivided by\b|\bper\b", "/"),
    ("×", "*"),
    ("÷", "/"),
)
_CUT = re.compile(r"\s*(?P<label>\w+)\s*(?:≥|>=)\s*(?P<bound>-?\d+(?:\.\d+)?)\s*")
_BY = re.compile(r"(?P<cuts>.+?)\s*\((?:by|of|on)\s+(?P<value>\w+)\)\s*")

Rule = Callable[[Question, str], Derivation | None]


def is_derivation(text: str) -> bool:
    """Whether words beside a line say how something is computed, so that a reader has to see them."""
    return _RESTRICTING.search(text) is not None or bool(
        re.search(r"\b(?:sum|average|count|distinct) of\b|[=<>]", text)
    )


def is_restriction(text: str) -> bool:
    """Whether words beside a line leave out some of its rows."""
    return _RESTRICTING.search(text) is not None


def written(question: Question, text: str) -> Derivation | None:
    """What the words say; None where they derive nothing, so that they only describe."""
    if not _DERIVING.search(text):
        return None
    plain = " ".join(text.strip().removeprefix("=").split())
    for rule in _RULES:
        if found := rule(question, plain):
            return found
    return Derivation(certainty=Certainty.UNKNOWN, why=f"how is it computed? The diagram says: “{plain}”")


def _guess(question: Question, formula: str, text: str) -> Derivation:
    return question.guess(formula, f"written as “{text}”")


def _formula(question: Question, text: str) -> Derivation | None:
    """SQL over columns that are known."""
    plain = text
    for spoken, sign in _SPOKEN:
        plain = re.sub(spoken, sign, plain, flags=re.IGNORECASE)
    found: list[str] = []
    at = 0
    while at < len(plain.rstrip()):
        match = _TOKEN.match(plain, at)
        if match is None:
            return None
        at = match.end()
        name = match[3]
        if name is None or name.lower() in _KEYWORDS:
            found.append((name or match[0].strip()).lower() if name else match[0].strip())
        elif plain[at : at + 1] == "(":
            if name.lower() not in _FUNCTIONS:
                return None
            found.append(name.lower())
        elif (resolved := _resolved(question, name)) is None:
            return None
        else:
            found.append(resolved)
    if len(found) == 1 and "." not in found[0]:
        return None
    formula = _laid_out(found)
    if len(found) == 3 and found[1] == "/":
        formula = f"ratio({found[0]}, {found[2]})"
    is_sql = plain == text
    return question.sure(formula, "it is written so") if is_sql else _guess(question, formula, text)


def _laid_out(tokens: list[str]) -> str:
    text = " ".join(tokens)
    text = re.sub(r"(\w) \((?!where)", lambda m: f"{m[1]}(", text)
    text = re.sub(r"\bfilter\(", "filter (", text)
    return text.replace("( ", "(").replace(" )", ")").replace(" ,", ",")


def _resolved(question: Question, name: str) -> str | None:
    """`orders.amount` of an input, a column of the model itself, or a column that only one input has."""
    box_name, _, column = name.lower().rpartition(".")
    if box_name:
        boxes = [one.box for one in question.inputs if _is_called(box_name, one.box)]
        known = [box for box in boxes if column in box.columns]
        return f"{known[0].name}.{column}" if len(known) == 1 else None
    if column in question.siblings and column != question.name:
        return column
    found = _owners(question, column)
    return f"{found[0].name}.{column}" if len(found) == 1 else None


def _is_called(name: str, box: Box) -> bool:
    bare = re.sub(r"^(?:stg|staging|raw|src)_", "", name)
    return words.singular(bare) == words.singular(box.name) or name == box.name


def _owners(question: Question, column: str) -> list[Box]:
    """The inputs that have a column: those with many rows first."""
    some = [one.box for one in question.many if column in one.box.columns]
    return some or [one.box for one in question.inputs if column in one.box.columns]


def _aggregate(question: Question, text: str) -> Derivation | None:
    """`sum of paid_amount`, `average price`."""
    match = _OF.fullmatch(text.lower())
    column = match["what"].strip().replace(" ", "_") if match else ""
    resolved = _resolved(question, column) if column and "." in column else None
    found = _owners(question, column)
    target = resolved or (f"{found[0].name}.{column}" if len(found) == 1 else None)
    return _guess(question, f"{_AGGREGATES[match['how']]}({target})", text) if match and target else None


def _count(question: Question, text: str) -> Derivation | None:
    """`count of appointments`, `number of distinct patients`, `count where status = no_show`."""
    match = _COUNT.fullmatch(text.lower())
    if match is None:
        return None
    if match["distinct"]:
        return _different(question, match["what"] or "", text)
    inputs = [one.box for one in question.many]
    if match["what"]:
        inputs = [box for box in inputs if words.is_thing(match["what"], box.name)]
    where = _condition(match["where"], inputs) if match["where"] else ("", inputs)
    if where is None or len(where[1]) != 1 or len(where[1][0].key) == 0:
        return None
    box = where[1][0]
    counted = f"count({box.name}.{box.key[0]})"
    return _guess(question, f"{counted} filter (where {where[0]})" if where[0] else counted, text)


def _condition(text: str, boxes: list[Box]) -> tuple[str, list[Box]] | None:
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        return None
    column = match["column"].rpartition(".")[2]
    own = [box for box in boxes if column in box.columns]
    if len(own) != 1:
        return None
    value = match["value"]
    is_literal = value.startswith("'") or re.fullmatch(r"-?\d+(?:\.\d+)?", value) or value in ("true", "false")
    sign = "=" if match["sign"] == "is" else match["sign"]
    return f"{own[0].name}.{column} {sign} {value if is_literal else repr(value)}", own


def _distinct(question: Question, text: str) -> Derivation | None:
    match = _DISTINCT.fullmatch(text.lower())
    return _different(question, match["what"], text) if match else None


def _different(question: Question, thing: str, text: str) -> Derivation | None:
    """Different values of a column that is called so, or that identifies the thing."""
    names = (thing, words.singular(thing), f"{words.singular(thing)}_id")
    found = [(one.box, name) for one in question.many for name in names if name in one.box.columns]
    foreign = [(box, name) for box, name in found if (name,) != box.key] or found
    if len(foreign) != 1:
        return None
    return _guess(question, f"count(distinct {foreign[0][0].name}.{foreign[0][1]})", text)


def _extreme(question: Question, text: str) -> Derivation | None:
    """`latest scheduled_at`: the largest; of what is no time, the value of the latest row."""
    match = _END.fullmatch(text.lower())
    found = _owners(question, match["what"]) if match else []
    if match is None or len(found) != 1:
        return None
    column, box = match["what"], found[0]
    if words.is_time(column, box.columns[column]):
        return _guess(question, f"{'min' if _is_first(match['end']) else 'max'}({box.name}.{column})", text)
    return _picked(question, box, column, match["end"], text)


def _pick(question: Question, text: str) -> Derivation | None:
    """`status of the latest appointment`."""
    match = _PICK.fullmatch(text.lower())
    if match is None:
        return None
    boxes = [one.box for one in question.many if words.is_thing(words.plural(match["thing"]), one.box.name)]
    if len(boxes) != 1 or match["what"] not in boxes[0].columns:
        return None
    return _picked(question, boxes[0], match["what"], match["end"], text)


def _is_first(end: str) -> bool:
    return end in ("first", "earliest", "oldest")


def _picked(question: Question, box: Box, column: str, end: str, text: str) -> Derivation | None:
    times = [name for name, kind in box.columns.items() if words.is_time(name, kind)]
    if len(times) != 1:
        return None
    pick = Pick(
        end=PickEnd.FIRST if _is_first(end) else PickEnd.LAST,
        value=question.sql(f"{box.name}.{column}"),
        where=None,
        order=(question.sql(times[0]),),
    )
    return Derivation(certainty=Certainty.GUESS, why=f"written as “{text}”, in order of `{times[0]}`", formula=pick)


def _tier(question: Question, text: str) -> Derivation | None:
    """`high ≥ 500 / medium ≥ 100 / low (by total_minutes)`."""
    match = _BY.fullmatch(text)
    if match is None or match["value"] not in question.siblings:
        return None
    parts = re.split(r"\s*[/,;|]\s*", match["cuts"])
    cuts = [_CUT.fullmatch(part) for part in parts]
    known = [(cut["label"], cut["bound"]) for cut in cuts if cut]
    rest = [part.strip() for part, cut in zip(parts, cuts, strict=True) if not cut]
    bounds = [float(bound) for _, bound in known]
    if (
        not known
        or len(rest) > 1
        or bounds != sorted(bounds, reverse=True)
        or not all(re.fullmatch(r"\w+", r) for r in rest)
    ):
        return None
    tier = Tier(value=question.sql(match["value"]), cuts=tuple(known), otherwise=rest[0] if rest else None)
    return Derivation(certainty=Certainty.GUESS, why=f"written as “{text}”", formula=tier)


_RULES: tuple[Rule, ...] = (_tier, _aggregate, _count, _distinct, _pick, _extreme, _formula)
