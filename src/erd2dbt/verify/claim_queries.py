"""Scan two: the rows of a table grouped by every set of columns that a claim or a link is about, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.datatypes.postgres import family
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.verify.profile_queries import sampled
from erd2dbt.verify.tables import Column, Table
from erd2dbt.verify.verdict import WORST

Columns = tuple[str, ...]
_GROUPING = 31  # columns that PostgreSQL's grouping() takes
_NATIVE = {"integer", "numeric", "float", "text", "date", "timestamp", "time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two ends of links: the values of `columns` of one entity compared with those of another."""

    source: str
    columns: Columns
    target: str
    target_columns: Columns


@dataclass(slots=True)
class Groups:
    """The groups of one table: `sets` of columns, those that are needed in `whole`, dependencies of each set."""

    table: Table
    sets: dict[Columns, None] = field(default_factory=dict)
    whole: set[Columns] = field(default_factory=set)
    implied: dict[str, None] = field(default_factory=dict)

    def need(self, columns: Columns, *, whole: bool = False, implies: Columns = ()) -> None:
        ordered = in_order(columns)
        self.sets[ordered] = None
        self.implied |= dict.fromkeys(implies)
        if whole:
            self.whole.add(ordered)

    def sql(self, rows: int | None) -> str:
        """The select behind the common table expression."""
        used = self._used()
        names = ", ".join(c.sql for c in used)
        given = {c.name: c for c in (*used, *(self.column(name) for name in self.implied))}
        inner = ", ".join(f"{c.expression} as {c.sql}" for c in given.values())
        sets = ", ".join(f"({', '.join(self.column(name).sql for name in columns)})" for columns in self.sets)
        whole = [f"{self._mark()} = {self.mark(columns)}" for columns in sorted(self.whole)]
        kept = " or ".join([*whole, "count(*) > 1"])
        spread = "".join(f", {_spread(self.column(name))}" for name in self.implied)
        return (
            f"select {self._mark()} as s, {names}, count(*) as n{spread} "  # noqa: S608 - quoted
            f"from (select {inner} from {sampled(self.table, rows)}) as t group by grouping sets ({sets}) having {kept}"
        )

    def mark(self, columns: Columns) -> str:
        """What is in `s` for this set."""
        wanted = set(columns)
        bits = ["0" if c.name in wanted else "1" for c in self._used()]
        numbers = [str(int("".join(bits[at : at + _GROUPING]), 2)) for at in range(0, len(bits), _GROUPING)]
        return numbers[0] if len(numbers) == 1 else f"array[{', '.join(numbers)}]"

    def _mark(self) -> str:
        names = [c.sql for c in self._used()]
        parts = [f"grouping({', '.join(names[at : at + _GROUPING])})" for at in range(0, len(names), _GROUPING)]
        return parts[0] if len(parts) == 1 else f"array[{', '.join(parts)}]"

    def _used(self) -> list[Column]:
        return [self.column(name) for name in dict.fromkeys(name for columns in self.sets for name in columns)]

    def column(self, name: str) -> Column:
        found = self.table.column(name)
        assert found is not None, name
        return found


def in_order(columns: Iterable[str]) -> Columns:
    """Column names sorted and without repetition: one form for each set of columns."""
    return tuple(sorted(dict.fromkeys(columns)))


def _spread(column: Column) -> str:
    """Whether a group has several values of the column, an empty one counted, and two of them."""
    sql = column.sql if family(column.declared if column.can_try else column.type) in _NATIVE else f"{column.sql}::text"
    several = f"min({sql}) <> max({sql}) or count({column.sql}) not in (0, count(*))"
    n = column.number
    return f"({several}) as x{n}, min({sql})::text as a{n}, max({sql})::text as b{n}"


