"""Additivity tried on small tables: where a roll-up is said to be sound, aggregating twice equals aggregating once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erd2dbt.prove import operators
from erd2dbt.prove.additivity import Aggregate, Counted, Law, Measure, added, broken, combined, divided, rolled
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import State

Row = dict[str, object]
JUDGED = (Aggregate.SUM, Aggregate.COUNT, Aggregate.DISTINCT, Aggregate.MIN, Aggregate.MAX, Aggregate.AVG)
GROUPS = ("a", "b", "c")


def aggregate(kind: Aggregate, values: Iterable[object]) -> object:
    """As SQL does: NULLs are passed by, and nothing is left of an empty bag; a sum of nothing is 0 (A4)."""
    known = [v for v in values if v is not None]
    if kind is Aggregate.COUNT:
        return len(known)
    if kind is Aggregate.DISTINCT:
        return len(set(known))
    if kind is Aggregate.SUM:
        return sum(known, Fraction(0))  # type: ignore[arg-type]
    if not known:
        return None
    if kind is Aggregate.AVG:
        return sum(known, Fraction(0)) / len(known)  # type: ignore[arg-type]
    return min(known) if kind is Aggregate.MIN else max(known)  # type: ignore[type-var]


def grouped(rows: Sequence[Row], by: Sequence[str]) -> dict[tuple[object, ...], list[Row]]:
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[c] for c in by), []).append(row)
    return groups


@dataclass(frozen=True)
class World:
    """Base rows, what was measured of them once (`inner`, by `group`), and the rows it is aggregated over again.

    `read`: rows with the measure as `m` and its home; `once`: base rows behind each of them, by home.
    """

    base: Sequence[Row]
    read: Sequence[Row]
    state: State
    measure: Measure
    column: str
    home: tuple[str, ...]
    group: tuple[str, ...]
    by: tuple[str, ...]

    def twice(self, outer: Aggregate) -> dict[tuple[object, ...], object]:
        return {key: aggregate(outer, (r["m"] for r in rows)) for key, rows in grouped(self.read, self.by).items()}

    def once(self, kind: Aggregate) -> dict[tuple[object, ...], object]:
        """The aggregate over the base rows that stand behind each group, each row taken once."""
        found = {}
        for key, rows in grouped(self.read, self.by).items():
            homes = {tuple(r[c] for c in self.home) for r in rows}
            behind = [r for r in self.base if tuple(r[c] for c in self.group) in homes]
            found[key] = aggregate(kind, (r[self.column] for r in behind))
        return found


def _claim(kind: ClaimKind, columns: Iterable[str], implies: Iterable[str] = ()) -> Claim:
    return Claim(kind=kind, relation="base", columns=tuple(columns), implies=tuple(implies))


@st.composite
def bases(draw: st.DrawFn) -> tuple[list[Row], State]:
    """Rows with a key, three group columns, a counted `x` and a number `v`; dependencies that the rows keep."""
    small = st.one_of(st.none(), st.integers(0, 2))
    values = st.fixed_dictionaries(dict.fromkeys((*GROUPS, "x", "v"), small))
    rows: list[Row] = [{"k": k, **row} for k, row in enumerate(draw(st.lists(values, max_size=9)))]
    claims = []
    for left, right in draw(st.lists(st.sampled_from((("x", "a"), ("x", "b"), ("a", "b"), ("xa", "b"), ("xb", "c"))))):
        known: dict[tuple[object, ...], object] = {}
        for row in rows:
            row[right] = known.setdefault(tuple(row[c] for c in left), row[right])
        claims.append((left, right))
    kept = [(left, right) for left, right in claims if _holds(rows, left, right)]  # a later one may break an earlier
    state = operators.source(
        ("k", *GROUPS, "x", "v"),
        key=_claim(ClaimKind.KEY, "k"),
        determines=[_claim(ClaimKind.DETERMINES, left, right) for left, right in kept],
    )
    return rows, state


def _holds(rows: Sequence[Row], left: str, right: str) -> bool:
    return all(len({r[right] for r in found}) == 1 for found in grouped(rows, tuple(left)).values())


def _measure(kind: Aggregate, home: Iterable[str], default: str | None, counted: Counted | None) -> Measure:
    return Measure(
        aggregate=kind,
        entity="base",
        source="base.v",
        home=frozenset(home),
        group=tuple(home),
        default=default,
        counted=counted,
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A measure of the base or of its groups, read where it stands or over the rows of a child."""
    base, state = draw(bases())
    kind = draw(st.sampled_from((Aggregate.VALUE, *JUDGED)))
    group = (
        ("k",) if kind is Aggregate.VALUE else tuple(draw(st.lists(st.sampled_from(GROUPS), min_size=1, unique=True)))
    )
    column = "x" if kind is Aggregate.DISTINCT else "v"
    default = draw(st.sampled_from((None, None, "0", "2", "-1")))
    counted = Counted(state, "x", tuple((g, g) for g in group)) if kind is Aggregate.DISTINCT else None
    rows = []
    for key, found in grouped(base, group).items():
        value = found[0]["v"] if kind is Aggregate.VALUE else aggregate(kind, (r[column] for r in found))
        filled = int(default) if value is None and default is not None else value
        rows.append({**(found[0] if kind is Aggregate.VALUE else dict(zip(group, key, strict=True))), "m": filled})
    measure = _measure(kind, group, default, counted)
    shown = state if kind is Aggregate.VALUE else operators.group(state, group, [])
    if kind is Aggregate.VALUE:
        shown = replace(shown, columns=(*shown.columns, "m"))
    else:
        shown = operators.group(state, group, [operators.Output("m")])
    make = draw(st.sampled_from((_here, _over_children)))
    return make(draw, World(base, rows, shown, measure, column, group, group, ()))


