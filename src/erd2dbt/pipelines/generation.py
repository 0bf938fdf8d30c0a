"""The whole tool as a function: the bytes of a spec to `{path: text}`, without disk, network and dbt."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.cache.pieces import Pieces
from erd2dbt.design.models.known_plans import KnownPlans
from erd2dbt.design.models.parallel_planning import no_more
from erd2dbt.design.models.planner import Planned, formulas_of, plan_all, reads_of
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.compose import design, sql_files
from erd2dbt.design.project.engine_sql import translated
from erd2dbt.design.project.fitting import check_names, fitted
from erd2dbt.design.project.known_sql import KnownSql
from erd2dbt.design.project.project import Project
from erd2dbt.design.project.surroundings import NOTHING, Surroundings
from erd2dbt.diagram.by_engine import engines_in, on_engine
from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.diagram.narrowing import narrowed
from erd2dbt.diagram.selection import ALL, Selection, of_erd
from erd2dbt.diagram.todos import refuse_todos, without_todos
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.names import DEFAULT_NAME
from erd2dbt.engines.registry import engine_of
from erd2dbt.faults.diagnostics import Collector, ErdError, Severity
from erd2dbt.names.models import staging_names
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.render.parts import KnownTexts, NewTexts
from erd2dbt.render.project import lays_out_models, render, render_models
from erd2dbt.render.validation import prove_again
from erd2dbt.sql.spelling import spelled_for
from erd2dbt.star.preparation import sound_links, tagged
from erd2dbt.system.garbage_collection import rarely_collected
from erd2dbt.system.progress import stage
from erd2dbt.system.recursion import room_for_nesting

if TYPE_CHECKING:
    from erd2dbt.star.values import Star


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The result of generation, with the decisions on the way."""

    erd: Erd
    planned: Planned
    project: Project
    files: Mapping[str, str]
    around: Surroundings
    engine: Engine


@dataclass(slots=True)
class Memory:
    """The results of one run for the next one on the same spec. `program`: a digest of the tool and its templates."""

    pieces: Pieces
    program: str
    _plans: KnownPlans | None = None

    def of_plans(self, erd: Erd) -> KnownPlans:
        self._plans = KnownPlans(self.pieces, self.program, erd)
        return self._plans

    @property
    def texts(self) -> KnownTexts:
        """Return the earlier texts of parts of files."""
        return KnownTexts(self.pieces, self.program)

    def of_sql(self, engine: Engine) -> KnownSql:
        """Return the earlier plans, in the SQL of an engine."""
        assert self._plans is not None
        return KnownSql(self.pieces, self._plans.relations, engine.name)


Survey = Callable[[Erd], Surroundings]
Proved = Callable[[str], bool]
EngineOf = Callable[[Erd], Engine]


def as_said(erd: Erd) -> Engine:
    """Return the engine in the spec, otherwise the default."""
    return engine_of(erd.settings.engine)


def chosen(data: bytes, file: str, selection: Selection = ALL) -> Erd:
    """Return the diagram, or the selected part of it. `file` names the spec in faults. Raises ErdError."""
    return of_erd(read_spec(data, file), selection, _reads)


def _reads(erd: Erd) -> Mapping[str, Iterable[str]]:
    """Return model -> its inputs, with entities along its links; for a model with faults, only the inputs that it
    names."""
    faults = Collector()
    staged = {model: entity for entity, model in staging_names(erd).items()}
    found: dict[str, Iterable[str]] = {
        model.name: (*reads_of(model, formulas_of(model, faults)), *_named(model, staged)) for model in erd.models
    }
    with contextlib.suppress(ErdError):
        refuse_todos(erd)
        found |= {plan.relation.name: plan.reads for plan in plan_all(erd).plans}
    return found


def _named(model: ModelSpec, staged: Mapping[str, str]) -> Iterator[str]:
    """Return the words of a query and of a filter: a superset of its inputs."""
    for written in (model.sql, model.where):
        for word in re.findall(r"\w+", written.text) if written else ():
            yield staged.get(word, word)


def plan(
    data: bytes,
    file: str,
    selection: Selection = ALL,
    engine_of: EngineOf = as_said,
    memory: Memory | None = None,
    *,
    finish: Callable[[Erd, Sequence[Plan], Sequence[Plan]], None] | None = None,
) -> tuple[Erd, Planned]:
    """Return the diagram and the plans of every model, proved, with each engine's own expressions. Raises ErdError.

    `file` names the spec in faults. `engine_of` chooses the engine for the returned plans. `finish` uses a second
    process while it exists; it gets the diagram, these plans and the plans that they read.
    """
    with rarely_collected(), room_for_nesting():
        with stage(f"reading {file} …"):
            erd, left = without_todos(chosen(data, file, selection))
            refuse_todos(erd)
            erd, unsound = sound_links(erd)
            whole, name = erd, engine_of(erd).name
        with stage(f"deriving models from {len(erd.entities)} entities …"):
            erd = _derived_on(whole, name)
        with stage(f"proving {len(erd.entities) + len(erd.models)} models …"):
            known = memory.of_plans(erd) if memory else None
            planned = plan_all(erd, known, partial(finish, erd) if finish else no_more)
            said = engines_in(whole)
            for other in sorted({DEFAULT_NAME, *said} - {name}) if said else ():
                plan_all(_derived_on(whole, other))
        return erd, replace(planned, remarks=(*left, *unsound, *planned.remarks))


