"""A select, operator by operator in the order in which SQL evaluates its clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from erd2dbt.prove import operators
from erd2dbt.prove.state import NONE
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof import levels, predicates, shown_columns
from erd2dbt.sqlproof.calendar_parts import period_of
from erd2dbt.sqlproof.comparisons import look_at_comparisons
from erd2dbt.sqlproof.correlation import equal_outside, tied_by
from erd2dbt.sqlproof.exclusion import excluded, shown_parts, taken
from erd2dbt.sqlproof.flags import Flags, flags_of, needed
from erd2dbt.sqlproof.flags import shown as shown_flags
from erd2dbt.sqlproof.formulas import in_ids, renamed
from erd2dbt.sqlproof.functions import SETS, steady
from erd2dbt.sqlproof.grouping import Grouped, group
from erd2dbt.sqlproof.home_tables import Items, at_home, only_where, opposed
from erd2dbt.sqlproof.joins import rejoined, unmatched
from erd2dbt.sqlproof.level_rows import first_of
from erd2dbt.sqlproof.measures import Measured
from erd2dbt.sqlproof.names import folded, output_name, source_name
from erd2dbt.sqlproof.null_lists import flags as list_flags
from erd2dbt.sqlproof.nulls import null_by
from erd2dbt.sqlproof.output_measures import outputs, repeated_homes
from erd2dbt.sqlproof.parts import Part
from erd2dbt.sqlproof.passed_rows import Passed, passed_by
from erd2dbt.sqlproof.picks import (
    look_at_any_values,
    look_at_elements,
    look_at_first_rows,
    look_at_limit,
    look_at_ordered_windows,
    unordered_lists,
)
from erd2dbt.sqlproof.project import projected
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.references import look_at_references
from erd2dbt.sqlproof.relation import HIDDEN, Rel, one_or, rules_of_keys, visible
from erd2dbt.sqlproof.scope import Scope
from erd2dbt.sqlproof.series import each_once
from erd2dbt.sqlproof.set_measures import once_for_all
from erd2dbt.sqlproof.sources import from_scope
from erd2dbt.sqlproof.spans import shown as shown_spans
from erd2dbt.sqlproof.spans import with_ends
from erd2dbt.sqlproof.subqueries import look_within
from erd2dbt.sqlproof.subquery_facts import Subqueries
from erd2dbt.sqlproof.survey import Survey, survey
from erd2dbt.sqlproof.terms import Terms
from erd2dbt.sqlproof.traps import chasm, look, look_at_lengths, look_at_windows
from erd2dbt.sqlproof.windows import add_window

_KNOWN = frozenset(
    "with_ expressions from_ joins where group having windows distinct order limit offset hint locks "
    "operation_modifiers laterals".split()
)


_Parts = tuple[tuple[Part, ...], tuple[Part, ...]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that the select list reads: the relations that they come from or are not in, and what they passed."""

    parts: _Parts
    passed: Passed


@dataclass(frozen=True, slots=True)
class _Item:
    """A column of the select list: an expression, or the id that a star stands for."""

    name: str
    tree: exp.Expr | None
    id: str = ""


def select(reader: Reader, tree: exp.Select, env: Env, outer: Scope | None) -> Rel:
    """The relation that a select returns. Its own WITH is in `env` already."""
    odd = [name for name, value in tree.args.items() if value and name not in _KNOWN]
    if odd:
        reader.note(f"`{odd[0].rstrip('_')}`")
        return Rel.over(reader.mentioned(), open=True)
    scope = from_scope(reader, tree, env, outer)
    if reader.watch:
        look_at_references(reader, tree, env, scope)
        look_at_comparisons(reader, tree, scope)
    passes = _passes(tree, scope)
    if passes and tree.args.get("where") is None:
        (rel,) = scope.sources.values()
        return limited(reader, rel, tree)
    if reader.watch:
        look_within(reader, tree, env, scope)
    if tree.args.get("from_") is not None:
        reader.step("from", tree.args["from_"], f"from {source_name(tree.args['from_'].this)}")
    terms = Terms(reader, scope.find, scope.state, scope.shapes)
    terms.take(scope)
    terms.subqueries = Subqueries(reader, scope, env, from_scope)
    if not scope.links and len(scope.sources) == 1:  # with other rows added, a count does not count these
        terms.counts.update(next(iter(scope.sources.values())).counts)
    where = tree.args.get("where")
    if where is not None:
        predicates.keep(terms, where.this)
        unmatched(terms, scope.links, where.this)
        reader.step("where", where, loses=True)
    rejoined(terms, scope.links)
    rows = _Rows(_parts(reader, tree, scope, env), passed_by(reader, tree, scope, env))
    rel = _passed(reader, scope, terms, rows) if passes else _listed(reader, tree, scope, terms, rows)
    rel = replace(at_home(reader, rel, scope, tree), tied=tied_by(scope, tree))
    if tree.args.get("distinct") is not None and tree.args["distinct"].args.get("on") is None:
        rel = distinct(reader, rel, tree)
    return limited(reader, rel, tree, looked=not passes)


