"""Proves models with manual edits or merges before they are written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from erd2dbt.adopt.missing_refs import MissingRef
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.pipelines.product_cache import Product
    from erd2dbt.write.changes import Change, Naming

_NAMED = 5  # files that are named where there may be many


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A model's file with a manual edit: the user's text, and the text to write. They differ after a merge."""

    model: str
    path: str
    place: str
    before: str
    after: str

    @property
    def is_merged(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """`refused`: E811 for each merge that breaks a model. `proved` and `unproved`: the others, the latter with
    reasons."""

    refused: tuple[Diagnostic, ...]
    proved: tuple[Edited, ...]
    unproved: tuple[tuple[Edited, str], ...]

    def lines(self) -> Iterator[str]:
        """Return lines for the summary of a run."""
        merged = [one.path for one in self.proved if one.is_merged]
        if merged:
            more = f" and {len(merged) - _NAMED} more" if len(merged) > _NAMED else ""
            yield f"proved   merged and proved: {', '.join(merged[:_NAMED])}{more}"
        for one, why in self.unproved:
            yield f"unproved {one.path} {why}"


def edited_models(changes: Iterable[Change], models: Mapping[str, str], out: Path) -> list[Edited]:
    """Return all files with a manual edit. `models`: path of a model's SQL -> the model."""
    from erd2dbt.write.changes import Fate
    from erd2dbt.write.files import read

    inside, found = os.path.realpath(out), []
    for change in changes:
        is_kept = change.fate in (Fate.KEEP, Fate.MERGE) and change.path in models
        if not is_kept or change.marked:
            continue
        stands = read(os.path.join(out, change.place), inside) or b""
        before, after = (_text(data) for data in (stands, stands if change.text is None else change.text))
        found.append(
            Edited(model=models[change.path], path=change.path, place=change.place, before=before, after=after)
        )
    return found


def proofs(generated: Generated, edited: Sequence[Edited], out: Path) -> Proofs:
    """Prove the edited models. A merge is refused if the grain follows from the user's text alone, or if it reads a
    removed column.

    If the grain follows from neither text, the model is listed as unproved.
    """
    from erd2dbt.render.validation import edited_faults

    plans = generated.planned.plans
    faults = edited_faults(plans, {one.model: one.after for one in edited})
    merged = {one.model: one.before for one in edited if one.is_merged and one.model in faults}
    before = edited_faults(plans, merged)
    broken = [
        one
        for one in edited
        if one.model in merged and (one.model not in before or _is_gone(faults[one.model].missing, one, generated))
    ]
    return Proofs(
        refused=tuple(_refused(one, faults[one.model].reason, out) for one in broken),
        proved=tuple(one for one in edited if one.model not in faults),
        unproved=tuple((one, faults[one.model].reason) for one in edited if one.model in faults and one not in broken),
    )


def without_a_model(made: Product, out: Path, changes: Iterable[Change], edited: Iterable[Edited]) -> list[MissingRef]:
    """Return references to models that do not exist after the changes."""
    from erd2dbt.adopt.missing_refs import missing_refs
    from erd2dbt.adopt.survey import survey

    moved = {one.origin.path: one.path for one in changes if one.origin}
    renamed = {_stem(old): made.models[new] for old, new in moved.items() if new in made.models}
    texts = {one.path: one.after for one in edited}
    return missing_refs(out, survey(out), [*made.models.values()], texts, renamed)


def with_old_names(made: Product, out: Path, naming: Naming) -> list[str]:
    """Return sentences about files that were not generated and use old names."""
    from erd2dbt.adopt.old_names import ENDINGS, Renaming, users_of_old_names
    from erd2dbt.adopt.own_texts import own_texts
    from erd2dbt.adopt.survey import survey
    from erd2dbt.write.changes import renamed
    from erd2dbt.write.lock import read_lock

    names, models = renamed(made.files, out, naming), {*made.models.values()}
    columns = {model: words for model, words in names.columns.items() if model in models}
    found = Renaming(models=names.models, columns=columns)
    ours = {*read_lock(os.fspath(out)), *made.files}
    return users_of_old_names(own_texts(os.fspath(out), survey(out), ours, ENDINGS), found) if found else []


def broken(made: Product, out: Path, changes: Sequence[Change]) -> Iterator[str]:
    """Return sentences about files that dbt cannot compile: invalid SQL in edited models, and references to missing
    models."""
    edited = edited_models(changes, made.models, out)
    if edited:
        from erd2dbt.sqlproof.dbttext import read

        faults = ((one, read(one.after)) for one in edited)
        yield from (f"{one.path} {found.fault}" for one, found in faults if found.broken)
    yield from (one.sentence for one in without_a_model(made, out, changes, edited))


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".sql")


def _is_gone(column: str | None, one: Edited, generated: Generated) -> bool:
    """Return whether a column is not generated any more. Only such columns can be judged by the text of the model."""
    return column is not None and re.search(rf"\b{re.escape(column)}\b", generated.files[one.path]) is None


def _refused(one: Edited, why: str, out: Path) -> Diagnostic:
    return Diagnostic(
        code="E811",
        message=f"merged with what is generated now, the file {why}",
        span=Span(os.path.join(out, one.place), 1, 1),
        fixes=("make the change in the spec, and remove it from the file", "`--force` overwrites the file"),
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")
