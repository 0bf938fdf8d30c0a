"""What a reader calls read has a meaning: taken out of the text, or swapped with its neighbour, it shows.

It shows in the diagram, in what is reported, or as a fault. What is not called read, the account itself reports as
ignored or unread. Exceptions by rule are words that the notation calls optional."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from corpus import schemas as corpus
from erd2dbt.datatypes.postgres import understood
from erd2dbt.diagram.drawing import Diagram
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.board.dsl import read_dsl
from erd2dbt.read.dbml.reader import read_dbml
from erd2dbt.read.dbtyaml.reader import read_dbt_properties
from erd2dbt.read.ddl.reader import read_ddl
from erd2dbt.read.dialects.systems import DIALECTS, read_sql
from erd2dbt.read.mermaid.reader import read_mermaid
from erd2dbt.read.plantuml.reader import read_plantuml
from erd2dbt.read.prisma.reader import read_prisma
from erd2dbt.read.text.accounting import Account

CASES = Path(__file__).parents[1] / "draft" / "cases"
READERS: dict[str, Callable[[str, str], Diagram]] = {
    ".sql": read_ddl,
    ".dbml": read_dbml,
    ".mmd": read_mermaid,
    ".yml": read_dbt_properties,
    ".prisma": read_prisma,
    ".puml": read_plantuml,
    ".txt": read_dsl,
}
FIXTURES = sorted(
    path
    for path in CASES.glob("*/*")
    if path.suffix in READERS and path.stem not in ("expected", "fixtures") and path.name != "spec.yml"
)
WORD = {
    ".sql": re.compile(
        r"[eEnN]'(?:\\.|''|[^'\\])*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$\$.*?\$\$|`[^`]*`|\[[A-Za-z][^\]]*\]|[\w$]+|--[^\n]*|/\*.*?\*/|[^\w\s]",
        re.DOTALL,
    ),
    ".dbml": re.compile(
        r"'''.*?'''|'(?:\\.|[^'\\\n])*'|\"[^\"\n]*\"|`[^`]*`|\w+|//[^\n]*|/\*.*?\*/|[^\w\s]", re.DOTALL
    ),
    ".prisma": re.compile(r"\"(?:\\.|[^\"\\\n])*\"|///[^\n]*|//[^\n]*|[\w-]+|[^\w\s]"),
    ".puml": re.compile(r"\"[^\"\n]*\"|^[ \t]*'[^\n]*|/'.*?'/|[\w$]+|[^\w\s]+", re.DOTALL | re.MULTILINE),
    ".mmd": re.compile(r"\"[^\"\n]*\"|%%[^\n]*|[\w-]+|[^\w\s]"),
    ".yml": re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#[^\n]*|[\w.]+|[^\w\s]"),
    ".txt": re.compile(r"[^\s\"\\]+"),
}
ESCAPED = re.compile(
    r"'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|''|[^'\\])*'|\"(?:\\.|\"\"|[^\"\\])*\"|`[^`]*`|\$\$.*?\$\$|"
    r"[\w$]+|--[^\n]*|/\*(?!!).*?\*/|//[^\n]*|#[^\n]*|[^\w\s]",
    re.DOTALL,
)
# By notation: words that may be left out, the last of them because a foreign key is of the type that it leads to.
OPTIONAL = {
    ".sql": r"only|column|as|cascade|restrict|concurrently|to|int",
    ".dbml": r"int",
    ".mmd": "",
    ".yml": r"int",
    ".prisma": ",",
    ".puml": "",
    ".txt": "",
}
FLAGS = re.compile(r"'\[' and '(?:pk|unique)' swapped .*")  # of DBML, which may stand before the brackets
TRIES = 40
LARGEST = 200_000  # bytes of a file that is read again and again


SYSTEM = "sql_of_"  # with the name of a dialect: a case in that system's SQL


def reader_of(path: Path) -> Callable[[str, str], Diagram]:
    system = path.parent.name.removeprefix(SYSTEM)
    return partial(read_sql, dialect=system) if system in DIALECTS else READERS[path.suffix]


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8").replace("\r\n", "\n")


def seen_of(path: Path, text: str) -> object:
    """All that people are shown: boxes, lines and what was left, without places; or the faults."""
    try:
        diagram = reader_of(path)(text, path.name)
    except ErdError as error:
        return [(one.code, one.message) for one in error.diagnostics]
    boxes = [
        (b.name, b.table, b.color, b.frame, b.schema, b.key, b.uniques, b.description, b.group, b.tags, b.source,
         sorted(b.said.items()),
         [(r.name, r.spelling, r.type, r.keys, r.not_null, r.unique, r.values, r.description, r.references,
           sorted(r.said.items())) for r in b.rows])
        for b in diagram.boxes
    ]  # fmt: skip
    lines = [(line.left, line.right, line.left_cap, line.right_cap, line.pairs, line.label, line.identifying)
             for line in diagram.lines]  # fmt: skip
    told = [(one.text, one.why, one.count, one.unread) for one in diagram.seen]
    return repr(boxes), repr(lines), repr(told), diagram.title, diagram.parts


def words(path: Path, text: str) -> list[re.Match[str]]:
    escaped = path.parent.name.removeprefix(SYSTEM) in ("mysql", "snowflake", "bigquery", "databricks")
    form = ESCAPED if escaped else WORD[path.suffix]
    return [m for m in form.finditer(text) if not m[0].startswith(("--", "/*", "// ", "%%", "#"))]


def read_words(path: Path, text: str) -> list[re.Match[str]]:
    """Those that the reader's account calls read."""
    accounts: list[Account] = []
    with pytest.MonkeyPatch.context() as patch:
        made = Account.__post_init__
        patch.setattr(Account, "__post_init__", lambda account: (made(account), accounts.append(account))[0])
        seen_of(path, text)
    (account,) = accounts
    return [word for word in words(path, text) if account.is_read(word.start())]


