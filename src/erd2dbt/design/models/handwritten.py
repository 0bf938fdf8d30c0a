"""Hand-written SQL: its grain is proved from the text and from the states of the models that it reads.

A grain that cannot be proved is accepted only with `assume:` and a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from erd2dbt.design.columns.coarse_amounts import PRESUMED, place_of_sum, unsure_share
from erd2dbt.design.columns.integer_division import whole
from erd2dbt.design.joins.fanout_faults import listed, one_kind
from erd2dbt.design.joins.missing_columns import overruled, secret_below, stays_in_staging
from erd2dbt.design.joins.missing_rows import cause, promise
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models.attribute_origins import null_in, with_origins
from erd2dbt.design.models.sql_divisions import dropped_in
from erd2dbt.design.models.sql_doubts import report
from erd2dbt.design.models.sql_joins import report_joins
from erd2dbt.design.models.sql_lineage import Upstream, upstream_columns
from erd2dbt.design.models.sql_text import SqlText, assuming
from erd2dbt.design.models.unproved import why_not
from erd2dbt.design.plans.layers import layer_of
from erd2dbt.design.plans.output_types import types_of
from erd2dbt.design.plans.plan import Field, Plan, Proof, Relation, Step, StepKind
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.faults.diagnostics import Collector, Fix, Hint, Paste, did_you_mean
from erd2dbt.names.length import fit
from erd2dbt.prove.additivity import Law
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.measure import Measure
from erd2dbt.prove.state import Key, State
from erd2dbt.sqlproof.dbttext import first_ref, read, refs
from erd2dbt.sqlproof.grouping import SETS
from erd2dbt.sqlproof.output_measures import at_grain
from erd2dbt.sqlproof.query import Watched, judge
from erd2dbt.sqlproof.query_analysis import Judged, SqlStep, Trap
from erd2dbt.sqlproof.relation import is_row


def plan_sql(spec: ModelSpec, world: World, faults: Collector) -> Plan | None:
    """The plan of an `sql:` model, or None after adding E020, E030, E031, E103, E201, E303, E304 or E601."""
    text = _read(spec, world, faults)
    if text is None:
        return None
    judged = judge(text.query, text.states) if text.query is not None else None
    names = _named(text, judged)
    missing = [word for word in spec.grain if word.text not in names]
    for word in missing:
        fixes = did_you_mean(word.text, names)
        faults.add("E201", f"the SQL returns no column `{word.text}`", word.span, fixes=fixes)
    seen = text.watched(world)
    wrong = bool(missing) or _has_lost_references(text, seen, world, faults) or _trapped(text, seen, world, faults)
    proof = None if wrong else _proof(text, judged, faults)
    if proof is None or _has_null_grain(text, seen, judged, world, faults):
        return None
    _repeated_totals(text, seen, faults)
    measures = dict(at_grain(seen.measures, proof.grain))
    types = types_of(text.query, text.reads) if text.query is not None else {}
    origins = (
        upstream_columns(text.query, {model: read.fields for model, read in text.reads.items()}) if text.query else {}
    )
    fields = {name: _field(name, types.get(name), measures.get(name), text, origins.get(name)) for name in names}
    fields = with_origins(fields, seen.shows, text.reads, world, judged.state if judged is not None else None)
    relation = Relation(
        name=spec.name,
        model=fit(spec.name),
        layer=layer_of(spec),
        grain=proof.grain,
        fields=fields,
        state=_state(fields, judged, proof),
        span=spec.span,
        open=judged is None or judged.state is None or text.is_open,
    )
    return Plan(
        relation=relation,
        spec=spec,
        imports=(),
        ctes=(),
        proof=proof,
        sql=text.sql.text.strip("\n") + "\n",
        reads=tuple(read.name for read in text.reads.values()),
    )


def _field(name: str, type_: str | None, measure: Measure | None, text: SqlText, origin: Upstream | None) -> Field:
    """A column that only shows a column of another model inherits its description."""
    shows = ((text.reads[origin[0]].name, origin[1]),) if isinstance(origin, tuple) else ()
    return Field(
        name=name,
        type=type_,
        inherits=shows,
        made=origin if isinstance(origin, str) else None,
        measure=measure,
    )


def _read(spec: ModelSpec, world: World, faults: Collector) -> SqlText | None:
    assert spec.sql is not None
    by_model = {relation.model: relation for relation in world.shelf.values()}
    named = refs(spec.sql.text)
    unknown = [name for name in named if name not in by_model]
    for name in unknown:
        known = world.shelf.get(name)
        fixes = (
            (Fix(f"write `ref('{known.model}')`", Paste((), f"ref('{known.model}')", instead=f"ref('{name}')")),)
            if known
            else did_you_mean(name, by_model)
        )
        faults.add(
            "E030",
            f"`{spec.name}` reads `ref('{name}')`, which is not a model of this project",
            spec.sql.place(*first_ref(spec.sql.text, name)),
            fixes=fixes,
        )
    found = read(spec.sql.text)
    if found.query is None and (found.broken or not spec.assume):
        code, fixes = ("E020", ()) if found.broken else ("E601", (Hint("use only {{ ref('…') }}"), *assuming(spec)))
        faults.add(code, f"the SQL of `{spec.name}` {found.fault}", spec.sql.span, fixes=fixes)
        return None
    return None if unknown else SqlText(spec, spec.sql, found.query, {name: by_model[name] for name in named})


def _named(text: SqlText, judged: Judged | None) -> tuple[str, ...]:
    """The returned columns, each once; only the grain where a star or Jinja hides them."""
    if judged is not None and judged.state is not None:
        return tuple(dict.fromkeys(judged.columns))
    shown = text.query.selects if text.query is not None else []
    return text.grain if not shown or any(item.is_star for item in shown) else tuple(i.alias_or_name for i in shown)


def _has_lost_references(text: SqlText, seen: Watched, world: World, faults: Collector) -> bool:
    """Whether the SQL reads columns that do not exist or are ambiguous, as in PostgreSQL. Adds E031."""
    if text.is_open or text.sql.engine is not None:
        return False
    known = [name for relation in text.reads.values() for name in relation.fields]
    first = {(missing.words, missing.column.name, missing.why): missing.column for missing in reversed(seen.lost)}
    for (words, name, why), column in reversed(first.items()):
        because = ""
        if why == "ambiguous":
            fixes: tuple[str, ...] = (Hint("put the name of its table before it"),)
        else:
            fixes = tuple(Hint(said) for said in did_you_mean(name, known) if name not in known)
            below = ((secret_below(world.graph.erd, one.name, name), one.name) for one in text.reads.values())
            secret = next(((entity, owner) for entity, owner in below if entity is not None), None)
            because = f": {stays_in_staging(secret[0])}" if secret is not None else ""
            fixes = overruled(secret[0], world.graph.erd, secret[1], name) if secret is not None else fixes
        message = f"in the SQL of `{text.spec.name}`, {words}{because}"
        faults.add("E031", message, text.place(column), fixes=fixes)
    return bool(seen.lost)


def _proof(text: SqlText, judged: Judged | None, faults: Collector) -> Proof | None:
    """The proof from the SQL, else from the author's assumption; None after adding E601."""
    state = judged.state if judged is not None else None
    claims = state.is_key(text.grain) if state is not None else None
    made = ", ".join(text.grain)
    if judged is not None and state is not None and claims is not None:
        whole = Step(kind=StepKind.SQL, name=text.spec.name, because=f"so ({made}) is unique", claims=claims)
        filled = frozenset[Claim]().union(*(state.not_null.get(column, ()) for column in text.grain))
        steps = (*map(_step, judged.steps), whole)
        return Proof(grain=text.grain, steps=steps, claims=claims | filled, filled=filled - claims)
    assumed = text.spec.assume
    if assumed:
        claim = Claim(kind=ClaimKind.ASSUMED, relation=text.spec.name, columns=text.grain, span=text.spec.span)
        step = Step(kind=StepKind.SQL, name=text.spec.name, because=f"assumed: {assumed}", claims=frozenset((claim,)))
        return Proof(grain=text.grain, steps=(step,), claims=frozenset((claim,)), assumed=assumed)
    why, fixes, node = why_not(text.spec, text.query, text.states, judged)
    message = f"cannot prove ({made}) for the SQL of `{text.spec.name}`: {why}"
    faults.add("E601", message, text.place(node), fixes=[*fixes, *assuming(text.spec)])
    return None


