"""Lists files that were not generated and use the old name of a model or column. They are never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.design.project.surroundings import Place

ENDINGS = (".sql", ".py", ".yml", ".yaml")
_COMMENTS = {
    ".sql": re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", re.DOTALL),
    ".py": re.compile(r"#[^\n]*"),
    ".yml": re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """`models`: old name -> new name. `columns`: current name of the model -> old column name -> new column name."""

    models: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]

    def __bool__(self) -> bool:
        return bool(self.models or any(self.columns.values()))


def users_of_old_names(texts: Mapping[str, str], renamed: Renaming) -> list[str]:
    """Return a sentence for each line. SQL that reads a model by its old name is reported as dangling, not here.

    An old column name counts in files that name its model. If such a file names other models too, it may be their
    column.
    """
    found = []
    for path, text in sorted(texts.items()):
        said = _without_comments(path, text)
        found += [] if path.endswith(".sql") else list(_models(path, said, renamed))
        found += list(_columns(path, said, renamed))
    return found


def _models(path: str, text: str, renamed: Renaming) -> Iterator[str]:
    for old, new in renamed.models.items():
        yield from (f"{place} names the model `{old}`, which is `{new}` now" for place in _places(path, text, old))


def _columns(path: str, text: str, renamed: Renaming) -> Iterator[str]:
    before = {new: old for old, new in renamed.models.items()}
    for model, columns in renamed.columns.items():
        if not any(_mentions(text, name) for name in (model, before.get(model, model))):
            continue
        others = set(re.findall(r"""\bref\(\s*['"]([^'"]+)""", text)) - {model, before.get(model)}
        verb = "may use" if others else "uses"
        for old, new in columns.items():
            said = f"the column `{old}` of `{model}`, which is `{new}` now"
            yield from (f"{place} {verb} {said}" for place in _places(path, text, old))


def _places(path: str, text: str, name: str) -> Iterator[Place]:
    """Yield each line once. In YAML, a key on its own line is a dbt keyword."""
    is_yaml, seen = not path.endswith((".sql", ".py")), set()
    for found in _word(name).finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        is_key = is_yaml and "{" not in before and re.match(r"\s*:(?:\s|$)", text[found.end() :])
        if not is_key and line not in seen:
            seen.add(line)
            yield Place(path, line)


def _mentions(text: str, name: str) -> bool:
    return _word(name).search(text) is not None


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.$-]){re.escape(name)}(?![\w$-])|(?<=\.){re.escape(name)}(?![\w$-])")


def _without_comments(path: str, text: str) -> str:
    """Return the text without comments, with the same number of lines."""
    ending = ".yml" if path.endswith(".yaml") else path[path.rfind(".") :]
    return _COMMENTS[ending].sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
