"""Additivity tried on small tables: where a roll-up is said to be sound, aggregating twice equals aggregating once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.prove import operators
from erd2dbt.prove.additivity import Law, broken, occurs_once, rolled
from erd2dbt.prove.arithmetic import added, divided, multiplied
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.measure import Aggregate, Counted, Measure
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

    `read`: rows with the measure as `m` and, in `homes`, the groups of the base that stand behind it.
    """

    base: Sequence[Row]
    read: Sequence[Row]
    state: State
    measure: Measure
    column: str
    group: tuple[str, ...]
    by: tuple[str, ...]

    def twice(self, outer: Aggregate) -> dict[tuple[object, ...], object]:
        return {key: aggregate(outer, (r["m"] for r in rows)) for key, rows in grouped(self.read, self.by).items()}

    def once(self, kind: Aggregate) -> dict[tuple[object, ...], object]:
        """The aggregate over the base rows that stand behind each group, each row taken once."""
        found = {}
        for key, rows in grouped(self.read, self.by).items():
            behind = frozenset().union(*(r["homes"] for r in rows))  # type: ignore[arg-type]
            own = [r for r in self.base if tuple(r[c] for c in self.group) in behind]
            found[key] = aggregate(kind, (r[self.column] for r in own))
        return found


def _claim(kind: ClaimKind, columns: Iterable[str], implies: Iterable[str] = ()) -> Claim:
    return Claim(kind=kind, relation="base", columns=tuple(columns), implies=tuple(implies))


class Dice(random.Random):
    """What is chosen for one world; the number of the world decides everything."""

    def some(self, offered: Sequence[str], least: int = 0, most: int = 3) -> tuple[str, ...]:
        return tuple(self.sample(offered, self.randint(least, min(most, len(offered)))))

    def rows(self, columns: Sequence[str]) -> list[Row]:
        return [{c: self.choice((None, 0, 1, 2)) for c in columns} for _ in range(self.randint(0, 7))]


DETERMINED = ["xa", "xb", "ab", "xab", "xbc"]  # the last letter by those before it


def _base_rows(dice: Dice) -> tuple[list[Row], State]:
    """Rows with a key, three group columns, a counted `x` and a number `v`; dependencies that the rows keep."""
    rows: list[Row] = [{"k": k, **row} for k, row in enumerate(dice.rows((*GROUPS, "x", "v")))]
    claimed = dice.some(DETERMINED)
    for *left, right in claimed:
        known: dict[tuple[object, ...], object] = {}
        for row in rows:
            row[right] = known.setdefault(tuple(row[c] for c in left), row[right])
    kept = [(left, right) for *left, right in claimed if _holds(rows, left, right)]  # a later one may break another
    state = operators.source(
        ("k", *GROUPS, "x", "v"),
        key=_claim(ClaimKind.KEY, "k"),
        determines=[_claim(ClaimKind.DETERMINES, left, right) for left, right in kept],
    )
    return rows, state


def _holds(rows: Sequence[Row], left: Sequence[str], right: str) -> bool:
    return all(len({r[right] for r in found}) == 1 for found in grouped(rows, left).values())


def _measure(kind: Aggregate, home: Iterable[str], counted: Counted | None = None) -> Measure:
    key = tuple(home)
    return Measure(aggregate=kind, entity="base", source="base.v", home=frozenset(key), group=key, counted=counted)


def world_of(number: int) -> World:
    """A measure of the base or of its groups, read where it stands or over the rows of a child."""
    dice = Dice(number)
    base, state = _base_rows(dice)
    kind = dice.choice((Aggregate.VALUE, Aggregate.VALUE, *JUDGED))
    if kind is Aggregate.VALUE:
        read: list[Row] = [{**row, "m": row["v"], "homes": {(row["k"],)}} for row in base]
        shown = replace(state, columns=(*state.columns, "m"))
        world = World(base, read, shown, _measure(kind, ("k",)), "v", ("k",), ())
    else:
        world = _measured(base, state, kind, dice.some(GROUPS, least=1), dice.choice((None, None, "0", "2", "-1")))
    return dice.choice((_here, _over_children, _over_bridges))(dice, world)


