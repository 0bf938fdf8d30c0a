"""A model's SQL as its parts: common table expressions, selects, clauses and the items in them.

Parts know where they are in the text, so that a merge can leave all else as it is. `shape` is equal for parts that
say the same, however they are laid out; `order by 1` and `group by 1` say what is there in the select.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from erd2dbt.write.merging.sqltokens import Token, UnfitError, tokens

Shape = tuple[str, ...]

CLAUSES = ("select", "from", "where", "group by", "having", "window", "order by", "limit", "offset", "fetch", "for")
LISTS = ("with", "select", "from", "where", "group by", "having", "order by")  # merged item by item
SETS = ("where", "having", "group by")  # known by what they say alone
_OPERATORS = ("union", "except", "intersect")
_JOINING = ("natural", "inner", "left", "right", "full", "cross", "join")
_OPENING, _CLOSING = ("(", "["), (")", "]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of a list; `key` is what it is known by there. `head` is the shape of what is before an inner query.

    `at`: the select item that a number stands for, by its key."""

    key: Hashable
    shape: Hashable
    start: int
    end: int
    head: Shape = ()
    inner: Query | None = None
    at: Hashable = None

    @property
    def is_alternative(self) -> bool:
        """Whether an `or` is in it outside of brackets: then nothing can be put behind it with an `and`."""
        depth = 0
        for word in self.shape if isinstance(self.shape, tuple) else ():
            depth += (word in (*_OPENING, "case")) - (word in (*_CLOSING, "end"))
            if word == "or" and not depth:
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """`head`: its words and what belongs to them, such as `select distinct`; they end at `head_end`.

    `separator`: what is between its items, "" for joins."""

    name: str
    head: Shape
    start: int
    head_end: int
    items: tuple[Item, ...]
    separator: str

    @property
    def end(self) -> int:
        return self.items[-1].end if self.items else self.head_end

    @property
    def shape(self) -> Hashable:
        return (self.name, self.head, tuple((item.key, item.shape) for item in self.items))

    def get(self, key: Hashable) -> Item | None:
        return next((item for item in self.items if item.key == key), None)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        return tuple(item.key for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One select with its clauses, in order."""

    clauses: tuple[Clause, ...]

    def get(self, name: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.name == name), None)

    @property
    def shape(self) -> Hashable:
        return tuple(clause.shape for clause in self.clauses)

    @property
    def loose(self) -> Hashable:
        free = ("select", "where", "having", "group by")
        return tuple(
            (c.head, frozenset((i.key, i.shape) for i in c.items)) if c.name in free else c.shape for c in self.clauses
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Selects between `operators`, each with what it needs in `ctes`."""

    ctes: Clause | None
    selects: tuple[Select, ...]
    operators: tuple[Shape, ...]
    start: int
    end: int

    @property
    def shape(self) -> Hashable:
        return (self.ctes and self.ctes.shape, self.operators, tuple(select.shape for select in self.selects))

    @property
    def loose(self) -> Hashable:
        """Equal for queries that differ in the order of columns, conditions and common table expressions alone."""
        ctes = frozenset((e.key, e.head, e.inner and e.inner.loose) for e in self.ctes.items) if self.ctes else None
        is_one = len(self.selects) == 1
        return ctes, self.operators, self.selects[0].loose if is_one else tuple(select.shape for select in self.selects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A text, the Jinja before its query, its query and all of its comments."""

    text: str
    before: tuple[Token, ...]
    query: Query
    comments: tuple[Token, ...]

    @property
    def shape(self) -> Hashable:
        return (_shape(self.before), self.query.shape)

    @property
    def loose(self) -> Hashable:
        return (_shape(self.before), self.query.loose)


def read_sql(text: str) -> Sql | None:
    """None where the text is not a query, or one with statements of Jinja in it."""
    try:
        found = tokens(text)
        comments = tuple(token for token in found if token.kind == "comment")
        words = [token for token in found if token.kind != "comment"]
        begin = next((n for n, token in enumerate(words) if token.is_word("with", "select")), None)
        if begin is None or any(token.kind != "jinja" for token in words[:begin]):
            return None
        if any(token.kind == "block" or token.text == ";" for token in words):
            return None
        reader = _Reader(words)
        return Sql(text=text, before=tuple(words[:begin]), query=reader.query(begin, len(words)), comments=comments)
    except (UnfitError, RecursionError):
        return None


def columns_of(text: str, *, only_aliased: bool = False) -> set[str]:
    """What the columns of all selects are called; perhaps only those with a name other than that of what they are."""
    found = read_sql(text)
    clauses = (select.get("select") for select in (_selects(found.query) if found else ()))
    columns = (item for clause in clauses if clause for item in clause.items)
    return {item.key for item in columns if isinstance(item.key, str) and not (only_aliased and _is_plain(item))}


def relations(text: str) -> set[str]:
    """Names that are behind `from` or `join`, wherever they do."""
    words = [token for token in tokens(text) if token.kind != "comment"]
    return {name.norm for word, name in pairwise(words) if word.is_word("from", "join") and name.kind in _NAMES}


def names_twice(text: str) -> Counter[str]:
    """How often a column, a join or a common table expression is called like one before it in the same list."""
    found = read_sql(text)
    clauses = [clause for clause in _clauses(found.query) if clause.name in ("with", "select", "from")] if found else []
    keys = (item.key for clause in clauses for item in clause.items)
    return Counter(_called(key[0]) for key in keys if isinstance(key, tuple) and isinstance(key[-1], int))


def _called(key: Hashable) -> str:
    return str(key[-1] if isinstance(key, tuple) else key)


def _clauses(query: Query) -> Iterator[Clause]:
    if query.ctes is not None:
        yield query.ctes
    for select in _selects(query):
        yield from select.clauses


def _selects(query: Query) -> Iterator[Select]:
    for item in query.ctes.items if query.ctes else ():
        if item.inner is not None:
            yield from _selects(item.inner)
    yield from query.selects


def _is_plain(column: Item) -> bool:
    return isinstance(column.shape, tuple) and column.shape[-3:-1] == (column.key, "as")


class _Reader:
    def __init__(self, words: Sequence[Token]) -> None:
        self.words = words
        self.close = _closing(words)

    def flat(self, start: int, end: int) -> Iterator[int]:
        """The places of a range that are in no bracket and in no `case`; of a bracket its opening sign."""
        place, cases = start, 0
        while place < end:
            token = self.words[place]
            cases += token.is_word("case") - token.is_word("end")
            if cases <= 0 and not token.is_word("end"):
                yield place
            place = self.close.get(place, place) + 1

    def query(self, start: int, end: int) -> Query:
        first = self.words[start] if start < end else None
        if first is None:
            raise UnfitError
        ctes, place = self.ctes(start, end) if first.is_word("with") else (None, start)
        cuts = [n for n in self.flat(place, end) if self.words[n].is_word(*_OPERATORS) and not self.is_name(n)]
        selects, operators, begin = [], [], place
        for cut in [*cuts, end]:
            selects.append(self.select(begin, cut))
            begin = cut + 1
            if cut < end:
                begin += begin < end and self.words[begin].is_word("all", "distinct")
                operators.append(_shape(self.words[cut:begin]))
        last = self.words[end - 1]
        return Query(ctes=ctes, selects=tuple(selects), operators=tuple(operators), start=first.start, end=last.end)

    def is_name(self, place: int) -> bool:
        """Whether a word that may be a keyword is a name: behind `as` or a dot, or before one."""
        before = self.words[place - 1] if place else None
        behind = self.words[place + 1] if place + 1 < len(self.words) else None
        is_behind = before is not None and (before.is_word("as") or before.text == ".")
        return is_behind or (behind is not None and behind.text == ".")

    def ctes(self, start: int, end: int) -> tuple[Clause, int]:
        place = start + 1
        place += self.words[place].is_word("recursive")
        head = self.words[start:place]
        items = []
        while True:
            item, place = self.cte(place, end)
            items.append(item)
            if place >= end or self.words[place].text != ",":
                break
            place += 1
        found = Clause(
            name="with",
            head=_shape(head),
            start=head[0].start,
            head_end=head[-1].end,
            items=_numbered_repeats(items),
            separator=",",
        )
        return found, place

    def cte(self, start: int, end: int) -> tuple[Item, int]:
        """`name (columns) as not materialized (query)`."""
        brackets = (n for n in self.flat(start + 1, end) if self.words[n].text == "(")
        opening = next((n for n in brackets if self.words[n - 1].norm in _BEFORE_QUERY), None)
        if opening is None or self.words[start].kind not in ("word", "quoted"):
            raise UnfitError
        close = self.close[opening]
        inner = self.query(opening + 1, close)
        head = _shape(self.words[start:opening])
        name, last = self.words[start], self.words[close]
        shape = (head, inner.shape)
        return Item(key=name.norm, shape=shape, start=name.start, end=last.end, head=head, inner=inner), close + 1

    def select(self, start: int, end: int) -> Select:
        if start >= end or not self.words[start].is_word("select"):
            raise UnfitError
        begins = [(n, name) for n in self.flat(start, end) if (name := self.clause_at(n, end))]
        clauses: list[Clause] = []
        for (begin, name), (stop, _) in zip(begins, [*begins[1:], (end, "")], strict=True):
            if any(clause.name == name for clause in clauses):
                raise UnfitError
            clauses.append(self.clause(name, begin, stop))
        return Select(clauses=tuple(_with_numbers(clauses)))

    def clause_at(self, place: int, end: int) -> str | None:
        """The clause whose words begin here."""
        token, behind = self.words[place], self.words[place + 1] if place + 1 < end else None
        if token.kind != "word" or self.is_name(place):
            return None
        if token.norm in ("group", "order"):
            return f"{token.norm} by" if behind is not None and behind.is_word("by") else None
        before = self.words[place - 1] if place else None
        if token.norm == "from" and before is not None and before.is_word("distinct"):
            return None  # `is distinct from`
        if token.norm == "for" and not (behind and behind.is_word("update", "share", "no", "key")):
            return None
        return token.norm if token.norm in CLAUSES else None

    def clause(self, name: str, start: int, end: int) -> Clause:
        begin = start + name.count(" ") + 1
        if name == "select" and begin < end and self.words[begin].is_word("distinct", "all"):
            begin += 1
            if begin + 1 < end and self.words[begin].is_word("on") and begin + 1 in self.close:
                begin = self.close[begin + 1] + 1
        if begin >= end:
            raise UnfitError
        parts, separator = self.parts(name, begin, end)
        items = [self.item(name, first, last) for first, last in parts]
        return Clause(
            name=name,
            head=_shape(self.words[start:begin]),
            start=self.words[start].start,
            head_end=self.words[begin - 1].end,
            items=_numbered_repeats(items),
            separator=separator,
        )

    def parts(self, name: str, start: int, end: int) -> tuple[list[tuple[int, int]], str]:
        """(first, behind the last) of each item, and what separates them."""
        if name in ("where", "having"):
            return self.conditions(start, end)
        if name == "from":
            if any(self.words[n].text == "," for n in self.flat(start, end)):
                return [(start, end)], ""
            cuts = [n for n in self.flat(start, end) if self.joins_at(n)]
            return list(zip([start, *cuts], [*cuts, end], strict=True)), ""
        if name not in LISTS:
            return [(start, end)], ""
        commas = [n for n in self.flat(start, end) if self.words[n].text == ","]
        found = list(zip([start, *(n + 1 for n in commas)], [*commas, end], strict=True))
        if any(first >= last for first, last in found):
            raise UnfitError
        return found, ","

    def conditions(self, start: int, end: int) -> tuple[list[tuple[int, int]], str]:
        """Cut at each `and` that is none of `between`; one item where an `or` is beside them."""
        cuts, between = [], 0
        for n in self.flat(start, end):
            between += self.words[n].is_word("between")
            if self.words[n].is_word("or"):
                return [(start, end)], "and"
            if self.words[n].is_word("and"):
                if between:
                    between -= 1
                else:
                    cuts.append(n)
        found = list(zip([start, *(n + 1 for n in cuts)], [*cuts, end], strict=True))
        if any(first >= last for first, last in found):
            raise UnfitError
        return found, "and"

    def joins_at(self, place: int) -> bool:
        token = self.words[place]
        if not token.is_word(*_JOINING) or self.is_name(place) or self.words[place + 1 : place + 2] == []:
            return False
        is_call = self.words[place + 1].text == "(" and not token.is_word("join")
        return not is_call and not self.words[place - 1].is_word(*_JOINING, "outer")

    def item(self, name: str, start: int, end: int) -> Item:
        words = self.words[start:end]
        shape: Shape = _relation_shape(words) if name == "from" else _shape(words)
        key: Hashable = shape
        if name == "select":
            key, shape = self.column(start, end)
        elif name == "from":
            key = self.relation(start, end)
        elif name not in SETS and name != "order by":
            key = name
        return Item(key=key, shape=shape, start=words[0].start, end=words[-1].end)

    def column(self, start: int, end: int) -> tuple[Hashable, Shape]:
        """What an item of a select is called, and its expression with that name behind it."""
        words = self.words[start:end]
        last, before = words[-1], words[-2] if len(words) > 1 else None
        if before is not None and before.is_word("as"):
            return last.norm, (*_shape(words[:-2]), "as", last.norm)
        if before is not None and _may_end(before) and last.kind in _NAMES and last.norm not in _LAST_WORDS:
            return last.norm, (*_shape(words[:-1]), "as", last.norm)
        called = self.called(start, end)
        return (called, (*_shape(words), "as", called)) if called else (("", *_shape(words)), _shape(words))

    def called(self, start: int, end: int) -> str | None:
        """The name that PostgreSQL gives a column without an alias: its own, whatever it is cast to."""
        cast = next((n for n in self.flat(start, end - 1) if self.words[n].text == self.words[n + 1].text == ":"), end)
        names = self.words[start:cast]
        is_name = all(token.kind in _NAMES if n % 2 == 0 else token.text == "." for n, token in enumerate(names))
        return names[-1].norm if is_name and len(names) % 2 else None

    def relation(self, start: int, end: int) -> Hashable:
        """What a relation is called in the select; of the first one it does not count."""
        if not self.words[start].is_word(*_JOINING):
            return "from"
        on = next((n for n in self.flat(start, end) if self.words[n].is_word("on", "using")), end)
        return ("join", self.words[on - 1].norm)


_BEFORE_QUERY = ("as", "materialized")
_NAMES = ("word", "quoted")
_LAST_WORDS = frozenset("null true false unknown precision varying zone end".split())


def _may_end(token: Token) -> bool:
    """Whether an expression may end with a token, so that a name behind it is an alias."""
    return token.kind in ("string", "number", "jinja") or token.text in _CLOSING or token.is_word("end")


def _closing(words: Sequence[Token]) -> dict[int, int]:
    """The place of each opening bracket -> that of its closing one. UnfitError."""
    found, waiting = {}, []
    for place, token in enumerate(words):
        if token.kind != "sign":
            continue
        if token.text in _OPENING:
            waiting.append(place)
        elif token.text in _CLOSING:
            if not waiting or _OPENING.index(words[waiting[-1]].text) != _CLOSING.index(token.text):
                raise UnfitError
            found[waiting.pop()] = place
    if waiting:
        raise UnfitError
    return found


def _shape(words: Sequence[Token]) -> Shape:
    found = [token.norm for token in words]
    for place in range(len(found) - 1):
        if found[place : place + 2] == ["!", "="]:
            found[place : place + 2] = ["<", ">"]
    return tuple(found)


def _relation_shape(words: Sequence[Token]) -> Shape:
    """Without the words that may be excluded: `inner`, `outer`, and `as` before an alias."""
    end = next((n for n, token in enumerate(words) if token.is_word("on", "using")), len(words))
    head = [token for token in words[:end] if not token.is_word("inner", "outer", "as")]
    return _shape([*head, *words[end:]])


def _numbered_repeats(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items of one key by their number as well."""
    seen: dict[Hashable, int] = {}
    found = []
    for item in items:
        number = seen[item.key] = seen.get(item.key, 0) + 1
        found.append(item if number == 1 else replace(item, key=(item.key, number)))
    return tuple(found)


def _with_numbers(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """Numbers of select items as what they stand for."""
    columns = next((clause.items for clause in clauses if clause.name == "select"), ())
    for clause in clauses:
        if clause.name in ("group by", "order by"):
            yield replace(clause, items=_numbered_repeats([_resolved(item, columns) for item in clause.items]))
        else:
            yield clause


def _resolved(item: Item, columns: Sequence[Item]) -> Item:
    assert isinstance(item.shape, tuple)
    first, *rest = item.shape
    if not first.isdecimal():
        return item
    if not 1 <= int(first) <= len(columns):
        raise UnfitError
    column = columns[int(first) - 1]
    assert isinstance(column.shape, tuple)
    body = column.shape[:-2] if column.shape[-2:-1] == ("as",) else column.shape
    shape = (*body, *rest)
    return replace(item, key=shape, shape=shape, at=column.key)
