"""Whether the derived star means what a person would have drawn: beside hand-made answers, question by question.

python benchmarks/star_quality.py [SCHEMA …] [--half own|blind|wild|fresh|mixed|verify|unseen|tuning|final] [--wrong]

`ERD2DBT_CORPUS` names the folder of schemas; without it there are those of our own. Prints precision, recall and F1
(in per cent) of each question for each schema and each half, and what is wrong with `--wrong`.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram.erd import Erd
from star_answers import (
    HALVES,
    Answer,
    Columns,
    LinkTo,
    Schema,
    Table,
    answers,
    bears_name,
    corpus,
    declared_links,
    key_of,
    links_of,
    schema_of,
    table_of,
)
from star_verdicts import Mart, Verdicts, verdicts

QUESTIONS = ("facts", "dimensions", "bridges", "dates", "measures", "references", "keys", "links", "named", "no keys")


@dataclass(slots=True)
class Score:
    """True and false findings, and what was missed; each wrong one by its name."""

    right: int = 0
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        self.right += other.right
        self.false += other.false
        self.missed += other.missed

    @property
    def precision(self) -> float | None:
        return _share(self.right, len(self.false))

    @property
    def recall(self) -> float | None:
        return _share(self.right, len(self.missed))

    @property
    def f1(self) -> float | None:
        return _share(2 * self.right, len(self.false) + len(self.missed))


def _share(right: int, wrong: int) -> float | None:
    return right / (right + wrong) if right + wrong else None


@dataclass(slots=True)
class Scored:
    """A schema, or a half, with its scores."""

    name: str
    scores: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    marts: list[Mart] = field(default_factory=list)
    leaves: int = 0
    dangling: int = 0  # leaves that refer to two or more things
    secrets: list[str] = field(default_factory=list)
    traps: list[str] = field(default_factory=list)  # numbers that must not be summed, and are
    todos: int = 0
    refused: int = 0

    def add(self, other: Scored) -> None:
        for question, score in other.scores.items():
            self.scores[question].add(score)
        self.marts += other.marts
        self.leaves += other.leaves
        self.dangling += other.dangling
        self.secrets += other.secrets
        self.traps += other.traps
        self.todos += other.todos
        self.refused += other.refused


def scored(one: Answer) -> Scored:
    """A schema against its answers."""
    schema = schema_of(one)
    erd = schema.declared
    found = verdicts(erd)
    result = Scored(name=one.schema, marts=list(found.marts), todos=found.todos, refused=int(found.refused))
    leaves = found.leaves
    result.leaves = len(leaves)
    result.dangling = sum(found.parents.get(mart.table or "", 0) > 1 for mart in leaves)
    result.secrets = [f"{mart.name}: {'.'.join(s)}" for mart in found.marts for s in sorted(mart.shown & one.secrets)]
    _roles(one, found, result)
    true = declared_links(schema) | set(one.links)
    for table, mart in _judged(one, found):
        _dates(table, mart, result.scores["dates"])
        _measures(table, mart, result)
        _references(one, table, mart, true, result.scores["references"])
    _inferred(one, schema, true, result)
    return result


def _judged(one: Answer, found: Verdicts) -> Iterator[tuple[Table, Mart]]:
    """The facts and bridges of the part that is judged."""
    marts = found.by_table
    for name, table in one.tables.items():
        mart = marts.get(name)
        if mart is not None and mart.role != "dimension":
            yield table, mart


def _roles(one: Answer, found: Verdicts, result: Scored) -> None:
    marts = found.by_table
    for name, table in one.tables.items():
        said = marts[name].role if name in marts else "staging"
        right = said if said in table.roles else table.roles[0]
        for role in ("fact", "dimension", "bridge"):
            score = result.scores[f"{role}s"]
            if role == said == right:
                score.right += 1
            elif role == said:
                score.false.append(f"{name} (is a {right})")
            elif role == right:
                score.missed.append(f"{name} (said to be {said})")


def _dates(table: Table, mart: Mart, score: Score) -> None:
    if mart.role != "fact" or "fact" not in table.roles or table.dates is None:
        return
    if mart.date in table.dates:
        score.right += 1
        return
    if mart.date is not None:
        score.false.append(f"{table.name} by {mart.date}")
    if table.dates[0] is not None:
        score.missed.append(f"{table.name}.{table.dates[0]}")


def _measures(table: Table, mart: Mart, result: Scored) -> None:
    """Of a fact that is none, every number that is summed is wrong."""
    score = result.scores["measures"]
    is_fact = "fact" in table.roles
    score.right += len(mart.added & table.added) if is_fact else 0
    wrong = mart.added - table.added - table.either if is_fact else mart.added
    score.false += [f"{table.name}.{name}" for name in sorted(wrong)]
    result.traps += [f"{table.name}.{name}" for name in sorted(mart.added & table.held)]
    if is_fact and mart.role == "fact":
        score.missed += [f"{table.name}.{name}" for name in sorted(table.added - mart.added)]


def _references(one: Answer, table: Table, mart: Mart, true: set[LinkTo], score: Score) -> None:
    """A reference that was asked for is right or missed; another is wrong unless there is such a link."""
    asked = set(table.to.items())
    score.right += len(mart.to & asked)
    for columns, parent in sorted(asked - mart.to, key=str):
        if "dimension" in one.tables[parent].roles:
            score.missed.append(f"{table.name} -> {parent} by {_listed(columns)}")
    for columns, parent in sorted(mart.to - asked, key=str):
        if parent is None or not any(table.name == t and columns == c and parent == p for t, c, p in true):
            score.false.append(f"{table.name} -> {parent or 'a thing without a table'} by {_listed(columns)}")


# -- keys and links that are not declared


def _inferred(one: Answer, schema: Schema, declared: set[LinkTo], result: Scored) -> None:
    part = set(one.tables)
    keys = schema.keys
    for table, key in one.keys.items():
        keys.setdefault(table, set()).add(key)
    bare = schema.without_keys
    _keys(one, keys, bare, result.scores["keys"])
    true = {link for link in declared if link[0] in part}
    beside = _linked(schema.without_links, part)
    _links(true, beside, keys, result.scores["links"])
    written = {table_of(entity): entity.table for entity in bare.entities}
    named = {link for link in true if bears_name(link, keys, written)}
    score = result.scores["named"]
    score.right += len(named & beside)
    score.missed += [_link_text(link) for link in sorted(named - beside, key=str)]
    _links(true, _linked(bare, part), keys, result.scores["no keys"])


def _linked(erd: Erd, part: set[str]) -> set[LinkTo]:
    return {link for link in links_of(erd) if link[0] in part}


def _keys(one: Answer, keys: Mapping[str, set[Columns]], bare: Erd, score: Score) -> None:
    for entity in bare.entities:
        table = table_of(entity)
        known = keys.get(table, set())
        if table not in one.tables or not (known or table in one.keyless):
            continue
        key = key_of(entity)
        if key in known:
            score.right += 1
            continue
        if key is not None:
            score.false.append(f"{table} by {_listed(key)}")
        if known:
            score.missed.append(f"{table} by {_listed(sorted(known, key=len)[0])}")


def _links(true: set[LinkTo], found: set[LinkTo], keys: Mapping[str, set[Columns]], score: Score) -> None:
    """What follows from true links is neither right nor false."""
    score.right += len(true & found)
    score.missed += [_link_text(link) for link in sorted(true - found, key=str)]
    score.false += [_link_text(link) for link in sorted(found - _closed(true, keys), key=str)]


def _closed(true: set[LinkTo], keys: Mapping[str, set[Columns]]) -> set[LinkTo]:
    """The links and what follows from them, where the key of a parent, or a part of it, refers further."""
    known = set(true)
    waiting = list(true)
    while waiting:
        table, columns, parent = waiting.pop()
        for up, refers, grand in true:
            if up != parent:
                continue
            whole = refers in keys.get(parent, ())
            new = (table, columns if whole else refers, grand)
            if (whole or refers <= columns) and new not in known:
                known.add(new)
                waiting.append(new)
    return known


def _link_text(link: LinkTo) -> str:
    return f"{link[0]}.{_listed(link[1])} -> {link[2]}"


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(sorted(columns))


# -- printing


def table_lines(rows: list[Scored]) -> Iterator[str]:
    """Two tables: the questions, then the shape of the star."""
    width = max(len(row.name) for row in rows)
    yield " " * width + "".join(f" {question:>14}" for question in QUESTIONS)
    yield " " * width + f" {'P   R  F1':>14}" * len(QUESTIONS)
    for row in rows:
        yield f"{row.name:{width}}" + "".join(f" {_three(row.scores[question]):>14}" for question in QUESTIONS)
    yield ""
    yield " " * width + "".join(f" {title:>9}" for title in _SHAPE)
    for row in rows:
        yield f"{row.name:{width}}" + "".join(f" {read(row)!s:>9}" for read in _SHAPE.values())


def _three(score: Score) -> str:
    return " ".join("  –" if v is None else f"{v * 100:3.0f}" for v in (score.precision, score.recall, score.f1))


_SHAPE: Mapping[str, Callable[[Scored], object]] = {
    "marts": lambda row: len(row.marts),
    "widest": lambda row: max((mart.width for mart in row.marts), default=0),
    "median": lambda row: round(statistics.median([mart.width for mart in row.marts] or [0])),
    "leaves": lambda row: row.leaves,
    "dangling": lambda row: row.dangling,
    "traps": lambda row: len(row.traps),
    "secrets": lambda row: len(row.secrets),
    "open": lambda row: row.todos,
    "refused": lambda row: row.refused,
}


def wrong_lines(row: Scored) -> Iterator[str]:
    for question in QUESTIONS:
        score = row.scores[question]
        yield from (f"{row.name} {question}: false {name}" for name in score.false)
        yield from (f"{row.name} {question}: missed {name}" for name in score.missed)
    yield from (f"{row.name} summed: {name}" for name in row.traps)
    yield from (f"{row.name} secret: {name}" for name in row.secrets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemas", nargs="*")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--wrong", action="store_true", help="list what is wrong")
    given = parser.parse_args()
    halves = HALVES if given.half is None else (given.half,)
    if not corpus().is_dir():
        print("ERD2DBT_CORPUS names no folder of schemas: only schemas of our own\n")
        halves = tuple(
            half for half in halves if half in ("own", "blind", "wild", "fresh", "mixed", "verify", "unseen")
        )
    for half in halves:
        rows = [scored(one) for one in answers(half) if not given.schemas or one.schema in given.schemas]
        if not rows:
            continue
        total = Scored(name=f"all of {half}")
        for row in rows:
            total.add(row)
        print(f"half: {half}\n")
        print("\n".join(table_lines([*rows, total])))
        if given.wrong:
            print("\n" + "\n".join(line for row in rows for line in wrong_lines(row)))
        print()


if __name__ == "__main__":
    main()