def _has_null_grain(text: SqlText, seen: Watched, judged: Judged | None, world: World, faults: Collector) -> bool:
    """Whether a grain column is NULL in some rows, by the query or the diagram. Adds E103."""
    filled = judged.state.not_null if judged is not None and judged.state is not None else {}
    empty = [(word, null_in(seen.shows.get(word.text, ()), text.reads, world)) for word in text.spec.grain]
    found = [(word, gap) for word, gap in empty if gap and word.text not in filled]
    for word, gap in found if not text.spec.assume else ():
        because = gap if isinstance(gap, str) else cause(world, gap)
        fixes = (
            Hint(f"exclude those rows: `where {word.text} is not null` around the query"),
            Hint(f"give them a value of their own in the query: `coalesce({word.text}, …)`"),
            *(promise(world, gap) if not isinstance(gap, str) else ()),
        )
        faults.add("E103", f"the grain column `{word.text}` may be NULL: {because}", word.span, fixes=fixes)
    return bool(found) and not text.spec.assume


def _step(step: SqlStep) -> Step:
    at_most = "a row finds at most one partner" if step.hi == "one" else "a row may find several partners, and repeats"
    return Step(
        kind=StepKind.SQL,
        name=step.cte or "the last select",
        because=f"{step.text}{f': {at_most}' if 'join' in step.kind else ''}",
        claims=step.claims,
    )


