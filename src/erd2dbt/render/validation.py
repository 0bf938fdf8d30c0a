"""Translation validation: the SQL that the templates emitted is read back, and its grain is proved again.

The plan's proof is about selects as values; what runs is text that a template, maybe the user's own, laid out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.diagram.erd import Entity
from erd2dbt.faults.diagnostics import Diagnostic, Hint
from erd2dbt.names.length import cut
from erd2dbt.prove import operators
from erd2dbt.prove.projection import rename
from erd2dbt.prove.state import Key, State
from erd2dbt.sql.spelling import current
from erd2dbt.sqlproof.columns import unknown_column
from erd2dbt.sqlproof.dbttext import plain, read
from erd2dbt.sqlproof.query import fanout_steps, judge
from erd2dbt.sqlproof.staging_models import listed, uncast
from erd2dbt.system.progress import counted_over

_TEMPLATE = (
    Hint("compare your `models/model.sql.jinja` with the built-in one: each CTE and each join must be in it once"),
    Hint("generate without `--templates`"),
)
_TOOL = (
    Hint("this is a fault of erd2dbt, not of the spec: please report it, with the spec"),
    Hint("until then, write this model by hand with `sql:`"),
)
_UNREAD = (Hint("its tests still check its grain. To have it proved, use PostgreSQL functions"),)


def prove_again(
    plans: Iterable[Plan], texts: Mapping[str, str], known: Collection[str] = (), *, own_template: bool = False
) -> tuple[Diagnostic, ...]:
    """E602 for each model whose text does not have the grain of its plan, W603 where nobody can tell.

    `texts`: dbt model -> its SQL file; those in `known` are not looked at. Hand-written SQL is as it was judged.
    `own_template`: the text was laid out by a template of the user's, which is to blame; else the tool is.
    """
    ordered = tuple(plans)
    tables = _Tables(ordered)
    written = [p for p in ordered if p.sql is None and not p.existing and p.relation.model not in known]
    found = (_fault(plan, texts[plan.relation.model], tables) for plan in counted_over("proving", written))
    return tuple(fault if own_template else _by_the_tool(fault) for fault in found if fault is not None)


@dataclass(frozen=True, slots=True)
class Unproved:
    """Why a grain does not follow for sure, as the end of a sentence that begins with the file.

    `missing`: the column that the text reads, and that is not there; no database takes it then."""

    reason: str
    missing: str | None = None


def edited_faults(plans: Iterable[Plan], texts: Mapping[str, str]) -> dict[str, Unproved]:
    """For each of the texts, edited or merged, that reads what is not there, or has not the grain of its plan for sure.

    By dbt model."""
    ordered = tuple(plans)
    tables = _Tables(ordered)
    columns = {name: tuple(state.columns) for name, state in tables.items()}
    found = {
        plan.relation.model: _unproved(plan, texts[plan.relation.model], tables, columns)
        for plan in ordered
        if plan.relation.model in texts
    }
    return {model: one for model, one in found.items() if one is not None}


def _unproved(
    plan: Plan, text: str, tables: Mapping[str, State], columns: Mapping[str, Sequence[str]]
) -> Unproved | None:
    query = read(text).query
    missing = unknown_column(query, columns) if query is not None else None
    if missing is not None:
        return Unproved(f"reads the column `{missing}`, which does not exist", missing)
    fault = _fault(plan, text, tables)
    if fault is None:
        return None
    return Unproved(fault.message.removeprefix(f"the SQL that the template made of `{plan.relation.model}` "))


class _Tables(Mapping[str, State]):
    """What is known of each model and of each raw table, worked out when it is read."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = {_written(plan.relation.model): plan for plan in plans}
        staged = ((p.spec, p) for p in plans if isinstance(p.spec, Entity) and not p.existing)
        self._sources = {_raw_name(entity): (entity, plan) for entity, plan in staged}
        self._raw: dict[str, State] = {}

    def __getitem__(self, name: str) -> State:
        if name in self._plans:
            return _as_written(self._plans[name].relation.state)
        if name not in self._raw:
            self._raw[name] = _as_written(_raw(*self._sources[name]))
        return self._raw[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._plans, **self._sources})

    def __len__(self) -> int:
        return len({**self._plans, **self._sources})


