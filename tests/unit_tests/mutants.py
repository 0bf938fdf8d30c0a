"""Unit tests of a generated project run without dbt, on the model's own SQL and on naive joins of the same inputs.

A naive join is made of the plan by rule: a reduced input is joined as it stands, on the same columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import yaml
from sqlglot import exp

from erd2dbt.design.plans.plan import Cte, Plan, Relation, Select
from erd2dbt.escape.sql import ident, literal
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.connection import Session

REF = re.compile(r"\{\{\s*ref\('([^']+)'\)\s*\}\}")


@dataclass(frozen=True)
class UnitTest:
    """One of the generated properties files, with the model that it tests."""

    plan: Plan
    written: Mapping[str, Any]
    sql: str
    shelf: Mapping[str, Relation]

    def inputs(self) -> str:
        """The given rows as common table expressions, made as dbt makes them, called as the dbt models."""
        by_model = {relation.model: relation for relation in self.shelf.values()}
        parts = []
        for given in self.written["given"]:
            model = given["input"].removeprefix("ref('").removesuffix("')")
            is_sql = given.get("format") == "sql"
            text = given["rows"] if is_sql else _selects(by_model[model], given["rows"])
            parts.append(f"{ident(model)} as (\n{text}\n)")
        return ",\n".join(parts)

    def columns(self, *, grain: bool = False) -> list[str]:
        """What is expected of each row; of the grain alone."""
        return list(self.plan.relation.grain) if grain else list(self.written["expect"]["rows"][0])

    def expected(self, *, grain: bool = False) -> list[tuple[str, ...]]:
        names, fields = self.columns(grain=grain), self.plan.relation.fields
        rows = self.written["expect"]["rows"]
        return sorted(tuple(_stored(_shown(row[name]), fields[name].type) for name in names) for row in rows)

    def outcome(self, session: Session, query: str, *, grain: bool = False) -> list[tuple[str, ...]]:
        """The values that a query gives on the given rows, as text."""
        shown = ", ".join(f"{ident(name)}::text" for name in self.columns(grain=grain))
        inner = f"with {self.inputs()} select {shown} from (\n{query}\n) as outcome"
        with session.cursor() as cursor:
            cursor.execute(inner)
            return sorted(tuple(_shown(v) for v in row) for row in cursor.fetchall())

    def own_sql(self) -> str:
        return REF.sub(lambda found: ident(found[1]), self.sql)


def _shown(value: object) -> str:
    """A value as PostgreSQL casts it to text; a moment at midnight is a day."""
    if isinstance(value, bool):
        return str(value).lower()
    return re.sub(r" 00:00:00(\+\d\d)?$", "", str(value))


def _stored(text: str, type_: str | None) -> str:
    """As dbt does: expected numbers are cast to the column's type, which gives them digits, and compared as text."""
    digits = re.fullmatch(r"(?:numeric|decimal)\(\d+, ?(\d+)\)", type_ or "")
    return f"{Decimal(text):.{digits[1]}f}" if digits else text


def _selects(relation: Relation, rows: Sequence[Mapping[str, object]]) -> str:
    """As dbt does: every column of the relation, cast to its type, NULL where the row does not say it."""
    assert all(row.keys() <= relation.fields.keys() for row in rows)
    made = []
    for row in rows:
        values = {
            name: f"cast({literal(str(row[name])) if name in row else 'null'} as {field.type or 'text'})"
            for name, field in relation.fields.items()
        }
        made.append("select " + ", ".join(f"{value} as {ident(name)}" for name, value in values.items()))
    return "\nunion all\n".join(made)


def unit_tests(generated: Generated) -> Iterator[UnitTest]:
    """Every unit test of a project. Each model has one, or a reason, or nothing to join."""
    plans = {plan.relation.model: plan for plan in generated.planned.own}
    shelf = {plan.relation.name: plan.relation for plan in generated.planned.plans}
    told = set()
    for file in generated.project.properties:
        for written in (yaml.safe_load(generated.files[file.path]) or {}).get("unit_tests", ()):
            plan = plans[written["model"]]
            told.add(plan.relation.name)
            yield UnitTest(plan, written, generated.files[generated.project.sql_paths[plan.relation.model]], shelf)
    for plan in plans.values():
        joins = any(s.joins or s.group is not None for cte in plan.ctes for s in cte.selects)
        assert not joins or plan.relation.name in told or plan.untested, plan.relation.name


# -- naive joins


@dataclass(frozen=True)
class Mutant:
    """`grain`: whether only the grain is known, and its rows must be others."""

    said: str
    query: str
    grain: bool = True

    def is_told(self, test: UnitTest, session: Session) -> bool:
        return test.outcome(session, self.query, grain=self.grain) != test.expected(grain=self.grain)


def mutants(test: UnitTest) -> Iterator[Mutant]:
    """All reductions bare at once, each alone, and each lookup joined by a column less; none that harms nothing."""
    ctes = test.plan.ctes
    reduced = [cte.name for cte in ctes if _is_reduced(cte, ctes) and not _stays_one(test, cte)]
    if reduced:
        yield Mutant("bare joins", _text(test, {name: _bare(cte) for cte in ctes if (name := cte.name) in reduced}))
    for cte in ctes:
        if cte.name in reduced:
            yield Mutant(f"{cte.name} bare", _text(test, {cte.name: _bare(cte)}))
        yield from _less(test, cte, lone=not reduced)


