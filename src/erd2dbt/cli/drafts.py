"""Shared by `import` and `pull`: a drafted spec is written, or merged into the spec that people have edited."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from erd2dbt.cli.console import DIFFERS, Console
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.sources import listed, may_go_on, unselected
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines import summary
from erd2dbt.system.progress import stage

if TYPE_CHECKING:
    from erd2dbt.cli.own_drawing import OwnDrawing
    from erd2dbt.cli.spec_files import SpecFiles
    from erd2dbt.diagram.drawing import Diagram, Seen
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.pipelines.drafting import DraftText
    from erd2dbt.pipelines.redrafting import Redrafted
    from erd2dbt.write.merging.values import Side

_SIDES: dict[str | None, Side] = {"ours": "generated", "theirs": "yours"}


def drafting(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that writes a draft."""
    for option in reversed(
        (
            click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
                         help="The spec to write. An existing spec is merged [default: standard output]."),
            click.option("--force", is_flag=True, help="Overwrite an existing spec, manual edits included."),
            click.option("--conflict", type=click.Choice(["markers", "ours", "theirs"]),
                         help="Where you and the diagram changed the same thing: write both between markers, the "
                         "text of the diagram (ours), or your text (theirs) [default: nothing is written]."),
            click.option("--allow-unread", is_flag=True,
                         help="Go on without what could not be read. It is listed in the spec."),
            click.option("-q", "--quiet", is_flag=True, help="Print only faults."),
            click.option("-v", "--verbose", is_flag=True, help="List what was ignored, too."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def deliver(
    console: Console,
    read: Diagram,
    draft: DraftText | None,
    output: Path | None,
    *,
    force: bool,
    conflict: str | None,
    allow_unread: bool,
    own: OwnDrawing | None = None,
    files: SpecFiles | None = None,
) -> None:
    """Print the summary of a draft, and write it. Exits with 1 if the draft cannot be written.

    `files`: the spec and its memories as they were found; None without an `output`. `own`: the drawing of the spec on
    the same board. Without a `draft`, the board has nothing else.
    """
    is_own = own is not None and own.is_there
    is_new = output is None or force or not output.exists()
    if output is not None and draft is not None and not (force and output.exists()) and not _has_memory(output):
        if is_own:
            boxes = summary.plural(len(read.boxes), "box")
            console.say(f"left     {boxes} beside the drawing: the spec was not drafted from them")
            draft = None
        elif output.exists():
            _refuse_unknown(output)
    seen = [*(read.seen if draft is not None else ()), *(_own_seen(own) if is_own else ())]
    if console.verbose:
        listed("left     ", [one.sentence for one in seen if not one.unread])
    listed("left     ", own.left if own else [])
    if not may_go_on(replace(read, seen=tuple(seen)), allow_unread=allow_unread):
        sys.exit(DIFFERS)
    merge = _Merge(console, read, draft, output, own if is_own else None, files, is_new=is_new)
    merge.run(conflict)


def has_boxes(read: Diagram, own: OwnDrawing) -> bool:
    """Return whether the board has a diagram besides the drawing of the spec. Raises ErdError E055 where it has
    neither."""
    from erd2dbt.read.recognising import refuse_empty

    if own.parts is None:  # no board
        return True
    if not read.boxes and not own.is_there:
        old = " but a drawing of an older `push`: push the spec again, and the next pull reads its drawing"
        where = f"on this board{'' if own.parts.own is None else old}"
        refuse_empty(replace(read, seen=(*own.parts.left, *read.seen)), where)
    return bool(read.boxes)


def _own_seen(own: OwnDrawing | None) -> Iterable[Seen]:
    return own.changes.now.seen if own and own.changes else ()


def _has_memory(output: Path) -> bool:
    from erd2dbt.pipelines.redrafting import memory_of

    return memory_of(output).is_file()


@dataclass(frozen=True, slots=True)
class _Merge:
    """Merges into the spec: the draft of a diagram, and people's changes in the spec's own drawing."""

    console: Console
    read: Diagram
    draft: DraftText | None
    output: Path | None
    own: OwnDrawing | None
    files: SpecFiles | None
    is_new: bool = field(kw_only=True)

    def run(self, conflict: str | None) -> None:
        before = self._spec()
        found = self._merged(before, _SIDES.get(conflict))
        conflicts = [one for merged in found for one in merged.conflicts]
        spec = found[-1].text
        where = str(self.output or "SPEC")
        if conflicts and conflict is None:
            self.console.report([fault for merged in found for fault in _faults_of(merged, where)])
            echo("\nnothing was written", err=True)
            sys.exit(DIFFERS)
        is_marked = bool(conflicts) and conflict == "markers"
        with stage(f"reading {where} …"):
            self._say(before, spec, found, is_marked=is_marked)
        with stage(f"writing {where} …"):
            self._write(before, spec)
        if is_marked:
            self.console.report([fault for merged in found for fault in _faults_of(merged, where)])
            sys.exit(DIFFERS)

    def _spec(self) -> str | None:
        """Read the existing spec, for the merge."""
        from erd2dbt.cli.console import read_bytes
        from erd2dbt.pipelines.redrafting import check_readable
        from erd2dbt.read.yaml.source import decode

        if self.is_new or self.output is None:
            return None
        spec = decode(read_bytes(self.console, self.output), str(self.output))
        check_readable(spec, str(self.output))
        return spec

    def _merged(self, spec: str | None, prefer: Side | None) -> list[Redrafted]:
        """Merge the draft, then the changes in the drawing."""
        from erd2dbt.pipelines.redrafting import Redrafted, redraft

        found = []
        if self.draft is not None and spec is None:
            found.append(Redrafted(text=self.draft.text))
        elif self.draft is not None and self.output is not None and spec is not None:
            memory = _memory(self.console, self.output).text
            _refuse_smaller(memory, self.output)
            found.append(redraft(memory, spec, self.draft.text, prefer=prefer))
        if self.own is not None and self.own.edited is not None:
            edited, current = self.own.edited, found[-1].text if found else spec
            if current is None or (self.is_new and found):
                found += [] if found else [Redrafted(text=edited.text)]
            elif not found or not found[-1].conflicts or prefer:
                found.append(redraft(self.own.base, current, edited.text, prefer=prefer, renames=edited.renames))
        return found

    def _say(self, before: str | None, spec: str, found: list[Redrafted], *, is_marked: bool) -> None:
        from erd2dbt.pipelines.drafting import draft_lines, open_line, spec_line
        from erd2dbt.pipelines.merge_summary import differences
        from erd2dbt.read.spec.reader import read_spec

        where = str(self.output or "SPEC")
        is_merged = before is not None and not is_marked and _is_spec(before) and _is_spec(spec)
        if self.draft is not None:
            for line in draft_lines(self.read, self.draft.text, where, spec if is_merged else None):
                self.console.say(line)
        elif self.own is not None:
            self.console.say("read     the drawing of this spec")
            if is_merged:
                self.console.say(open_line(spec, where))
        for merged in found:
            for line in _redrafted_lines(merged):
                self.console.say(line)
        for why in self.own.edited.left if self.own and self.own.edited else ():
            self.console.say(f"left     {why}; the next push draws it as the spec has it")
        if is_merged and before is not None:
            renamed = {old: new for merged in found for old, new in merged.renamed}
            gone = {name for merged in found for name in merged.gone}
            was, now = (read_spec(one.encode(), where) for one in (before, spec))
            for line in (*differences(was, now, renamed, gone), *self._arrow_lines(was, now, spec, renamed)):
                self.console.say(line)
            self.console.say(spec_line(spec, where))

    def _arrow_lines(self, before: Erd, spec: Erd, text: str, renamed: Mapping[str, str]) -> Iterator[str]:
        """Return what changed in the lineage that was drawn. `before` and `spec`: the spec before and after the merge,
        and its `text`."""
        from erd2dbt.pipelines.arrow_changes import ArrowReport, arrow_changes
        from erd2dbt.read.spec.reader import read_spec

        if self.draft is not None and self.output is not None and _has_memory(self.output):
            was, drafted = (
                _memory(self.console, self.output).memory.arrows,
                read_spec(self.draft.text.encode(), "draft"),
            )
            drawn = _boxes_of(drafted)
            changes = arrow_changes(was, self.draft.memory.arrows or (), renamed) if was is not None else ()
            yield from ArrowReport(before=before, spec=spec, drawn=drawn).lines(changes)
        if self.own is not None and self.own.edited is not None:
            drawn = _boxes_of(spec)
            redrawn = self.own.lineage(text)
            report = ArrowReport(before=before, spec=spec, drawn=drawn, redrawn=redrawn)
            yield from report.lines(self.own.edited.arrows)

    def _write(self, before: str | None, spec: str) -> None:
        from erd2dbt.miro.record import record_of
        from erd2dbt.pipelines.redrafting import memory_of

        output = self.output
        if output is None:
            document(spec)
            return
        texts = {output: spec.encode()}
        if self.draft is not None:
            texts[memory_of(output)] = self.draft.remembered.encode()
        if self.own is not None and (record := self.own.kept()) is not None:
            texts[record_of(output)] = record.encode()
        assert self.files is not None
        self.files.write(texts)
        word = "wrote " if before is None else "same  " if before == spec else "merged"
        self.console.say(f"{word}   {output}")


def _boxes_of(erd: Erd) -> set[str]:
    return {*(one.name for one in erd.entities), *(one.name for one in erd.models)}


def _is_spec(text: str) -> bool:
    """Return whether a file is a readable spec. People may be editing it at the moment."""
    from erd2dbt.read.spec.reader import read_spec

    with suppress(ErdError):
        read_spec(text.encode(), "spec")
        return True
    return False


def _redrafted_lines(merged: Redrafted) -> Iterator[str]:
    for old, new in merged.renamed:
        yield f"renamed  {old} is {new} now"
    for name in merged.gone:
        yield f"removed  {name} is no longer drawn"
    for name, why in merged.kept:
        yield f"kept     {name} is no longer drawn, but {why}"
    for name, comments in merged.uncommented:
        said = "; ".join(comment.lstrip("# ") for comment in comments)
        yield f"dropped  the comment of {name}, which is no longer drawn: {said}"
    for name in merged.missed:
        yield f"missed   {name} has changed in the diagram, and the spec has nothing of that name"


def _faults_of(merged: Redrafted, output: str) -> tuple[Diagnostic, ...]:
    from erd2dbt.pipelines.redrafting import conflict_faults

    return conflict_faults(merged, output)


def _memory(console: Console, output: Path) -> DraftText:
    """Return the last draft."""
    from erd2dbt.cli.console import read_bytes
    from erd2dbt.pipelines.drafting import DraftText
    from erd2dbt.pipelines.redrafting import memory_of
    from erd2dbt.read.yaml.source import decode

    file = memory_of(output)
    return DraftText.recalled(decode(read_bytes(console, file), str(file)))


def drafted_before(console: Console, output: Path | None) -> str | None:
    """Return the last draft of this spec, if it was stored."""
    if output is None or not output.exists() or not _has_memory(output):
        return None
    return _memory(console, output).remembered


def _refuse_unknown(output: Path) -> NoReturn:
    """Refuse a merge into a spec whose last draft is unknown."""
    from erd2dbt.pipelines.redrafting import memory_of

    echo(
        f"error: `{output}` already exists, and `{memory_of(output).name}`, its last generated version, does "
        "not; nothing was written (--force overwrites the spec)",
        err=True,
    )
    sys.exit(DIFFERS)


def _refuse_smaller(before: str, output: Path) -> None:
    """Refuse a smaller selection: unselected parts are still drawn, and must not be removed from the spec."""
    from erd2dbt.read.spec.reader import read_spec

    if not (left := unselected()):
        return
    there = [entity.name for entity in read_spec(before.encode(), str(output)).entities if entity.name in left]
    if there:
        echo(
            f"error: `{output}` has {summary.shown(there)}, which this selection excludes; nothing was written "
            "(name another spec, or --force)",
            err=True,
        )
        sys.exit(DIFFERS)
