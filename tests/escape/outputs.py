"""Whether text that people wrote is live, or breaks something, in what was made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2
import jinja2.nodes
import sqlglot
import yaml

_ENGINE = jinja2.Environment(extensions=["jinja2.ext.do"])
_LIKE_CALL = re.compile(r"\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*", re.DOTALL)
_TOP = {"version", "models", "sources", "unit_tests", "macros"}
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LIVE_MARKDOWN = re.compile(r"(?<!\\)<[A-Za-z/!?]|(?<!\\)\](?:\(|\[)|(?<![\w&;])@\w|(?<![\w&;])#\d")


def faults_of_project(files: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the files of a dbt project."""
    for path, text in files.items():
        if "generic_tests/" in path or path == "profiles.yml":
            continue
        if path.endswith(".sql"):
            yield from (f"{path}: {fault}" for fault in faults_of_sql(text))
        elif path.endswith(".yml"):
            yield from (f"{path}: {fault}" for fault in faults_of_yaml(text, top=path != "dbt_project.yml"))
        elif path.endswith(".md"):
            yield from (f"{path}: {fault}" for fault in faults_of_markdown(text))


def faults_of_sql(text: str) -> Iterator[str]:
    yield from (f"live: {call}" for call in live(text))
    plain = (
        jinja2.Environment()
        .from_string(text)
        .render(ref=lambda name: "a_model", source=lambda name, table: "a_table", config=lambda **_: "", **_TESTS)
    )
    try:
        found = [one for one in sqlglot.parse(plain, dialect="postgres") if one is not None]
    except sqlglot.errors.SqlglotError as error:
        yield f"no SQL: {error}"
    else:
        if len(found) != 1:
            yield f"{len(found)} statements"


_TESTS = {f"test_{name}": lambda *_, **__: "select 1" for name in (
    "unique", "not_null", "relationships", "accepted_values", "determines", "composite_relationships",
    "unique_combination_of_columns", "unique_where_filled",
)}  # fmt: skip


def faults_of_yaml(text: str, *, top: bool) -> Iterator[str]:
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        yield f"no YAML: {error}"
        return
    if top and not set(read) <= _TOP:
        yield f"keys {set(read) - _TOP}"
    for value, is_argument in leaves(read):
        called = f"{{{{ {value} }}}}" if is_argument and _LIKE_CALL.fullmatch(value) else value
        yield from (f"live: {call}" for call in live(called))


def leaves(value: Any, under: bool = False) -> Iterator[tuple[str, bool]]:
    """(text, whether it is an argument of a test) of every text in it."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from leaves(one, under or key in ("data_tests", "given"))
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, under)
    elif isinstance(value, str):
        yield value, under


def live(text: str) -> Iterator[str]:
    """What of a template does more than stand for its text, or for a model or a table by a plain name."""
    try:
        tree = _ENGINE.parse(text)
    except jinja2.TemplateError as error:
        yield f"no Jinja: {error}"
        return
    for node in tree.find_all((jinja2.nodes.Name, jinja2.nodes.Stmt)):
        if isinstance(node, jinja2.nodes.Name) and node.name not in ("ref", "source", "config", *_TESTS):
            yield node.name
        elif isinstance(node, jinja2.nodes.Stmt) and not isinstance(node, jinja2.nodes.Output):
            yield type(node).__name__
    for call in tree.find_all(jinja2.nodes.Call):
        names = isinstance(call.node, jinja2.nodes.Name) and call.node.name in ("ref", "source")
        if names and not all(isinstance(word, jinja2.nodes.Const) for word in call.args):
            yield f"an argument of {call.node.name}"


def faults_of_markdown(text: str) -> Iterator[str]:
    """Live parts of it, and tables whose rows have not one width."""
    if found := _STEERING.search(text):
        yield f"U+{ord(found[0]):04X}"
    outside = "\n".join(part for n, part in enumerate(re.split(r"^(?:```.*?^```)$", text, flags=re.M | re.S)) if part)
    width = 0
    for line in outside.split("\n"):
        shown = _CODE.sub("code", line)
        if found := _LIVE_MARKDOWN.search(shown.replace("<details>", "").replace("</details>", "")):
            yield f"live: {shown[found.start() :][:60]!r}"
        bars = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if bars and width and bars != width:
            yield f"a row of {bars - 1} cells: {line[:80]!r}"
        width = bars


def faults_of_log(text: str) -> Iterator[str]:
    """What steers a terminal, or the runner of a workflow."""
    yield from (f"U+{ord(found[0]):04X}" for found in _STEERING.finditer(text))
    yield from (f"a command: {found[0]!r}" for found in _COMMAND.finditer(text))