def _measured(
    base: Sequence[Row], state: State, kind: Aggregate, group: tuple[str, ...], default: str | None = None
) -> World:
    """The base aggregated per group."""
    column = "x" if kind is Aggregate.DISTINCT else "v"
    rows: list[Row] = []
    for key, found in grouped(base, group).items():
        value = aggregate(kind, (r[column] for r in found))
        filled = int(default) if value is None and default is not None else value
        rows.append({**dict(zip(group, key, strict=True)), "m": filled, "homes": {key}})
    counted = Counted(state, ("x",), tuple((g, g) for g in group)) if kind is Aggregate.DISTINCT else None
    measure = replace(_measure(kind, group, counted), default=default)
    return World(base, rows, operators.group(state, group, [operators.Output("m")]), measure, column, group, ())


def _here(dice: Dice, world: World) -> World:
    return replace(world, by=dice.some([c for c in world.state.columns if c not in ("m", "v")], most=2))


def _over_children(dice: Dice, world: World) -> World:
    """Left join to the measured rows from children, whose foreign key may be claimed unique (and then is)."""
    links = {f"f_{c}": c for c in world.group}
    made, unique = dice.rows((*links, "d")), dice.random() < 0.5
    if unique:
        made = [rows[0] for key, rows in grouped(made, tuple(links)).items() if None not in key]
    by_key = {tuple(r[c] for c in world.group): r for r in world.read}
    nothing: Row = {**dict.fromkeys((*world.state.columns, "m")), "homes": set()}
    read: list[Row] = []
    for number, child in enumerate(made):
        key = tuple(child[name] for name in links)
        read.append({"ck": number, **child, **(by_key.get(key, nothing) if None not in key else nothing)})
    children = operators.source(
        ("ck", *links, "d"),
        key=_claim(ClaimKind.KEY, ("ck",)),
        uniques=[_claim(ClaimKind.UNIQUE, links)] if unique else [],
    )
    substituted = {there: here for here, there in links.items()} if dice.random() < 0.5 else {}
    return replace(
        world,
        read=read,
        state=operators.left_join(children, world.state, list(links.items())),
        measure=world.measure.renamed(substituted),
        by=dice.some(("ck", "d", *links), most=2),
    )


def _over_bridges(dice: Dice, world: World) -> World:
    """Sums or counts over children, in groups that may share parents; then those, in larger groups."""
    children = _over_children(dice, world)
    by, state, inner = children.by, children.state, children.measure
    kind = dice.choice((Aggregate.SUM, Aggregate.COUNT))
    if inner.aggregate is not Aggregate.VALUE or not by or rolled(kind, inner, state, by) is None:
        return children
    shared = not occurs_once(inner, state)
    counted = Counted(state, tuple(sorted(inner.home)), tuple((c, c) for c in by)) if shared else None
    read: list[Row] = []
    for key, rows in grouped(children.read, by).items():
        homes = frozenset().union(*(r["homes"] for r in rows))  # type: ignore[arg-type]
        read.append({**dict(zip(by, key, strict=True)), "m": aggregate(kind, (r["m"] for r in rows)), "homes": homes})
    return replace(
        children,
        read=read,
        state=operators.group(state, by, [operators.Output("m")]),
        measure=_measure(kind, by, counted),
        by=dice.some(by, most=1),
    )


NUMBERS = st.integers(0, 2**32 - 1)


@given(number=NUMBERS)
@settings(max_examples=5_000, deadline=None, derandomize=True)
def test_a_sound_roll_up_equals_the_aggregate_of_the_base(number: int) -> None:
    world = world_of(number)
    for outer in JUDGED:
        kind = rolled(outer, world.measure, world.state, world.by)
        if kind is not None:
            assert world.twice(outer) == world.once(kind)


# -- what is refused is refused for a reason


def _base(rows: Sequence[tuple[object, ...]]) -> list[Row]:
    return [{"k": k, **dict(zip((*GROUPS, "x", "v"), row, strict=True))} for k, row in enumerate(rows)]


