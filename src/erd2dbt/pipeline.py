"""The whole tool as a function: the bytes of a spec in, `{path: text}` out; no disk, no network, no dbt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from erd2dbt.collecting import rarely_collected
from erd2dbt.design.compose import design
from erd2dbt.design.fitting import check_names, fitted
from erd2dbt.design.planner import Planned, plan_all
from erd2dbt.design.project import Project
from erd2dbt.diagnostics import ErdError, Severity
from erd2dbt.erd import Erd
from erd2dbt.read.spec import read_spec
from erd2dbt.render import render
from erd2dbt.star.derive import derived, star_of
from erd2dbt.star.values import Star
from erd2dbt.surroundings import NOTHING, Surroundings
from erd2dbt.todos import refuse_todos
from erd2dbt.translation import prove_again


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The product of generation, with what was decided on the way."""

    erd: Erd
    planned: Planned
    project: Project
    files: Mapping[str, str]
    around: Surroundings


Survey = Callable[[Erd], Surroundings]
Proved = Callable[[str], bool]


def plan(data: bytes, file: str) -> tuple[Erd, Planned]:
    """The diagram read and every model proved; `file` names the spec in faults. Raises ErdError."""
    with rarely_collected():
        erd = read_spec(data, file)
        refuse_todos(erd)
        erd = derived(erd)
        return erd, plan_all(erd)


def star(data: bytes, file: str) -> Star:
    """The star that entities and links give, each of its models proved. Raises ErdError."""
    with rarely_collected():
        erd = replace(read_spec(data, file), models=())
        refuse_todos(erd)
        found = star_of(erd)
        plan_all(replace(erd, models=found.specs) if found else erd)
        assert found is not None, "a diagram without a star has faults"
        return found


def generate(
    data: bytes, file: str, templates: Path | None = None, survey: Survey | None = None, proved: Proved | None = None
) -> Generated:
    """A complete dbt project as values; `templates` is a folder of the user's own that come first.

    `survey` finds what stands where it is to go. `proved` says of a text of SQL whether it
    was proved, and written, before. Raises ErdError."""
    with rarely_collected():
        erd, planned = plan(data, file)
        around = NOTHING if survey is None else survey(erd)
        project = fitted(design(erd, planned.plans, planned.claims), around)
        check_names(planned.plans, project, around)
        files = render(project, templates)
        texts = {model: files[path] for model, path in project.sql_paths.items()}
        known = [model for model, path in project.sql_paths.items() if proved and proved(files[path])]
        found = prove_again(planned.plans, texts, known)
        if any(fault.severity is Severity.ERROR for fault in found):
            raise ErdError(found)
        planned = replace(planned, remarks=(*planned.remarks, *found))
        return Generated(erd=erd, planned=planned, project=project, files=files, around=around)