def _by_the_tool(fault: Diagnostic) -> Diagnostic:
    message = fault.message.replace("the SQL that the template made of", "the SQL that was generated for", 1)
    return replace(fault, message=message, fixes=_TOOL if fault.code == "E602" else _UNREAD)


def _written(name: str) -> str:
    """The name as the text has it between its quotes: where bare names fold up, `user` is written `"USER"`."""
    quoting = current().quoting
    return quoting.between_quotes(name) if quoting.folds_up and quoting.needs_quotes(name) else name


def _as_written(state: State) -> State:
    other = {name: _written(name) for name in state.columns}
    return rename(state, other) if any(old != new for old, new in other.items()) else state


def _raw_name(entity: Entity) -> str:
    return f"{_written(entity.source)}.{_written(dbt_table(entity))}"


def _raw(entity: Entity, plan: Plan) -> State:
    """The raw table under its own column names, as the claims have it."""
    columns = {cut(a.raw or a.name): a.name for a in entity.columns if a.formula is None}
    if entity.latest:
        return State.over(columns)  # claims are made of the rows that staging keeps
    state = operators.select(plan.relation.state, columns)
    if not _computed_key(plan):
        return state
    return replace(state, keys=(*state.keys, Key(frozenset(columns), True, plan.proof.claims)))


def _computed_key(plan: Plan) -> bool:
    """Whether the key has a computed column: that it is one is claimed of the staged rows, not of raw columns."""
    computed = {a.name for a in plan.spec.columns if a.formula is not None} if isinstance(plan.spec, Entity) else set()
    return not computed.isdisjoint(plan.relation.grain)


def _fault(plan: Plan, text: str, tables: Mapping[str, State]) -> Diagnostic | None:
    if isinstance(plan.spec, Entity):
        lines, raw = listed(plain(text)), tables[_raw_name(plan.spec)]
        if lines is not None and {*lines.columns.values(), *lines.reads} <= set(raw.columns):
            if _grain_follows(plan, operators.select(raw, lines.columns)):
                return None
            if not lines.computes:
                return _grain_fault(plan, "")
    found = read(text)
    if found.query is None:
        return _unread(plan, found.fault, broken=found.broken)
    tree = uncast(found.query) if isinstance(plan.spec, Entity) else found.query
    judged = judge(tree, tables)
    if _grain_follows(plan, judged.state):
        return None
    blamed = fanout_steps(tree, tables, judged, tuple(map(_written, plan.relation.grain)))
    if judged.unjudged and not blamed:
        return _unread(plan, f"contains what cannot be analyzed: {judged.unjudged[0]}", broken=False)
    if blamed and all(step.node.key == "anonymous" for step in blamed):  # functions of the user's own database
        called = " and ".join(step.placed for step in blamed)
        return _unread(plan, f"calls {called}: it is not known whether that gives one row for each", broken=False)
    return _grain_fault(
        plan, f": {' and '.join(s.placed for s in blamed)} may match several rows for one" if blamed else ""
    )


def _grain_follows(plan: Plan, state: State | None) -> bool:
    """Whether the grain follows, from no more than the plan's proof cites; of a computed key, that each row is kept."""
    if state is None:
        return False
    if not plan.relation.grain:  # a source whose key is open: nothing is promised
        return True
    key = state.columns if _computed_key(plan) else tuple(map(_written, plan.relation.grain))
    claims = state.is_key(key)
    if claims is None or claims <= plan.proof.claims:
        return claims is not None
    return state.citing(plan.proof.claims).is_key(key) is not None  # there may be a second proof


def _grain_fault(plan: Plan, why: str) -> Diagnostic:
    grain = ", ".join(plan.relation.grain)
    message = f"the SQL that the template made of `{plan.relation.model}` does not have one row per ({grain}){why}"
    return Diagnostic(code="E602", message=message, span=plan.relation.span, fixes=_TEMPLATE)


def _unread(plan: Plan, why: str, *, broken: bool) -> Diagnostic:
    message = f"the SQL that the template made of `{plan.relation.model}` {why}"
    return Diagnostic(code="E602" if broken else "W603", message=message, span=plan.relation.span, fixes=_TEMPLATE)
