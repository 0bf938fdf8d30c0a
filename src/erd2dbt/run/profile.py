"""Reads one target of a profiles.yml as dbt does: Jinja in every value, with `env_var`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from erd2dbt.faults.diagnostics import Collector, ErdError, Span, did_you_mean
from erd2dbt.system.reading import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NEEDED = {"postgres": ("host", "port", "user", "dbname", "schema"), "duckdb": ("path",)}
OPTIONAL = {"postgres": ("password", "sslmode", "sslcert", "sslkey", "sslrootcert", "role"), "duckdb": ("schema",)}
ALIASES = {"pass": "password", "database": "dbname"}  # dbt-postgres: Credentials._ALIASES

Entries = dict[str, yaml.Node]


def read_target(file: Path, profile: str, target: str | None, kind: str = "postgres") -> dict[str, str]:
    """Return the values of a target by dbt's names. `port` is a number, and all NEEDED values exist. Raises ErdError
    E704."""
    return _Profiles(file, kind).read(profile, target)


def read_kind(file: Path, profile: str, target: str | None) -> str:
    """Return the `type:` of a target, such as `postgres` or `snowflake`. Raises ErdError E704."""
    return _Profiles(file, "").kind_of(profile, target)


def read_word(file: Path, profile: str, target: str | None, names: Iterable[str]) -> str:
    """Return the value of the first of these keys that a target has; empty without one. Raises ErdError E704."""
    return _Profiles(file, "").word_of(profile, target, names)


class _Profiles:
    """A profiles.yml and the faults found in it."""

    def __init__(self, file: Path, kind: str = "postgres") -> None:
        self.file, self.wanted = file, kind
        self.faults = Collector()

    def read(self, profile: str, target: str | None) -> dict[str, str]:
        return self._values(*self._output(profile, target))

    def kind_of(self, profile: str, target: str | None) -> str:
        entries, output = self._output(profile, target)
        kind = self._render(entries["type"]) if "type" in entries else None
        self.faults.raise_if_failed()
        if not kind:
            self._stop("a target without `type`", self._span(output))
        return kind

    def word_of(self, profile: str, target: str | None, names: Iterable[str]) -> str:
        entries, _ = self._output(profile, target)
        found = next((self._render(entries[name]) for name in names if name in entries), "")
        self.faults.raise_if_failed()
        return found or ""

    def _output(self, profile: str, target: str | None) -> tuple[Entries, yaml.Node]:
        root = self._root()
        chosen = self._entries(self._pick(self._entries(root), profile, "profile", root))
        outputs = self._pick(chosen, "outputs", "key", root)
        if target is None:
            target = self._render(chosen["target"]) if "target" in chosen else "default"
            self.faults.raise_if_failed()
        output = self._pick(self._entries(outputs), str(target), "target", outputs)
        return self._entries(output), output

    def _root(self) -> yaml.Node:
        try:
            root = yaml.compose(read_whole(self.file).decode("utf-8-sig"), Loader=yaml.SafeLoader)
        except OSError as error:
            fixes = ["name its folder by `--profiles-dir`"]
            self._stop(f"cannot read `{self.file}`: {error.strerror}", fixes=fixes)
        except UnicodeDecodeError:
            self._stop(f"`{self.file}` is not UTF-8 text")
        except yaml.YAMLError as error:
            self._stop(f"not YAML: {_problem(error)}", _mark(self.file, error))
        if root is None:
            self._stop(f"`{self.file}` is empty")
        return root

    def _values(self, entries: Entries, output: yaml.Node) -> dict[str, str]:
        kind = self._render(entries["type"]) if "type" in entries else None
        if kind != self.wanted:
            what = f"`type: {kind}`" if kind else "a target without `type`"
            place = self._span(entries.get("type", output))
            self._stop(f"{what}: erd2dbt works with `type: {self.wanted}` only", place)
        named = {ALIASES.get(key, key): node for key, node in entries.items()}
        read = {key: self._render(named[key]) for key in (*NEEDED[self.wanted], *OPTIONAL[self.wanted]) if key in named}
        for key in NEEDED[self.wanted]:
            if read.get(key, "") == "":
                self.faults.add("E704", f"the target has no `{key}`", self._span(named.get(key, output)))
        values = {key: value for key, value in read.items() if value}
        if not values.get("port", "0").isdecimal():
            self.faults.add("E704", f"`{values['port']}` is not a port number", self._span(named["port"]))
        self.faults.raise_if_failed()
        return values

    def _entries(self, node: yaml.Node) -> Entries:
        """Return a mapping's values by key. The mapping's own keys override those of a merge (`<<: *anchor`)."""
        if not isinstance(node, yaml.MappingNode):
            self._stop("a mapping is expected here", self._span(node))
        merged: Entries = {}
        own: Entries = {}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                several = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for one in reversed(several):
                    merged |= self._entries(one)
            else:
                own[str(key.value)] = value
        return merged | own

    def _pick(self, entries: Entries, name: str, kind: str, place: yaml.Node) -> yaml.Node:
        if name not in entries:
            known = ", ".join(f"`{key}`" for key in entries) or "nothing"
            fixes = did_you_mean(name, entries)
            self._stop(f"no {kind} `{name}` here, only {known}", self._span(place), fixes)
        return entries[name]

    def _render(self, node: yaml.Node) -> str | None:
        """Return a scalar's text after Jinja; empty when it is null, None when a fault was found in it."""
        if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
            return ""
        try:
            return _JINJA.from_string(node.value).render(env_var=_env_var)
        except _UnsetError as unset:
            fixes = [f"export {unset}=…", f"give a default: env_var('{unset}', '…')"]
            message = f"the environment variable `{unset}` is not set"
            self.faults.add("E704", message, self._span(node), fixes=fixes)
        except (TemplateError, TypeError) as error:
            self.faults.add("E704", f"its Jinja cannot be rendered: {error}", self._span(node))
        return None

    def _span(self, node: yaml.Node) -> Span:
        return Span(str(self.file), node.start_mark.line + 1, node.start_mark.column + 1)

    def _stop(self, message: str, span: Span | None = None, fixes: Iterable[str] = ()) -> NoReturn:
        self.faults.add("E704", message, span, fixes=fixes)
        raise ErdError(self.faults.found)


class _UnsetError(Exception):
    """An environment variable without value and default."""


def _env_var(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise _UnsetError(name)
    return value


def _same(value: str) -> str:
    return value


_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
_JINJA.filters |= dict.fromkeys(("as_number", "as_text", "as_bool", "as_native"), _same)


def _problem(error: yaml.YAMLError) -> str:
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    return problem or str(error).split("\n")[0]


def _mark(file: Path, error: yaml.YAMLError) -> Span | None:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return Span(str(file), mark.line + 1, mark.column + 1) if mark else None
