"""Plans and makes the move of existing descriptions into generated files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from erd2dbt.adopt.descriptions import Described, extract, joined
from erd2dbt.adopt.notes import doubled
from erd2dbt.design.project.compose import design
from erd2dbt.design.project.fitting import fitted
from erd2dbt.design.project.project import Project
from erd2dbt.design.project.surroundings import Place, Surroundings
from erd2dbt.engines.registry import DEFAULT
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated
from erd2dbt.pipelines.product_cache import templates_digest
from erd2dbt.render.project import render
from erd2dbt.system.reading import read_regular
from erd2dbt.write import changes
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.lock import Means


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A description to move: `what` (`model orders`), its file, and the generated file that receives it."""

    what: str
    place: Place
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """The plan. `files`: all generated files, as if nothing were described elsewhere. `edited`: the texts that receive
    descriptions. `rests`: the owner's files without them, None for a file with no other content."""

    taken: tuple[Move, ...]
    left: tuple[Move, ...]
    files: Mapping[str, str]
    edited: Mapping[str, str]
    rests: Mapping[str, str | None]
    templates: str
    engine: str


def adoption(generated: Generated, out: Path, templates: Path | None) -> Adoption:
    """Return the plan. Writes nothing. Raises ErdError."""
    designed = design(generated.erd, generated.planned.plans, generated.planned.claims, generated.engine)
    paths = _paths(fitted(designed, replace(generated.around, sources={}, models={})))
    moves = [
        (Move(what=w, place=place, path=paths[_description_key(w)]), _description_key(w))
        for w, place in doubled(generated)
    ]
    taken = {path: extract(_text(out, path), of) for path, of in _by_file(moves).items()}
    left = {wanted for one in taken.values() for wanted in one.left}
    files = render(fitted(designed, _but(generated.around, {w for _, w in moves} - left)), templates)
    standing = _standing(files, out, {move.path for move, wanted in moves if wanted not in left})
    for file in taken:
        for path in dict.fromkeys(move.path for move, w in moves if move.place.path == file and w not in left):
            alone = extract(_text(out, file), [w for move, w in moves if move.path == path and w not in left])
            standing[path] = joined(path, alone.document, standing[path])
    return Adoption(
        taken=tuple(move for move, wanted in moves if wanted not in left),
        left=tuple(move for move, wanted in moves if wanted in left),
        files=files,
        edited=standing,
        rests={path: one.rest for path, one in taken.items() if one.document},
        templates=templates_digest(templates),
        engine="" if generated.engine is DEFAULT else generated.engine.name,
    )


def carry_out(found: Adoption, out: Path) -> None:
    """Write the generated files, the moved descriptions, and the remaining files: all or none.

    Raises ErdError: the refusals of writing, E803.
    """
    if not found.taken:
        return
    decided = changes.decide(found.files, out)
    beside = changes.Beside(
        edits={path: _bytes(text) for path, text in found.edited.items()},
        others={path: None if rest is None else _bytes(rest) for path, rest in found.rests.items()},
    )
    changes.apply(decided, found.files, out, means=Means(found.templates, found.engine), beside=beside)


def _but(around: Surroundings, taken: set[Described]) -> Surroundings:
    """Return the survey as it will be after the move."""
    return replace(
        around,
        sources={key: place for key, place in around.sources.items() if Described(*key) not in taken},
        models={name: place for name, place in around.models.items() if Described("", name) not in taken},
    )


def _paths(project: Project) -> dict[Described, str]:
    """Return the generated file that describes each source table and model."""
    found = {Described(f.source.name, table.name): f.path for f in project.sources for table in f.source.tables}
    return found | {Described("", model.name): f.path for f in project.properties for model in f.models}


def _description_key(what: str) -> Described:
    kind, _, name = what.partition(" ")
    source, _, table = name.partition(".")
    return Described(source, table) if kind == "source" else Described("", name)


def _by_file(moves: Iterable[tuple[Move, Described]]) -> dict[str, list[Described]]:
    found: dict[str, list[Described]] = {}
    for move, wanted in moves:
        found.setdefault(move.place.path, []).append(wanted)
    return found


def _standing(files: Mapping[str, str], out: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the future texts at the paths, with manual edits. Raises the refusals of writing."""
    decided = changes.decide(files, out)
    if refused := changes.refusals(decided, out):
        raise ErdError(refused)
    known = {change.path: change for change in decided}
    texts = {}
    for path in sorted(paths):
        change = known[path]
        is_kept = change.fate is changes.Fate.KEEP
        merged = change.text.decode("utf-8", "surrogateescape") if change.text is not None else files[path]
        texts[path] = _text(out, path) if is_kept else merged
    return texts


def _text(out: Path, path: str) -> str:
    try:
        return read_regular(out / path).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(path)}`", error)]) from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