def _here(draw: st.DrawFn, world: World) -> World:
    offered = [c for c in world.state.columns if c not in ("m", "v")]
    return replace(world, by=tuple(draw(st.lists(st.sampled_from(offered), unique=True, max_size=2))))


def _over_children(draw: st.DrawFn, world: World) -> World:
    """Left join to the measured rows from children, whose foreign key may be claimed unique (and then is)."""
    links = {f"f_{c}": c for c in world.home}
    ids = st.one_of(st.none(), st.integers(0, 3))
    made = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(links, ids) | {"d": ids}), max_size=8))
    unique = draw(st.booleans())
    if unique:
        made = [rows[0] for key, rows in grouped(made, tuple(links)).items() if None not in key]
    by_key = {tuple(r[c] for c in world.home): r for r in world.read}
    nothing = dict.fromkeys((*world.state.columns, "m"))
    read: list[Row] = []
    for number, child in enumerate(made):
        key = tuple(child[name] for name in links)
        parent = by_key.get(key, nothing) if None not in key else nothing
        read.append({"ck": number, **child, **parent})
    child_state = operators.source(
        ("ck", *links, "d"),
        key=_claim(ClaimKind.KEY, ("ck",)),
        uniques=[_claim(ClaimKind.UNIQUE, links)] if unique else [],
    )
    state = operators.left_join(child_state, world.state, list(links.items()))
    substituted = {there: here for here, there in links.items()} if draw(st.booleans()) else {}
    by = tuple(draw(st.lists(st.sampled_from(("ck", "d", *links)), unique=True, max_size=2)))
    measure = world.measure.renamed(substituted)
    return replace(world, read=read, state=state, measure=measure, by=by)


