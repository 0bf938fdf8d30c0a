"""Answers become verdicts: each claim holds, is broken by so many rows, or could not be tested, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import Entity, Erd
from erd2dbt.escape.terminal import inert
from erd2dbt.explain.claims import ExplainedClaim, Reliance
from erd2dbt.faults.diagnostics import did_you_mean
from erd2dbt.pipelines.summary import plural
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.verify.plan import PARTNERS, mirrored, obstacle, pair_of
from erd2dbt.verify.profile_queries import is_sampled
from erd2dbt.verify.query_runner import Answers
from erd2dbt.verify.tables import Found, Table
from erd2dbt.verify.verdict import State, TableFigures, Verdict

_WIDE = 80  # characters of a key
_KIND = {
    ClaimKind.KEY: "key",
    ClaimKind.UNIQUE: "unique",
    ClaimKind.ONE_TO_ONE: "link",
    ClaimKind.NOT_NULL: "not_null",
    ClaimKind.DETERMINES: "determines",
    ClaimKind.REFERENCE: "link",
    ClaimKind.PARTICIPATION: "link",
    ClaimKind.ASSUMED: "unique",
}
_FIXES = {
    "key": "fix the rows, or declare the columns that really identify a row",
    "unique": "fix the rows, or remove the claim: models that depend on it are then refused",
    "not_null": "fill the column at its source, or remove `not_null`",
    "determines": "fix the rows, or remove the `determines` and pick a value with `last:`",
}
_LINK_FIXES = {
    ClaimKind.REFERENCE: "load the missing rows of `{target}`, or fix the values of `{relation}`",
    ClaimKind.PARTICIPATION: "load the missing rows of `{target}`, or draw its side as optional (`o`)",
    ClaimKind.ONE_TO_ONE: "fix the rows, or draw this side as many (a crow's foot)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a judgement looks at."""

    erd: Erd
    found: Found
    answers: Answers
    sample: int | None
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def figures(self, entity: str) -> TableFigures | None:
        return self.answers.figures.get(entity)

    def item(self, entity: str, column: str) -> str:
        """The column's own item of the board, else its entity's."""
        return self.items.get((entity, column), "") or self.items.get((entity, ""), "")

    def sampled(self, entity: str) -> int | None:
        """The rows of the entity's sample; None when all were looked at."""
        table, figures = self.found.tables.get(entity), self.figures(entity)
        return figures.rows if table and figures and is_sampled(table, self.sample) else None


def board_items(erd: Erd) -> dict[tuple[str, str], str]:
    """Ids of the board's items: by entity, by entity and column, and by the link as drawn."""
    found = {}
    for item in erd.board.items if erd.board else ():
        if item.link:
            found["", item.link] = item.id
        elif item.of is not None:
            found[item.of.text, item.column.text if item.column else ""] = item.id
    return found


def judge(bench: Evidence, explained: ExplainedClaim) -> Verdict:
    """The verdict on a claim of the diagram."""
    claim = explained.claim
    blank = Verdict(
        kind=_KIND[claim.kind],
        entity=claim.relation,
        columns=claim.columns,
        text=claim.text,
        state=State.UNTESTED,
        place=claim.span,
        item=_item(bench, explained),
        links=explained.links,
        models=_models(explained.reliance),
        fix=_fix(claim),
        rows=_rows(bench, claim.relation),
    )
    why = obstacle(claim, bench.found.tables, bench.erd)
    why = why or _failure(bench, claim)
    if why:
        return replace(blank, why=why)
    if claim.kind in PARTNERS:
        return _partners(bench, claim, blank)
    if claim.kind is ClaimKind.NOT_NULL:
        return _not_null_verdict(bench, blank)
    return _repeats(bench, claim, blank)


def _failure(bench: Evidence, claim: Claim) -> str:
    """PostgreSQL's words where it could not answer."""
    failed = bench.answers.failed
    pair = pair_of(claim) if claim.target is not None else None
    asked = [claim, claim.relation] if pair is None else [pair, mirrored(pair), claim.relation]
    return next((failed[one] for one in asked if one in failed), "")


def _rows(bench: Evidence, entity: str) -> int:
    figures = bench.figures(entity)
    return figures.rows if figures else 0


def _fix(claim: Claim) -> str:
    if claim.kind in _LINK_FIXES:
        return _LINK_FIXES[claim.kind].format(relation=claim.relation, target=claim.target)
    return _FIXES[_KIND[claim.kind]]


def _models(reliance: Reliance) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*reliance.rows, *reliance.filled, *reliance.values)))


