"""The result of comparing a project with its spec: places in the spec, changed models, and the command to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from erd2dbt.escape import shell
from erd2dbt.faults.diagnostics import Diagnostic
from erd2dbt.write.comparison import Cause, Comparison, Difference
from erd2dbt.write.decisions import Fate
from erd2dbt.write.refusals import refusals
from erd2dbt.write.run_lock import KilledRun

_INTERRUPTED = {
    KilledRun.PREPARED: "it had changed nothing yet",
    KilledRun.BEGUN: "the next one finishes its changes",
    KilledRun.DONE: "its changes are finished",
    KilledRun.DRAWING: "the next `push` goes on with its drawing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`models`: path of a model's SQL -> its name. `places`: path -> line and column of the spec.

    `broken`: sentences about what dbt cannot compile, though no run of ours would change it."""

    comparison: Comparison
    spec: str
    out: str
    notes: tuple[str, ...]
    models: Mapping[str, str]
    places: Mapping[str, tuple[int, int]]
    broken: tuple[str, ...] = ()

    @property
    def is_up_to_date(self) -> bool:
        return not self.comparison.due and not self.broken and self.comparison.left is not KilledRun.BEGUN

    @property
    def interrupted(self) -> str | None:
        """A sentence about the last run, if it was killed."""
        left = self.comparison.left
        return f"the last run was interrupted: {_INTERRUPTED[left]}" if left else None

    @property
    def refused(self) -> tuple[Diagnostic, ...]:
        """E801, E802 and E806 for what people have to decide."""
        return refusals((one.change for one in self.comparison.due), self.out)

    @property
    def selected(self) -> tuple[str, ...]:
        """The models whose SQL a run would create or change, as `dbt build --select` takes them."""
        fresh = (Fate.CREATE, Fate.UPDATE, Fate.MERGE)
        changed = (one.change.path for one in self.comparison.due if one.change.fate in fresh)
        return tuple(f"{self.models[path]}+" for path in changed if path in self.models)

    def place(self, difference: Difference) -> tuple[int, int]:
        """Line and column of the spec that make the file; its first line where no single place does."""
        return self.places.get(difference.change.path, (1, 1))

    def causes(self, difference: Difference) -> str:
        """`edited by hand, tool version changed (erd2dbt 0.1.0 to erd2dbt 0.2.0)`."""
        before, now = self.comparison.tools
        words = {Cause.TOOL: f"{Cause.TOOL} ({before} to {now})"}
        return ", ".join(words.get(cause, str(cause)) for cause in difference.causes)

    @property
    def fix_command(self) -> str:
        """The command that brings the folder up to date."""
        follow = " --renames" if self.comparison.is_followed and self.comparison.likes else ""
        return f"erd2dbt generate {shell.word(self.spec)} -o {shell.word(self.out)}{follow}"