def _trapped(text: SqlText, seen: Watched, world: World, faults: Collector) -> bool:
    """Whether an aggregate is wrong (E301 to E304, E309). Also adds W303 for doubtful ones.

    `assume:` is about the grain and the joins that fan out: no test of it finds a wrong total.
    """
    accepted = {code for code, _ in text.spec.accept} | ({"E304", "E202"} if text.spec.assume else set())
    traps = [trap for trap in seen.traps if trap.code not in accepted]
    for trap in traps:
        if trap.code == "W305":
            _unsure_share(text, trap, faults) if trap.shared else _taken_whole(text, trap, world, faults)
            continue
        message, fixes = _trap_message(trap, text.spec.name)
        faults.add(
            trap.code,
            message,
            text.place(trap.node),
            fixes=(*map(Hint, fixes), repairs.accepting(trap.code, text.spec.name)),
        )
    failing = report(text, seen, world, faults, accepted)
    report_joins(text, seen.joins, world, faults, accepted)
    if "W310" not in accepted:
        _integer_divisions(text, faults)
    return failing or any(trap.code.startswith("E") for trap in traps)


def _integer_divisions(text: SqlText, faults: Collector) -> None:
    """W310 for divisions that drop a fraction. Other engines than PostgreSQL may divide exactly."""
    if text.query is None or text.sql.engine is not None:
        return
    for written, (division, exact) in dropped_in(text.query, text.reads).items():
        message = (
            f"in the SQL of `{text.spec.name}`, `{written}` divides integers and drops the fraction, as 3 / 4 is 0"
        )
        fixes = (Hint(f"divide exactly: `{exact}`"), whole(written), repairs.accepting("W310", text.spec.name))
        faults.add("W310", message, text.place(division), fixes=fixes)