def _passes(tree: exp.Select, scope: Scope) -> bool:
    """Whether the select is `select * from x`, which keeps every column."""
    if scope.links or len(tree.expressions) != 1 or not isinstance(tree.expressions[0], exp.Star):
        return False
    return len(scope.sources) == 1 and not any(tree.args.get(k) for k in ("group", "having", "distinct"))


def _parts(reader: Reader, tree: exp.Select, scope: Scope, env: Env) -> _Parts:
    """The relations that the rows come from, and those whose rows are excluded, in the columns of FROM."""
    first = next(iter(scope.sources.values()), None)
    if (
        first is None
        or scope.outer is not None
        or any(j.side in ("RIGHT", "FULL") for j in tree.args.get("joins") or ())
    ):
        return (), ()
    return taken(first, tree, scope), (*first.without, *excluded(reader, tree, scope, env))


def _passed(reader: Reader, scope: Scope, terms: Terms, rows: _Rows) -> Rel:
    (rel,) = scope.sources.values()
    rel = replace(rel, part_of=rows.parts[0], without=rows.parts[1], whole=False)
    if reader.watch:
        known = Measured(reader, scope, terms)
        taken = first_of(scope, terms.state(), terms.last)
        rel = replace(rel, one_of=levels.passed(known, taken, rel), last=levels.last_rows(known))
    made = ((in_ids(tree, scope.find), id_) for id_, tree in terms.remembered.items() if steady(tree))
    rel = replace(rel, formulas=(*rel.formulas, *((tree, id_) for tree, id_ in made if tree is not None)))
    return replace(rel, state=terms.state(), passed=rel.passed | rows.passed.filters)


