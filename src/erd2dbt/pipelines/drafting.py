"""Converts a diagram's bytes to the text of a spec, the input of `pipeline` after people have reviewed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.diagram.erd import Erd
from erd2dbt.diagram.todos import todos
from erd2dbt.draft.diagram import draft
from erd2dbt.draft.kept_proposals import with_earlier
from erd2dbt.draft.keys import with_proposals
from erd2dbt.draft.memory import NO_MEMORY, Memory, with_memory, without_memory
from erd2dbt.draft.names import NOTHING, known_names
from erd2dbt.draft.remarks import remarks_in
from erd2dbt.draft.values import Draft, Remark
from erd2dbt.escape import shell
from erd2dbt.notate.dbml import dbml_text
from erd2dbt.notate.ddl import ddl_text
from erd2dbt.notate.dsl import dsl_text
from erd2dbt.notate.mermaid import mermaid_text
from erd2dbt.notate.spec import spec_text
from erd2dbt.pipelines.draft_check import with_open_derivations
from erd2dbt.pipelines.redrafting import Renames, renames_between
from erd2dbt.pipelines.summary import plural
from erd2dbt.read.board.address import address_of
from erd2dbt.read.board.values import Board
from erd2dbt.read.recognising import read_diagram
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.system.garbage_collection import rarely_collected
from erd2dbt.system.progress import stage
from erd2dbt.system.recursion import room_for_nesting

Propose = Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True)
class DraftText:
    """A drafted spec, and what the next draft must know of the diagram."""

    text: str
    memory: Memory = NO_MEMORY

    @property
    def remembered(self) -> str:
        """The text of the file that stores the last draft."""
        return with_memory(self.text, self.memory)

    @classmethod
    def recalled(cls, remembered: str) -> DraftText:
        """Return the draft from the text of its file."""
        return cls(*without_memory(remembered))


def drafted(
    data: bytes,
    file: str,
    board: str | None = None,
    *,
    infer_keys: bool = False,
    propose: Propose = with_proposals,
    before: str | None = None,
) -> tuple[Diagram, str]:
    """Return the text of a spec for a diagram in any notation except the spec's own. Raises ErdError.

    `board`: id or address of its board, for exports without one; `before` as for `draft_text`.
    """
    with rarely_collected(), room_for_nesting():
        diagram = diagram_in(data, file, board)
        return diagram, draft_text(diagram, infer_keys=infer_keys, propose=propose, before=before)


def diagram_in(
    data: bytes,
    file: str,
    board: str | None = None,
    dialect: str | None = None,
    frame: str | None = None,
    *,
    part: Callable[[Board], Board] | None = None,
) -> Diagram:
    """Return the diagram alone. `dialect`: the system of its SQL, if known. `frame`: id or title of the only frame to
    read. `part` as for `read_diagram`."""
    with rarely_collected(), stage(f"reading {file} …"):
        diagram = read_diagram(data, file, dialect, frame, part)
    return diagram if board is None else replace(diagram, board=address_of(board).board)


def draft_text(
    diagram: Diagram,
    *,
    infer_keys: bool = False,
    propose: Propose = with_proposals,
    before: str | None = None,
    key_names: str | None = None,
) -> str:
    """Return the text of a spec for a diagram from any source; with the arguments of `draft_of`."""
    how: Any = {"infer_keys": infer_keys, "propose": propose, "before": before, "key_names": key_names}
    return draft_of(diagram, **how).text


def draft_of(
    diagram: Diagram,
    *,
    infer_keys: bool = False,
    propose: Propose = with_proposals,
    before: str | None = None,
    key_names: str | None = None,
) -> DraftText:
    """Return the text of a spec for a diagram from any source, and the memory of the diagram.

    `infer_keys` adds keys and undeclared links, from names alone or from rows.

    `before`: the last draft, with its memory. Its names and its project name do not change. Inferred keys and links
    stay, unless the diagram contradicts them now.

    `key_names`: the name of a key `id`, `entity_id` or `as_drawn`; None keeps the choice in `before`.
    """
    with rarely_collected(), room_for_nesting(), stage(f"drafting a spec of {len(diagram.boxes)} boxes …"):
        last = DraftText.recalled(before) if before else None
        erd = read_spec(last.text.encode(), "before") if last else None
        known = replace(known_names(erd), former=last.memory.former) if erd and last else NOTHING
        if key_names:
            known = replace(known, keys_as_drawn=key_names == "as_drawn")

        def text_of(found: Draft) -> str:
            found = replace(found, project=erd.project) if erd else found
            if infer_keys:
                found = propose(found)
            elif erd and last:
                found = with_earlier(found, erd, last.text)
            return spec_text(with_open_derivations(found))

        found = draft(diagram, known)
        text = text_of(found)
        former = _former(known.former, renames_between(erd, read_spec(text.encode(), "now"))) if erd else {}
        if former != known.former:  # rows may say how they are made by names that boxes had before
            text = text_of(draft(diagram, replace(known, former=former)))
        return DraftText(text, Memory(arrows=found.arrows, former=former))


def _former(known: Mapping[str, tuple[str, ...]], renames: Renames) -> dict[str, tuple[str, ...]]:
    """Return the former names of boxes and columns, after more renames."""
    boxes = {old: new for (owner, old), new in renames.items() if not owner}
    found: dict[str, tuple[str, ...]] = {}
    for name, olds in known.items():
        box, dot, column = name.partition(".")
        found[f"{boxes.get(box, box)}{dot}{renames.get((boxes.get(box, box), column), column)}"] = olds
    for (owner, old), new in renames.items():
        name = f"{owner}.{new}" if owner else new
        found[name] = (*(one for one in found.get(name, ()) if one not in (old, new)), old)
    return found


WRITERS: Mapping[str, Callable[[Diagram], str]] = {
    "spec": draft_text,
    "mermaid": mermaid_text,
    "dbml": dbml_text,
    "dsl": dsl_text,
    "ddl": ddl_text,
}


def draft_lines(read: Diagram, text: str, spec: str, merged: str | None = None) -> Iterator[str]:
    """Return the summary: what was read, and the open points of a drafted spec, or of the spec that it was `merged`
    into.

    Raises ErdError when that cannot be read as a spec.
    """
    erd = read_spec(text.encode(), spec)
    yield f"read     {_counted(erd)} from {PurePath(read.file).name}"
    if read.dialect is not None:
        yield f"dialect  {read.dialect}"
    yield _open_line(text, erd, spec) if merged is None else open_line(merged, spec)
    parts_read = "" if read.parts is None else f"{plural(read.parts, 'part')} of the input read, "
    listed = "; listed at the end of the spec" if read.seen else ""
    yield f"account  {parts_read}{len(read.unread)} unread, {read.ignored:,} ignored{listed}"


def open_line(text: str, spec: str) -> str:
    """Return the line with the open points of a spec."""
    return _open_line(text, read_spec(text.encode(), spec), spec)


def _open_line(text: str, erd: Erd, spec: str) -> str:
    guesses = sum(said.remark is Remark.INFERRED for said in remarks_in(text))
    left = plural(len(list(todos(erd))), "TODO")
    return f"open     {left} and {plural(guesses, 'guess')}; `erd2dbt plan {shell.word(spec)}` lists them"


def spec_line(text: str, spec: str) -> str:
    """Return `spec     4 entities, 3 links, 2 models`."""
    return f"spec     {_counted(read_spec(text.encode(), spec))}"


def _counted(erd: Erd) -> str:
    parts = ((len(erd.entities), "entity"), (len(erd.links), "link"), (len(erd.models), "model"))
    return ", ".join(plural(count, word) for count, word in parts)