@dataclass(slots=True)
class ClaimBatch:
    """Everything that one statement asks of tables that links tie together."""

    groups: dict[str, Groups] = field(default_factory=dict)
    repeats: dict[Claim, None] = field(default_factory=dict)  # keys, uniques, one-to-one caps, dependencies
    pairs: dict[Pair, None] = field(default_factory=dict)

    def table(self, table: Table) -> Groups:
        return self.groups.setdefault(table.entity.name, Groups(table=table))

    def claim(self, claim: Claim, table: Table) -> None:
        self.repeats[claim] = None
        self.table(table).need(claim.columns, implies=claim.implies)

    def pair(self, pair: Pair, tables: Mapping[str, Table]) -> None:
        self.pairs[pair] = None
        self.table(tables[pair.source]).need(pair.columns, whole=True)
        self.table(tables[pair.target]).need(pair.target_columns, whole=True)

    def alone(self) -> Iterator[ClaimBatch]:
        """The same questions one by one."""
        tables = {entity: groups.table for entity, groups in self.groups.items()}
        for claim in self.repeats:
            one = ClaimBatch()
            one.claim(claim, tables[claim.relation])
            yield one
        for pair in self.pairs:
            one = ClaimBatch()
            one.pair(pair, tables)
            yield one

    def sql(self, sample: int | None) -> str:
        """Rows (what, number, JSON): `r` for repeats, `p` for pairs, each in the order of this object."""
        names = {entity: f"g{n}" for n, entity in enumerate(self.groups)}
        held = {pair.target for pair in self.pairs}
        ctes = [f"{names[e]} as materialized ({g.sql(sample)})" for e, g in self.groups.items()]
        there = names
        if sample is not None:  # a partner may be in a row that is not in the sample
            there = {**names, **{e: f"{names[e]}_all" for e in held}}
            ctes += [f"{there[e]} as materialized ({self.groups[e].sql(None)})" for e in sorted(held)]
        ctes += [
            f"p{n} as materialized ({_joined(pair, self.groups, names, there)})" for n, pair in enumerate(self.pairs)
        ]
        asks = [*self._repeats(names), *(_pair(n, len(pair.columns)) for n, pair in enumerate(self.pairs))]
        return f"with {', '.join(ctes)}\n" + "\nunion all\n".join(asks)

    def _repeats(self, names: Mapping[str, str]) -> Iterator[str]:
        for n, claim in enumerate(self.repeats):
            yield _repeat(n, claim, self.groups[claim.relation], names[claim.relation])


def _repeat(number: int, claim: Claim, groups: Groups, name: str) -> str:
    """The groups that break a claim of uniqueness or a dependency: how many, their rows, the largest."""
    columns = [groups.column(c).sql for c in claim.columns]
    where = [f"s = {groups.mark(claim.columns)}", "n > 1"]
    words = [f"{column}::text" for column in columns]
    if claim.kind is ClaimKind.DETERMINES:
        implied = [groups.column(c).number for c in claim.implies]
        where.append(f"({' or '.join(f'x{k}' for k in implied)})")
        words += [word for k in implied for word in (f"case when x{k} then a{k} end", f"case when x{k} then b{k} end")]
    elif claim.kind is not ClaimKind.KEY or len(columns) == 1:  # in a key NULLs are equal, as in its test
        where += [f"{column} is not null" for column in columns]
    found = f"select jsonb_build_array({', '.join(words)}) as k, n from {name} where {' and '.join(where)}"  # noqa: S608
    first = f"{found} order by n desc, k limit {WORST}"
    worst = f"select jsonb_agg(jsonb_build_array(k, n) order by n desc, k) from ({first}) as w"  # noqa: S608
    counts = f"jsonb_build_array(count(*), coalesce(sum(n), 0), ({worst}))"
    return f"select 'r', {number}, (select {counts} from ({found}) as f)"  # noqa: S608


def _joined(pair: Pair, groups: Mapping[str, Groups], here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """The distinct values of both ends side by side, empty ones excluded, with the rows of each."""
    sides = []
    for entity, columns, name in (
        (pair.source, pair.columns, here[pair.source]),
        (pair.target, pair.target_columns, there[pair.target]),
    ):
        own = groups[entity]
        named = [own.column(c).sql for c in columns]
        listed = ", ".join(f"{sql} as k{k}" for k, sql in enumerate(named))
        filled = " and ".join(f"{sql} is not null" for sql in named)
        sides.append(f"(select {listed}, n from {name} where s = {own.mark(columns)} and {filled})")  # noqa: S608
    on = " and ".join(f"l.k{k} = r.k{k}" for k in range(len(pair.columns)))
    keys = ", ".join(f"coalesce(l.k{k}::text, r.k{k}::text) as k{k}" for k in range(len(pair.columns)))
    return f"select {keys}, l.n as ln, r.n as rn from {sides[0]} as l full join {sides[1]} as r on {on}"  # noqa: S608


def _pair(number: int, width: int) -> str:
    """Values, rows and the most rows of each side, those without a partner, and the worst of these."""
    keys = ", ".join(f"k{k}" for k in range(width))
    worst = [
        f"(select jsonb_agg(jsonb_build_array(k, n) order by n desc, k) from (select jsonb_build_array({keys}) as k, "  # noqa: S608
        f"{own} as n from p{number} where {other} is null order by n desc, k limit {WORST}) as w)"
        for own, other in (("ln", "rn"), ("rn", "ln"))
    ]
    counts = (
        "count(ln), count(rn), count(*) filter (where ln is not null and rn is not null), "
        "coalesce(max(ln), 0), coalesce(max(rn), 0), "
        "count(*) filter (where rn is null), coalesce(sum(ln) filter (where rn is null), 0), "
        "count(*) filter (where ln is null), coalesce(sum(rn) filter (where ln is null), 0)"
    )
    return f"select 'p', {number}, (select jsonb_build_array({counts}, {', '.join(worst)}) from p{number})"  # noqa: S608