def _listed(reader: Reader, tree: exp.Select, scope: Scope, terms: Terms, rows: _Rows) -> Rel:
    """The relation from the filtered rows to the columns of the select list."""
    items, open_ = _items(reader, tree, scope)
    having = tree.args.get("having")
    looked = [(n, i.tree) for n, i in enumerate(items) if i.tree is not None and not isinstance(i.tree, exp.Column)]
    met = survey(looked, having.this if having is not None else None)
    grouped = bool(met.aggregates or tree.args.get("group") or having)
    groups = group(reader, tree, terms, met.aggregates) if grouped else None
    plain = Measured(reader, scope, terms, passed=rows.passed) if reader.watch else None
    known = _watched(plain, tree, groups, met) if plain is not None else None
    if grouped and groups is None:
        return Rel.over([item.name for item in items])
    terms = groups if groups is not None else terms
    if having is not None:
        predicates.keep(terms, having.this)
        reader.step("having", having, loses=True)
    named = {folded(w.this): w for w in tree.args.get("windows") or ()}
    for call in met.windows:
        add_window(terms, call, named)
    if known is not None:
        _look_after_grouping(known, tree, met.windows, named)
    on = tree.args["distinct"].args.get("on") if tree.args.get("distinct") else None
    for key in _picked_by(on, items):
        terms.term(key, remember=True)  # so that outputs computed from it are known to determine it
    given = terms
    terms, ids = _columns(reader, terms, items, dict(met.sets))
    listed = [*zip(ids, (item.tree for item in items), strict=True)]
    flags = flags_of(given, listed)
    one_of = _taken_first(plain, tree, on, items, ids) if plain is not None and groups is None else {}
    if on is not None:
        _pick(reader, terms, on, items, ids, order=tree.args.get("order"))
    _look_at_limit(terms, tree, items, ids, open_=scope.open)
    hidden = dict(_hidden(scope, known, met.windows, terms, shown=listed, flags=flags))
    rel = projected(terms, [item.name for item in items], ids, open_=open_, hidden=hidden)
    rel = _with_formulas(rel, scope, terms, ids, flags=flags, hidden=hidden)
    rel = replace(rel, spans=shown_spans(with_ends(given, listed), dict(zip(ids, rel.ids, strict=True))))
    first = next(iter(scope.sources.values()), rel)
    rel = replace(rel, origin={o: first.origin[i] for o, i in zip(rel.ids, ids, strict=True) if i in first.origin})
    left_out = groups.left_out if groups is not None else frozenset[str]()
    rel = _with_parts(rel, ids, rows.parts) if not left_out else rel
    if known is None:
        return rel
    shown = [(out, id_, item.tree) for out, id_, item in zip(rel.ids, ids, items, strict=True)]
    doubtful = _undecided(plain or known, one_of, shown, met.windows, groups=groups, hidden=hidden)
    shows = shown_columns.listed(terms, scope, shown, grouped=grouped, left_out=left_out)
    rel = _with_values(reader, replace(rel, shows=shows, **doubtful), plain or known, tree, shown)
    twice = first.twice if not grouped and first is not rel else ""
    measures = outputs(known, terms.state(), shown, hidden, tied=equal_outside(scope, tree))
    return replace(rel, measures=measures, table=known.table, twice=twice, twice_by=first.twice_by)


def _with_values(reader: Reader, rel: Rel, known: Measured, tree: exp.Select, shown: Items) -> Rel:
    """The relation with what its rows have passed, and what its columns show: NULL, 0, or an opposite sign."""
    rel = replace(rel, passed=known.passed_rows)
    nulls = null_by(known.terms, known.scope, tree, shown)
    return replace(
        rel, nulls=nulls, only=only_where(reader, known.scope, tree, shown), minus=opposed(known.scope, shown)
    )


def _with_parts(rel: Rel, ids: Sequence[str], parts: _Parts) -> Rel:
    """The relation of a select with the relations that its rows come from, and those whose rows are excluded."""
    pairs = list(zip(rel.ids, ids, strict=True))
    part_of, without = (shown_parts(some, pairs, whole=n > 0) for n, some in enumerate(parts))
    return replace(rel, part_of=part_of, without=without)


def _with_formulas(
    rel: Rel, scope: Scope, terms: Terms, ids: Sequence[str], *, flags: Flags, hidden: Mapping[str, str]
) -> Rel:
    """The relation of a select with the conditions that its columns show, and the formulas of its hidden columns."""
    shown = dict(zip(ids, rel.ids, strict=True))
    outs = {**{id_: out for out, id_ in hidden.items()}, **shown}
    return replace(rel, flags=shown_flags(flags, outs), formulas=tuple(_formulas(scope, terms, shown, hidden)))