def mutants(path: Path, text: str, tries: int) -> Iterator[tuple[str, str]]:
    """(what was done, the text): words taken out, and neighbours swapped, evenly over the file."""
    found = read_words(path, text)
    some = random.Random(path.name).sample(range(len(found)), min(tries, len(found)))
    for place in sorted(some):
        one = found[place]
        yield f"without {one[0]!r} at {one.start()}", text[: one.start()] + text[one.end() :]
        if (
            place + 1 < len(found)
            and (other := found[place + 1])[0] != one[0]
            and not text[one.end() : other.start()].strip()
        ):
            between = text[one.end() : other.start()]
            swapped = text[: one.start()] + other[0] + between + one[0] + text[other.end() :]
            yield f"{one[0]!r} and {other[0]!r} swapped at {one.start()}", swapped


def lost(path: Path, text: str, tries: int) -> list[str]:
    """What was done without an effect."""
    before = seen_of(path, text)
    return [done for done, mutant in mutants(path, text, tries) if seen_of(path, mutant) == before]


def _in_group(text: str, at: int) -> bool:
    """Whether this is among the members of a table group, which have no order."""
    return re.search(r"TableGroup[^}]*\Z", text[:at]) is not None


def is_exception(path: Path, done: str) -> bool:
    optional = OPTIONAL[path.suffix]
    if path.suffix == ".dbml" and "swapped" in done and _in_group(text_of(path), int(done.rpartition(" ")[2])):
        return True
    if path.suffix == ".dbml" and FLAGS.fullmatch(done):
        return True
    if path.suffix == ".puml" and (swapped := re.match(r"'(.*)' and '(.*)' swapped", done)):
        return swapped[2] == ">" or any(understood(word) for word in swapped.groups())  # type and name, in either order
    taken = re.fullmatch(r"without '(.*)' at \d+", done)
    return taken is not None and (taken[1] == ";" or re.fullmatch(optional, taken[1], re.IGNORECASE) is not None)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}")
def test_of_each_word_something_is_said(path: Path) -> None:
    text = text_of(path)
    assert [done for done in lost(path, text, TRIES) if not is_exception(path, done)] == []


@corpus.needed
@pytest.mark.parametrize("file", ["chinook", "pagila", "simplebank", "dariah_unr", "postgsail", "atcoder_novisteps"])
def test_of_each_word_of_known_schemas_something_is_said(file: str) -> None:
    """A few of each of the files, for they are long."""
    for path in sorted((corpus.CORPUS / file).rglob("*")):
        if path.suffix in READERS and path.stat().st_size < LARGEST:
            text = text_of(path)
            assert [done for done in lost(path, text, 6) if not is_exception(path, done)] == [], path.name