def _two_levels(kind: Aggregate, default: str | None = None) -> World:
    """Three rows in two groups of (a, b): one x in both, one group of two rows and one of one, a v that is NULL."""
    base = _base([(0, 0, 0, 7, 2), (0, 0, 0, 8, 4), (0, 1, 0, 7, None)])
    state = operators.source(("k", *GROUPS, "x", "v"), key=_claim(ClaimKind.KEY, "k"))
    return replace(_measured(base, state, kind, ("a", "b"), default), by=("a",))


def _fan_out() -> World:
    """The value of one parent on two children, and of another on one."""
    base = _base([(0, 0, 0, 0, 5), (0, 0, 0, 0, 3)])
    read = [{"ck": n, "k": k, "d": 0, "m": base[k]["v"], "homes": {(k,)}} for n, k in enumerate((0, 0, 1))]
    state = operators.source(("ck", "k", "d", "m"), key=_claim(ClaimKind.KEY, ("ck",)))
    return World(base, read, state, _measure(Aggregate.VALUE, ("k",)), "v", ("k",), ("d",))


@pytest.mark.parametrize(
    ("law", "outer", "kind", "world"),
    [
        (Law.OVERLAPPING, Aggregate.SUM, Aggregate.DISTINCT, _two_levels(Aggregate.DISTINCT)),
        (Law.AVERAGED, Aggregate.AVG, Aggregate.AVG, _two_levels(Aggregate.AVG, "1")),
        (Law.AVERAGED, Aggregate.SUM, Aggregate.SUM, _two_levels(Aggregate.AVG)),
        (Law.DEFAULTED, Aggregate.MIN, Aggregate.MIN, _two_levels(Aggregate.MIN, "0")),
        (Law.DEFAULTED, Aggregate.MAX, Aggregate.MAX, _two_levels(Aggregate.MAX, "9")),
        (Law.REPEATED, Aggregate.SUM, Aggregate.SUM, _fan_out()),
        (Law.REPEATED, Aggregate.COUNT, Aggregate.COUNT, _fan_out()),
        (Law.REPEATED, Aggregate.AVG, Aggregate.AVG, _fan_out()),
    ],
)
def test_what_is_refused_has_a_counterexample(law: Law, outer: Aggregate, kind: Aggregate, world: World) -> None:
    assert law in broken(outer, world.measure, world.state, world.by)
    assert world.twice(outer) != world.once(kind)


@pytest.mark.parametrize("outer", [Aggregate.MIN, Aggregate.MAX, Aggregate.DISTINCT])
def test_duplicates_do_not_matter_to_these(outer: Aggregate) -> None:
    world = _fan_out()
    assert rolled(outer, world.measure, world.state, world.by) is outer
    assert world.twice(outer) == world.once(outer)


# -- wrong rules, each of which the tables must catch


MEANT = {  # what each pair would be equal to, if no law stood against it
    **{(outer, Aggregate.VALUE): outer for outer in JUDGED},
    (Aggregate.SUM, Aggregate.DISTINCT): Aggregate.DISTINCT,
    (Aggregate.SUM, Aggregate.SUM): Aggregate.SUM,
    (Aggregate.AVG, Aggregate.AVG): Aggregate.AVG,
    (Aggregate.MIN, Aggregate.MIN): Aggregate.MIN,
    (Aggregate.MAX, Aggregate.MAX): Aggregate.MAX,
}


def _without(law: Law) -> Callable[..., Aggregate | None]:
    """`rolled`, as if one law did not exist."""

    def wrong(outer: Aggregate, measure: Measure, state: State, by: Sequence[str]) -> Aggregate | None:
        others = set(broken(outer, measure, state, by)) - {law}
        return None if others else MEANT.get((outer, measure.aggregate))

    return wrong


