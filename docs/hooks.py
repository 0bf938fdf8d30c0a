"""Parts of the docs that are made while they are built: every diagnostic, and files of the repository as pages."""

from __future__ import annotations

import posixpath
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from erd2dbt.faults.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

    from erd2dbt.faults.codes import CodeDoc

ROOT = Path(__file__).parents[1]
PAGES = "docs/pages"
COPIES = {  # files of the repository that pages link to, and where they stand in the site
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "specs/erd2dbt.schema.json": "reference/erd2dbt.schema.json",
    "specs/marketing.yml": "reference/marketing.yml",
    "specs/starter.yml": "reference/starter.yml",
}
GROUPS = {  # by the first digit of a code
    "0": "Reading a spec or a diagram",
    "1": "The grain of a model",
    "2": "Columns and the links that lead to them",
    "3": "Aggregates",
    "4": "Links and claims",
    "5": "Types",
    "6": "SQL and unit tests",
    "7": "Running and verifying",
    "8": "Writing files",
}
SOURCES = {place: source for source, place in COPIES.items()}
PLACE = re.compile(r"^\[diagnostics\]: # .*$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the files of the repository that pages link to."""
    for source, place in COPIES.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """With its diagnostics, with links that work in the site, and without the comments that are for tests."""
    place = page.file.src_uri
    text = re.sub(r"^<!-- [^>]* -->\n", "", markdown, flags=re.MULTILINE)
    text = PLACE.sub(lambda _: "\n".join(diagnostics()), text)
    return LINK.sub(lambda link: linked(link, place), text)


def linked(link: re.Match[str], place: str) -> str:
    """A link of the repository as a link of the site; the text alone where it leads to what the site has not."""
    source = SOURCES.get(place, f"{PAGES}/{place}")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link["target"]))
    if path in COPIES:
        target = COPIES[path]
    elif path.startswith(f"{PAGES}/"):
        target = path.removeprefix(f"{PAGES}/")
    else:
        return link["text"]
    return f"[{link['text']}]({posixpath.relpath(target, posixpath.dirname(place) or '.')}{link['anchor'] or ''})"


def diagnostics() -> Iterator[str]:
    """Every code, in the order of the numbers."""
    for digit, codes in groupby(sorted(CODES.values(), key=lambda one: one.code[1:]), key=lambda one: one.code[1]):
        yield f"## {GROUPS[digit]}\n"
        for code in codes:
            yield from explained(code)


def explained(known: CodeDoc) -> Iterator[str]:
    yield f"### {known.code}: {known.title} {{#{known.code.lower()}}}\n"
    yield f"{known.explanation}\n"
    for title, example in (("Before", known.example_bad), ("After", known.example_good)):
        yield f'```yaml title="{title}"\n{example}\n```\n'
    if known.acceptable:
        yield f"A column can accept it: `accept: {{{known.code}: the reason}}`.\n"