def _is_reduced(cte: Cte, ctes: Sequence[Cte]) -> bool:
    return len(cte.selects) > 1 or any(s.group is not None or _takes_first(s, ctes) for s in cte.selects)


def _takes_first(select: Select, ctes: Sequence[Cte]) -> bool:
    source = next((c for c in ctes if c.name == select.source), None)
    return source is not None and any(isinstance(i.tree, exp.Window) for i in source.selects[0].items)


def _bare(cte: Cte) -> Cte:
    """What is left without `group by`, and without the filter that takes the first row."""
    selects = []
    for select in cte.selects:
        if select.group is not None:
            selects.append(replace(select, items=select.items[: select.group], group=None))
        else:
            is_rank = isinstance(select.where, exp.EQ) and "rank" in select.where.this.name
            selects.append(replace(select, where=None if is_rank else select.where))
    return replace(cte, selects=tuple(selects))


def _stays_one(test: UnitTest, cte: Cte) -> bool:
    """Whether what is reduced has one row each anyhow: the columns of the match are a key, or its rows are two of a
    union, which are alike only where all sources agree."""
    if len(cte.selects) > 1:
        return False
    select = cte.selects[0]
    imports = dict(test.plan.imports)
    if select.group is None:
        source = next(c for c in test.plan.ctes if c.name == select.source)
        window = next(i.tree for i in source.selects[0].items if isinstance(i.tree, exp.Window))
        keys, select = list(window.args["partition_by"]), source.selects[0]
    else:
        keys = [item.tree or exp.column(item.name) for item in select.items[: select.group]]
    own = [k.name for k in keys if isinstance(k, exp.Column) and k.table in ("", select.source)]
    state = test.shelf[imports[select.source]].state
    return state.is_probe(own) is not None


def _less(test: UnitTest, cte: Cte, *, lone: bool) -> Iterator[Mutant]:
    """A pick takes one row of however many; what is reduced is met by less only where there is nothing else."""
    imports = dict(test.plan.imports)
    for s, select in enumerate(cte.selects):
        if any(isinstance(item.tree, exp.Window) for item in select.items):
            continue
        for j, join in enumerate(select.joins):
            for p, (_, there) in enumerate(join.on):
                rest = [b.name for _, b in join.on[:p] + join.on[p + 1 :]]
                if join.cte not in imports:
                    if not lone:
                        continue
                elif test.shelf[imports[join.cte]].state.is_probe(rest) is not None:
                    continue
                less = replace(join, on=join.on[:p] + join.on[p + 1 :])
                joins = (*select.joins[:j], less, *select.joins[j + 1 :])
                selects = (*cte.selects[:s], replace(select, joins=joins), *cte.selects[s + 1 :])
                changed = {cte.name: replace(cte, selects=selects)}
                query = _text(test, changed, whole=True)
                yield Mutant(f"{join.alias} joined without {there.name}", query, grain=False)


def _text(test: UnitTest, changed: Mapping[str, Cte], *, whole: bool = False) -> str:
    """The plan as SQL, with some of its CTEs changed; aggregates, and what is made of them, only as a `whole`."""
    plan, shelf = test.plan, test.shelf
    shown: dict[str, set[str] | None] = {cte: None for cte, _ in plan.imports}
    parts = [f"{ident(cte)} as (select * from {ident(shelf[name].model)})" for cte, name in plan.imports]
    for cte in plan.ctes:
        now = changed.get(cte.name, cte)
        union = " union all " if cte.name in changed and not whole else " union "
        texts = [_select(select, shown, whole=whole) for select in now.selects]
        parts.append(f"{ident(cte.name)} as (\n{union.join(text for text, _ in texts)}\n)")
        shown[cte.name] = texts[0][1]
    return f"with {', '.join(parts)} select * from {ident(plan.ctes[-1].name)}"


def _select(select: Select, shown: Mapping[str, set[str] | None], *, whole: bool) -> tuple[str, set[str]]:
    names = {select.source: select.source, **{join.alias: join.cte for join in select.joins}}
    kept = {}
    for position, item in enumerate(select.items):
        tree = item.tree if item.tree is not None else exp.column(item.name, quoted=True)
        is_key = position < (select.group or 0)
        if not whole and not is_key and any(isinstance(n, exp.AggFunc) for n in tree.walk()):
            continue
        reads = [(names[c.table or select.source], c.name) for c in tree.find_all(exp.Column)]
        if all(shown.get(cte) is None or name in shown[cte] for cte, name in reads):  # type: ignore[operator]
            kept[item.name] = tree
    joins = "".join(
        f"\nleft join {ident(j.cte)} as {ident(j.alias)} on "
        + (" and ".join(f"{a.sql('postgres')} = {b.sql('postgres')}" for a, b in j.on) or "true")
        for j in select.joins
    )
    items = ", ".join(f"{tree.sql('postgres')} as {ident(name)}" for name, tree in kept.items())
    where = f"\nwhere {select.where.sql('postgres')}" if select.where is not None else ""
    group = f"\ngroup by {', '.join(str(n + 1) for n in range(select.group))}" if select.group else ""
    return f"select {items}\nfrom {ident(select.source)}{joins}{where}{group}", set(kept)
