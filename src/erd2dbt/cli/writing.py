"""Shared by `generate` and `build`: decides the fate of each file, proves and tries the models, writes and reports."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from erd2dbt.cli.branching import remove_left_around
from erd2dbt.cli.console import DIFFERS, Console
from erd2dbt.cli.edited_models import Edited, Proofs, edited_models, proofs, with_old_names, without_a_model
from erd2dbt.cli.folder import folder_of
from erd2dbt.cli.generating import naming, refuse_smaller
from erd2dbt.cli.output import echo
from erd2dbt.system.progress import stage

if TYPE_CHECKING:
    from erd2dbt.cli.cached_result import Watch
    from erd2dbt.faults.diagnostics import Diagnostic
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.pipelines.product_cache import Product
    from erd2dbt.run.build import Workplace
    from erd2dbt.write.changes import Change, Naming

PLACING = ("output", "force", "conflict", "renames")  # the options that say what is written where


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The fates of the files in `out`, and the proofs of models with manual edits."""

    out: Path
    changes: Sequence[Change]
    naming: Naming
    edited: Sequence[Edited]
    proofs: Proofs | None
    dangling: Sequence[str]  # sentences about SQL that reads models which are not there
    old_names: Sequence[str]  # sentences about files of others that use names which are others now
    has_likes: bool  # whether something may have been renamed

    @property
    def is_quiet(self) -> bool:
        """Return whether the report lists only the fates of the files."""
        return not (self.edited or self.dangling or self.old_names or self.has_likes)

    @property
    def has_merged(self) -> bool:
        return any(one.is_merged for one in self.edited)

    @property
    def texts(self) -> Mapping[str, tuple[str, str]]:
        """Return dbt model -> the edited file, and its text to write."""
        return {one.model: (str(self.out / one.path), one.after) for one in self.edited}


def decided(
    console: Console,
    made: Product,
    spec: Path,
    generated: Callable[[], Generated],
    *,
    output: Path | None,
    force: bool,
    conflict: str | None,
    renames: bool,
) -> Decision:
    """Decide the fates. Writes nothing, except that it completes an interrupted run. Exits with 1 if manual edits
    conflict.

    `generated` is called only if a model has a manual edit.
    """
    from erd2dbt.pipelines import summary
    from erd2dbt.write import changes

    out = folder_of(output, spec, made.folder)
    refuse_smaller(made, out)
    remove_left_around(out, console.say)
    if recovered := changes.recover(out):
        console.say(f"note     the last run was interrupted: {recovered}")
    names = naming(made, follow=renames)
    choice = changes.Choice(conflict) if conflict else None
    with stage(f"comparing {len(made.files)} files with {out} …"):
        found = changes.decide(made.files, out, force=force, conflict=choice, naming=names)
        likes = changes.alike(made.files, out, names)
    refused = changes.refusals(found, out)
    left = [Path(one.place).stem for one in found if one.fate is changes.Fate.ORPHAN]
    told = ((one.of, one.old, one.new, one.why) for one in likes)
    for line in summary.like_lines(told, followed=renames, left=None if refused else left):
        console.say(line)
    if refused:
        _refuse(console, refused)
    edited = edited_models(found, made.models, out)
    proved = proofs(generated(), edited, out) if edited else None
    if proved and proved.refused:
        _refuse(console, proved.refused)
    return Decision(
        out=out,
        changes=found,
        naming=names,
        edited=edited,
        proofs=proved,
        dangling=[one.sentence for one in without_a_model(made, out, found, edited)],
        old_names=with_old_names(made, out, names),
        has_likes=bool(likes),
    )


def write(console: Console, made: Product, decision: Decision, kept: Kept | None = None) -> None:
    """Write the decided files, and report them. Exits with 1 if a file has conflict markers.

    `kept`: the state to store for the next command.
    """
    from erd2dbt.pipelines import summary
    from erd2dbt.write import changes
    from erd2dbt.write.lock import Means

    found, out = decision.changes, decision.out
    means = Means(made.templates, made.engine)
    with stage(f"writing {len(made.files)} files to {out} …"):
        staged = changes.apply(found, made.files, out, means=means, naming=decision.naming)
    counts = {str(fate): n for fate, n in changes.counts(found).items()}
    console.say(summary.files_line(counts, str(out), made.engine))
    for line in summary.moved_lines((one.place, one.path, one.is_work) for one in found if one.origin):
        console.say(line)
    told = ((str(change.fate), change.path, change.reason) for change in found if not change.origin)
    for line in summary.fate_lines(told, None if console.verbose else summary.SHOWN):
        console.say(line)
    for line in (*(decision.proofs.lines() if decision.proofs else ()), *made.notes):
        console.say(line)
    for sentence in decision.dangling:
        console.say(f"reads    {sentence}")
    for sentence in decision.old_names:
        console.say(f"reads    {sentence}")
    if undecided := changes.undecided(found, out):
        console.report(undecided)
        sys.exit(DIFFERS)
    if kept is not None and decision.is_quiet:
        kept.watch.keep(kept.data, made, out, found, staged)


@dataclass(frozen=True, slots=True)
class Kept:
    """The bytes of the spec, and the watch that began before they were read."""

    watch: Watch
    data: bytes


@contextlib.contextmanager
def written(
    console: Console,
    generated: Generated,
    made: Product,
    decision: Decision,
    *,
    offline: bool,
    target: str | None,
    profiles_dir: Path | None,
    home: Path | None = None,
    kept: Kept | None = None,
) -> Iterator[Workplace]:
    """Return the workplace of dbt, after writing. Merged models are tried first: exits with 1 if PostgreSQL refuses
    one."""
    from erd2dbt.run import build as running
    from erd2dbt.run.dry_run_views import dry_run_views

    with contextlib.ExitStack() as stack:
        if not decision.has_merged:  # what cannot be merged or written needs no server
            write(console, made, decision, kept)
        place = stack.enter_context(
            running.workplace(
                generated, decision.out, offline=offline, target=target, profiles_dir=profiles_dir, home=home
            )
        )
        if decision.has_merged:
            if place.connection is not None:
                merged = {one.model for one in decision.edited if one.is_merged}
                faults = dry_run_views(generated, place.connection, decision.texts).faults
                files = {text[0] for model, text in decision.texts.items() if model in merged}
                if refused := [fault for fault in faults if fault.span is not None and fault.span.file in files]:
                    _refuse(console, refused)
            write(console, made, decision, kept)
        yield place


def _refuse(console: Console, faults: Sequence[Diagnostic]) -> NoReturn:
    console.report(faults)
    echo("\nnothing was written", err=True)
    sys.exit(DIFFERS)
