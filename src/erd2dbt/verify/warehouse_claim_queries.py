"""Scan two in plain SQL: each table grouped once by every set of columns that a claim or a link is about.

The groups of all tables that links tie together become one list of (question, side, key, rows). The two ends of a link
are in it under one key: a side that is missing is a row without a partner, and no join is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.verify.claim_queries import ClaimBatch, Groups, Pair
from erd2dbt.verify.tables import Column
from erd2dbt.verify.verdict import WORST
from erd2dbt.verify.warehouse_profile_queries import looked_at


@dataclass(frozen=True, slots=True)
class _Part:
    """What one question takes of a table's groups: those of `columns`, in rows where `where`, keyed by `keys`."""

    question: int
    side: int
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    where: tuple[str, ...]


@dataclass(slots=True)
class Question:
    """One statement and what its rows are about: repeats first, then pairs, by number."""

    asked: ClaimBatch
    sample: int | None
    parts: dict[str, list[_Part]] = field(default_factory=dict)
    width: int = 0

    def __post_init__(self) -> None:
        for number, claim in enumerate(self.asked.repeats):
            self._take(claim.relation, _repeated(number, claim, self.asked.groups[claim.relation]))
        for number, pair in enumerate(self.asked.pairs, start=len(self.asked.repeats)):
            self._take(pair.source, _side(number, 0, pair, self.asked.groups))
            self._take(pair.target, _side(number, 1, pair, self.asked.groups))

    def _take(self, entity: str, part: _Part) -> None:
        self.parts.setdefault(entity, []).append(part)
        self.width = max(self.width, len(part.keys))

    @property
    def keys(self) -> list[str]:
        return [f"k{n}" for n in range(self.width)]

    def sql(self) -> str:
        """Rows (question, keys, rows of either side, figures of the question): the worst of each kind."""
        keys = ", ".join(self.keys)
        held = {pair.target for pair in self.asked.pairs}
        tables = [
            self._of_table(entity, parts, None if entity in held else self.sample)
            for entity, parts in self.parts.items()
        ]
        lost = "case when rn is null then 1 when ln is null then 2 else 0 end"
        return (
            f"with t as ({' union all '.join(tables)}), "  # noqa: S608 - quoted
            f"j as (select q, {keys}, max(case when side = 0 then n end) as ln, max(case when side = 1 then n end) "
            f"as rn from t group by q, {keys}), "
            f"r as (select j.*, {lost} as lost, row_number() over (partition by q, {lost} "
            f"order by coalesce(ln, rn) desc, {keys}) as place, {_FIGURES} from j) "
            f"select q, lost, {keys}, ln, rn, lv, rv, bv, lm, rm, lo, lw, ro, rw, al from r where place <= {WORST}"
        )

    def _of_table(self, entity: str, parts: Sequence[_Part], sample: int | None) -> str:
        """One pass over the table, each group given to every question that asks for it."""
        groups = self.asked.groups[entity]
        names = list(dict.fromkeys(name for columns in groups.sets for name in columns))
        used = [groups.column(name) for name in names]
        given = {c.name: c for c in (*used, *(groups.column(name) for name in groups.implied))}
        inner = ", ".join(f"{c.expression} as {c.sql}" for c in given.values())
        marks = ", ".join(f"grouping({c.sql}) as m{c.number}" for c in used)
        sets = ", ".join(f"({', '.join(groups.column(name).sql for name in columns)})" for columns in groups.sets)
        spread = "".join(f", {_spread(groups.column(name))}" for name in groups.implied)
        grouped = (
            f"select {', '.join(c.sql for c in used)}, {marks}, count(*) as n{spread} "  # noqa: S608 - quoted
            f"from (select {inner} from {looked_at(groups.table, sample)}) as s group by grouping sets ({sets})"
        )
        wanted = " union all ".join(f"select {part.question} as q, {part.side} as side" for part in parts)
        keys = ", ".join(f"{self._key(place, parts)} as k{place}" for place in range(self.width))
        chosen = " or ".join(f"(a.q = {p.question} and a.side = {p.side} and {_of_set(p, used)})" for p in parts)
        return (
            f"select a.q as q, a.side as side, {keys}, g.n as n from ({grouped}) as g "  # noqa: S608 - quoted
            f"cross join ({wanted}) as a where {chosen}"
        )

    def _key(self, place: int, parts: Sequence[_Part]) -> str:
        cases = [
            f"when a.q = {p.question} and a.side = {p.side} then {p.keys[place]}" for p in parts if place < len(p.keys)
        ]
        return f"case {' '.join(cases)} end" if cases else "cast(null as text)"

    # -- the answer

    def answers(self, rows: Sequence[tuple[Any, ...]]) -> tuple[dict[Claim, list[Any]], dict[Pair, list[Any]]]:
        """As the questions to PostgreSQL are answered (`verify.claims`)."""
        by_question: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_question.setdefault(int(row[0]), []).append(row)
        repeats = {
            claim: self._repeat(claim, by_question.get(number, [])) for number, claim in enumerate(self.asked.repeats)
        }
        first = len(self.asked.repeats)
        pairs = {
            pair: self._pair(pair, by_question.get(number, []))
            for number, pair in enumerate(self.asked.pairs, start=first)
        }
        return repeats, pairs

    def _repeat(self, claim: Claim, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        if not rows:
            return [0, 0, None]
        width = len(claim.columns) + 2 * len(claim.implies)
        figures = self._figures(rows[0])
        return [figures["lv"], figures["al"], [[list(row[2 : 2 + width]), int(row[2 + self.width])] for row in rows]]

    def _pair(self, pair: Pair, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        if not rows:
            return [0, 0, 0, 0, 0, 0, 0, 0, 0, None, None]
        figures = self._figures(rows[0])
        worst = []
        for lost, side in ((1, 0), (2, 1)):
            found = [row for row in rows if int(row[1]) == lost]
            width = len(pair.columns)
            worst.append([[list(r[2 : 2 + width]), int(r[2 + self.width + side])] for r in found] or None)
        return [*(figures[name] for name in ("lv", "rv", "bv", "lm", "rm", "lo", "lw", "ro", "rw")), *worst]

    def _figures(self, row: Sequence[Any]) -> dict[str, int]:
        names = "lv rv bv lm rm lo lw ro rw al".split()
        return {name: int(value or 0) for name, value in zip(names, row[4 + self.width :], strict=True)}


# Of each question: values of the left, the right and both sides, the most rows of one value, values without a partner
# and their rows, and all rows.
_FIGURES = (
    "count(ln) over (partition by q) as lv, count(rn) over (partition by q) as rv, "
    "sum(case when ln is not null and rn is not null then 1 else 0 end) over (partition by q) as bv, "
    "max(ln) over (partition by q) as lm, max(rn) over (partition by q) as rm, "
    "sum(case when rn is null then 1 else 0 end) over (partition by q) as lo, "
    "sum(case when rn is null then ln else 0 end) over (partition by q) as lw, "
    "sum(case when ln is null then 1 else 0 end) over (partition by q) as ro, "
    "sum(case when ln is null then rn else 0 end) over (partition by q) as rw, "
    "sum(ln) over (partition by q) as al"
)


def _spread(column: Column) -> str:
    """Whether a group has several values of the column, an empty one counted, and two of them."""
    sql, n = column.sql, column.number
    several = f"min({sql}) <> max({sql}) or count({sql}) not in (0, count(*))"
    return f"case when {several} then 1 else 0 end as x{n}, min({sql}) as a{n}, max({sql}) as z{n}"


def _repeated(number: int, claim: Claim, groups: Groups) -> _Part:
    """The groups that break a claim of uniqueness or a dependency."""
    columns = [groups.column(name) for name in claim.columns]
    where = ["g.n > 1"]
    keys = [f"cast(g.{column.sql} as text)" for column in columns]
    if claim.kind is ClaimKind.DETERMINES:
        implied = [groups.column(name).number for name in claim.implies]
        where.append(f"({' or '.join(f'g.x{k} = 1' for k in implied)})")
        for k in implied:
            keys += [f"case when g.x{k} = 1 then cast(g.{end}{k} as text) end" for end in "az"]
    elif claim.kind is not ClaimKind.KEY or len(columns) == 1:  # in a key NULLs are equal, as in its test
        where += [f"g.{column.sql} is not null" for column in columns]
    return _Part(number, 0, claim.columns, tuple(keys), tuple(where))


def _side(number: int, side: int, pair: Pair, groups: Mapping[str, Groups]) -> _Part:
    """All values of one end of a link, empty ones excluded, as texts that the other end has as well."""
    ends = (pair.source, pair.columns), (pair.target, pair.target_columns)
    own = [groups[ends[side][0]].column(name) for name in ends[side][1]]
    other = [groups[ends[1 - side][0]].column(name) for name in ends[1 - side][1]]
    keys = (_common(f"g.{one.sql}", one, beside) for one, beside in zip(own, other, strict=True))
    return _Part(number, side, ends[side][1], tuple(keys), tuple(f"g.{column.sql} is not null" for column in own))


def _common(sql: str, one: Column, other: Column) -> str:
    """A value as a text that an equal value of the other column's type has, too."""
    types = {column.declared if column.checked and column.is_text else column.type for column in (one, other)}
    kinds = {family(type_) for type_ in types}
    if len(types) > 1 and kinds <= {"integer", "numeric"} and "numeric" in kinds:
        sql = f"cast({sql} as numeric(38, 9))"
    elif len(types) > 1 and "float" in kinds:
        sql = f"cast({sql} as double precision)"
    elif kinds == {"date", "timestamp"}:
        sql = f"cast({sql} as timestamp)"
    return f"cast({sql} as text)"


def _of_set(part: _Part, used: Sequence[Column]) -> str:
    """Whether a group is one of the part's set of columns, and counts."""
    wanted = set(part.columns)
    marks = (f"g.m{column.number} = {0 if column.name in wanted else 1}" for column in used)
    return " and ".join([*marks, *part.where])