def _item(bench: Evidence, explained: ExplainedClaim) -> str:
    found = [bench.items[("", text)] for text in explained.links if ("", text) in bench.items]
    if not found and len(explained.claim.columns) == 1:
        found = [bench.items.get((explained.claim.relation, explained.claim.columns[0]), "")]
    return next((one for one in (*found, bench.items.get((explained.claim.relation, ""), "")) if one), "")


def _partners(bench: Evidence, claim: Claim, blank: Verdict) -> Verdict:
    pair = pair_of(claim)
    found = bench.answers.pairs.get(pair)
    values, rows, worst = (found[5], found[6], found[9]) if found else (0, 0, None)
    if found is None:
        found = bench.answers.pairs[mirrored(pair)]
        values, rows, worst = found[7], found[8], found[10]
    without = f"{plural(values, 'value')} in {plural(rows, 'row')} of `{claim.relation}`"
    why = f"{without} {_be(values)} not in `{claim.target}`"
    return _settled(bench, blank, found=int(rows), why=why, worst=_value_counts(worst))


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _not_null_verdict(bench: Evidence, blank: Verdict) -> Verdict:
    figures = bench.figures(blank.entity)
    column = figures.column(blank.columns[0]) if figures else None
    assert figures is not None
    assert column is not None
    empty = figures.rows - column.filled
    return _settled(bench, blank, found=empty, why=f"it is NULL in {plural(empty, 'row')}")


def _repeats(bench: Evidence, claim: Claim, blank: Verdict) -> Verdict:
    kept = claim in bench.answers.kept
    groups, rows, worst = (0, 0, None) if kept else bench.answers.repeats[claim]
    empty = _empty(bench, claim) if claim.kind is ClaimKind.KEY else {}
    whys = [f"`{name}` is NULL in {plural(n, 'row')}" for name, n in empty.items()]
    if groups and claim.kind is ClaimKind.DETERMINES:
        whys.append(
            f"{plural(groups, 'value')} in {plural(int(rows), 'row')} {'has' if groups == 1 else 'have'} several"
        )
    elif groups:
        whys.append(f"{plural(groups, 'value')} {'is' if groups == 1 else 'are'} in {plural(int(rows), 'row')}")
    if not whys and bench.sampled(claim.relation) and not kept:
        return replace(blank, why="a sample shows no repeat, and cannot show that there is none")
    if groups and claim.kind is ClaimKind.KEY:
        blank = replace(blank, fix=_fix_of_key(bench, claim, blank))
    named = _determined(worst) if claim.kind is ClaimKind.DETERMINES else _value_counts(worst)
    # a row may both repeat and have empty columns: it breaks the claim once
    found = min(int(rows) + sum(empty.values()), blank.rows) if blank.rows else int(rows)
    return _settled(bench, blank, found=found, why="; ".join(whys), worst=named)


def _fix_of_key(bench: Evidence, claim: Claim, blank: Verdict) -> str:
    """Rows that repeat may be versions of one thing."""
    entity = next((one for one in bench.erd.entities if one.name == claim.relation), None)
    words = repairs.latest(entity) if entity else None
    return f"{blank.fix}; or keep the latest row of each key: `{words}` in `{claim.relation}`" if words else blank.fix


def _empty(bench: Evidence, claim: Claim) -> dict[str, int]:
    """Key column -> rows in which it is empty."""
    figures = bench.figures(claim.relation)
    columns = [figures.column(name) for name in claim.columns] if figures else []
    return {c.name: figures.rows - c.filled for c in columns if figures and c and c.filled < figures.rows}


def _settled(
    bench: Evidence, blank: Verdict, *, found: int, why: str, worst: tuple[tuple[str, int], ...] = ()
) -> Verdict:
    rows = bench.sampled(blank.entity)
    error = margin(found, rows) if rows else None
    if not found:
        return replace(blank, state=State.HOLDS, error=error)
    return replace(blank, state=State.BROKEN, found=found, why=why, worst=worst, error=error)


def margin(found: int, rows: int) -> float:
    """The error of a share at 95 %: the rule of three when nothing was found."""
    share = found / rows
    return min(1.0, 3 / rows if not found else 1.96 * math.sqrt(share * (1 - share) / rows))


def _value_counts(worst: list[Any] | None) -> tuple[tuple[str, int], ...]:
    return tuple((listed(keys), int(count)) for keys, count in worst or ())


def _determined(worst: list[Any] | None) -> tuple[tuple[str, int], ...]:
    """`camp_001: Old, New`: the words behind the columns come in pairs, one pair for each that is determined."""
    found = []
    for keys, count in worst or ():
        split = next(n for n in range(1, len(keys) + 1) if (len(keys) - n) % 2 == 0)
        found.append((listed(keys[:split]), int(count)))
    return tuple(found)


