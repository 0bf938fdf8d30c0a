"""What has another name in the diagram now than when the folder was generated, and which files move with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from erd2dbt.diagram.identity import Identities, Identity
from erd2dbt.system.last_kept import last_kept
from erd2dbt.write.merging.newnames import NOTHING, NewNames
from erd2dbt.write.similarity import Likeness, column_likenesses, likenesses, tables_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from erd2dbt.write.lock import Known
    from erd2dbt.write.similarity import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The names of a diagram; `follow` takes for renamed what is merely like what left."""

    now: Identities = field(default_factory=dict)
    follow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Renames:
    """`moves`: new path -> old path. `likes`: what may have been renamed; it was taken for so if it is to be followed.

    `before`: the names that the folder was generated with."""

    before: Identities = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    names: NewNames = NOTHING
    likes: tuple[Likeness, ...] = ()

    def remembered(self, naming: Naming, orphans: Collection[str]) -> dict[str, Identity]:
        """What the next run has to know: the names of now, and those of which edited files are left."""
        left = {n: one for n, one in self.before.items() if n not in naming.now and one.file in orphans}
        like = {one.new: one.old for one in self.likes if not one.of}
        like = {n: like.get(n) or (self.before[n].like if n in self.before else "") for n in naming.now}
        now = {n: replace(one, like=like[n]) if like[n] in left else one for n, one in naming.now.items()}
        return {**left, **now}


@last_kept
def find(naming: Naming, before: Identities, known: Known, texts: Texts) -> Renames:
    """By the item of the board, by `renamed_from`, else by likeness."""
    if not before or not naming.now:
        return Renames(before=before)
    now = naming.now
    olds = _things(before, now)
    columns = list(_columns(before, now, olds))
    undone = list(_undone(before, now, olds))
    tables = tables_of(texts)
    likes = likenesses(before, now, olds, tables)
    followed = {one.new: one.old for one in likes} if naming.follow else {}
    olds |= followed
    known_columns = {(old, new) for _, old, new in columns} | set(undone)
    like_columns = column_likenesses(before, now, olds, known_columns, tables)
    if naming.follow:
        columns += [(one.of, one.old, one.new) for one in like_columns]
    pairs = [(before[olds.get(n, n)], one) for n, one in now.items() if one.file and olds.get(n, n) in before]
    return Renames(
        before=before,
        moves=_moves(pairs, known, texts.now),
        names=_names(now, olds, pairs, columns, undone),
        likes=(*likes, *like_columns),
    )


def _things(before: Identities, now: Identities) -> dict[str, str]:
    """New name -> old name of entities and models."""
    by_item = {one.item: n for n, one in before.items() if one.item and one.file}
    found: dict[str, str] = {}
    for name, one in now.items():
        if not one.file:
            continue
        said = (old for old in reversed(one.olds) if _is_claimed(name, old, before, now))
        undone = (old for old, there in before.items() if name in there.olds and there.file and old not in now)
        old = by_item.get(one.item) or next(said, next(undone, name) if name not in before else name)
        if old != name and bool(before[old].table) == bool(one.table) and old not in found.values():
            found[name] = old
    found |= _derived(before, now, found)
    while wrong := [new for new, old in found.items() if old in now and old not in found]:
        for new in wrong:
            del found[new]
    return found


def _derived(before: Identities, now: Identities, olds: Mapping[str, str]) -> dict[str, str]:
    """New name -> old name of models of a star: each stands for one entity, which may be called otherwise now."""
    there = {one.star: name for name, one in before.items() if one.star and name not in now}
    came = {name: one.star for name, one in now.items() if one.star and name not in before and name not in olds}
    found = {name: there[old] for name, star in came.items() if (old := olds.get(star, star)) in there}
    return {name: old for name, old in found.items() if old not in olds.values()}


def _is_claimed(name: str, old: str, before: Identities, now: Identities) -> bool:
    """Whether `renamed_from` speaks of a thing that was there, and did not say so last time already."""
    is_news = name not in before or before[name].olds != now[name].olds
    return old in before and bool(before[old].file) and (old not in now or is_news)


