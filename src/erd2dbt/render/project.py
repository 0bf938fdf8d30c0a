"""The seam to Jinja2: a project becomes `{path: text}`. Templates lay out; they decide nothing.

Delimiters are `[[ ]]`, `[% %]` and `[# #]`, so that dbt's own Jinja is in a template as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import jinja2

from erd2dbt.design.project.project import (
    GENERIC_TESTS,
    DataTest,
    Project,
    PropertiesFile,
    SingularTest,
    SourcesFile,
    SqlFile,
)
from erd2dbt.escape import jinja, markdown, mermaid
from erd2dbt.escape.jinja import Call, Jinja
from erd2dbt.escape.sql import ident
from erd2dbt.escape.yaml import quoted
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.render.parts import NewTexts, Texts
from erd2dbt.render.sandbox import Folder, Templates
from erd2dbt.system.shipped_files import shipped

_WIDTH = 80
_NEW = NewTexts()
Words = Callable[[], Mapping[str, Any]]  # what a template is given, made when its file is rendered

_MODEL = "models/model.sql.jinja"  # lays out the SQL of every model


def render(project: Project, templates: Path | None = None, texts: Texts = _NEW) -> dict[str, str]:
    """Every file of the project. ErdError E805 when one of the user's own templates cannot be rendered.

    `texts`: finds the texts of parts that these templates gave before."""
    engine = _engine(templates)
    if templates is None:
        engine.bytecode_cache = texts.compiled
    parts = _Parts(engine, texts)
    whole: Words = partial(dict, project=project)
    sheets: list[tuple[str, str, Words]] = [
        ("dbt_project.yml", "dbt_project.yml.jinja", whole),
        ("profiles.yml", project.profile_template, whole),
        ("README.md", "README.md.jinja", partial(parts.of_readme, project)),
        (".gitignore", "gitignore.jinja", whole),
        *((f.path, "models/sources.yml.jinja", partial(parts.of_sources, f)) for f in project.sources),
        *((f.path, "models/properties.yml.jinja", partial(parts.of_properties, f)) for f in project.properties),
        *((f.path, _MODEL, partial(dict, model=f)) for f in project.sql),
        *(
            (f"{project.macro_path}/{GENERIC_TESTS}/{t.name}.sql", f"macros/{GENERIC_TESTS}/{t.name}.sql.jinja", dict)
            for t in project.generic_tests
        ),
        *((t.path, "tests/claim.sql.jinja", partial(dict, claim=t)) for t in project.singular_tests),
        *_documented(project),
    ]
    sheets = [sheet for sheet in sheets if sheet[0] not in project.theirs]
    loaded = {name: _template(engine, name) for name in dict.fromkeys(name for _, name, _ in sheets)}
    known = {file.path: file.laid_out for file in project.sql if file.laid_out is not None}
    return {path: known.get(path) or _rendered(loaded[name], name, words()) for path, name, words in sheets}


def render_models(files: Iterable[SqlFile]) -> dict[str, str]:
    """Model -> its SQL, by the template that is shipped."""
    template = _template(_engine(None), _MODEL)
    return {file.model: file.laid_out or _rendered(template, _MODEL, {"model": file}) for file in files}


@dataclass(frozen=True, slots=True)
class _Parts:
    """The words of templates whose files have parts, with the texts of the parts, which have templates of their own."""

    engine: jinja2.Environment
    texts: Texts

    def of_readme(self, project: Project) -> dict[str, Any]:
        (models,) = self._made("readme/models.md.jinja", "overview", [project.overview])
        (claims,) = self._made("readme/claims.md.jinja", "claims", [project.claims])
        variables = _variables(self.engine, project)
        return {"project": project, "variables": variables, "models": models, "claims": claims}

    def of_sources(self, file: SourcesFile) -> dict[str, Any]:
        tables = self._made("models/source_table.yml.jinja", "table", file.source.tables)
        return {"source": file.source, "tables": tables}

    def of_properties(self, file: PropertiesFile) -> dict[str, Any]:
        models = self._made("models/model_properties.yml.jinja", "model", file.models)
        units = self._made("models/unit_test.yml.jinja", "unit", file.unit_tests)
        return {"file": file, "models": models, "unit_tests": units}

    def _made(self, name: str, word: str, parts: Iterable[object]) -> list[str]:
        template = _template(self.engine, name)

        def text(part: object) -> str:
            return self.texts.text(name, part, lambda: _rendered(template, name, {word: part}).rstrip("\n"))

        return [text(part) for part in parts]


def _variables(engine: jinja2.Environment, project: Project) -> str:
    """The environment variables that the profile reads: `A`, `B` and `C`."""
    assert engine.loader is not None
    text = engine.loader.get_source(engine, project.profile_template)[0]
    *first, last = (f"`{name}`" for name in dict.fromkeys(re.findall(r"env_var\('(\w+)'", text)))
    return f"{', '.join(first)} and {last}" if first else last


def project_file(project: Project, templates: Path | None = None) -> str:
    """The `dbt_project.yml`, also where it is left to somebody else. ErdError E805."""
    name = "dbt_project.yml.jinja"
    return _rendered(_template(_engine(templates), name), name, {"project": project})


def profiles_file(project: Project) -> str:
    """The `profiles.yml` by environment variables, for a server that is started for the run."""
    name = project.profile_template
    return _rendered(_template(_engine(None), name), name, {"project": project})


def _documented(project: Project) -> list[tuple[str, str, Words]]:
    """What the project's own generic tests take, where it has any."""
    words: Words = partial(dict, tests=project.generic_tests)
    path = f"{project.macro_path}/{GENERIC_TESTS}/_generic_tests.yml"
    return [(path, "macros/generic_tests.yml.jinja", words)] if project.generic_tests else []


