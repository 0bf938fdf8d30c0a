"""Random queries in PostgreSQL's dialect over tables of whole numbers, nested, with every construct that is judged."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_TESTS = (
    "{c} = {n}", "{c} = {d}", "{c} is not null", "{c} in (0, 1)", "{c} in ({d}, 2)", "{c} in ({n})", "{c} > {d}",
    "{c} <> {n}", "{c} is null", "not ({c} = {n})", "{c} = {d} + 1", "{n} = {c}", "({c} = {n} or {d} = {n})",
    "{c} between {n} and {d}", "{c} not between {n} and {d}", "coalesce({c}, 0) = {n}", "not {c} is null",
    "({c}, {d}) = ({n}, {m})", "{c} is not distinct from {d}", "{c} not in ({n}, {d})", "{c} + {d} = 2",
    "not ({c} is null or {d} = {n})", "({c} = {n}) is true", "({c} = {n}) is not false", "{c} = any (array[{n}, {m}])",
    "{c} is distinct from {n}", "{c} <> all (array[]::int[])", "{c}::text like {n}::text",
    "{c}::text not like '%2'", "({c} = {n} and {d} is not null)", "case when {c} = {n} then true end",
)  # fmt: skip
_MADE = (
    "{c} + {d}", "coalesce({c}, {d})", "coalesce({c}, 0)", "case when {c} = 1 then {d} else 0 end", "1", "-{c}",
    "cast({c} as bigint)", "{c}::text", "nullif({c}, {d})", "null::int", "greatest({c}, {d})", "{c} * 2",
    "{c} / 2", "abs({c})",
    "(select max(x.a) from t1 as x where x.a = {c})", "sum({c}) over (partition by {d})::int",
    "count(*) over ()::int", "min({c}) over (partition by {d} order by {c})",
    "row_number() over (partition by {c} order by {d})", "generate_series(1, {c})",
)  # fmt: skip
_CALLS = (
    "sum({c})::int", "count({c})::int", "count(*)::int", "min({c})", "max({c})", "avg({c})::int",
    "count(distinct {c})::int", "sum({c}) filter (where {c} > 0)::int", "count(*) filter (where {c} > 0)::int",
)  # fmt: skip
_FULL = "full join"


@dataclass(frozen=True, slots=True)
class Sql:
    """A query and the names of its columns, each once."""

    text: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Writer:
    """Writes queries over `tables` (name -> columns). What PostgreSQL refuses is for the reader to leave out."""

    tables: Mapping[str, Sequence[str]]
    pick: random.Random
    _numbers: int = field(default=0)

    def query(self, depth: int) -> Sql:
        """A query, nested up to `depth` levels below this one."""
        if depth == 0:
            name, columns = self._table()
            return Sql(f"select * from {name}", columns)
        kinds: tuple[Callable[[int], Sql], ...] = (
            self._plain, self._joined, self._joined, self._joined, self._shared, self._grouped, self._stacked,
            self._ranked, self._first_of, self._combined, self._combined, self._tested, self._repeated, self._tied,
            self._lateral,
        )  # fmt: skip
        return self._named(self.pick.choice(kinds)(depth))

    # -- parts

    def _fresh(self, letter: str = "x") -> str:
        self._numbers += 1
        return f"{letter}{self._numbers}"

    def _table(self) -> tuple[str, tuple[str, ...]]:
        name = self.pick.choice(sorted(self.tables))
        return name, tuple(self.tables[name])

    def _source(self, depth: int) -> tuple[str, tuple[str, ...]]:
        """Something to read from: a table, or a subquery."""
        if depth <= 1 or self.pick.random() < 0.4:
            return self._table()
        inner = self.query(depth - 1)
        return f"({inner.text})", inner.columns

    def _some(self, columns: Sequence[str], most: int | None = None, *, least: int = 1) -> list[str]:
        return self.pick.sample(columns, self.pick.randint(least, min(most or len(columns), len(columns))))

    def _filled(self, pattern: str, columns: Sequence[str]) -> str:
        pick = self.pick
        c, d, n, m = pick.choice(columns), pick.choice(columns), pick.randint(0, 2), pick.randint(0, 2)
        return pattern.format(c=c, d=d, n=n, m=m)

    def _condition(self, columns: Sequence[str]) -> str:
        """A filter; `columns` as they are to be written."""
        one = self._filled(self.pick.choice(_TESTS), columns)
        return one if self.pick.random() < 0.75 else f"{one} and {self._condition(columns)}"

    def _where(self, columns: Sequence[str], likely: float = 0.4) -> str:
        return f" where {self._condition(columns)}" if self.pick.random() < likely else ""

    def _items(self, columns: Sequence[str]) -> Sql:
        """A select list over columns as they are to be written: renamed, repeated, computed."""
        trees = self._some(columns)
        if self.pick.random() < 0.3:
            trees.append(self.pick.choice(columns))
        if self.pick.random() < 0.4:
            trees.append(self._filled(self.pick.choice(_MADE), columns))
        self.pick.shuffle(trees)
        return self._listed(trees)

    def _listed(self, trees: Sequence[str]) -> Sql:
        names = tuple(self._fresh() for _ in trees)
        return Sql(", ".join(f"{tree} as {name}" for tree, name in zip(trees, names, strict=True)), names)

    def _named(self, sql: Sql) -> Sql:
        """Sometimes behind a CTE, sometimes with its columns renamed there, sometimes under the name of a table."""
        if self.pick.random() < 0.6:
            return sql
        name = self.pick.choice((self._fresh("cte"), "t1"))
        columns = tuple(self._fresh() for _ in sql.columns)
        if self.pick.random() < 0.5:
            return Sql(f"with {name} ({', '.join(columns)}) as ({sql.text}) select * from {name}", columns)
        return Sql(f"with {name} as ({sql.text}) select * from {name}", sql.columns)

    # -- queries

    def _plain(self, depth: int) -> Sql:
        source, columns = self._source(depth)
        alias, where = self._fresh("s"), self._where(columns)
        word = self.pick.choice(("", "", "", "distinct "))
        tail = self.pick.choice(("", "", "", "", " limit 1", " limit 2", " fetch first row only"))
        tail = self.pick.choice((tail, tail, f" order by {columns[0]} fetch first row with ties"))
        shown = Sql("*", columns)
        if self.pick.random() < 0.7:
            shown = self._items([self.pick.choice((c, f"{alias}.{c}")) for c in columns])
        if shown.text != "*" and "order by" in tail and word:
            tail = ""
        return Sql(f"select {word}{shown.text} from {source} as {alias}{where}{tail}", shown.columns)

    def _joined(self, depth: int) -> Sql:
        """Two or three sources, joined by words or in WHERE."""
        pick = self.pick
        source, columns = self._source(depth - 1)
        alias = self._fresh("s")
        text, seen, filters = f"{source} as {alias}", [f"{alias}.{c}" for c in columns], []
        for _ in range(pick.choice((1, 1, 2))):
            source, columns = self._source(depth - 1)
            alias = self._fresh("s")
            own = [f"{alias}.{c}" for c in columns]
            kind = pick.choice(("join", "join", "left join", "left join", "right join", _FULL, "cross join", ","))
            met = [self._met(seen, own, plain=kind == _FULL) for _ in range(pick.choice((1, 1, 1, 2)))]
            if kind in ("cross join", ","):
                filters += met if pick.random() < 0.6 else []
                text += f"{kind if kind == ',' else f' {kind}'} {source} as {alias}"
            else:
                text += f" {kind} {source} as {alias} on {' and '.join(met)}"
            seen += own
        filters += [self._condition(seen)] if pick.random() < 0.25 else []
        where = f" where {' and '.join(filters)}" if filters else ""
        shown = self._items([*seen, *self._coalesced(seen)])
        return Sql(f"select {shown.text} from {text}{where}", shown.columns)

    def _met(self, left: Sequence[str], right: Sequence[str], *, plain: bool) -> str:
        """A join condition; `plain`: an equality, as a full join needs it."""
        a, b = self.pick.choice(left), self.pick.choice(right)
        if plain or self.pick.random() < 0.5:
            return self.pick.choice((f"{a} = {b}", f"{b} = {a}"))
        if self.pick.random() < 0.4:
            return self._condition([*left, *right])
        return self.pick.choice((f"{a} + 1 = {b}", f"{a} = coalesce({b}, 0)", f"({a}) = {b}", f"{a} >= {b}", "true"))

    def _coalesced(self, seen: Sequence[str]) -> list[str]:
        pairs = [(a, b) for a in seen for b in seen if a.split(".")[0] != b.split(".")[0]]
        return [f"coalesce({a}, {b})" for a, b in self.pick.sample(pairs, min(2, len(pairs)))]

    def _shared(self, depth: int) -> Sql:
        """A join by USING or NATURAL of two tables."""
        del depth
        (one, left), (two, right) = self._table(), self._table()
        kind = self.pick.choice(("join", "left join", "right join", _FULL))
        shared = self._some([c for c in left if c in right], 2)
        if self.pick.random() < 0.3:
            shared = [c for c in left if c in right]
            text = f"{one} as l natural {kind} {two} as r"
        else:
            text = f"{one} as l {kind} {two} as r using ({', '.join(shared)})"
        both = [*(f"l.{c}" for c in left), *(f"r.{c}" for c in right)]
        shown = self._items([*shared, *shared, *both])
        if self.pick.random() < 0.2:
            rest = [c for c in (*left, *right) if c not in shared]
            shown = Sql("*", (*shared, *rest)) if len(set(rest)) == len(rest) else shown
        return Sql(f"select {shown.text} from {text}{self._where(shared)}", shown.columns)

    def _grouped(self, depth: int) -> Sql:
        source, columns = self._source(depth)
        pick = self.pick
        keys = [self._filled(pick.choice(("{c}", "{c}", "coalesce({c}, 0)", "{c} + 1")), [c])
                for c in self._some(columns, 2, least=0)]  # fmt: skip
        calls = [self._filled(call, columns) for call in pick.sample(_CALLS, 2)]
        dropped = bool(keys) and pick.random() < 0.2
        by = keys if dropped else [pick.choice((key, str(n + 1))) for n, key in enumerate(keys)]
        group = f" group by {', '.join(by)}" if by else pick.choice(("", " group by ()"))
        having = self._filled(pick.choice(("", "", " having count(*) = 1", " having max({c}) = {n}")), columns)
        shown = self._listed([*keys[dropped:], *calls])
        return Sql(f"select {shown.text} from {source} as g{self._where(columns)}{group}{having}", shown.columns)

    def _stacked(self, depth: int) -> Sql:
        """GROUPING SETS and their like."""
        source, columns = self._source(depth)
        pick = self.pick
        keys = self._some(columns, 3)
        listed = ", ".join(keys)
        sets = ", ".join(f"({', '.join(self._some(keys, least=0))})" for _ in range(pick.randint(1, 3)))
        group = pick.choice((f"rollup ({listed})", f"cube ({listed})", f"grouping sets ({sets})", f"{keys[0]}, "
                             f"rollup ({listed})", f"distinct rollup ({listed}), cube ({keys[0]})"))  # fmt: skip
        named = [c for c in keys if c in group]
        trees = [*named, self._filled(pick.choice(_CALLS), columns)]
        if named and pick.random() < 0.5:
            trees.append(f"grouping({', '.join(self._some(named))})")
        shown = self._listed(trees)
        return Sql(f"select {shown.text} from {source} as g group by {group}", shown.columns)

    def _ranked(self, depth: int) -> Sql:
        """A rank in a subquery, and a filter on it outside."""
        source, columns = self._source(depth)
        pick = self.pick
        call = pick.choice(("row_number()", "row_number()", "rank()", "dense_rank()"))
        split = ", ".join(self._some(columns, 2, least=0))
        over = f"{f'partition by {split} ' if split else ''}order by {', '.join(self._some(columns))}"
        test = pick.choice(("= 1", "= 1", "= 1", "= 2", "<= 2", "in (1)"))
        rank = self._fresh()
        inner = f"(select *, {call} over ({over}) as {rank} from {source} as r{self._where(columns, 0.2)}) as q"
        if pick.random() < 0.3:
            inner = f"(select *, {call} over w as {rank} from {source} as r window w as ({over})) as q"
        shown = self._items(columns if pick.random() < 0.7 else [*columns, rank])
        return Sql(f"select {shown.text} from {inner} where {rank} {test}", shown.columns)

    def _first_of(self, depth: int) -> Sql:
        source, columns = self._source(depth)
        by = ", ".join(self._some(columns, 2))
        shown = self._listed(self._some(columns))
        order = self.pick.choice(("", f" order by {by}"))
        return Sql(f"select distinct on ({by}) {shown.text} from {source} as d{order}", shown.columns)

    def _combined(self, depth: int) -> Sql:
        pick = self.pick
        word = pick.choice(("union all", "union all", "union all", "union", "intersect", "except", "except all"))
        branches = [self._source(depth - 1) for _ in range(pick.choice((2, 2, 3)))]
        width = min(len(columns) for _, columns in branches)
        names = tuple(self._fresh() for _ in range(width))
        tags = pick.choice((["1", "2", "3"], ["1", "2", "3"], ["1", "1", "2"], ["1", "0 + 1", "2"], [""] * 3))
        selects = []
        for (source, columns), tag in zip(branches, tags, strict=False):
            shown = [f"{c} as {n}" for c, n in zip(columns, names, strict=False)]
            selects.append(f"select {', '.join([*shown, f'{tag} as tag'] if tag else shown)} from {source} as u")
        text = f" {word} ".join(selects)
        return Sql(text, (*names, "tag") if tags[0] else names)

    def _tested(self, depth: int) -> Sql:
        """EXISTS, IN, and a comparison with a subquery."""
        source, columns = self._source(depth)
        other, there = self._table()
        o, c, d = self.pick.choice(there), self.pick.choice(columns), self.pick.choice(columns)
        test = self.pick.choice(
            (
                f"exists (select 1 from {other} as e where e.{o} = f.{c})",
                f"not exists (select 1 from {other} as e where e.{o} = f.{c})",
                f"f.{c} in (select e.{o} from {other} as e)",
                f"(f.{c}, f.{d}) in (select e.{o}, e.a from {other} as e)",
                f"f.{c} not in (select e.{o} from {other} as e where e.{o} > 5)",
                f"f.{d} = (select max(e.{o}) from {other} as e where e.a = f.{c})",
                f"f.{d} = (select max(e.{o}) from {other} as e)",
                f"f.{d} = (select count(*) from {other} as e where e.a > f.{c})",
                f"f.{d} = (select e.{o} from {other} as e order by random() limit 1)",
            )
        )
        return Sql(f"select f.* from {source} as f where {test}", columns)

    def _repeated(self, depth: int) -> Sql:
        """Each row once per element of something."""
        source, columns = self._source(depth)
        many, own = self.pick.choice(
            (
                ("(values (1), (2)) as n", ["n.column1"]),
                ("(values (1, 1), (2, 1)) as n (p, q)", ["n.p", "n.q"]),
                ("unnest(array[1, 1, 2]) as n", ["n"]),
                ("unnest(array[1, 1, 2]) with ordinality as n (p, q)", ["n.p", "n.q::int"]),
                ("unnest(array[1, 1], array[2, 3]) as n (p, q)", ["n.p", "n.q"]),
                ("generate_series(1, 2) as n", ["n"]),
                (f"generate_series(1, v.{columns[0]}) as n", ["n"]),
                (f"lateral (values (v.{columns[0]}), (7)) as n (p)", ["n.p"]),
            )
        )
        shown = self._items([*(f"v.{c}" for c in columns), *own])
        return Sql(f"select {shown.text} from {source} as v cross join {many}", shown.columns)

    def _tied(self, depth: int) -> Sql:
        """A relation met with a part of itself."""
        source, columns = self._source(depth)
        c = self.pick.choice(columns)
        shown = self._items([*(f"l.{x}" for x in columns), *(f"r.{x}" for x in columns)])
        kind = self.pick.choice(("join", "left join", "full join"))
        made = f"w as (select * from {source} as z)"
        return Sql(f"with {made} select {shown.text} from w as l {kind} w as r on l.{c} = r.{c}", shown.columns)

    def _lateral(self, depth: int) -> Sql:
        """A subquery for each row of what stands left of it."""
        source, columns = self._source(depth - 1)
        other, there = self._table()
        c, o = self.pick.choice(columns), self.pick.choice(there)
        inner = self.pick.choice(
            (
                f"select e.* from {other} as e where e.{o} = l.{c}",
                f"select e.* from {other} as e where e.{o} = l.{c} limit 1",
                f"select e.* from {other} as e where e.{o} >= l.{c} order by e.{o} limit 1",
                f"select distinct e.* from {other} as e",
                f"select {', '.join(f'max(e.{x}) as {x}' for x in there)} from {other} as e where e.{o} = l.{c}",
                f"select {', '.join(f'max(e.{x}) as {x}' for x in there)} from {other} as e group by l.{c}, e.{o}",
            )
        )
        kind, tail = self.pick.choice((("left join", " on true"), ("join", " on true"), ("cross join", "")))
        shown = self._items([*(f"l.{x}" for x in columns), *(f"n.{x}" for x in there)])
        return Sql(f"select {shown.text} from {source} as l {kind} lateral ({inner}) as n{tail}", shown.columns)
