"""All text that people read, by mechanism: each source of text gives pairs of a place and a paragraph."""

from __future__ import annotations

import ast
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

from erd2dbt.cli import main
from erd2dbt.faults.codes import CODES

ROOT = Path(__file__).parents[2]
LONGEST = 30  # words of a sentence
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z`∎*\[(\"“])|\n\s*\n|\s·\s")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_HOLE = "∎"  # a value that is filled in
_PROJECTS = [
    ROOT / "examples" / "marketing" / "project",
    *sorted((ROOT / "tests" / "golden").glob("*/expected/project")),
]
_ROOMS = (
    "adopt", "cache", "cli", "contract", "datatypes", "design", "diagram", "discover", "draft", "engines", "escape",
    "explain", "faults", "gate", "infer", "layout", "lsp", "miro", "names", "notate", "page", "pipelines", "prove",
    "read", "render", "run", "sql", "sqlproof", "star", "system", "verify", "write",
)  # fmt: skip
_NO_PROSE = ("infer/wording/", "read/text/", "engines/", "faults/codes/")  # vocabularies, SQL, and what `codes` gives


@dataclass(frozen=True, slots=True)
class Word:
    """A pattern of words to avoid, and what to write instead."""

    pattern: re.Pattern[str]
    write: str
    right: tuple[re.Pattern[str], ...] = ()


def words() -> list[Word]:
    data = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return [Word(_pattern(w["pattern"]), w["write"], tuple(map(_pattern, w.get("except", ())))) for w in data["word"]]


def _pattern(text: str) -> re.Pattern[str]:
    """In sentences and in titles, so in both cases."""
    return re.compile(text, re.IGNORECASE)


def unreadable(text: str, avoid: list[Word]) -> Iterator[str]:
    """What is wrong with a paragraph: words to avoid, and sentences that are too long."""
    plain = _CODE.sub(_HOLE, text)
    for word in avoid:
        left = plain
        for right in word.right:
            left = right.sub(" ", left)
        yield from (f"`{found[0]}`: write {word.write}" for found in [word.pattern.search(left)] if found)
    for sentence in _SENTENCE_END.split(plain):
        count = len(sentence.split())
        if count > LONGEST:
            yield f"{count} words: {' '.join(sentence.split())}"


# -- sources


def codes() -> Iterator[tuple[str, str]]:
    """The explanation of every code."""
    for code, doc in CODES.items():
        yield code, doc.title
        yield code, doc.explanation


def helps() -> Iterator[tuple[str, str]]:
    """The help of every command, argument and option, as click has it."""
    waiting: list[tuple[str, click.Command]] = [("erd2dbt", main)]
    while waiting:
        name, command = waiting.pop()
        yield name, command.help or ""
        yield name, command.short_help or ""
        yield from ((name, getattr(option, "help", None) or "") for option in command.params)
        if isinstance(command, click.Group):
            context = click.Context(command)
            found = ((n, command.get_command(context, n)) for n in command.list_commands(context))
            waiting += [(f"{name} {n}", sub) for n, sub in found if sub is not None]


def messages() -> Iterator[tuple[str, str]]:
    """What the tool prints about faulty input, as the golden files have it, without the quoted source."""
    for file in sorted((ROOT / "tests" / "faults").rglob("*.txt")):
        for line in file.read_text(encoding="utf-8").split("\n"):
            said = re.sub(r"^\S+:\d+:\d+: |^\s+= (fix|note|hint): ", "", line)
            if said != line:
                yield file.parent.name, said


def literals() -> Iterator[tuple[str, str]]:
    """Every string of the source that is a sentence, values in it as one word: all messages, whatever prints them."""
    for file in sorted((ROOT / "src" / "erd2dbt").rglob("*.py")):
        name = file.relative_to(ROOT / "src" / "erd2dbt").as_posix()
        if not name.startswith(_NO_PROSE):
            yield from ((f"{name}:{line}", text) for line, text in _strings(ast.parse(file.read_text("utf-8"))))


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in alone or id(node) in parts:
            continue
        text = _text(node)
        if text and len(re.findall(r"[a-z]{2,}", text)) > 2 and not _is_code(text):
            yield getattr(node, "lineno", 0), text


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else _HOLE for v in node.values)
    return None


def _is_code(text: str) -> bool:
    """SQL, patterns, settings and lists of words."""
    return bool(
        re.search(r"\bselect\b.*\bfrom\b|\\[bswdx(]|\(\?|\b(left )?join \S+ (as|on)\b", text, re.DOTALL)
        or re.search(r"\bcount\(|\binsert into\b|\bcreate (table|schema)\b|^\w+ = \w+$", text, re.MULTILINE)
        or (len(text.split()) > LONGEST and not re.search(r"[.,:;]\s", text))
        or (
            len(text.split()) > 6
            and not re.search(
                r"[.,:;]|\b(the|a|an|of|to|is|are|in|it|this|where|with|for|not|no|which|that|by)\b", text
            )
        )
    )


def projects() -> Iterator[tuple[str, str]]:
    """The descriptions, comments and READMEs of generated projects."""
    for project in _PROJECTS:
        for file in sorted(project.rglob("*")):
            place = file.relative_to(project.parents[1]).as_posix() if file.is_file() else ""
            if file.suffix == ".yml":
                yield from ((place, text) for text in _descriptions(yaml.safe_load(file.read_text("utf-8"))))
            elif file.suffix == ".sql":
                comment = [line[3:] for line in file.read_text("utf-8").split("\n") if line.startswith("-- ")]
                yield from ((place, part) for part in re.split(r"\n(?=  \S)", "\n".join(comment)))
            elif file.suffix == ".md":
                yield from ((place, text) for text in _paragraphs(file.read_text("utf-8")))


def _descriptions(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "description" and isinstance(value, str):
                yield value
            else:
                yield from _descriptions(value)
    elif isinstance(data, list):
        for item in data:
            yield from _descriptions(item)


def schema() -> Iterator[tuple[str, str]]:
    """The descriptions of the JSON Schema, which editors show."""
    data = json.loads((ROOT / "specs" / "erd2dbt.schema.json").read_text("utf-8"))
    yield from (("schema", text) for text in _descriptions(data))


def templates() -> Iterator[tuple[str, str]]:
    """The comments and texts of the templates."""
    for file in sorted((ROOT / "templates").rglob("*.jinja")):
        text = re.sub(
            r"<style.*?</style>|<script.*?</script>|<[^>]*>", "\n\n", file.read_text("utf-8"), flags=re.DOTALL
        )
        text = re.sub(r"\[[\[%#].*?[\]%#]\]|\{[{%].*?[}%]\}", _HOLE, text, flags=re.DOTALL)
        yield from ((file.name, part) for part in _paragraphs(text) if not _is_code(part))


def docs() -> Iterator[tuple[str, str]]:
    """Every page of the documentation, the README, the changelog and the other texts of the repository."""
    for page in (*sorted((ROOT / "docs" / "pages").rglob("*.md")), *sorted(ROOT.glob("*.md"))):
        place = page.relative_to(ROOT).as_posix()
        yield from ((place, text) for text in _paragraphs(page.read_text("utf-8")))


def comments() -> Iterator[tuple[str, str]]:
    """Comments that people read: of the example specs, of drafts, and of the macros of a generated project."""
    for file in sorted(
        (*ROOT.glob("specs/*.yml"), *ROOT.glob("examples/*.yml"), *ROOT.glob("tests/draft/cases/*/*.yml"))
    ):
        found = re.findall(r"(?:^|\s)# (.+)", file.read_text("utf-8"))
        yield from ((file.relative_to(ROOT).as_posix(), re.sub("“.*?”", _HOLE, text)) for text in found)
    for file in sorted(file for project in _PROJECTS for file in project.rglob("macros/**/*.sql")):
        found = re.findall(r"\{#(.*?)#\}", file.read_text("utf-8"), re.DOTALL)
        yield from ((file.name, text) for text in found)


def page() -> Iterator[tuple[str, str]]:
    """The texts of the HTML page that its script writes."""
    for file in sorted((ROOT / "templates" / "page").glob("*.js")):
        texts = re.findall(r"'([^'\n]*)'|\"([^\"\n]*)\"|`([^`]*)`|// (.*)", file.read_text("utf-8"))
        found = (re.sub(r"\$\{[^}]*\}|<[^>]*>", _HOLE, "".join(parts)) for parts in texts)
        yield from ((file.name, text) for text in found if len(re.findall(r"[a-z]{2,}", text)) > 2)


def docstrings() -> Iterator[tuple[str, str]]:
    """The contracts of modules, classes and functions, in the rooms that are read most."""
    for file in sorted(file for room in _ROOMS for file in (ROOT / "src" / "erd2dbt" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                place = f"{file.parent.name}/{file.name}:{getattr(node, 'lineno', 1)}"
                yield from ((place, text) for text in (ast.get_docstring(node) or "").split("\n\n"))


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs, items of lists and cells of tables of Markdown, without blocks of code and addresses."""
    text = re.sub(r"```.*?```|^---\n.*?^---\n|<!--.*?-->", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for block in re.split(r"\n\s*\n", text):
        if "|" in block:
            yield from (cell for line in block.split("\n") for cell in line.split(" | ") if len(cell) > 3)
        else:
            yield from (textwrap.dedent(item) for item in re.split(r"\n(?=\s*(?:[*-]|\d+\.) )", block) if item.strip())


SOURCES = {
    "codes": codes,
    "helps": helps,
    "messages": messages,
    "literals": literals,
    "projects": projects,
    "schema": schema,
    "templates": templates,
    "docs": docs,
    "comments": comments,
    "page": page,
    "docstrings": docstrings,
}