@given(world=worlds(), outer=st.sampled_from(JUDGED))
@settings(max_examples=3000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_sound_roll_up_equals_the_aggregate_of_the_base(world: World, outer: Aggregate) -> None:
    kind = rolled(outer, world.measure, world.state, world.by)
    if kind is not None:
        assert world.twice(outer) == world.once(kind)


# -- what is refused is refused for a reason


def _base(rows: Sequence[tuple[object, ...]]) -> list[Row]:
    return [{"k": k, **dict(zip((*GROUPS, "x", "v"), row, strict=True))} for k, row in enumerate(rows)]


def _two_levels(kind: Aggregate, by: tuple[str, ...], default: str | None = None) -> World:
    """Three rows in two groups of (a, b): one x in both, one group of two rows and one of one, a v that is NULL."""
    base = _base([(0, 0, 0, 7, 2), (0, 0, 0, 8, 4), (0, 1, 0, 7, None)])
    state = operators.source(("k", *GROUPS, "x", "v"), key=_claim(ClaimKind.KEY, "k"))
    group = ("a", "b")
    column = "x" if kind is Aggregate.DISTINCT else "v"
    rows = []
    for key, found in grouped(base, group).items():
        value = aggregate(kind, (r[column] for r in found))
        rows.append({**dict(zip(group, key, strict=True)), "m": int(default or 0) if value is None else value})
    counted = Counted(state, "x", (("a", "a"), ("b", "b"))) if kind is Aggregate.DISTINCT else None
    measure = _measure(kind, group, default, counted)
    shown = operators.group(state, group, [operators.Output("m")])
    return World(base, rows, shown, measure, column, group, group, by)


def _fan_out(by: tuple[str, ...]) -> World:
    """The value of one parent on two children, and of another on one."""
    base = _base([(0, 0, 0, 0, 5), (0, 0, 0, 0, 3)])
    read = [{"ck": n, "k": k, "d": 0, "m": base[k]["v"]} for n, k in enumerate((0, 0, 1))]
    state = operators.source(("ck", "k", "d", "m"), key=_claim(ClaimKind.KEY, ("ck",)))
    return World(base, read, state, _measure(Aggregate.VALUE, ("k",), None, None), "v", ("k",), ("k",), by)


@pytest.mark.parametrize(
    ("law", "outer", "kind", "world"),
    [
        (Law.OVERLAPPING, Aggregate.SUM, Aggregate.DISTINCT, _two_levels(Aggregate.DISTINCT, ("a",))),
        (Law.AVERAGED, Aggregate.AVG, Aggregate.AVG, _two_levels(Aggregate.AVG, ("a",), "1")),
        (Law.AVERAGED, Aggregate.SUM, Aggregate.SUM, _two_levels(Aggregate.AVG, ("a",))),
        (Law.DEFAULTED, Aggregate.MIN, Aggregate.MIN, _two_levels(Aggregate.MIN, ("a",), "0")),
        (Law.DEFAULTED, Aggregate.MAX, Aggregate.MAX, _two_levels(Aggregate.MAX, ("a",), "9")),
        (Law.REPEATED, Aggregate.SUM, Aggregate.SUM, _fan_out(("d",))),
        (Law.REPEATED, Aggregate.COUNT, Aggregate.COUNT, _fan_out(("d",))),
        (Law.REPEATED, Aggregate.AVG, Aggregate.AVG, _fan_out(("d",))),
    ],
)
def test_what_is_refused_has_a_counterexample(law: Law, outer: Aggregate, kind: Aggregate, world: World) -> None:
    assert law in broken(outer, world.measure, world.state, world.by)
    assert world.twice(outer) != world.once(kind)


@pytest.mark.parametrize("outer", [Aggregate.MIN, Aggregate.MAX, Aggregate.DISTINCT])
def test_duplicates_do_not_matter_to_these(outer: Aggregate) -> None:
    world = _fan_out(("d",))
    assert rolled(outer, world.measure, world.state, world.by) is outer
    assert world.twice(outer) == world.once(outer)


# -- wrong rules, each of which the tables must catch


def _always(law: Law) -> Callable[..., Aggregate | None]:
    """`rolled`, as if one law did not exist."""

    def wrong(outer: Aggregate, measure: Measure, state: State, by: Sequence[str]) -> Aggregate | None:
        if set(broken(outer, measure, state, by)) - {law}:
            return None
        plain = replace(measure, default=None) if law is Law.DEFAULTED else measure
        kind = {Aggregate.VALUE: outer, Aggregate.DISTINCT: Aggregate.DISTINCT}.get(plain.aggregate)
        same = plain.aggregate if outer in (Aggregate.MIN, Aggregate.MAX, Aggregate.AVG) else None
        return kind if kind is not None or same is not outer else same

    return wrong


@pytest.mark.parametrize("law", [Law.REPEATED, Law.OVERLAPPING, Law.AVERAGED, Law.DEFAULTED])
def test_a_missing_law_is_caught(law: Law) -> None:
    wrong = _always(law)

    @given(world=worlds(), outer=st.sampled_from(JUDGED))
    @settings(
        max_examples=3000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    def tried(world: World, outer: Aggregate) -> None:
        kind = wrong(outer, world.measure, world.state, world.by)
        if kind is not None:
            assert world.twice(outer) == world.once(kind)

    with pytest.raises(AssertionError):
        tried()


# -- measures made of several


def _of(kind: Aggregate, *home: str, counted: Counted | None = None) -> Measure:
    return _measure(kind, home, None, counted)


def test_a_product_with_a_column_of_the_rows_stands_once_in_them() -> None:
    state = operators.source(("ck", "k"), key=_claim(ClaimKind.KEY, ("ck",)))
    price, quantity = _of(Aggregate.VALUE, "k"), _of(Aggregate.VALUE, "ck")
    assert broken(Aggregate.SUM, price, state, ()) == (Law.REPEATED,)
    assert broken(Aggregate.SUM, combined([price, quantity]), state, ()) == ()


def test_a_ratio_of_rows_is_a_rate_and_one_of_aggregates_is_not() -> None:
    rows = divided(_of(Aggregate.VALUE, "k"), _of(Aggregate.VALUE, "k"))
    totals = divided(_of(Aggregate.SUM, "k"), _of(Aggregate.VALUE, "k"))
    state = operators.source(("k",), key=_claim(ClaimKind.KEY, ("k",)))
    assert broken(Aggregate.AVG, rows, state, ()) == (Law.UNWEIGHTED,)
    assert broken(Aggregate.SUM, rows, state, ()) == (Law.DIVIDED,)
    assert broken(Aggregate.AVG, totals, state, ()) == (Law.DIVIDED,)
    assert broken(Aggregate.MAX, totals, state, ()) == ()


def test_distinct_counts_that_were_added_are_each_asked() -> None:
    base = operators.source(("k", "a", "x"), key=_claim(ClaimKind.KEY, ("k",)))
    keys = _of(Aggregate.DISTINCT, "a", counted=Counted(base, "k", (("a", "a"),)))
    others = _of(Aggregate.DISTINCT, "a", counted=Counted(base, "x", (("a", "a"),)))
    state = operators.group(base, ("a",), [])
    assert broken(Aggregate.SUM, added([keys, keys]), state, ()) == ()
    assert broken(Aggregate.SUM, added([keys, others]), state, ()) == (Law.OVERLAPPING,)
    assert added([_of(Aggregate.SUM, "a"), _of(Aggregate.COUNT, "a")]).aggregate is Aggregate.SUM


def test_a_stock_adds_up_over_all_but_time() -> None:
    state = operators.source(("account", "day"), key=_claim(ClaimKind.KEY, ("account", "day")))
    stock = replace(_of(Aggregate.VALUE, "account", "day"), stock=frozenset(("day",)))
    assert broken(Aggregate.SUM, stock, state, ("account",)) == (Law.OVER_TIME,)
    assert broken(Aggregate.SUM, stock, state, ()) == (Law.OVER_TIME,)
    assert broken(Aggregate.SUM, stock, state, ("day",)) == ()
    assert broken(Aggregate.AVG, stock, state, ("account",)) == ()
