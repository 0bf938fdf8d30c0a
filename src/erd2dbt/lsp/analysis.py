"""What the tool knows of one version of a document: its faults, its names and, where it has no fault, its plans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from erd2dbt.cache.pieces import Pieces
from erd2dbt.design.models.planner import Planned
from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.erd import Erd
from erd2dbt.explain.lineage import Lineage, lineage_of
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Memory, plan

_SIGN = re.compile(r"(?m)^(?:entities:|#.*\$schema=\S*erd2dbt\.schema\.json)")


def is_spec(text: str) -> bool:
    """Whether a YAML file is a spec: it has entities, or names the JSON Schema of the language."""
    return _SIGN.search(text) is not None


@dataclass(frozen=True)
class Proved:
    """A spec without errors: what is proved of it."""

    erd: Erd
    planned: Planned

    @cached_property
    def lineage(self) -> Lineage:
        return lineage_of(self.erd, self.planned.plans)

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """By the name in the spec."""
        return {one.relation.name: one for one in self.planned.plans}


@dataclass(frozen=True, slots=True)
class Analysis:
    """Of one text. `proved` is None where it has errors. `pieces`: plans for the analysis of the next text."""

    text: str
    faults: tuple[Diagnostic, ...] = ()
    proved: Proved | None = field(default=None, repr=False)
    pieces: Pieces | None = field(default=None, repr=False)


def analysed(text: str, file: str, before: Analysis | None = None) -> Analysis:
    """As `erd2dbt check` has it. Never raises what a text can cause.

    Models that are as they were in the text `before`, with all that they read, are not planned again."""
    pieces = before.pieces if before and before.pieces else Pieces(file)
    try:
        erd, planned = plan(text.encode("utf-8", "surrogatepass"), file, memory=Memory(pieces, ""))
    except ErdError as error:
        return Analysis(text, error.diagnostics, pieces=pieces.next_run(failed=True))
    return Analysis(text, planned.remarks, Proved(erd, planned), pieces.next_run(failed=False))
