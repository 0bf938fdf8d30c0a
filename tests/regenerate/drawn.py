"""Properties files as they are generated, drawn at random, and what a person and the next diagram do to them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

Item = dict[str, Any]


class Brackets(list[str]):
    """A list that is written between brackets, as the generator writes columns of a test."""


TESTS = ("not_null", "unique", "determines", "accepted_values")
KINDS = ("text", "bigint", "date", "numeric(38,2)")


@dataclass(kw_only=True)
class Pen:
    """Draws from `random`; every word it writes is marked as its own and is written once."""

    random: Random
    mark: str
    written: list[str] = field(default_factory=list)

    def word(self) -> str:
        self.written.append(f"{self.mark}{len(self.written)}{self.mark}")
        return self.written[-1]

    def prose(self) -> str:
        forms = (
            "{} is",
            "{}: 🙂 it's",
            "a {{{{ doc('{}') }}}}",
            "{}\n\n  and\nmore",
            "# {}",
            "null {} ",
            "{} " + "long " * 30,
        )
        return self.random.choice(forms).format(self.word())

    def test(self) -> Any:
        name = self.random.choice(TESTS)
        if name == "accepted_values":
            return {name: {"arguments": {"values": [self.word(), self.word()]}}}
        if name == "determines":
            return {name: {"name": self.word(), "arguments": {"columns": Brackets([self.word()])}}}
        return name if self.random.random() < 0.7 else {name: {"config": {"severity": self.word()}}}

    def column(self) -> Item:
        item: Item = {"name": self.word(), "data_type": self.random.choice(KINDS), "description": self.prose()}
        if tests := self.tests():
            item["data_tests"] = tests
        return item

    def tests(self) -> list[Any]:
        drawn = [self.test() for _ in range(self.random.randint(0, 3))]
        return list({name if isinstance(name, str) else next(iter(name)): name for name in drawn}.values())

    def model(self) -> Item:
        item: Item = {"name": self.word(), "description": self.prose()}
        if self.random.random() < 0.5:
            item["config"] = {"access": "public", "meta": {"owner": self.word()}}
        if tests := self.tests():
            item["data_tests"] = tests
        return item | {"columns": [self.column() for _ in range(self.random.randint(1, 4))]}


def edited(document: Item, pen: Pen, times: int) -> Item:
    """A copy with some of it changed, added, taken out."""
    document = copy.deepcopy(document)
    for _ in range(times):
        model = pen.random.choice(document["models"])
        item = pen.random.choice([model, *model.get("columns", [])])
        pen.random.choice(EDITS)(document, model, item, pen)
    return document


def items_of(document: Item) -> list[Item]:
    """The models and their columns."""
    return [item for model in document["models"] for item in (model, *model["columns"])]


def edited_within(document: Item, names: set[str], pen: Pen, times: int) -> Item:
    """A copy in which only items of these names are changed, and columns added."""
    document = copy.deepcopy(document)
    for _ in range(times):
        own = [(m, item) for m in document["models"] for item in (m, *m["columns"]) if item["name"] in names]
        if own:
            pen.random.choice(WITHIN)(document, *pen.random.choice(own), pen)
    return document


def describe(_document: Item, _model: Item, item: Item, pen: Pen) -> None:
    item["description"] = pen.prose()


def drop_description(_document: Item, _model: Item, item: Item, _pen: Pen) -> None:
    item.pop("description", None)


def retype(_document: Item, model: Item, item: Item, pen: Pen) -> None:
    if item is not model:
        item["data_type"] = f"varchar({pen.word()})"


def set_meta(_document: Item, _model: Item, item: Item, pen: Pen) -> None:
    item.setdefault("config", {}).setdefault("meta", {})[pen.random.choice(["owner", pen.word()])] = pen.word()


def add_test(_document: Item, _model: Item, item: Item, pen: Pen) -> None:
    item.setdefault("data_tests", []).append(
        {pen.random.choice(TESTS[2:]): {"arguments": {"columns": Brackets([pen.word()])}}}
    )


def drop_test(_document: Item, _model: Item, item: Item, pen: Pen) -> None:
    if item.get("data_tests"):
        item["data_tests"].remove(pen.random.choice(item["data_tests"]))
        if not item["data_tests"]:
            del item["data_tests"]


def change_test(_document: Item, _model: Item, item: Item, pen: Pen) -> None:
    tests = item.get("data_tests") or [None]
    at = pen.random.randrange(len(tests))
    if isinstance(tests[at], str):
        tests[at] = {tests[at]: {"config": {"severity": pen.word()}}}
    elif tests[at]:
        next(iter(tests[at].values())).setdefault("config", {})["where"] = pen.word()


def extend_values(_document: Item, _model: Item, item: Item, pen: Pen) -> None:
    for test in item.get("data_tests", []):
        if isinstance(test, dict):
            for given in next(iter(test.values())).get("arguments", {}).values():
                given.insert(pen.random.randint(0, len(given)), pen.word())


def add_column(_document: Item, model: Item, _item: Item, pen: Pen) -> None:
    model["columns"].insert(pen.random.randint(0, len(model["columns"])), pen.column())


def drop_column(_document: Item, model: Item, _item: Item, pen: Pen) -> None:
    if len(model["columns"]) > 1:
        model["columns"].remove(pen.random.choice(model["columns"]))


def shuffle(_document: Item, model: Item, _item: Item, pen: Pen) -> None:
    pen.random.shuffle(model["columns"])


def add_model(document: Item, _model: Item, _item: Item, pen: Pen) -> None:
    document["models"].insert(pen.random.randint(0, len(document["models"])), pen.model())


def drop_model(document: Item, model: Item, _item: Item, _pen: Pen) -> None:
    if len(document["models"]) > 1:
        document["models"].remove(model)


WITHIN = (describe, drop_description, retype, set_meta, add_test, drop_test, change_test, extend_values, add_column)
EDITS = (
    *WITHIN,
    *(drop_column, shuffle, add_model, drop_model),
)


# -- laid out as the generator does, and as a person may


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless and self.indentless)

    indentless = False

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Indentless(_Dumper):
    indentless = True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _between_brackets(dumper: yaml.SafeDumper, words: Brackets) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", words, flow_style=True)


for kind in (_Dumper, _Indentless):
    kind.add_representer(str, _text)
    kind.add_representer(Brackets, _between_brackets)


def laid_out(document: Item, *, indentless: bool = False) -> str:
    """Blank lines stand between models; `---` stands above all."""
    dumper = _Indentless if indentless else _Dumper
    text = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=10**6)
    mark = "- name:" if indentless else "  - name:"
    lines = text.splitlines(keepends=True)
    apart = ["\n" + line if line.startswith(mark) and at > 2 else line for at, line in enumerate(lines)]
    return "---\n" + "".join(apart)


def commented(text: str, pen: Pen, times: int) -> str:
    """With comments on lines of their own and behind values, never in a text over several lines."""
    lines = text.split("\n")
    for _ in range(times):
        at = pen.random.randrange(len(lines))
        line = lines[at]
        if line.strip().startswith(
            ("- name:", "data_type:", "config:", "data_tests:", "columns:", "- not_null", "- unique")
        ):
            if pen.random.random() < 0.5 or "#" in line or "varchar" in line:
                lines.insert(at, " " * (len(line) - len(line.lstrip())) + f"# {pen.word()}")
            else:
                lines[at] = f"{line}  # {pen.word()}"
    return "\n".join(lines)
