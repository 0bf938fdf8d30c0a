"""How well boards are read: each against the diagram that its author means.

Usage: `python benchmarks/boards.py FOLDER`. A board is a folder with `board.json` (or `.svg`, `.csv`, `.txt`) and
`expected.json`: {"entities": {name: {"key": [column], "columns": {column: type, or "?" where none is drawn}}},
"links": [{"a": entity, "b": entity, "ca": "1"|"n", "cb": "1"|"n", "on": {column: column} or null}]}; optional are
"models" ({name: {"grain": […], "columns": {column: [regular expressions, one of which its formula as JSON matches]}}}),
"refuse" (words of the fault that is due) and "must_tell" (words, one of which must be reported).

Prints precision and recall of each part, the boards that are wholly right, and silent faults: boards with another
meaning and exit code 0.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from erd2dbt.datatypes.postgres import canonical, understood
from erd2dbt.diagram.drawing import Diagram
from erd2dbt.diagram.erd import TODO, Erd
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.drafting import diagram_in, draft_text
from erd2dbt.read.spec.reader import read_spec

PARTS = ("entities", "columns", "types", "keys", "links", "models")


@dataclass(slots=True)
class Score:
    """One board. `missed`, `added`, `found`: by part; `wrong`: what differs, in words."""

    name: str
    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    exit_code: int = 0

    @property
    def is_silent(self) -> bool:
        return bool(self.wrong) and self.exit_code == 0


def score(folder: Path) -> Score:
    """The board of a folder, read as `import --allow-unread` reads it."""
    meant = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    board = next(folder.glob("board.*"))
    result = Score(folder.name)
    try:
        diagram = diagram_in(board.read_bytes(), board.name)
        text = draft_text(diagram, key_names="as_drawn")  # the answers have the names of the board
    except ErdError as error:
        result.exit_code = 1
        said = " ".join(f"{one.message} {' '.join(one.notes)}" for one in error.diagnostics).lower()
        if not all(word.lower() in said for word in meant.get("refuse", ["\0"])):
            due = meant.get("must_tell", [])
            if not any(word in said for word in due):
                result.wrong.append(f"refused: {said}")
        return result
    result.exit_code = int(bool(diagram.unread))
    if "refuse" in meant:
        result.wrong.append("it is read, and should be refused")
    erd = read_spec(text.encode(), "spec.yml")
    if _is_told_alone(meant, erd, diagram):
        return result
    for part, wanted, is_there in _parts(meant, erd):
        _compare(result, part, wanted, is_there)
    _models(result, meant.get("models", {}), yaml.safe_load(text).get("models") or {})
    _check_reported(result, meant.get("must_tell", []), diagram)
    return result


def _is_told_alone(meant: Mapping[str, Any], erd: Erd, diagram: Diagram) -> bool:
    """Whether nothing of it was read and that is said, where this will do."""
    told = " ".join(one.sentence.lower() for one in diagram.unread)
    return not erd.entities and any(word in told for word in meant.get("must_tell", []))


def _check_reported(result: Score, words: list[str], diagram: Diagram) -> None:
    said = " ".join(one.sentence.lower() for one in diagram.seen)
    if words and result.wrong and not any(word in said for word in words):
        result.wrong.append(f"not told: {' or '.join(words)}")


def _parts(meant: Mapping[str, Any], erd: Erd) -> Iterator[tuple[str, set[Any], set[Any]]]:
    entities = meant["entities"]
    yield "entities", set(entities), {one.name for one in erd.entities}
    there = {one.name: one for one in erd.entities if one.name in entities}
    yield (
        "columns",
        {(n, c) for n in there for c in entities[n]["columns"]},
        {
            (n, c.name)
            for n, one in there.items()
            for c in one.columns
            if c.name != TODO and c.formula is None  # computed ones are not drawn
        },
    )
    typed = {(n, c): t for n in there for c, t in entities[n]["columns"].items() if t != "?"}
    yield (
        "types",
        {(*at, _type(kind)) for at, kind in typed.items()},
        {(n, c.name, _type(c.type or "")) for n, one in there.items() for c in one.columns if (n, c.name) in typed},
    )
    yield (
        "keys",
        {(n, tuple(sorted(entities[n]["key"]))) for n in there},
        {(n, tuple(sorted(word.text for word in one.key if word.text != TODO))) for n, one in there.items()},
    )
    links = meant.get("links", [])
    tied = {frozenset((link["a"], link["b"])) for link in links if link.get("on") is not None}
    yield "links", {_meant(link) for link in links}, {_drawn(link, tied) for link in erd.links}


def _type(text: str) -> str:
    return canonical(understood(text) or text) or text


def _meant(link: Mapping[str, Any]) -> Any:
    on = link.get("on")
    pairs = frozenset(on.items()) if on is not None else None
    return _either_way(link["a"], link["ca"], link["b"], link["cb"], pairs)


def _drawn(link: Any, tied: set[frozenset[str]]) -> Any:
    caps = ["n" if cardinality.many else "1" for cardinality in (link.left_cap, link.right_cap)]
    pairs = frozenset(link.columns) if frozenset((link.left, link.right)) in tied else None
    return _either_way(link.left, caps[0], link.right, caps[1], pairs)


def _either_way(a: str, ca: str, b: str, cb: str, pairs: frozenset[tuple[str, str]] | None) -> Any:
    ends = frozenset(((a, ca), (b, cb))) if a != b else (a, frozenset((ca, cb)))
    return ends, pairs and frozenset(frozenset(((a, x), (b, y))) for x, y in pairs)


def _compare(result: Score, part: str, wanted: set[Any], is_there: set[Any]) -> None:
    result.found[part] += len(wanted & is_there)
    result.missed[part] += len(wanted - is_there)
    result.added[part] += len(is_there - wanted)
    result.wrong += [f"{part}: not read: {_plain(one)}" for one in sorted(wanted - is_there, key=str)]
    result.wrong += [f"{part}: read, not meant: {_plain(one)}" for one in sorted(is_there - wanted, key=str)]


def _plain(value: Any) -> str:
    return str(value).replace("frozenset", "")


def _models(result: Score, meant: Mapping[str, Any], drawn: Mapping[str, Any]) -> None:
    """A column that is a TODO is not found, and not wrong either."""
    if meant.keys() != drawn.keys():
        result.wrong.append(f"models: {sorted(drawn)} instead of {sorted(meant)}")
    for name in meant.keys() & drawn.keys():
        model, kept = drawn[name], drawn[name].get("keep")
        kept = kept if isinstance(kept, list) else [kept] if kept else []
        for column, patterns in meant[name]["columns"].items():
            formula = (model.get("columns") or {}).get(column, "keep" if {column, "all"} & set(kept) else None)
            said = json.dumps(formula, ensure_ascii=False)
            if formula is not None and any(re.search(one, said) for one in patterns):
                result.found["models"] += 1
            else:
                result.missed["models"] += 1
                if formula is None or TODO not in said:
                    result.wrong.append(f"models: {name}.{column} is {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="all that differs [default: three of each board]")
    arguments = parser.parse_args()
    scores = [score(path.parent) for path in sorted(arguments.folder.glob("*/expected.json"))]
    for one in scores:
        state = "right" if not one.wrong else "SILENT" if one.is_silent else "told"
        print(f"{state:<7} {one.exit_code} {one.name}")
        for line in one.wrong if arguments.verbose else one.wrong[:3]:
            print(f"            {line}")
    print(f"\n{'':<10} precision  recall")
    for part in PARTS:
        found, missed, added = (sum(c[part] for c in counts) for counts in _counts(scores))
        print(f"{part:<10} {_share(found, added):>9}  {_share(found, missed):>6}")
    right = sum(not one.wrong for one in scores)
    silent = sum(one.is_silent for one in scores)
    print(f"\n{right} of {len(scores)} boards wholly right; {silent} silent faults")


def _counts(scores: list[Score]) -> list[list[Counter[str]]]:
    return [[one.found for one in scores], [one.missed for one in scores], [one.added for one in scores]]


def _share(found: int, others: int) -> str:
    return f"{100 * found / (found + others):.1f} %" if found + others else "-"


if __name__ == "__main__":
    main()
