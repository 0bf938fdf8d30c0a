"""What left the diagram and what came may be one thing under two names: by the columns that both have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erd2dbt.diagram.identity import Identities, Identity

_LEAST = 0.5  # of the columns that must agree

Table = Mapping[str, str]  # column -> its type, in order
Tables = tuple[Mapping[str, Table], Mapping[str, Table]]  # by model: as generated before, and now


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """YAML files as they were generated before, and all files as they are now."""

    before: Mapping[str, bytes]
    now: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """`old` left and `new` came. `of`: the entity or model, if they are columns; `why` they may be one."""

    old: str
    new: str
    why: str
    of: str = ""


def tables_of(texts: Texts) -> Tables:
    """The columns of all models in files of which a name has gone; nothing is read where none has."""
    changed = [path for path in texts.before if path.endswith(".yml") and _has_lost(path, texts)]
    if not changed:
        return {}, {}
    now = [data for path, data in texts.now.items() if path.endswith(".yml") and data != texts.before.get(path)]
    return _tables(texts.before[path] for path in changed), _tables(now)


def _has_lost(path: str, texts: Texts) -> bool:
    before, now = (set(re.findall(rb"- name: .*", data)) for data in (texts.before[path], texts.now.get(path, b"")))
    return not before <= now


def _tables(texts: Iterable[bytes]) -> dict[str, Table]:
    from erd2dbt.write.merging.read import read  # reading YAML is loaded for this alone

    documents = (read(text.decode()) for text in texts)
    lists = [document.root.get("models") for document in documents if document]
    found: dict[str, Table] = {}
    for model in (entry.value for models in lists if models for entry in models.entries):
        name, columns = model.get("name"), model.get("columns")
        if name and columns:
            pairs = ((e.value.get("name"), e.value.get("data_type")) for e in columns.entries)
            found[name.value] = {word.value: kind.value if kind else "" for word, kind in pairs if word}
    return found


def likenesses(before: Identities, now: Identities, olds: Mapping[str, str], tables: Tables) -> list[Likeness]:
    """Of entities and models, each at most once, the likest first taken; told by the new names."""
    left = [n for n, one in before.items() if one.file and n not in now and n not in olds.values()]
    came = [n for n, one in now.items() if one.file and n not in olds and (n not in before or before[n].like in left)]
    found: list[tuple[float, str, str, str]] = []
    for old in left:
        for new in came:
            here, there = tables[0].get(before[old].model, {}), tables[1].get(now[new].model, {})
            both, most = len(here.keys() & there.keys()), max(len(here), len(there))
            is_kind = bool(before[old].table) == bool(now[new].table) and not _is_choice(before[old], now[new], now)
            if is_kind and both and both >= most * _LEAST:
                found.append((-both / most, new, old, f"{both} of {most} columns agree"))
            elif new in before and before[new].like == old:
                found.append((0, new, old, f"edits of `{old}` are left"))
    taken: dict[str, Likeness] = {}
    for _, new, old, why in sorted(found):
        if new not in taken and all(one.old != old for one in taken.values()):
            taken[new] = Likeness(old=old, new=new, why=why)
    return sorted(taken.values(), key=lambda one: one.new)


def _is_choice(old: Identity, new: Identity, now: Identities) -> bool:
    """Whether another choice of marts excluded one derived model for another: its entity is still there."""
    return bool(old.star and new.star) and old.star != new.star and old.star.rpartition(" of ")[2] in now


def column_likenesses(
    before: Identities,
    now: Identities,
    olds: Mapping[str, str],
    known: Collection[tuple[str, str]],
    tables: Tables,
) -> list[Likeness]:
    """A column that left, and the one of its type that came in its place; told where the diagram has it first."""
    gone, news = {old for old, _ in known}, {new for _, new in known}
    found: dict[tuple[str, str], Likeness] = {}
    for name, one in now.items():
        old = before.get(olds.get(name, name))
        here, there = tables[0].get(old.model if old else "", {}), tables[1].get(one.model, {})
        if not one.file or not here or not there:
            continue
        left = [c for c in here if c not in there and c not in gone]
        came = [c for c in there if c not in here and c not in news]
        for pair in _placed(here, there, left, came):
            why = f"same type ({here[pair[0]]}) and place"
            found.setdefault(pair, Likeness(old=pair[0], new=pair[1], why=why, of=name))
    return list(found.values())


def _placed(here: Table, there: Table, left: Sequence[str], came: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Between the same two columns, if columns that left or came do not count."""
    stays = {c for c in here if c in there}
    places = ({(_before(table, c, stays), table[c]): c for c in some} for table, some in ((here, left), (there, came)))
    old, new = places
    is_plain = len(old) == len(left) and len(new) == len(came)
    return [(c, new[place]) for place, c in old.items() if place in new] if is_plain else []


def _before(table: Table, column: str, stays: set[str]) -> tuple[str, ...]:
    """The nearest column before that stays."""
    words = list(table)
    return tuple([w for w in words[: words.index(column)] if w in stays][-1:])