def lays_out_models(own: Path | None) -> bool:
    """Whether a folder of templates has one of its own for the SQL of models."""
    return own is not None and (own / _MODEL).is_file()


def _rendered(template: jinja2.Template, name: str, words: Mapping[str, Any]) -> str:
    if isinstance(template.environment, Templates):
        template.environment.begin()
    try:
        return _ended(template.render(words))
    except Exception as error:  # a template of the user's own is a program: it may raise whatever it likes
        if not isinstance(template.environment, Templates):
            raise
        raise ErdError([_broken(name, error)]) from None


def _ended(text: str) -> str:
    """The text with one line end. Most texts have it, and large ones need no copy."""
    return text if text[-1:] == "\n" != text[-2:-1] else text.rstrip("\n") + "\n"


def _template(engine: jinja2.Environment, name: str) -> jinja2.Template:
    try:
        return engine.get_template(name)
    except (jinja2.TemplateError, RecursionError) as error:
        raise ErdError([_broken(name, error)]) from None


def _broken(name: str, error: Exception) -> Diagnostic:
    line = getattr(error, "lineno", None)
    place = Span(getattr(error, "filename", None) or name, line, 1) if line else None
    return Diagnostic(code="E805", message=f"the template `{name}` cannot be rendered: {_why(error)}", span=place)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it includes or calls itself without end"
    return str(error) or type(error).__name__


def _engine(own: Path | None) -> jinja2.Environment:
    """Templates that are our own are compiled once; others may have changed meanwhile."""
    return _shipped_engine() if own is None else _new_engine(own)


@cache
def _shipped_engine() -> jinja2.Environment:
    return _new_engine(None)


def _new_engine(own: Path | None) -> jinja2.Environment:
    loaders: list[jinja2.BaseLoader] = [Folder(own)] if own is not None else []
    kind = Templates if own is not None else jinja2.Environment
    engine = kind(
        loader=jinja2.ChoiceLoader([*loaders, jinja2.FileSystemLoader(shipped("templates"))]),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    engine.filters.update(
        ident=ident,
        scalar=scalar,
        flow=flow,
        call=call,
        prose=prose,
        yaml=block,
        test=data_test,
        rows=fixture_rows,
        text=lambda said: markdown.cell(markdown.text(said)),
        code=lambda said: markdown.cell(markdown.code(said)),
        node=mermaid.node,
        macro=macro,
        arguments=arguments,
        literal=jinja.constant,
    )
    return engine


# -- YAML

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_ ./()+-]|,(?! *$)|'(?=\w)|:(?=\S)|;(?=\S| \S))*\Z")
_SINGLE_BLANK = re.compile(r"(?<! ) (?! )")
_PLAIN_CALL = re.compile(r"ref\('\w+'\)")
_NOT_TEXT = frozenset("null true false yes no on off y n none".split())


def scalar(value: object) -> str:
    """A YAML scalar on one line that dbt reads back as this very value: text is inert, `Jinja` and `Call` are live."""
    return plain_scalar(value if not isinstance(value, str) or isinstance(value, Jinja | Call) else jinja.text(value))