@pytest.mark.parametrize("law", [Law.REPEATED, Law.OVERLAPPING, Law.AVERAGED, Law.DEFAULTED])
def test_a_missing_law_is_caught(law: Law) -> None:
    wrong = _without(law)

    def is_caught(world: World, outer: Aggregate) -> bool:
        kind = wrong(outer, world.measure, world.state, world.by)
        return kind is not None and world.twice(outer) != world.once(kind)

    assert any(is_caught(world_of(number), outer) for number in range(2_000) for outer in JUDGED)


# -- measures made of several


def _of(kind: Aggregate, *home: str, counted: Counted | None = None) -> Measure:
    return _measure(kind, home, counted)


def test_a_product_with_a_column_of_the_rows_stands_once_in_them() -> None:
    state = operators.source(("ck", "k"), key=_claim(ClaimKind.KEY, ("ck",)))
    cost, quantity = _of(Aggregate.VALUE, "k"), _of(Aggregate.VALUE, "ck")
    assert broken(Aggregate.SUM, cost, state, ()) == (Law.REPEATED,)
    assert broken(Aggregate.SUM, _known(multiplied(cost, quantity)), state, ()) == (Law.REPEATED,)
    price = replace(cost, weighs=True)
    assert broken(Aggregate.SUM, _known(multiplied(price, quantity)), state, ()) == ()


def _known(measure: Measure | None) -> Measure:
    assert measure is not None
    return measure


def test_a_ratio_of_rows_is_a_rate_and_one_of_aggregates_is_not() -> None:
    rows = _known(divided(_of(Aggregate.VALUE, "k"), _of(Aggregate.VALUE, "k"), certain=True))
    totals = _known(divided(_of(Aggregate.SUM, "k"), _of(Aggregate.VALUE, "k"), certain=True))
    state = operators.source(("k",), key=_claim(ClaimKind.KEY, ("k",)))
    assert broken(Aggregate.AVG, rows, state, ()) == (Law.UNWEIGHTED,)
    assert broken(Aggregate.SUM, rows, state, ()) == (Law.DIVIDED,)
    assert broken(Aggregate.AVG, totals, state, ()) == (Law.DIVIDED,)
    assert broken(Aggregate.MAX, totals, state, ()) == ()


def test_distinct_counts_that_were_added_are_each_asked() -> None:
    base = operators.source(("k", "a", "x"), key=_claim(ClaimKind.KEY, ("k",)))
    keys = _of(Aggregate.DISTINCT, "a", counted=Counted(base, ("k",), (("a", "a"),)))
    others = _of(Aggregate.DISTINCT, "a", counted=Counted(base, ("x",), (("a", "a"),)))
    state = operators.group(base, ("a",), [])
    assert broken(Aggregate.SUM, _known(added([keys, keys])), state, ()) == ()
    assert broken(Aggregate.SUM, _known(added([keys, others])), state, ()) == (Law.OVERLAPPING,)
    assert _known(added([_of(Aggregate.SUM, "a"), _of(Aggregate.COUNT, "a")])).aggregate is Aggregate.SUM


def test_sums_that_share_values_are_added_only_where_each_is_met_once() -> None:
    items = operators.source(("order", "line", "product"), key=_claim(ClaimKind.KEY, ("order", "line")))
    by = (("line", "line"), ("product", "product"))
    amounts = _of(Aggregate.SUM, "line", "product", counted=Counted(items, ("order",), by))
    state = operators.group(items, ("line", "product"), [])
    assert rolled(Aggregate.SUM, amounts, state, ("line",)) is Aggregate.SUM
    assert broken(Aggregate.SUM, amounts, state, ("product",)) == (Law.OVERLAPPING,)


def test_a_stock_adds_up_over_all_but_time() -> None:
    state = operators.source(("account", "day"), key=_claim(ClaimKind.KEY, ("account", "day")))
    stock = replace(_of(Aggregate.VALUE, "account", "day"), stock=frozenset(("day",)))
    assert broken(Aggregate.SUM, stock, state, ("account",)) == (Law.OVER_TIME,)
    assert broken(Aggregate.SUM, stock, state, ()) == (Law.OVER_TIME,)
    assert broken(Aggregate.SUM, stock, state, ("day",)) == ()
    assert broken(Aggregate.AVG, stock, state, ("account",)) == ()