def _hidden(
    scope: Scope,
    known: Measured | None,
    windows: Sequence[exp.Window],
    terms: Terms,
    *,
    shown: Sequence[tuple[str, exp.Expr | None]],
    flags: Flags,
) -> Iterator[tuple[str, str]]:
    """The columns that a later select needs, if they are not shown. `shown`: id, and expression or None.

    They are the keys that the condition of a flag shortens, and the partition columns of row numbers that are shown.
    They are also the periods that a filter compares, and the homes of values that repeat. `where n = 1` may follow,
    and a select that groups by the same period.
    """
    ids = [id_ for id_, _ in shown]
    split = {terms.by_node[id(w)]: _partition(terms, w) for w in windows if id(w) in terms.by_node}
    of_flags = dict.fromkeys(needed(flags, terms.state(), terms.counts, split))
    kept = {*ids, *of_flags}
    numbered_here = [w for w in windows if terms.number_of(w) in kept]
    of_windows = (terms.column(part) for window in numbered_here for part in window.args.get("partition_by") or ())
    grouped = isinstance(terms, Grouped)
    periods = (id_ for id_, tree in terms.remembered.items() if grouped or period_of(tree) is not None)
    carried = (id_ for rel in scope.sources.values() for _, id_ in rel.formulas)
    repeated = repeated_homes(known, terms.state(), shown) if known is not None else ()
    named = dict(levels.hidden_things(known, numbered_here)) if known is not None and known.bag is None else {}
    for id_ in dict.fromkeys((*of_flags, *of_windows, *periods, *carried, *repeated, *named)):
        if id_ is not None and id_ in terms.names and id_ not in ids:
            name = f"{HIDDEN}{named[id_]}" if id_ in named else ""
            yield f"{terms.reader.fresh()}{name}{HIDDEN}", id_


def _partition(terms: Terms, window: exp.Window) -> frozenset[str]:
    columns = (terms.column(part) for part in window.args.get("partition_by") or ())
    return frozenset(id_ for id_ in columns if id_ is not None and id_ in terms.names)


def _formulas(
    scope: Scope, terms: Terms, shown: Mapping[str, str], hidden: Mapping[str, str]
) -> Iterator[tuple[exp.Expr, str]]:
    """The formulas of hidden columns over the outputs. `shown`: output by id.

    The month by which rows are grouped is also the month of the last day of the group.
    """
    carried = {id_: tree for rel in scope.sources.values() for tree, id_ in rel.formulas}
    labels = terms.labels.items() if isinstance(terms, Grouped) else ()
    for out, id_ in hidden.items():
        own, old = terms.remembered.get(id_), carried.get(id_)
        tree = in_ids(own, scope.find) if own is not None and steady(own) else old
        of_labels = ({**shown, column: shown[call]} for call, column in labels if call in shown)
        made = (renamed(tree, names) for names in (shown, *of_labels)) if tree is not None else ()
        yield from ((formula, out) for formula in made if formula is not None)


def _watched(known: Measured, tree: exp.Select, groups: Grouped | None, met: Survey) -> Measured:
    """The measures of the select, grouped where it has groups, after its aggregates are checked."""
    look(known, tree, met.aggregates, groups.by if groups is not None else ())
    look_at_elements(known, met.aggregates, groups.by if groups is not None else ())
    look_at_any_values(known, met.aggregates, groups.by if groups is not None else ())
    levels.look_at_level_elements(known, met.aggregates, groups.by if groups is not None else ())
    chasm(known, () if met.windows else met.aggregates)
    return known if groups is None else known.grouped(met.aggregates, groups.by, groups)


def _look_after_grouping(
    known: Measured, tree: exp.Select, windows: Sequence[exp.Window], named: dict[str, exp.Window]
) -> None:
    look_at_windows(known, windows)
    look_at_lengths(known, tree)
    look_at_ordered_windows(known, windows, named)
    levels.look_at_level_windows(known, windows)


def _look_at_limit(terms: Terms, tree: exp.Select, items: Sequence[_Item], ids: Sequence[str], *, open_: bool) -> None:
    """Check the order of the rows that LIMIT and OFFSET take."""
    if terms.reader.watch and not open_ and (tree.args.get("limit") or tree.args.get("offset")):
        order = tree.args.get("order")
        by = _meant(terms, order, items, ids) if order is not None else []
        look_at_limit(terms.reader, tree, by, state=terms.state(), shown=ids)


def _taken_first(
    known: Measured, tree: exp.Select, on: exp.Expr | None, items: Sequence[_Item], ids: Sequence[str]
) -> dict[str, frozenset[str]]:
    """The levels of one of several things that DISTINCT ON or LIMIT 1 takes."""
    if on is None and not _is_limit_one(tree):
        return {}
    by = _meant(known.terms, on, items, ids) if on is not None else []
    return levels.ordered_first(known, tree.args.get("order"), by)