@lru_cache(maxsize=8192)
def plain_scalar(value: object) -> str:
    """The same without regard to Jinja: for keys, which dbt does not render."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    value = str(value)
    if _PLAIN.match(value) and value[-1] != " " and "  " not in value and value.lower() not in _NOT_TEXT:
        return value
    if '"' in value and value.count('"') > value.count("'") and "\\" not in value and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return quoted(value)


def prose(text: str, key: str, indent: int) -> str:
    """`key: text` for text of any length: plain, folded at 80 columns, or as a literal block for several lines."""
    text, pad = text if isinstance(text, Jinja) else jinja.text(text), " " * indent
    if "\n" in text:
        return _literal(text, key, pad)
    line = f"{pad}{key}: {scalar(text)}"
    if len(line) <= _WIDTH or not _foldable(text):
        return line
    inner = f"{pad}  "
    return f"{pad}{key}: >-\n" + "\n".join(inner + part for part in _folded(text, _WIDTH - len(inner)))


def _foldable(text: str) -> bool:
    """Whether folding at blanks gives the text back: no blanks at an end, nothing unprintable."""
    return text.isprintable() and text == text.strip()


def _folded(text: str, width: int) -> list[str]:
    """Lines broken at single blanks only: YAML makes one blank of each break, and several stay where they are."""
    lines: list[str] = []
    for word in _SINGLE_BLANK.split(text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _literal(text: str, key: str, pad: str) -> str:
    lines = text.split("\n")
    odd = any(not line.isprintable() or line != line.rstrip() for line in lines)
    if odd or lines[0].startswith(" ") or not lines[0]:
        return f"{pad}{key}: {plain_scalar(text)}"
    keep = "|" if text.endswith("\n") and not text.endswith("\n\n") else "|-"
    body = lines[:-1] if keep == "|" else lines
    if not body[-1]:
        return f"{pad}{key}: {plain_scalar(text)}"
    return f"{pad}{key}: {keep}\n" + "\n".join(f"{pad}  {line}" if line else "" for line in body)


def block(value: Mapping[str, Any], indent: int) -> str:
    """A mapping of anything YAML can hold as block maps; lists of scalars stay on one line while they fit."""
    return "\n".join(_entries(value, " " * indent))


def _entries(value: Mapping[str, Any], pad: str) -> Iterable[str]:
    for key, item in value.items():
        name = f"{pad}{plain_scalar(str(key))}:"
        if isinstance(item, Mapping):
            yield name if item else f"{name} {{}}"
            yield from _entries(item, f"{pad}  ")
        elif isinstance(item, (list, tuple)):
            yield from _list(name, item, pad)
        elif isinstance(item, str) and "\n" in item:
            yield _literal(item if isinstance(item, Jinja) else jinja.text(item), plain_scalar(str(key)), pad)
        else:
            yield f"{name} {scalar(item)}"


def _list(name: str, items: list[Any] | tuple[Any, ...], pad: str) -> Iterable[str]:
    is_flat = all(not isinstance(item, (Mapping, list, tuple)) for item in items)
    line = f"{name} {flow(items)}" if is_flat else ""
    if is_flat and len(line) <= _WIDTH:
        yield line
        return
    yield name
    for item in items:
        if isinstance(item, Mapping):
            first, *rest = _entries(item, f"{pad}    ")
            yield f"{pad}  - {first.strip()}"
            yield from rest
        else:
            yield f"{pad}  - {scalar(item)}"


def call(expression: Call) -> str:
    """A call of `ref` or `source` as a YAML scalar, plain where the name allows it."""
    return expression if _PLAIN_CALL.fullmatch(expression) else scalar(expression)


def flow(items: Iterable[object]) -> str:
    """A list on one line."""
    return f"[{', '.join(map(_in_flow, items))}]"


def _in_flow(item: object) -> str:
    """A scalar between brackets, where commas end it."""
    text = scalar(item)
    return f'"{text}"' if text[0] not in "\"'" and any(c in text for c in ",[]{}:") else text


def data_test(test: DataTest, indent: int) -> str:
    """One entry of `data_tests:`."""
    pad = " " * indent
    if test.bare:
        return f"{pad}- {test.name}"
    body: dict[str, Any] = {}
    if test.label:
        body["name"] = test.label
    if test.description:
        body["description"] = jinja.text(test.description)
    if test.arguments:
        # dbt takes the column of a test as it is
        body["arguments"] = {
            name: Jinja(value) if name == "column_name" else jinja.argument(value) for name, value in test.arguments
        }
    if test.severity or test.config:
        given = {name: jinja.argument(value) for name, value in test.config}
        body["config"] = {**({"severity": test.severity} if test.severity else {}), **given}
    return "\n".join([f"{pad}- {test.name}:", *_entries(body, f"{pad}    ")])


def macro(test: DataTest) -> str:
    """The macro that dbt makes of a generic test; `package.name` is one of a package."""
    package, dot, name = test.name.rpartition(".")
    return f"{package}{dot}test_{name}"


def arguments(claim: SingularTest) -> list[str]:
    """What a singular test gives to the generic one behind the model: `column_name="order_id"`."""
    column = [("column_name", claim.column)] if claim.column else []
    given = [*column, *claim.test.arguments]
    return [f"{name}={jinja.constant(value)}" for name, value in given]


def fixture_rows(rows: Sequence[Mapping[str, object]], indent: int) -> str:
    """Rows of a unit test as a list of block maps."""
    pad = " " * indent
    lines = []
    for row in rows:
        first, *rest = (f"{plain_scalar(name)}: {_fixed(value)}" for name, value in row.items())
        lines += [f"{pad}- {first}", *(f"{pad}  {line}" for line in rest)]
    return "\n".join(lines)


def _fixed(value: object) -> str:
    assert isinstance(value, (str, bool, int, float))
    return scalar(value)
