"""Claims and grains as dbt data tests. A claim is tested once, as far upstream as possible; a grain on its model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.project import DataTest, GenericTest
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, ExtraTest
from erd2dbt.escape import jinja
from erd2dbt.escape.jinja import Call
from erd2dbt.names.length import cut, fit
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.sql.spelling import ident

UNIQUE_TOGETHER = "unique_combination_of_columns"
UNIQUE_WHERE_FILLED = "unique_where_filled"
DETERMINES = "determines"
COMPOSITE_REFERENCE = "composite_relationships"
_LABEL_BYTES = 56  # a name is indented by up to 24 columns, and lines end at 80
_ODD = re.compile(r"[^0-9A-Za-z]")
GENERIC = (
    GenericTest(
        name=UNIQUE_TOGETHER,
        description="No two rows have the same values in all the columns. NULLs count as equal.",
        arguments=(("combination_of_columns", "The columns, quoted where SQL needs it"),),
    ),
    GenericTest(
        name=UNIQUE_WHERE_FILLED,
        description="No two rows have the same values in all the columns. Rows with a NULL in one of them are ignored.",
        arguments=(("combination_of_columns", "The columns, quoted where SQL needs it"),),
    ),
    GenericTest(
        name=DETERMINES,
        description="Rows that agree in `columns` also agree in `determines`. NULL counts as a value.",
        arguments=(
            ("columns", "The columns that determine others, quoted where SQL needs it"),
            ("determines", "The columns that are determined, quoted where SQL needs it"),
        ),
    ),
    GenericTest(
        name=COMPOSITE_REFERENCE,
        description="Every row without a NULL in `columns` has a matching row in `to`.",
        arguments=(
            ("columns", "The columns of the foreign key, quoted where SQL needs it"),
            ("to", "The model or source table that must contain the matching row"),
            ("to_columns", "The columns there, in the same order"),
        ),
    ),
)


@dataclass(slots=True)
class Tested:
    """The tests of one table or model: on the whole, and by column."""

    whole: list[DataTest] = field(default_factory=list)
    columns: dict[str, list[DataTest]] = field(default_factory=dict)

    def on(self, column: str, test: DataTest) -> None:
        tests = self.columns.setdefault(column, [])
        if not any(t.name == test.name and t.arguments == test.arguments for t in tests):
            tests.append(test)


@dataclass(slots=True)
class Tests:
    """All tests of a project by their node: source tables by entity, models by the diagram's name."""

    erd: Erd
    plans: dict[str, Plan]
    raw: dict[str, Tested] = field(default_factory=dict)
    models: dict[str, Tested] = field(default_factory=dict)
    guards: dict[Claim, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    _entities: dict[str, Entity] = field(default_factory=dict)
    _attributes: dict[str, dict[str, Attribute]] = field(default_factory=dict)
    _labels: set[str] = field(default_factory=set)
    _relied: frozenset[Claim] = frozenset()

    def __post_init__(self) -> None:
        self._entities = {e.name: e for e in self.erd.entities}
        self._attributes = {e.name: {a.name: a for a in e.columns} for e in self.erd.entities}
        proofs = [plan.proof for plan in self.plans.values()]
        self._relied = frozenset().union(*(p.claims | p.filled | p.values for p in proofs))

    # -- claims

    def claim(self, claim: Claim) -> None:
        """Add the test of a claim, on the raw table when all its columns are raw and not cast."""
        if claim.kind is ClaimKind.ASSUMED:
            self.guards[claim] = self.grain_test(self.plans[claim.relation])
            return
        if claim.target is not None and not self.erd.settings.test_relationships:
            return
        raw = self._is_raw(claim.relation, claim.columns + claim.implies)
        if claim.target is not None:
            raw = raw and self._is_raw(claim.target, claim.target_columns)
        if not raw and claim.kind is ClaimKind.KEY:  # the grain tests of staging cover it
            self.guards[claim] = self.grain_test(self.plans[claim.relation])
            return
        place = (self.raw if raw else self.models).setdefault(claim.relation, Tested())
        write = _WRITERS[claim.kind]
        write(self, claim, place, raw)

    def repeats(self, entity: Entity) -> None:
        """Add a warning with the number of keys that have several raw rows, where staging keeps the latest.

        It is not an error.
        """
        key = tuple(word.text for word in entity.key)
        attributes = self._attributes[entity.name]
        if not entity.latest or any(attributes[name].formula is not None for name in key):
            return
        place = self.raw.setdefault(entity.name, Tested())
        label = self.name(f"{entity.name}_{'_'.join(key)}_repeats")
        if len(key) == 1:
            column = self.key(entity.name, key[0], raw=True)
            place.on(column, DataTest(name="unique", label=label, severity="warn"))
            return
        self.used.add(UNIQUE_TOGETHER)
        columns = [self.column(entity.name, name, raw=True) for name in key]
        arguments = (("combination_of_columns", columns),)
        place.whole.append(DataTest(name=UNIQUE_TOGETHER, arguments=arguments, label=label, severity="warn"))

    def _is_raw(self, entity: str, columns: Iterable[str]) -> bool:
        if self.plans[entity].existing:
            return False
        attributes = self._attributes[entity]
        if self._entities[entity].latest:
            return False  # claims apply to the rows that staging keeps
        return all(attributes[c].formula is None and not attributes[c].cast for c in columns)

    def label(self, claim: Claim, suffix: str, *, columns: Iterable[str] | None = None) -> str:
        """A readable name for a claim's test, unique in the project."""
        words = "_".join(columns if columns is not None else claim.columns)
        name = self.name(f"{claim.relation}_{words}_{suffix}")
        self.guards.setdefault(claim, name)
        return name

    def name(self, words: str) -> str:
        """The words as a unique test name."""
        plain = _ODD.sub("_", words).lower()
        name, n = fit(plain, _LABEL_BYTES), 2
        while name in self._labels:
            name, n = fit(f"{plain}_{n}", _LABEL_BYTES), n + 1
        self._labels.add(name)
        return name

    def column(self, entity: str, name: str, *, raw: bool) -> str:
        """A column in SQL, as the test's node names it."""
        return ident(self.key(entity, name, raw=raw))

    def key(self, entity: str, name: str, *, raw: bool) -> str:
        return cut(self._attributes[entity][name].raw or name) if raw else name

    def to(self, entity: str, *, raw: bool) -> Call:
        """The other side of a relationship test, as dbt's Jinja names it."""
        found = self._entities[entity]
        return jinja.source(found.source, dbt_table(found)) if raw else jinja.ref(self.plans[entity].relation.model)

    @property
    def severity(self) -> str | None:
        """The severity in the spec, where it is not dbt's default. Key tests are always errors."""
        return "warn" if self.erd.settings.test_severity == "warn" else None

    def severity_of(self, claim: Claim) -> str | None:
        """The severity of a claim's test: a warning where no model depends on it, so that the build continues."""
        return self.severity if claim in self._relied else self.idle_severity

    @property
    def idle_severity(self) -> str | None:
        """The severity where no model depends on the claim: a warning, unless the spec sets errors."""
        return "warn" if self.erd.settings.test_severity is None else self.severity

    # -- grains

    def grain(self, plan: Plan) -> None:
        """Add tests that the grain is unique and not null, even if it is proved: manual edits may come later."""
        place = self.models.setdefault(plan.relation.name, Tested())
        grain = plan.relation.grain
        for column in grain:
            place.on(column, DataTest(name="not_null"))
        if not grain:
            return
        if len(grain) == 1:
            place.on(grain[0], DataTest(name="unique"))
        elif plan.existing:
            place.whole.append(DataTest(name="unique", arguments=_row(grain), label=_row_label(plan)))
        else:
            self.used.add(UNIQUE_TOGETHER)
            columns = [ident(c) for c in grain]
            place.whole.append(DataTest(name=UNIQUE_TOGETHER, arguments=(("combination_of_columns", columns),)))
            # The same over the row value, under the name that linters and test catalogs look for.
            place.whole.append(DataTest(name="unique", arguments=_row(grain), label=_row_label(plan)))

    def grain_test(self, plan: Plan) -> str:
        """The name of the grain's unique test. dbt generates it for a single column, and shortens a long one."""
        if len(plan.relation.grain) > 1:
            return _row_label(plan)
        return re.sub(r"[^0-9A-Za-z_]+", "_", f"unique_{plan.relation.model}_{plan.relation.grain[0]}")

    def values(self, place: Tested, column: str, said: Attribute | ColumnSpec, type_: str | None) -> None:
        """Add `accepted_values`, with the quotes that the type needs. dbt pastes the values into SQL unchanged.

        No row count and no other value depends on them, so an unexpected value does not stop the build.
        """
        if not said.values:
            return
        quoted = type_ is None or family(type_) not in ("integer", "numeric", "float", "boolean")
        values = [v.replace("'", "''") if quoted else v for v in said.values]
        arguments: tuple[tuple[str, object], ...] = (("values", values),)
        arguments += () if quoted else (("quote", False),)
        place.on(column, DataTest(name="accepted_values", arguments=arguments, severity=self.idle_severity))

    def extra(self, tests: Iterable[ExtraTest]) -> list[DataTest]:
        return [extra_test(test) for test in tests]


def _row(grain: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return (("column_name", f"({', '.join(map(ident, grain))})"),)


def _row_label(plan: Plan) -> str:
    return fit(f"{plan.relation.model}_row_is_unique", _LABEL_BYTES)


def _key(tests: Tests, claim: Claim, place: Tested, raw: bool) -> None:
    for column in claim.columns:
        label = tests.label(claim, "is_not_null", columns=(column,)) if raw else None
        place.on(tests.key(claim.relation, column, raw=raw), DataTest(name="not_null", label=label))
    tests.guards.pop(claim, None)
    _unique_rows(tests, claim, place, raw, several=UNIQUE_TOGETHER, suffix="is_primary_key")


def _unique(tests: Tests, claim: Claim, place: Tested, raw: bool) -> None:
    suffix = "is_unique" if claim.kind is ClaimKind.UNIQUE else "is_one_to_one"
    _unique_rows(tests, claim, place, raw, several=UNIQUE_WHERE_FILLED, suffix=suffix)


def _unique_rows(tests: Tests, claim: Claim, place: Tested, raw: bool, *, several: str, suffix: str) -> None:
    """Add `unique`, or the generic test `several`. A key's test is always an error."""
    label = tests.label(claim, suffix)
    severity = None if claim.kind is ClaimKind.KEY else tests.severity_of(claim)
    if len(claim.columns) == 1:
        column = tests.key(claim.relation, claim.columns[0], raw=raw)
        place.on(column, DataTest(name="unique", label=label, severity=severity))
        return
    tests.used.add(several)
    columns = [tests.column(claim.relation, c, raw=raw) for c in claim.columns]
    arguments = (("combination_of_columns", columns),)
    place.whole.append(DataTest(name=several, arguments=arguments, label=label, severity=severity))


def _not_null(tests: Tests, claim: Claim, place: Tested, raw: bool) -> None:
    column = tests.key(claim.relation, claim.columns[0], raw=raw)
    test = DataTest(name="not_null", label=tests.label(claim, "is_not_null"), severity=tests.severity_of(claim))
    place.on(column, test)


def _determines(tests: Tests, claim: Claim, place: Tested, raw: bool) -> None:
    tests.used.add(DETERMINES)
    arguments = (
        ("columns", [tests.column(claim.relation, c, raw=raw) for c in claim.columns]),
        ("determines", [tests.column(claim.relation, c, raw=raw) for c in claim.implies]),
    )
    label = tests.label(claim, f"determines_{'_'.join(claim.implies)}")
    place.whole.append(DataTest(name=DETERMINES, arguments=arguments, label=label, severity=tests.severity_of(claim)))


def _reference(tests: Tests, claim: Claim, place: Tested, raw: bool) -> None:
    assert claim.target is not None
    suffix = "exists_in" if claim.kind is ClaimKind.REFERENCE else "has_rows_in"
    label = tests.label(claim, f"{suffix}_{claim.target}")
    to = tests.to(claim.target, raw=raw)
    there = [tests.column(claim.target, c, raw=raw) for c in claim.target_columns]
    if len(claim.columns) == 1:
        arguments: tuple[tuple[str, object], ...] = (("to", to), ("field", there[0]))
        column = tests.key(claim.relation, claim.columns[0], raw=raw)
        test = DataTest(name="relationships", arguments=arguments, label=label, severity=tests.severity_of(claim))
        place.on(column, test)
        return
    tests.used.add(COMPOSITE_REFERENCE)
    here = [tests.column(claim.relation, c, raw=raw) for c in claim.columns]
    arguments = (("columns", here), ("to", to), ("to_columns", there))
    test = DataTest(name=COMPOSITE_REFERENCE, arguments=arguments, label=label, severity=tests.severity_of(claim))
    place.whole.append(test)


_WRITERS = {
    ClaimKind.KEY: _key,
    ClaimKind.UNIQUE: _unique,
    ClaimKind.ONE_TO_ONE: _unique,
    ClaimKind.NOT_NULL: _not_null,
    ClaimKind.DETERMINES: _determines,
    ClaimKind.REFERENCE: _reference,
    ClaimKind.PARTICIPATION: _reference,
}


# Configuration keys of a test, which dbt also accepts next to its arguments.
_CONFIG = frozenset(
    """
    where limit severity tags meta enabled group error_if warn_if fail_calc store_failures store_failures_as database
    schema alias
    """.split()
)


def extra_test(test: ExtraTest) -> DataTest:
    """A test from the spec, in either dbt form: arguments below `arguments:`, or next to its configuration."""
    said = dict(test.arguments)
    given = said.pop("arguments", None)
    below = given if isinstance(given, Mapping) else {} if given is None else {"arguments": given}
    label, description, config = (said.pop(word, None) for word in ("name", "description", "config"))
    configured = dict(config) if isinstance(config, Mapping) else {}
    configured |= {word: said.pop(word) for word in list(said) if word in _CONFIG}
    severity = configured.pop("severity", None)
    return DataTest(
        name=test.name,
        arguments=tuple((word, jinja.looked_up(value)) for word, value in (*below.items(), *said.items())),
        label=None if label is None else str(label),
        severity=None if severity is None else str(severity),
        description=None if description is None else str(description),
        config=tuple(configured.items()),
    )