def _undecided(
    known: Measured,
    one_of: Mapping[str, frozenset[str]],
    shown: Items,
    windows: Sequence[exp.Window],
    *,
    groups: Grouped | None,
    hidden: Mapping[str, str],
) -> dict[str, Any]:
    """The row numbers, levels, lists in no certain order and flags of lists of a select, as fields of its relation."""
    outs = {id_: out for out, id_ in (*hidden.items(), *((out, id_) for out, id_, _ in shown))}
    before = (id_ for rel in known.scope.sources.values() for id_ in rel.firsts)
    made = (known.terms.number_of(window) for window in levels.numbered(known, windows)) if groups is None else ()
    firsts = frozenset(outs[id_] for id_ in (*before, *made) if id_ in outs)
    taken = {**first_of(known.scope, known.terms.state(), known.terms.last), **one_of}
    last = (frozenset(outs[c] for c in same) for same in levels.last_rows(known) if same <= outs.keys())
    kept = levels.shown(known, taken, shown, groups.by if groups is not None else None)
    lists = unordered_lists(known, shown, groups.by if groups is not None else ())
    members = list_flags(known.reader, known.scope, shown)
    return {"firsts": firsts, "last": frozenset(last), "one_of": kept, "unordered": lists, "members": members}


def _items(reader: Reader, tree: exp.Select, scope: Scope) -> tuple[list[_Item], bool]:
    """The select list with stars expanded, and whether it has further, unknown columns."""
    items, open_ = [], False
    for item in tree.expressions:
        if isinstance(item, exp.Star):
            items += [_Item(name, None, id_) for name, id_ in scope.star]
            open_ = open_ or scope.open
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            rel = scope.sources.get(folded(item.args.get("table")))
            if rel is None:
                reader.note(f"`{one_line(item)}` in a select")
            else:
                items += [_Item(name, None, id_) for name, id_ in zip(rel.names, rel.ids, strict=True)]
            open_ = open_ or rel is None or rel.open
        elif item.is_star and isinstance(item, exp.Dot):
            reader.note(f"`{one_line(item)}` in a select")
            open_ = True
        else:
            items.append(_Item(output_name(item), item.unalias()))
    return items, open_


def _columns(
    reader: Reader, terms: Terms, items: Sequence[_Item], many: dict[int, exp.Expr]
) -> tuple[Terms, list[str]]:
    """The id of each item. Set-returning calls (`many`) come last: they repeat rows, so no key holds after them."""
    ids = [
        item.id if item.tree is None or number in many else terms.term(item.tree) for number, item in enumerate(items)
    ]
    if not many:
        return terms, ids
    state = terms.state()
    single = all(id(call) in reader.once for call in many.values())
    repeated = state if single else replace(rules_of_keys(state), keys=(), one=None)
    after = Terms(reader, terms.find, repeated)
    alone = state.one is not None and len(many) == 1
    for number, call in many.items():
        ids[number] = after.add()
        tree = items[number].tree
        if alone and tree is not None and each_once(tree):
            after.key((ids[number],))
            after.not_null[ids[number]] = NONE
        if not isinstance(call, SETS):
            reader.note(f"`{one_line(call)}`, which may return several rows,")
        reader.step("unnest", call, many=True, loses=True)
    return after, ids


def _pick(
    reader: Reader, terms: Terms, on: exp.Expr, items: Sequence[_Item], ids: Sequence[str], *, order: exp.Expr | None
) -> None:
    """Apply DISTINCT ON: one row per value. A bare name in it is an output column first."""

    by = _meant(terms, on, items, ids)
    if reader.watch:
        along = _meant(terms, order, items, ids) if order is not None else []
        look_at_first_rows(reader, on, terms.state(), by, order=[id_ for id_ in along if id_ not in by], shown=ids)
    terms.key(by)
    reader.step("pick", on, "distinct on", of=tuple(on.expressions), loses=True)