def shortened(text: str, wide: int = _WIDE) -> str:
    """A text of at most `wide` characters, an ellipsis included."""
    return text if len(text) <= wide else f"{text[: wide - 1]}…"


def listed(keys: list[str | None]) -> str:
    """A key as people write it."""
    words = ["empty" if key is None else shortened(inert(key)) for key in keys]
    return words[0] if len(words) == 1 else f"({', '.join(words)})"


# -- what columns and tables are said to be


def schema_verdicts(bench: Evidence) -> Iterator[Verdict]:
    """Tables and columns that are there or missing, then types and values, in the order of the spec."""
    for entity in bench.erd.entities:
        table = bench.found.tables.get(entity.name)
        if table is None:
            yield _absent(bench, entity)
            continue
        yield from _columns(bench, table)


def _absent(bench: Evidence, entity: Entity) -> Verdict:
    name = entity.existing.text if entity.existing else entity.table
    fixes = did_you_mean(name, bench.found.names)
    return Verdict(
        kind="missing",
        entity=entity.name,
        columns=(),
        text=f"{entity.name}: the table `{name}` is there",
        state=State.UNTESTED if entity.existing else State.BROKEN,
        why="it is built by somebody else's models" if entity.existing else "the database has no such table",
        found=0 if entity.existing else 1,
        unit="table",
        place=entity.span,
        item=bench.items.get((entity.name, ""), ""),
        fix=next(iter(fixes), "load it, or name it with `table:`"),
    )


def _columns(bench: Evidence, table: Table) -> Iterator[Verdict]:
    yield _table_is_whole(bench, table)
    figures = bench.figures(table.entity.name)
    for column in table.columns:
        own = figures.column(column.name) if figures else None
        blank = Verdict(
            kind="type",
            entity=table.entity.name,
            columns=(column.name,),
            text=f"{table.entity.name}: {column.name} contains {column.declared}",
            state=State.UNTESTED,
            rows=figures.rows if figures else 0,
            place=column.attribute.span,
            item=bench.item(table.entity.name, column.name),
        )
        failed = bench.answers.failed.get(table.entity.name, "")
        if own is None:
            yield replace(blank, why=failed)
        elif column.checked and (why := bench.answers.untried.get((table.entity.name, column.declared))):
            yield replace(blank, why=f"it is {column.type}, and its values cannot be tried: {why}")
        elif column.checked and not column.can_try:
            yield replace(blank, why=f"it is {column.type}; trying its values needs PostgreSQL 16")
        else:
            yield _typed(bench, table, column.number, blank, own.misfits)
        if column.attribute.values:
            text = f"{table.entity.name}: {column.name} is one of {', '.join(column.attribute.values)}"
            fix = "fix the rows, or add the values to `values:`"
            named = replace(blank, kind="values", text=text, fix=fix)
            if own is None:
                yield replace(named, why=failed)
            else:
                why = f"{plural(own.outside, 'row')} {'has' if own.outside == 1 else 'have'} another value"
                yield _settled(bench, named, found=own.outside, why=why)


def _table_is_whole(bench: Evidence, table: Table) -> Verdict:
    names = [a.raw or a.name for a in table.missing]
    shown = ", ".join(f"`{name}`" for name in names)
    first = table.missing[0].span if table.missing else table.entity.span
    meant = [fix for name in names for fix in did_you_mean(name, table.spare)]
    return Verdict(
        kind="missing",
        entity=table.entity.name,
        columns=tuple(a.name for a in table.missing),
        text=f"{table.entity.name}: the table has all its columns",
        state=State.BROKEN if names else State.HOLDS,
        why=f"{table.schema}.{table.name} has no {shown}" if names else "",
        found=len(names),
        unit="column",
        place=first,
        item=bench.items.get((table.entity.name, ""), ""),
        fix="; ".join(meant) or "name the raw column with `from:`, or remove the column",
    )


def _typed(bench: Evidence, table: Table, number: int, blank: Verdict, misfits: int) -> Verdict:
    column = table.columns[number]
    is_wrong = column.checked and column.is_text and not column.attribute.cast
    if misfits:
        why = (
            f"the database has {column.type}, and {plural(misfits, 'value')} {'does' if misfits == 1 else 'do'} not fit"
        )
        fix = "fix the rows, or declare the real type and convert the column in staging"
        return _settled(bench, replace(blank, fix=fix), found=misfits, why=why)
    if is_wrong:
        why = f"the database has {column.type}; every value fits"
        return replace(blank, state=State.BROKEN, why=why, unit="column", found=1, fix="add `cast: true`")
    return _settled(bench, blank, found=0, why="")
