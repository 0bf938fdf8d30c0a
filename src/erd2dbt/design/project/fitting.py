"""Fits a project into one that has models already: its paths, its name, and the properties that exist there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.existing import singular_tests
from erd2dbt.design.project.project import (
    GENERIC_TESTS,
    ColumnProperties,
    DataTest,
    Project,
    PropertiesFile,
    SingularTest,
    SourcesFile,
)
from erd2dbt.design.project.surroundings import Place, Surroundings
from erd2dbt.design.project.tests import Tested
from erd2dbt.escape import jinja
from erd2dbt.escape.jinja import Call
from erd2dbt.faults.diagnostics import Collector, Span, did_you_mean


def fitted(project: Project, around: Surroundings) -> Project:
    """The project without properties that exist elsewhere.

    Their tests move to their own files, so every claim is tested.
    """
    moved = _Moved(around, project)
    sources = tuple(moved.sources(file) for file in project.sources)
    properties = tuple(moved.properties(file) for file in project.properties)
    singular = (*project.singular_tests, *moved.tests)
    return replace(
        project,
        name=around.name or project.name,
        profile=around.profile or project.profile,
        macro_path=around.macro_path,
        theirs=around.theirs,
        sql=tuple(replace(file, path=moved.path(file.path)) for file in project.sql),
        sources=tuple(file for file in sources if file.source.tables),
        properties=tuple(file for file in properties if file.models or file.unit_tests),
        singular_tests=tuple(replace(test, path=moved.path(test.path)) for test in singular),
    )


def check_names(plans: Iterable[Plan], project: Project, around: Surroundings) -> None:
    """ErdError: E808 for a model or generic test whose name is taken, E809 for an existing model that is missing."""
    faults, paths = Collector(), project.sql_paths
    for plan in plans:
        name, place = plan.relation.model, around.nodes.get(plan.relation.model)
        if plan.existing:
            if place is None and around.name is not None:
                fixes = did_you_mean(name, around.nodes)
                faults.add("E809", f"there is no model `{name}` in the project", _place_in_spec(plan), fixes=fixes)
        elif place not in (None, paths[name]):  # a file at our own path is reported by its path
            message = f"the project has a model `{name}` of its own: `{place}`"
            fixes = ("rename it here", f"read it instead: `existing: {name}`", "remove that file")
            faults.add("E808", message, plan.spec.span, fixes=fixes)
    for test in project.generic_tests:
        other = around.tests.get(test.name)
        if other not in (None, f"{project.macro_path}/{GENERIC_TESTS}/{test.name}.sql"):
            message = f"the project has a generic test `{test.name}` of its own: `{other}`"
            faults.add("E808", message, fixes=("rename that test, or remove it",))
    faults.raise_if_failed()


def _place_in_spec(plan: Plan) -> Span:
    return plan.spec.existing.span if plan.spec.existing is not None else plan.spec.span


class _Moved:
    """The parts that were excluded so far, with their `tests`."""

    def __init__(self, around: Surroundings, project: Project) -> None:
        self.around = around
        self.tops = {"models": around.model_path, "tests": around.test_path}
        self.tests: list[SingularTest] = []
        paths = [file.path for file in project.sources] + [file.path for file in project.properties]
        self.own = {self.path(path) for path in paths}

    def is_elsewhere(self, place: Place | None) -> bool:
        """Whether the place is outside of our own paths. The writer checks files at our paths."""
        return place is not None and place.path not in self.own

    def path(self, path: str) -> str:
        top, _, rest = path.partition("/")
        return f"{self.tops[top]}/{rest}"

    def sources(self, file: SourcesFile) -> SourcesFile:
        source, kept = file.source, []
        for table in source.tables:
            if self.is_elsewhere(self.around.sources.get((source.name, table.name))):
                of = jinja.source(source.name, table.name)
                self._take(of, f"{source.name}_{table.name}", table.tests, table.columns)
            else:
                kept.append(table)
        return replace(file, path=self.path(file.path), source=replace(source, tables=tuple(kept)))

    def properties(self, file: PropertiesFile) -> PropertiesFile:
        kept = []
        for model in file.models:
            if self.is_elsewhere(self.around.models.get(model.name)):
                self._take(jinja.ref(model.name), model.name, model.tests, model.columns)
            else:
                kept.append(model)
        return replace(file, path=self.path(file.path), models=tuple(kept))

    def _take(self, of: Call, name: str, tests: Iterable[DataTest], columns: Iterable[ColumnProperties]) -> None:
        tested = Tested(whole=list(tests), columns={c.name: list(c.tests) for c in columns if c.tests})
        self.tests += singular_tests(of, name, tested)
