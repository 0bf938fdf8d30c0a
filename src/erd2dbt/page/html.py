"""The seam to Jinja2 for the page: templates with autoescape, one style and one script, all in one file."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import jinja2
from markupsafe import Markup

from erd2dbt.escape.html import writable
from erd2dbt.page.values import Page
from erd2dbt.system.shipped_files import shipped

_FOLDER = "page"


def page_html(page: Page) -> str:
    """UTF-8 HTML that loads nothing. Only the script that comes with the tool may run: its hash is in the page."""
    folder = shipped("templates") / _FOLDER
    script = folder.joinpath("page.js").read_text(encoding="utf-8")
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_writable,
    )
    engine.filters.update(marked=_marked)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return engine.get_template("page.html.jinja").render(
        page=page,
        style=Markup(folder.joinpath("page.css").read_text(encoding="utf-8")),  # noqa: S704 - a file of the tool
        script=Markup(script),  # noqa: S704 - a file of the tool
        digest=digest,
        number={model.key: number for number, model in enumerate(page.models)},
    )


def _writable(value: Any) -> Any:
    return value if isinstance(value, Markup) or not isinstance(value, str) else writable(value)


def _marked(text: str) -> list[tuple[str, bool]]:
    """A sentence in parts; True for a name that is between backquotes."""
    return [(part, bool(n % 2)) for n, part in enumerate(text.split("`")) if part]
