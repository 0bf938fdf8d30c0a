"""A relation in a query: its columns in order, under names that may repeat, and its state under unique ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlglot import exp

from erd2dbt.prove.measure import Measure
from erd2dbt.prove.operators import select
from erd2dbt.prove.projection import rename
from erd2dbt.prove.state import Dependency, Key, State
from erd2dbt.sqlproof.formulas import renamed
from erd2dbt.sqlproof.parts import Part
from erd2dbt.sqlproof.query_analysis import AnyRow, Doubt
from erd2dbt.sqlproof.shown import MaybeNull, Shown

NULL = "x"  # stands for NULL among the constants of a relation
ROW = "\5row"  # a hidden column with a different value in each row


HIDDEN = "\6"  # ends the id of a column that a query does not show; may also stand before its name, for messages


def visible(rel: Rel) -> Rel:
    """The relation without hidden columns. A value whose home has one of them is lost."""
    if not any(column.endswith(HIDDEN) for column in rel.state.columns):
        return rel
    kept = {column: column for column in rel.state.columns if not column.endswith(HIDDEN)}
    measures = {id_: m.shown(kept) if m is not None else None for id_, m in rel.measures.items()}
    flags = {id_: tree for id_, tree in rel.flags.items() if renamed(tree, kept) is not None}
    state = select(narrowed(rel.state, frozenset(kept)), kept)
    spans = tuple(span for span in rel.spans if {*span.by, span.begin, span.end} <= kept.keys())
    return replace(rel, state=state, measures=measures, formulas=(), flags=flags, spans=spans)


def is_row(column: str) -> bool:
    """Whether the column is the hidden row id of a source."""
    return column.endswith(ROW)


@dataclass(frozen=True, slots=True)
class Span:
    """Spans of rows that agree on `by`. Each ends where the next one begins, or before that (`closed`)."""

    by: frozenset[str]
    begin: str
    end: str
    closed: bool = False

    def renamed(self, names: Mapping[str, str]) -> Span:
        return Span(frozenset(names[column] for column in self.by), names[self.begin], names[self.end], self.closed)


@dataclass(frozen=True)
class Rel:
    """A relation. `names` and `ids` run in parallel; `open`: it has more columns than the named ones.

    `literals`: columns with a single constant. `measures`: what columns measure, None for no measure; any column that
    is not listed has one value for each row. `counts`: columns with the number of rows, or a larger number, that agree
    on some other columns. `days`: columns whose distinct values have distinct dates. `positive`: columns that count
    from one. `table`: the table that the relation is. `twice`: a table whose rows may occur twice, with nothing to
    distinguish the two, because of `twice_by`. `home`: the table that each row is a row of; `origin`: the columns that
    show a column of it; `kept`: the filters applied to them, in its columns. `passed`: all filters, as text. `shows`:
    the table columns that a column shows unchanged, one of several for a union. `tied`: columns of enclosing queries
    that equal columns of the rows; None where the rows belong to no table, as those of VALUES. `part_of`: relations
    that each row is a row of; `without`: relations whose rows are excluded. `whole`: it has all rows of `home`.
    `formulas`: hidden columns, each with its formula over the ids. `firsts`: row numbers in the order of the time of a
    level. `last`: columns of which a filter keeps the last row. `one_of`: columns with the level of one of several
    things, each with the columns that say which one. `unordered`: columns with a list in no certain order. `flags`:
    conditions that columns show, over the ids. `nulls`: why computed columns may be NULL. `members`: columns that show
    whether a value is in a list with a NULL. `spans`: columns between which rows span disjoint times or numbers.
    `only`: columns that are NULL or 0 where a condition on `home` is not true. `minus`: columns that show a value with
    the opposite sign.
    """

    names: tuple[str, ...]
    ids: tuple[str, ...]
    state: State
    open: bool = False
    literals: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Measure | None] = field(default_factory=dict)
    counts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    days: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()
    table: str = ""
    twice: str = ""
    twice_by: str = "union all"
    home: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[exp.Expr, ...] = ()
    passed: frozenset[str] = frozenset()
    shows: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)
    tied: frozenset[str] | None = frozenset()
    part_of: tuple[Part, ...] = ()
    without: tuple[Part, ...] = ()
    whole: bool = False
    formulas: tuple[tuple[exp.Expr, str], ...] = ()
    firsts: frozenset[str] = frozenset()
    last: frozenset[frozenset[str]] = frozenset()
    one_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unordered: Mapping[str, AnyRow] = field(default_factory=dict)
    flags: Mapping[str, exp.Expr] = field(default_factory=dict)
    nulls: Mapping[str, MaybeNull] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    members: Mapping[str, Doubt] = field(default_factory=dict)
    only: Mapping[str, tuple[exp.Expr, ...]] = field(default_factory=dict)
    minus: frozenset[str] = frozenset()

    @classmethod
    def of(cls, state: State) -> Rel:
        return cls(state.columns, state.columns, state)

    @classmethod
    def over(cls, names: Iterable[str], *, open: bool = False) -> Rel:
        """A relation of which only the column names are known."""
        listed = tuple(names)
        ids = unique(listed)
        return cls(listed, ids, State.over(ids), open)

    @cached_property
    def index(self) -> Mapping[str, str | None]:
        """The id of each name; None where several columns have the name."""
        return index_of(list(zip(self.names, self.ids, strict=True)))

    def named(self, columns: tuple[str, ...]) -> Rel:
        """The relation renamed by `as t(a, b)`, from the first column on."""
        return replace(self, names=(*columns, *self.names[len(columns) :])) if columns else self

    def prefixed(self, prefix: str) -> Rel:
        """The relation under ids that no other relation of a join has."""
        if not prefix:
            return self
        new = {id_: prefix + id_ for id_ in self.state.columns}
        return replace(
            self,
            ids=tuple(new[id_] for id_ in self.ids),
            state=rename(self.state, new),
            literals={new[id_]: text for id_, text in self.literals.items()},
            measures={new[id_]: m.renamed(new) if m is not None else None for id_, m in self.measures.items()},
            days=frozenset(new[id_] for id_ in self.days),
            positive=frozenset(new[id_] for id_ in self.positive),
            counts={new[id_]: frozenset(new[c] for c in by) for id_, by in self.counts.items()},
            origin={new[id_]: column for id_, column in self.origin.items()},
            shows={new[id_]: shown for id_, shown in self.shows.items()},
            nulls={new[id_]: why for id_, why in self.nulls.items()},
            members={new[id_]: doubt for id_, doubt in self.members.items()},
            only={new[id_]: said for id_, said in self.only.items()},
            minus=frozenset(new[id_] for id_ in self.minus),
            part_of=tuple(part.renamed(new) for part in self.part_of),
            without=tuple(part.renamed(new) for part in self.without),
            firsts=frozenset(new[id_] for id_ in self.firsts),
            last=frozenset(frozenset(new[id_] for id_ in same) for same in self.last),
            one_of={new[id_]: frozenset(new[c] for c in of) for id_, of in self.one_of.items()},
            unordered={new[id_]: found for id_, found in self.unordered.items()},
            spans=tuple(span.renamed(new) for span in self.spans),
            flags={new[id_]: made for id_, tree in self.flags.items() if (made := renamed(tree, new)) is not None},
            formulas=tuple((tree, new[id_]) for old, id_ in self.formulas if (tree := renamed(old, new)) is not None),
        )


def index_of(columns: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    """(name, id) pairs as a mapping, None for a name that occurs twice."""
    found: dict[str, str | None] = dict(columns)
    if len(found) != len(columns):
        for name, id_ in columns:
            if found[name] != id_:
                found[name] = None
    return found


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """An id for each name: the name itself at its first occurrence."""
    listed = tuple(names)
    if len(set(listed)) == len(listed):
        return listed
    seen: dict[str, int] = {}
    ids = []
    for name in listed:
        seen[name] = seen.get(name, 0) + 1
        ids.append(name if seen[name] == 1 else f"{name}\2{seen[name]}")
    return tuple(ids)


def one_or(state: State) -> State:
    """The state with `one` set where the empty set of columns is a key."""
    if state.one is None:
        empty = next((k.claims for k in state.keys if not k.columns), None)
        return state if empty is None else replace(state, one=empty)
    return state


def rules_of_keys(state: State) -> State:
    """The state with each key as a dependency as well, which still holds after rows are repeated."""
    whole = frozenset(state.columns)
    rules = tuple(Dependency(k.columns, whole, k.strict, k.claims) for k in all_keys(state))
    return replace(state, dependencies=(*state.dependencies, *rules)) if rules else state


def all_keys(state: State) -> list[Key]:
    """The keys, and the empty key where there is at most one row."""
    return [*state.keys, *([Key(frozenset(), True, state.one)] if state.one is not None else [])]


def with_row(state: State) -> State:
    """The state with a hidden column that identifies its rows."""
    return replace(state, columns=(*state.columns, ROW), keys=(*state.keys, Key(frozenset((ROW,)))))


def strict_key(state: State) -> frozenset[str] | None:
    """The smallest key that holds for NULL as well."""
    strict = [key.columns for key in all_keys(state) if key.strict]
    return min(strict, key=lambda key: (len(key), sorted(key)), default=None)


def with_keys(state: State, keys: Iterable[Key]) -> State:
    more = tuple(keys)
    return replace(state, keys=(*state.keys, *more)) if more else state


def narrowed(state: State, kept: frozenset[str]) -> State:
    """The state with keys in kept columns. A dropped key column is replaced by kept columns that determine it."""
    written = []
    for key in state.keys:
        dropped = key.columns - kept
        if not dropped:
            continue
        columns = set(key.columns & kept)
        for column in sorted(dropped):
            left = _determining(state, column, kept)
            if left is None:
                break
            columns |= left
        else:
            claims = state.is_key(columns)
            if claims is not None:
                written.append(Key(frozenset(columns), True, claims))
    return with_keys(state, written)


def _determining(state: State, column: str, kept: frozenset[str]) -> frozenset[str] | None:
    """The smallest set of kept columns with a dependency on the column; None where there is none."""
    sides = [d.left for d in state.dependencies if column in d.right and d.left <= kept]
    return min(sides, key=lambda side: (len(side), sorted(side)), default=None)