def _columns(before: Identities, now: Identities, olds: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(owner now, old name, new name) of columns."""
    by_item = {one.item: n for n, one in before.items() if one.item and not one.file}
    for name, one in now.items():
        owner, dot, column = name.partition(".")
        old_owner = olds.get(owner, owner)
        if not dot or old_owner not in before:
            continue
        there, _, word = by_item.get(one.item, "").partition(".")
        if there == old_owner:
            yield from [(owner, word, column)] if word != column else []
            continue
        known = before.get(f"{old_owner}.{column}", Identity())
        if known.olds != one.olds:
            yield from ((owner, old, column) for old in one.olds)


def _undone(before: Identities, now: Identities, olds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(name, name before it) of columns of which it is no longer said: perhaps since it is as it was."""
    owners = {old: new for new, old in olds.items()}
    for name, one in before.items():
        owner, dot, column = name.partition(".")
        if dot and one.olds and f"{owners.get(owner, owner)}.{column}" not in now:
            yield column, one.olds[-1]


def _moves(pairs: list[tuple[Identity, Identity]], known: Known, now: Mapping[str, bytes]) -> dict[str, str]:
    """The SQL of models, the YAML of one model alone, and that of a folder which has moved as a whole."""
    sql = {one.file: old.file for old, one in pairs if old.file != one.file}
    found = sql | {_properties(new): _properties(old) for new, old in sql.items()}
    folders = {_folder(new): _folder(old) for new, old in sql.items() if _folder(new) != _folder(old)}
    came = [path for path in now.keys() - known.keys() - found.keys() if _folder(path) in folders]
    likely = {path: old for path in came if (old := _properties_of_folder(path, folders[_folder(path)], known))}
    often = Counter(likely.values())
    found |= {path: old for path, old in likely.items() if often[old] == 1}  # of one that is split, each part is new
    is_swapped = {old for new, old in found.items() if old in now and old in found}
    return {n: o for n, o in found.items() if n in now and o in known and (o not in now or o in is_swapped)}


def _properties_of_folder(path: str, old: str, known: Known) -> str | None:
    """Where the properties of a folder stood: they have its name, except for those of a layer's own folder."""
    folder, _, name = path.rpartition("/")
    here, there = folder.rpartition("/")[2], old.rpartition("/")[2]
    names = (name.replace(here, there), name.replace(f"_{here}", ""), name.replace("__", f"_{there}__", 1))
    return next((place for one in names if (place := f"{old}/{one}") in known), None)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _properties(path: str) -> str:
    """As `layout: model` has it."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/_{name.removesuffix('.sql')}.yml"


def _names(
    now: Identities,
    olds: Mapping[str, str],
    pairs: list[tuple[Identity, Identity]],
    columns: list[tuple[str, str, str]],
    undone: list[tuple[str, str]],
) -> NewNames:
    by_owner: dict[str, dict[str, str]] = {}
    for owner, old, new in columns:
        for name in (owner, olds.get(owner, owner), now[owner].model):
            by_owner.setdefault(name, {})[old] = new
    models = {old.model: one.model for old, one in pairs if old.model != one.model}
    tables = {old.table: one.table for old, one in pairs if old.table != one.table}
    parts = [pair for old, new in tables.items() for pair in zip(old.split(".", 1), new.split(".", 1), strict=True)]
    of_columns = [*((old, new) for _, old, new in columns), *undone]
    stems = [(old.removesuffix("_id"), new.removesuffix("_id")) for old, new in of_columns]  # `orders_by_customer`
    words = [*((old, new) for new, old in olds.items()), *models.items(), *parts, *of_columns, *stems]
    changed = tuple(dict.fromkeys((old, new) for old, new in words if old != new and old and new))
    return NewNames(words=changed, models=models, tables=tables, columns=by_owner) if changed else NOTHING