def _meant(terms: Terms, clause: exp.Expr, items: Sequence[_Item], ids: Sequence[str]) -> list[str]:
    """The ids of the expressions of DISTINCT ON or ORDER BY. A bare name in it is an output column first."""

    def meant(tree: exp.Expr) -> str:
        shown = [id_ for item, id_ in zip(items, ids, strict=True) if _names(tree, item)]
        shown += [id_ for item, id_ in zip(items, ids, strict=True) if _is(terms, tree, item)]
        if isinstance(tree, exp.Literal) and tree.is_int and 0 < int(tree.name) <= len(ids):
            shown = [ids[int(tree.name) - 1]]
        return shown[0] if shown else terms.term(tree, remember=True)

    trees = clause.expressions if isinstance(clause, (exp.Tuple, exp.Order)) else [clause]
    return [meant(tree.this if isinstance(tree, exp.Ordered) else tree) for tree in trees]


def _picked_by(on: exp.Expr | None, items: Sequence[_Item]) -> list[exp.Expr]:
    """The expressions of DISTINCT ON that are not outputs."""
    keys = (on.expressions if isinstance(on, exp.Tuple) else [on]) if on is not None else []
    plain = (exp.Column, exp.Literal)
    return [key for key in keys if not isinstance(key, plain) and steady(key) and not any(_same(key, i) for i in items)]


def _same(tree: exp.Expr, item: _Item) -> bool:
    return item.tree is not None and tree == item.tree


def _names(tree: exp.Expr, item: _Item) -> bool:
    return isinstance(tree, exp.Column) and not tree.args.get("table") and folded(tree.this) == item.name


def _is(terms: Terms, tree: exp.Expr, item: _Item) -> bool:
    return item.tree is not None and steady(tree) and terms.shape(tree) == terms.shape(item.tree)


def distinct(reader: Reader, rel: Rel, node: exp.Expr) -> Rel:
    """The relation without duplicate rows: all columns together are a key."""
    reader.step("distinct", node, "distinct", loses=True)
    if rel.open:
        return rel
    rel = visible(rel)
    measures = once_for_all(rel) if reader.watch else rel.measures
    return replace(rel, state=operators.distinct(rel.state), measures=measures, table="", twice="")


def _is_limit_one(node: exp.Expr) -> bool:
    """Whether LIMIT or FETCH FIRST leaves one row."""
    limit = node.args.get("limit")
    count = _count(limit) if limit is not None else None
    return (isinstance(count, exp.Literal) and count.name == "1") or (isinstance(limit, exp.Fetch) and count is None)


def _count(limit: exp.Expr) -> exp.Expr | None:
    count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.args.get("expression")
    return count if isinstance(count, exp.Expr) else None


def _ordered_by(rel: Rel, node: exp.Expr) -> list[str] | None:
    """The outputs in the ORDER BY of a query; None where it has anything else."""
    found = []
    order = node.args.get("order")
    for term in order.expressions if order is not None else ():
        tree = term.this
        if isinstance(tree, exp.Literal) and tree.is_int and 0 < int(tree.name) <= len(rel.ids):
            found.append(rel.ids[int(tree.name) - 1])
        elif isinstance(tree, exp.Column) and (id_ := rel.index.get(folded(tree.this))) is not None:
            found.append(id_)
        else:
            return None
    return found


def limited(reader: Reader, rel: Rel, node: exp.Expr, *, looked: bool = False) -> Rel:
    """The relation after LIMIT. LIMIT 1 leaves one row; FETCH FIRST ROW WITH TIES may leave more.

    `looked`: the order of its rows is checked already.
    """
    limit = node.args.get("limit")
    if reader.watch and not looked and not rel.open and (limit is not None or node.args.get("offset")):
        look_at_limit(reader, node, _ordered_by(rel, node), state=rel.state, shown=rel.ids)
    if limit is None:
        return rel
    count = _count(limit)
    options = limit.args.get("limit_options")
    exact = options is None or not (options.args.get("with_ties") or options.args.get("percent"))
    reader.step("limit", limit, loses=True)
    single = isinstance(limit, exp.Fetch) and count is None
    if exact and (single or (isinstance(count, exp.Literal) and count.name in ("0", "1"))):
        return replace(rel, state=operators.limit_one(one_or(rel.state)))
    return replace(rel, whole=False, passed=rel.passed | {f"{reader.cte}: {one_line(limit)}"})