def _repeated_totals(text: SqlText, seen: Watched, faults: Collector) -> None:
    """W305 for columns that show a total of several rows on each of them, as for an input that is aggregated so."""
    places = {item.alias_or_name: item for item in text.query.selects} if text.query is not None else {}
    accepted = any(code == "W305" for code, _ in text.spec.accept)
    for name, total in seen.repeated.items() if not accepted else ():
        missing = [column for column in text.grain if column not in total.home]
        if not missing:  # an assumed grain
            continue
        home, grain = [column for column in text.grain if column in total.home], listed(text.grain)
        is_part = all(column in home or is_row(column) for column in total.home)
        per = listed(home if (is_part and home) or not total.group else total.group)
        message = (
            f"in the SQL of `{text.spec.name}`, `{name}` is aggregated per {per}, coarser than the grain {grain}: its "
            f"value repeats for every {listed(missing)} and must not be summed again"
        )
        hint = Hint(f"aggregate it per {grain}, or show it in a model with one row per {per}")
        fixes = (hint, repairs.accepting("W305", text.spec.name))
        faults.add("W305", message, text.place(places.get(name)), fixes=fixes)


def _unsure_share(text: SqlText, trap: Trap, faults: Collector) -> None:
    """W305: an amount is spread by shares that may be shares of something else."""
    said, hint = unsure_share(trap.key, trap.measure, trap.home)
    message = f"in the SQL of `{text.spec.name}`, `{trap.aggregate}` spreads an amount: {said}"
    faults.add("W305", message, text.place(trap.node), fixes=(hint, repairs.accepting("W305", text.spec.name)))


def _taken_whole(text: SqlText, trap: Trap, world: World, faults: Collector) -> None:
    """W305: a product takes the whole amount of a parent in each row, where the spec sums that amount elsewhere."""
    entity, _, name = trap.measure.partition(".")
    place = place_of_sum(world.graph, entity, name, (text.spec.name, "")) if entity == trap.home else None
    why = f"which {place}" if place is not None else PRESUMED
    if place is None and not trap.presumed:
        return
    message = f"in the SQL of `{text.spec.name}`, `{trap.aggregate}` takes the whole `{trap.measure}` in each row"
    per = ", ".join(trap.key)
    hint = Hint(f"divide it among the rows of each ({per}), by the share that each row has in their total")
    fixes = (hint, repairs.accepting("W305", text.spec.name))
    faults.add("W305", f"{message}, {why}", text.place(trap.node), fixes=fixes)


def _trap_message(trap: Trap, model: str) -> tuple[str, tuple[str, ...]]:
    where = f"`{trap.cte}` of `{model}`" if trap.cte else f"the SQL of `{model}`"
    joins = " and ".join(f"`{join}`" for join in trap.joins)
    counted = "rows" if trap.measure == "*" else f"`{trap.measure}`"
    if trap.code == "E304":
        message = f"in {where}, {joins} fan out together: each row of one is joined with each row of the other"
        return message, ("aggregate each in a CTE of its own by the columns of the join, then join these",)
    if trap.law is not Law.REPEATED:
        return _law_message(trap, where)
    if trap.zeros:
        message = f"in {where}, `{trap.aggregate}` reads a 0 in rows that have no {counted} of their own"
        message += ": only a sum may read it"
        return message, (f"show NULL for 0 in the rows that have no {counted} of their own: aggregates skip NULL",)
    if not trap.joins:
        message = f"in {where}, `{trap.aggregate}` counts {counted} several times: the rows of `{trap.home}`"
        return f"{message} are repeated there", (f"sum `{trap.home}` in a query that reads each of its rows once",)
    key = ", ".join(trap.key)
    message = f"in {where}, `{trap.aggregate}` counts {counted} several times: "
    if trap.joins == ("union all",):
        return f"{message}one row of `{trap.home}` can come from several selects of `union all`", _apart(trap)
    if trap.joins == (SETS,):
        return f"{message}one row of `{trap.home}` is in several groups of `{SETS}`", (
            f"sum `{trap.home}` in a query that groups by one list of columns",
        )
    if trap.in_each:
        return f"{message}no condition joins `{trap.home}` with the rows of the groups, so each group has all of it", (
            f"say which rows of `{trap.home}` belong to a group: join it `on` its foreign key",
            f"or sum `{trap.home}` in a CTE without `group by`, and join that one row",
        )
    message += f"{joins} repeats the rows of `{trap.home}`{f', which are one per ({key})' if key else ''}"
    if trap.own:
        return message, (
            f"aggregate `{trap.home}` over its own rows, in a query without this join",
            f"or aggregate the rows that share a row of `{trap.home}`{f' to one per ({key})' if key else ''} first",
        )
    return message, (
        f"aggregate what `{trap.joins[0]}` joins in a CTE of its own first, then join that",
        f"or aggregate `{trap.home}` over its own rows, in a query without this join",
    )