def _derived_on(erd: Erd, engine: str) -> Erd:
    """Return the diagram with derived models for the engine. Only the calendar differs between engines."""
    found = tagged(on_engine(erd, engine))
    if found.is_plain:
        from erd2dbt.star.derive import derived  # slow to import, and most specs have models

        found = derived(found)
    return on_engine(found, engine)


def checked(data: bytes, file: str, selection: Selection = ALL, engine_of: EngineOf = as_said) -> tuple[Erd, Planned]:
    """Return the result of `plan`, after each expression was written for the engine. Raises ErdError."""
    erd, planned = plan(data, file, selection, engine_of)
    translated(planned.plans, engine_of(erd))
    return erd, planned


def star(data: bytes, file: str, selection: Selection = ALL) -> Star:
    """Return the star schema derived from entities and links, with each of its models proved. Raises ErdError."""
    from erd2dbt.star.derive import star_of

    with rarely_collected(), room_for_nesting():
        erd, left = without_todos(narrowed(chosen(data, file, selection), models=()))
        refuse_todos(erd)
        erd, unsound = sound_links(erd)
        found = star_of(erd)
        with stage(f"proving {len(erd.entities) + len(found.specs if found else ())} models …"):
            plan_all(replace(erd, models=found.specs) if found else erd)
        assert found is not None, "a diagram without a star has faults"
        return replace(found, remarks=(*left, *unsound))


def generate(
    data: bytes,
    file: str,
    templates: Path | None = None,
    survey: Survey | None = None,
    proved: Proved | None = None,
    *,
    selection: Selection = ALL,
    engine_of: EngineOf = as_said,
    memory: Memory | None = None,
) -> Generated:
    """Return a complete dbt project as values. `templates`: the user's own folder, which takes precedence. Raises
    ErdError.

    `engine_of` chooses the engine. `survey` lists the contents of the target folder. `proved`: whether a text of SQL
    was proved and written before. `memory`: the results of an earlier run on the same spec.
    """
    with rarely_collected(), room_for_nesting():
        finish = partial(_laid_out, engine_of, memory) if memory and not (templates or proved) else None
        erd, planned = plan(data, file, selection, engine_of, memory, finish=finish)
        engine = engine_of(erd)
        sql = memory.of_sql(engine) if memory else None
        around = NOTHING if survey is None else survey(erd)
        with stage(f"laying out {len(planned.plans)} models …"):
            designed = design(erd, planned.plans, planned.claims, engine, sql)
            project = fitted(designed, around)
            check_names(planned.plans, project, around)
            files = render(project, templates, memory.texts if memory else NewTexts())
        texts = {model: files[path] for model, path in project.sql_paths.items()}
        known = {model for model, text in texts.items() if proved and proved(text)}
        own_template = lays_out_models(templates)  # it may read anything
        known |= sql.proved(texts) if sql and not own_template else set()
        with stage(f"proving the SQL of {len(texts)} models …"), spelled_for(engine.spelling):
            found = prove_again(planned.plans, texts, known, own_template=own_template)
        if any(fault.severity is Severity.ERROR for fault in found):
            raise ErdError(found)
        if memory and sql:
            places = {fault.span for fault in found}
            sql.keep(designed.sql, texts, {p.relation.model for p in planned.plans if p.relation.span in places})
            memory.pieces.save()
        planned = replace(planned, remarks=(*planned.remarks, *found))
        return Generated(erd=erd, planned=planned, project=project, files=files, around=around, engine=engine)


def _laid_out(engine_of: EngineOf, memory: Memory, erd: Erd, own: Sequence[Plan], plans: Sequence[Plan]) -> None:
    """Lay out, render and prove the SQL of some plans, and store it in the memory.

    Plans with a fault are not stored, so the fault is found again. `plans`: `own` and all that they read.
    """
    engine = engine_of(erd)
    if not engine.is_language:
        return
    sql = memory.of_sql(engine)
    with spelled_for(engine.spelling):
        files = sql_files(erd, own, plans, sql)
        texts = render_models(files)
        found = prove_again(plans, texts, {plan.relation.model for plan in plans} - texts.keys())
    places = {fault.span for fault in found}
    sql.keep(files, texts, {plan.relation.model for plan in own if plan.relation.span in places})
