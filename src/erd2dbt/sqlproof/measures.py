"""Measures of hand-written SQL: what each column of a relation measures, and how a select changes it.

A home is a set of ids of the current relation. ROW is the row itself, where no key of it is known or visible. An empty
home is lost: nothing proves that the value occurs once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from sqlglot import exp

from erd2dbt.infer.quantities import is_number_of_pieces, is_of_a_piece, is_weight
from erd2dbt.prove import arithmetic
from erd2dbt.prove.additivity import occurs_once, things
from erd2dbt.prove.grouping import COUNTS, Bag, Call, aggregated, labelled, picked
from erd2dbt.prove.measure import ADDED, MEANS, ROW_LEVEL, Aggregate, Measure, is_zero
from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.fanout import fanout_join
from erd2dbt.sqlproof.first_rows import conditions_of, mask_of, shown_once, without_zeros
from erd2dbt.sqlproof.grouping import SETS, Grouped, words_of
from erd2dbt.sqlproof.joins import rejoined
from erd2dbt.sqlproof.measuring import (
    OF_PARTS,
    Made,
    aggregate_of,
    argument_of,
    call_of,
    columns_of,
    condition_of,
    conditional,
    further_of,
    measured,
)
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.passed_rows import Passed
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import HIDDEN, ROW, Rel, all_keys, is_row, strict_key, with_row
from erd2dbt.sqlproof.scope import OUTER, Scope
from erd2dbt.sqlproof.terms import Terms
from erd2dbt.sqlproof.whole_amounts import per_group

NONE_TIED = frozenset[str]()
_SHOWN_IN_WINDOW = (exp.FirstValue, exp.LastValue, exp.NthValue)
_MOVED_IN_WINDOW = (exp.Lag, exp.Lead)
_NO_NUMBER = (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Null, exp.Star, exp.Column, exp.Query)


def identified(rel: Rel, *, dependent: bool = False) -> Rel:
    """The relation as a source: its rows are identified by a key, or else by a hidden column.

    `dependent`: its keys hold within one row of the relations before it, as for a lateral join. Among the rows of all
    of them, the columns in `tied` identify a row as well.
    """
    if rel.open:
        return rel
    key = None if dependent else strict_key(rel.state)
    if key is None:
        state = rel.state if ROW in rel.state.columns else with_row(rel.state)
        rel, key = replace(rel, state=state), frozenset((ROW,))
    own = frozenset(rel.state.columns) if dependent else frozenset((ROW,))
    whole = key | (rel.tied or NONE_TIED) if dependent else key
    measures = per_group(rel)
    kept = (m for m in measures.values() if m is not None and dependent and m.stock and m.stock < m.home)
    levels = {id(m) for m in kept if ROW not in m.home}  # of a thing, of which the rows before may say which
    measures = {id_: m if m is None or id(m) in levels else at_key(m, whole, own) for id_, m in measures.items()}
    return replace(rel, measures=measures)


def at_key(measure: Measure, key: frozenset[str], own: frozenset[str]) -> Measure:
    """The measure with `key` for the columns of its home that are in `own`."""
    summands = tuple(at_key(summand, key, own) for summand in measure.summands)
    home = measure.home - own | key if measure.home & own else measure.home
    stock = measure.stock - {ROW} | key if ROW in measure.stock else measure.stock
    made = replace(measure, home=home, stock=stock, summands=summands)
    return made.with_inner(lambda m: at_key(m, key, own))


def rows_of(name: str, rel: Rel) -> Measure:
    """The rows of a source, as `count` counts them. Rows that may be duplicates have no known home."""
    if rel.twice:
        made = Measure(aggregate=Aggregate.VALUE, entity=rel.twice, source=name, home=frozenset(), group=())
        return replace(made, repeated_by=rel.twice_by, passed=rel.passed)
    row = next((c for c in rel.state.columns if is_row(c)), None)
    home = frozenset((row,)) | (rel.tied or NONE_TIED) if row is not None else strict_key(rel.state) or NONE_TIED
    shown = {id_: column for column, id_ in zip(rel.names, rel.ids, strict=True)}
    keys = [key.columns for key in all_keys(rel.state) if key.columns <= shown.keys()]
    said = min(keys, key=lambda key: (len(key), sorted(key)), default=frozenset[str]())
    group = tuple(shown[c] for c in sorted(said, key=rel.state.columns.index))
    return Measure(
        aggregate=Aggregate.VALUE, entity=rel.table or name, source=name, home=home, group=group, passed=rel.passed
    )


@dataclass
class Measured:
    """The measures of one select: columns of its sources, then its aggregates (`made`) and windows."""

    reader: Reader
    scope: Scope
    terms: Terms
    made: dict[int, Measure] = field(default_factory=dict)
    bag: Bag | None = None  # after rows are grouped
    passed: Passed = field(default_factory=Passed)

    @cached_property
    def rows(self) -> list[Measure]:
        """The rows of each source whose rows occur once each. Empty after grouping."""
        if self.bag is not None:
            return []
        state = self.terms.state()
        sources = ((name, rows_of(name, rel)) for name, rel in self.scope.sources.items() if not rel.open)
        return [self._filtered(m.renamed(self.joined_as), name) for name, m in sources if occurs_once(m, state)]

    @cached_property
    def joined_as(self) -> dict[str, str]:
        """Columns that joins compare, by the column of the earliest side, which homes here have instead.

        They are equal where a row of a many-to-one join matches, or in every row.
        """
        found: dict[str, str] = {}
        for link in self.scope.links:
            to_one = not link.multiplies_left and set(link.optional) <= set(link.right)
            for here, there in link.pairs:
                if to_one or self._are_one(here, there):
                    found[there] = found.get(here, here)
        return found

    def _are_one(self, here: str, there: str) -> bool:
        """Whether each of two columns determines the other in every row, also where one is NULL."""
        state = self.terms.state()
        return here in state.closure((there,)) and there in state.closure((here,))

    @property
    def table(self) -> str:
        """The table that each row here is a row of; empty where there is none."""
        return next((rows.entity for rows in self.rows), "")

    @property
    def passed_rows(self) -> frozenset[str]:
        """What the rows here have passed, as rows of their table."""
        first = next(iter(self.scope.sources), "")
        before = self.scope.sources[first].passed if first else NONE_TIED
        return next((rows.passed for rows in self.rows), self.passed.filters) | before

    def joined(self) -> Measure | None:
        """The rows of the joined sources: what `count(*)` counts."""
        sources = [rows_of(name, rel) for name, rel in self.scope.sources.items() if not rel.open]
        home = frozenset[str]().union(*(rows.home for rows in sources))
        return replace(sources[0], home=home, passed=sources[0].passed | self.passed.every) if sources else None

    def of(self, tree: exp.Expr) -> Measure | None:
        return measured(tree, self._find, self.rows, macros=False)

    def per_row(self, tree: exp.Expr) -> Measure | None:
        """The measure of a number that is made for each row here: a flag (`case when … then 1 else 0 end`) or `1`.

        Amounts may be multiplied by it. None for a condition, a text, NULL and 0, and where a row is not known to occur
        once: these are not summed, or add nothing.
        """
        plain = tree.unnest()
        if isinstance(plain, _NO_NUMBER) or (
            isinstance(plain, exp.Literal) and (plain.is_string or is_zero(plain.name))
        ):
            return None
        rows = self.joined()
        if rows is None or any(rel.open for rel in self.scope.sources.values()):
            return None
        if self.bag is not None:
            rows = replace(rows, home=self.bag.home, group=self.bag.group)
        elif not occurs_once(rows, self.terms.state()):
            return None
        return replace(rows, source=one_line(tree), weighs=True)

    def column(self, id_: str) -> Measure | None:
        """The measure of a source column; None where nothing is known about the source."""
        found = self._column(id_)
        return labelled(found, self.bag) if found is not None and self.bag is not None else found

    def _column(self, id_: str) -> Measure | None:
        owner = self.owner(id_)
        if owner is None or owner[1].open:
            return None
        name, rel = owner
        if id_ in rel.measures:
            known = rel.measures[id_]
            return self._filtered(known.renamed(self.joined_as), name, rel) if known is not None else None
        shown = dict(zip(rel.ids, rel.names, strict=True))
        said = shown[id_].lower()
        made = replace(
            rows_of(name, rel),
            source=f"{name}.{shown[id_]}",
            weighs=is_weight(said, None),
            of_a_piece=is_of_a_piece(said, None),
            pieces=is_number_of_pieces(said, None),
        )
        return self._filtered(made.renamed(self.joined_as), name, rel)

    def _filtered(self, measure: Measure, source: str, rel: Rel | None = None) -> Measure:
        """The measure with what its rows have passed. No join here takes a row from a total that is made already."""
        own = self.passed.of(source) if measure.aggregate in ROW_LEVEL else self.passed.filters
        passed = own | (rel.passed if rel is not None else NONE_TIED)
        return replace(measure, passed=measure.passed | passed) if passed else measure

    def owner(self, id_: str) -> tuple[str, Rel] | None:
        return next(((name, rel) for name, rel in self.scope.sources.items() if id_ in rel.ids), None)

    def called(self, id_: str) -> str:
        """The name of a column in messages. A hidden column may have its name in its id."""
        if id_.count(HIDDEN) > 1:
            return id_.split(HIDDEN)[1]
        owner = self.owner(id_)
        return dict(zip(owner[1].ids, owner[1].names, strict=True))[id_] if owner is not None else "its time"

    def id_of(self, tree: exp.Expr | None) -> str | None:
        """The id of a plain column of this select; None for any other expression."""
        if not isinstance(tree, exp.Column) or isinstance(tree.this, exp.Star):
            return None
        found = self.scope.find(tree)
        return found if isinstance(found, str) and found != OUTER else None

    def _find(self, tree: exp.Expr) -> Measure | Literal[Made.OF_PARTS] | None:
        known = self.made.get(id(tree))
        if known is not None:
            return known
        if isinstance(tree, exp.Column):
            id_ = self.id_of(tree)
            return self.column(id_) if id_ is not None else self._outer(tree) or self._row(tree)
        if isinstance(tree, exp.Window):
            return self._window(tree)
        if isinstance(tree, exp.Query):
            return self._subquery(tree)
        return OF_PARTS

    def _outer(self, tree: exp.Column) -> Measure | None:
        """The measure of a column of an enclosing query. Its home consists of columns there."""
        place = self.scope.place(tree) if not isinstance(tree.this, exp.Star) else None
        if not isinstance(place, tuple) or place[0] is self.scope:
            return None
        return Measured(self.reader, place[0], self.terms)._column(place[1])

    @property
    def outside(self) -> dict[str, str]:
        """The columns of the enclosing queries, which every row here can show."""
        found, scope = dict[str, str](), self.scope.outer
        while scope is not None:
            found |= {column: column for column in scope.state.columns}
            scope = scope.outer
        return found

    def _row(self, tree: exp.Column) -> Measure | None:
        """The measure of a whole row of a source, `o` or `o.*`: it is not a number."""
        name = self._row_source(tree)
        rel = self.scope.sources[name] if name is not None else None
        if name is None or rel is None or rel.open or self.bag is not None:
            return None
        return replace(rows_of(name, rel), aggregate=Aggregate.NOMINAL).renamed(self.joined_as)

    def _row_source(self, tree: exp.Column) -> str | None:
        name = tree.table.lower() if isinstance(tree.this, exp.Star) else folded(tree.this) if not tree.table else ""
        return name if name in self.scope.sources else None

    # -- aggregates

    def input(self, tree: exp.Expr) -> Measure | None:
        """The measure that an aggregate reads. A count reads rows."""
        value = argument_of(tree)
        if aggregate_of(call_of(tree)) in (Aggregate.COUNT, Aggregate.DISTINCT):
            return self._with_zeros(value, conditions_of(tree)) or self.counted(value)
        if aggregate_of(call_of(tree)) is Aggregate.SPREAD:
            given = (self.of(one) for one in (value, *further_of(call_of(tree))) if one is not None)
            return arithmetic.added(m for m in given if m is not None)
        return self._with_zeros(value, conditions_of(tree)) or self.of(value) if value is not None else None

    def _with_zeros(self, value: exp.Expr | None, conditions: Iterable[exp.Expr]) -> Measure | None:
        """The measure of a value that one row shows, where the rows that repeat it show 0; None for any other.

        `conditions`: those of the rows, which may exclude 0.
        """
        measure = self.of(value) if value is not None and not isinstance(value, (exp.Star, exp.Distinct)) else None
        if value is None or measure is None or measure.unmasked is not None:
            return without_zeros(value, measure, conditions) if value is not None and measure is not None else measure
        once = self.shown_once(value, measure)
        return once if once is not None and once.unmasked is not None else None

    def shown_once(self, tree: exp.Expr, measure: Measure) -> Measure | None:
        """The measure of a value that only one of the rows that repeat it shows; None for any other."""
        return shown_once(self.terms, tree, measure) if self.bag is None else None

    def _per_row_in(self, tree: exp.Expr) -> Measure | None:
        """The measure of the numbers made for each row that an aggregate reads."""
        value = argument_of(tree)
        return self.per_row(value) if value is not None and not isinstance(value, (exp.Star, exp.Distinct)) else None

    def counted(self, value: exp.Expr | None) -> Measure | None:
        """The rows that a count reads: those of the only source of its columns, else the rows here."""
        read = columns_of(value) if value is not None and self.bag is None else ()
        plain = isinstance(value, exp.Column)  # in a formula, a boolean is a condition
        names = {self._source_of(column) for column in read if plain or self._find(column) is not None}
        name = names.pop() if len(names) == 1 else None
        if name is not None and not self.scope.sources[name].open:
            return self._repeated_key(value) or self._filtered(rows_of(name, self.scope.sources[name]), name)
        return next(iter(self.rows), None) or self.joined()

    def _repeated_key(self, value: exp.Expr | None) -> Measure | None:
        """The rows whose key the column is, where an earlier join repeats them."""
        id_ = self.id_of(value)
        measure = self._column(id_) if id_ is not None else None
        if measure is None or not measure.repeated_by or measure.aggregate is not Aggregate.VALUE:
            return None
        return measure if measure.source.rpartition(".")[2] in measure.group else None

    def _source_of(self, column: exp.Column) -> str | None:
        """The source of a column, or of a whole row of it; None for a column of an enclosing query."""
        id_ = self.id_of(column)
        owner = self.owner(id_) if id_ is not None else None
        return owner[0] if owner is not None else self._row_source(column)

    def call(self, tree: exp.Expr, inner: Measure) -> Call:
        value, condition = argument_of(tree), condition_of(tree)
        id_, kind = self.id_of(value), aggregate_of(call_of(tree))
        read = columns_of(value) if value is not None else ()
        return Call(
            aggregate=kind,
            values=(id_,) if id_ is not None else (),
            read=(*self.scope.sources, *(link.text for link in self.scope.links), *self._where_null(value)),
            passing=self.passing(tree),
            source=inner.source if id_ is not None else one_line(value) if value is not None else "",
            entity=inner.entity,
            filter=one_line(condition) if condition is not None else None,
            passed=self.passed.filters.union(*(self.passed.of(self._source_of(c) or "") for c in read)),
            rows=self.counted(value) if kind in COUNTS else None,
            skips=len(self._where_null(value)) == 1,
        )

    def _where_null(self, value: exp.Expr | None) -> tuple[str, ...]:
        """The argument of an aggregate where it may be NULL, or its source where only a missing row makes it NULL.

        Empty where each row has a value.
        """
        if value is None or isinstance(value, exp.Star) or self.terms.never_null(value) is not None:
            return ()
        id_ = self.id_of(value)
        owner = self.owner(id_) if id_ is not None else None
        filled = owner is not None and self.bag is None and id_ in owner[1].state.not_null
        return ("", owner[0]) if owner is not None and filled else (one_line(value),)

    def passing(self, tree: exp.Expr) -> State:
        """The rows that an aggregate reads: those that pass its FILTER, or a CASE that works like one."""
        condition = condition_of(conditional(tree, lambda value: mask_of(self.terms, value)))
        if condition is None:
            return self.terms.state()
        passing = self.terms.filtered()
        predicates.keep(passing, condition)
        if self.bag is None:
            rejoined(passing, self.scope.links)
        return passing.state()

    def grouped(self, aggregates: Sequence[exp.Expr], by: Sequence[str], after: Grouped) -> Measured:
        """The same select after its rows are grouped by the ids `by`."""
        bag = Bag(self.terms.state(), tuple((id_, id_) for id_ in by), tuple(after.words.get(id_, "…") for id_ in by))
        made = {}
        whole = after.state().is_key(by, filled=by) is not None  # not so where some groupings leave out a column
        for node in aggregates:
            inner = self.input(node) or self._per_row_in(node)
            if inner is not None:
                one = self._reduced(node, inner, bag)
                sets = one.repeated_by or (SETS if after.left_out else "")
                one = replace(one, repeated_by=sets)
                made[id(node)] = replace(one, made=whole if aggregate_of(call_of(node)) in ADDED else one.made)
        return Measured(self.reader, self.scope, after, made, bag, self.passed)

    def _reduced(self, node: exp.Expr, inner: Measure, bag: Bag) -> Measure:
        """The measure of an aggregate. A list names the join that repeats its rows."""
        made = aggregated(self.call(node, inner), inner, bag)
        rows = made.listed.miscounted if made.listed is not None else None
        if made.listed is None or rows is None or rows.repeated_by:
            return made
        join = fanout_join(self.scope, rows)
        length = replace(made.listed.length, repeated_by=join)
        return replace(made, listed=replace(made.listed, length=length, miscounted=replace(rows, repeated_by=join)))

    def partition(self, window: exp.Window) -> list[str]:
        """The columns that a window is partitioned by, each as the column that measures here name it by."""
        by = [self.terms.term(part, remember=True) for part in window.args.get("partition_by") or ()]
        named = [(id_, self.joined_as.get(id_, id_)) for id_ in by]
        return [first if self._are_one(first, id_) else id_ for id_, first in named]

    def _window(self, window: exp.Window) -> Measure | None:
        by = self.partition(window)
        words = tuple(words_of(part) for part in window.args.get("partition_by") or ())
        bag = Bag(self.terms.state(), tuple((id_, id_) for id_ in by), words)
        call = call_of(window.this)
        if isinstance(call, (exp.IgnoreNulls, exp.RespectNulls)):
            call = call.this
        if isinstance(call, (*_SHOWN_IN_WINDOW, *_MOVED_IN_WINDOW)):
            inner = self.of(call.this)
            if inner is None or isinstance(call, _SHOWN_IN_WINDOW):
                return picked(inner, bag) if inner is not None else None
            return replace(inner, moved=self._is_next(window, inner))
        kind, inner = aggregate_of(call), self.input(window.this) or self._per_row_in(window.this)
        if kind is Aggregate.OTHER or inner is None:
            return None
        made = replace(self._reduced(window.this, inner, bag), made=False)
        order = window.args.get("order")
        if order is None:
            return replace(made, windowed=kind in ADDED)
        along = frozenset(self.terms.term(o.this, remember=True) for o in order.expressions)
        return replace(made, home=inner.home | bag.home, stock=along, counted=None, group=inner.group)

    def _is_next(self, window: exp.Window, level: Measure) -> bool:
        """Whether a window goes along the time of a stock, over the levels of one thing."""
        order, step = window.args.get("order"), call_of(window.this).args.get("offset")
        if step is not None and step.name != "1":
            return False
        along = {self.terms.term(o.this, remember=True) for o in order.expressions} if order is not None else set()
        of = things(level, self.terms.state())
        partition = self.terms.state().closure(self.partition(window))
        return bool(level.stock) and level.stock <= along and of is not None and of <= partition.keys()

    def _subquery(self, query: exp.Query) -> Measure | None:
        """The measure of a scalar subquery: one value for all rows that agree on the outer columns it reads."""
        select = query.unnest() if isinstance(query, exp.Subquery) else query
        if not isinstance(select, exp.Select) or len(select.expressions) != 1:
            return None
        read = {id_ for column in select.find_all(exp.Column) if (id_ := self._outside(column, select)) is not None}
        kind, text = aggregate_of(call_of(select.expressions[0].unalias())), one_line(select)
        rel = self.reader.within.get(id(query))
        value = rel.measures.get(rel.ids[0]) if rel is not None and len(rel.ids) == 1 else None
        if kind is Aggregate.OTHER:  # not one aggregate alone: the value is of the kind of the column
            kind = value.aggregate if value is not None else Aggregate.VALUE
        group = tuple(sorted(self.called(id_) for id_ in read))
        made = Measure(aggregate=kind, entity=text, source=text, home=frozenset(read), group=group)
        if value is None or rel is None:
            return made
        made = replace(made, made=value.made and rel.tied == frozenset(read))  # a condition may choose others
        if kind in ROW_LEVEL and value.stock and (of_thing := value.home - value.stock) and of_thing <= read:
            made = replace(made, stock=frozenset(read - of_thing))  # the level of this thing, for each of the others
        of = value.entity if kind in MEANS or kind is Aggregate.RATIO else text
        made = replace(made, entity=of, guessed=value.guessed)
        return replace(made, weighs=value.weighs, of_a_piece=value.of_a_piece) if kind in MEANS else made

    def _outside(self, column: exp.Column, select: exp.Select) -> str | None:
        """The id of an outer column of this select that a subquery reads; None for any other column."""
        table = column.table.lower()
        inner = {source.alias_or_name.lower() for source in select.find_all(exp.Table)}
        return self.id_of(column) if table and table not in inner and table in self.scope.sources else None