def _apart(trap: Trap) -> tuple[str, ...]:
    """Fixes that exclude the same rows from two selects of a `union all`."""
    once = "`where status = 'paid'` in one and `where status is distinct from 'paid'` in the other"
    if trap.apart:
        return one_kind(trap.apart)
    return (
        f"read each row of `{trap.home}` in one branch only, by conditions that exclude each other: {once}, say",
        f"or add the primary key of `{trap.home}` to each branch, and write `union` for `union all`: a row in two "
        "branches is then there once",
    )


def _law_message(trap: Trap, where: str) -> tuple[str, tuple[str, ...]]:
    """The message for an aggregate that counts each value once but still breaks a law."""
    aggregate, measure = f"in {where}, `{trap.aggregate}`", f"`{trap.measure}`"
    per = f" per ({', '.join(trap.key)})" if trap.key else ""
    along = ", ".join(trap.along)
    if trap.law is None:
        count = f"`count({trap.measure}.{trap.key[0]})`" if trap.key else "`count(…)` of a column of the other side"
        message = f"{aggregate} counts a row for what `{trap.joins[0]}` finds no match for"
        return message, (f"count the rows that are there: {count}",)
    said = {
        Law.COLLAPSED: (
            f"{aggregate} takes each different value of {measure} once: two rows with the same value count as one",
            ("aggregate the rows once each, without `distinct`",),
        ),
        Law.AVERAGED: (
            f"{aggregate} takes averages of {measure}{per}: an average of one row counts as much as an average of "
            "a thousand rows",
            ("carry the sum and the count, and divide them at the end",),
        ),
        Law.DIVIDED: (
            f"{aggregate} takes {measure}, which is a ratio: its rows have different denominators",
            ("sum numerator and denominator, then divide",),
        ),
        Law.UNWEIGHTED: (
            f"{aggregate} takes {measure}, which is a ratio of each row: a row with a small denominator "
            "counts as much as a row with a large one",
            ("sum numerator and denominator, then divide",),
        ),
        Law.OVERLAPPING: (
            f"{aggregate} sums counts of {measure}{per}: one value can be counted in several of them",
            ("count the distinct values of the rows themselves",),
        )
        if trap.code == "E301"
        else (
            f"{aggregate} sums figures of {measure}{per}: one value can be in several of them",
            (f"sum {measure} where it appears once",),
        ),
        Law.OVER_TIME: (
            f"{aggregate} may sum the stock {measure} over several values of ({along}): levels of different times must "
            "not be added",
            (
                "keep the time in `group by`",
                "take the last level of each period: `row_number() over (partition by … order by … desc) = 1`",
            ),
        ),
    }
    return said[trap.law]


def _state(fields: Mapping[str, Field], judged: Judged | None, proof: Proof) -> State:
    if judged is None or judged.state is None:
        return State.keyed(fields, proof.grain, proof.claims)
    if proof.assumed is None:
        return judged.state
    return replace(judged.state, keys=(*judged.state.keys, Key(frozenset(proof.grain), True, proof.claims)))
