"""Naming styles other than `table (table_id)`.

They are a prefix on all tables (`ci_bill`), the id first (`id_cliente`, `idsite`), a role after the id
(`team_id_winner`), and abbreviated codes (`bill_cyc_cd`). All columns may also have a mark of their table (`CNT_NO`),
or a prefix for their kind (`intSellerID`, `cd_paciente`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from erd2dbt.infer.column_marks import ColumnMarks, column_marks
from erd2dbt.infer.kind_prefixes import KindPrefixes, kind_prefixes
from erd2dbt.infer.vocabulary import tokens
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_FEWEST = 3  # tables with one prefix
_THINGS = frozenset(("thing", "person", "occurrence", "detail", "snapshot"))
_WITH_ROLE = 2  # words: a thing and its role
_LEAST = 3  # letters of a thing after a joined `id`
_BEHIND = re.compile(r"(?P<thing>.*[a-z]_id)_(?P<role>[a-z]\w*)")
_KINDS = ("id", "key", "type", "code", "uuid", "name", "number", "no", "ref", "seq")  # after an id, not a role
_CODE = re.compile(r"_cd$")
_NUMBERS = {
    "no": "no",
    "nr": "nr",
    "num": "no",
    "numero": "no",
    "cd": "code",
    "cod": "code",
    "code": "code",
    "codigo": "code",
}
"""The word for a number or code in front of a thing, and its usual form behind it."""
_ROLES = {**_NUMBERS, "nm": "name", "ds": "desc", "dt": "date"}
"""The same for all columns, where all have such a word in front."""


@dataclass(frozen=True)
class NamingStyles:
    """The table names of a schema, and the usual form of each table and column name."""

    tables: Mapping[str, str]  # as written -> without the prefix of its group
    things: frozenset[str] = field(default_factory=frozenset)  # a word for a single row
    marked: Mapping[str, str] = field(default_factory=dict)  # the same with prefix -> without it
    marks: ColumnMarks = field(default_factory=ColumnMarks)
    kinds: KindPrefixes = field(default_factory=KindPrefixes)
    is_id_first: bool = False  # tables begin with `id_x`

    def column(self, name: str) -> str:
        """`site_id` for `idsite`, `winner_team_id` for `team_id_winner`, `bill_cyc_code` for `bill_cyc_cd`."""
        kind, *rest = snake(name).split("_")
        if kind in self.kinds.prefixes & _NUMBERS.keys() and (thing := self._thing_and_role(rest)):
            return f"{thing}_{_NUMBERS[kind]}"
        name = self.kinds.column(name, _ROLES)
        own = self._without_mark(_CODE.sub("_code", snake(name).strip("_")))
        behind = _BEHIND.fullmatch(own)
        if behind and behind["role"] not in _KINDS and not behind["role"][-1].isdigit():
            return f"{behind['role']}_{behind['thing']}"
        return self._id_first(own) or (own if own != snake(name).strip("_") else name)

    def columns(self, names: Iterable[str], table: str) -> dict[str, str]:
        """Name of a table's column as written -> its usual form. Unchanged where two would become equal."""
        found = {name: self.column(self.marks.column(name, table)) for name in names}
        often = Counter(one.lower() for one in found.values())
        return {name: one if often[one.lower()] == 1 else name for name, one in found.items()}

    def _without_mark(self, name: str) -> str:
        """`bpartner_id` for `c_bpartner_id`, where the table `c_bpartner` refers to itself like this."""
        thing, _, kind = name.rpartition("_")
        short = self.marked.get(_one_word(thing)) if kind in _KINDS else None
        return f"{short}_{kind}" if short else name

    def _id_first(self, name: str) -> str | None:
        """Names with the id first, and a role on either side: `id_cliente_envio`, `idsite`, `entry_idaction_name`.

        None for other names.
        """
        words = name.split("_")
        for at, word in enumerate(words):
            if word == "id" and at + 1 < len(words):
                thing, after = words[at + 1], words[at + 2 :]
                pair = "_".join(words[at + 1 : at + 3])
                if _one_word(pair) in self.things and len(words) > at + 2:
                    thing, after = pair, words[at + 3 :]
            elif at == 0 and word in _NUMBERS and (own := self._thing_behind(words)):
                return f"{own}_{_NUMBERS[word]}"
            elif word.startswith("id") and len(word) >= _LEAST + 2:
                thing, after = word[2:], words[at + 1 :]
            else:
                continue
            if _one_word(thing) in self.things:
                return "_".join([*words[:at], *after, thing, "id"])
        if self.is_id_first and len(words) == _WITH_ROLE and words[0] == "id" and words[1] not in _KINDS:
            return f"{words[1]}_id"  # `id_rdv` of `rendez_vous`
        return None

    def _thing_and_role(self, words: list[str]) -> str | None:
        """`pai_setor` of `setor_pai`, where there is a table of the first word and none of both."""
        if (
            len(words) != _WITH_ROLE
            or _one_word(words[0]) not in self.things
            or _one_word("_".join(words)) in self.things
        ):
            return None
        return f"{words[1]}_{words[0]}"

    def _thing_behind(self, words: list[str]) -> str | None:
        """`adherent` of `no_adherent`, `type_acte` of `cd_type_acte`. A plural is counted: `no_orders`."""
        thing = "_".join(words[1:])
        return thing if thing and singular(thing) == thing and _one_word(thing) in self.things else None


def naming_styles(tables: Mapping[str, Iterable[str]]) -> NamingStyles:
    """The naming styles of a schema, from its tables and the names of their columns."""
    names = list(tables)
    short = _without_marks(names)
    while (shorter := _without_marks(short.values())) != {name: name for name in short.values()}:
        short = {name: shorter[one] for name, one in short.items()}
    marked = {_one_word(name): singular(one.lower()) for name, one in short.items() if name != one}
    things = {_one_word(name) for name in short.values()} | {_one_word(snake(n).split("_")[-1]) for n in short.values()}
    return NamingStyles(
        tables=short,
        things=frozenset(one for one in things if len(one) >= _LEAST),
        marked=marked,
        marks=column_marks(tables),
        kinds=kind_prefixes(tables, _KINDS),
        is_id_first=sum(_begins_with_id(columns) for columns in tables.values()) >= _FEWEST,
    )


def _begins_with_id(columns: Iterable[str]) -> bool:
    return snake(next(iter(columns), "")).startswith("id_")


def _without_marks(tables: Iterable[str]) -> dict[str, str]:
    """`ci_bill` -> `bill`, where several tables have the prefix, and it names no thing, event or kind of table."""
    names = list(tables)
    groups = {mark: {_mark(name[len(mark) + 1 :]) or name for name in some} for mark, some in _grouped(names).items()}
    known = {_one_word(name) for name in names}
    marks = {
        mark
        for mark, kinds in groups.items()
        if mark and len(kinds) >= _FEWEST and _one_word(mark) not in known and not _is_thing(mark)
    }
    short = {name: name[len(_mark(name)) + 1 :] if _mark(name) in marks else name for name in names}
    often = Counter(one.lower() for one in short.values())
    return {name: one if often[one.lower()] == 1 else name for name, one in short.items()}


def _grouped(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_mark(name), []).append(name)
    return found


def _mark(name: str) -> str:
    """The part before the first `_`; empty without one, as in `BusinessEntity`."""
    mark, _, rest = name.lower().partition("_")
    return mark if rest.strip("_")[:1].isalpha() else ""


def _is_thing(mark: str) -> bool:
    return any(word.senses & _THINGS for word in tokens(mark))


def _one_word(name: str) -> str:
    return singular(snake(name)).replace("_", "")
