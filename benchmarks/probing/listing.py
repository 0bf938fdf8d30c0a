"""The measured list of an engine: rules that may do, taken in turn until every probe has PostgreSQL's values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from erd2dbt.engines.engine import Engine
from erd2dbt.engines.lowering import typed
from erd2dbt.engines.measured import parsed
from probing.comparing import Difference
from probing.measuring import Outcome, Say, Wanted, measured
from probing.printing import printed, with_rules
from probing.runners import Runner
from probing.table import Probe

FOLDER = Path(__file__).parent
_ROUNDS = 12


@dataclass(slots=True)
class Listing:
    """The rules that hold, as lines by signature; what is `different`, and what only the engine refuses."""

    lines: dict[str, str] = field(default_factory=dict)
    different: dict[str, Difference] = field(default_factory=dict)
    loud: list[Difference] = field(default_factory=list)
    unlisted: list[Difference] = field(default_factory=list)  # of what every engine is thought to have


def candidates(engine: Engine, probes: Iterable[Probe]) -> dict[str, list[str]]:
    """By signature: what the engine itself says, the lines of `<engine>.txt` here, and the call as PostgreSQL writes
    it."""
    found: dict[str, list[str]] = defaultdict(list)
    for signature, written in engine.intrinsics.items():
        found[signature].append(f"{signature} | {written}")
    file = FOLDER / f"{engine.name}.txt"
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
        if line.strip() and not line.startswith("#"):
            found[re.split(r" \|(?= |$)", line)[0].strip()].append(line)
    for probe in probes:
        for signature in probe.signatures:
            if signature not in found[signature]:
                found[signature].append(signature)
    return dict(found)


def listing(runner: Runner, engine: Engine, wanted: Wanted, say: Say) -> Listing:
    waiting = candidates(engine, wanted)
    made = Listing(lines={signature: lines.pop(0) for signature, lines in waiting.items()})
    equal: dict[Probe, None] = {}
    asked = dict(wanted)
    for _ in range(_ROUNDS):
        outcome = measured(runner, engine, parsed(made.lines.values()), asked, say)
        changed = _next(made, waiting, outcome)
        equal = {p: None for p in [*equal, *outcome.equal] if not changed & {*p.signatures}}
        made.loud = [one for one in [*made.loud, *outcome.loud] if not changed & {*one.probe.signatures}]
        asked = {p: given for p, given in wanted.items() if changed & {*p.signatures} and p not in equal}
        say(f"{engine.name}: {len(equal)} equal, {len(changed)} rules changed")
        if not changed:
            break
    shown = {signature for probe in equal for signature in probe.shows}
    made.lines = {signature: line for signature, line in made.lines.items() if signature in shown}
    ruled = with_rules(engine, parsed(made.lines.values()))
    for signature, line in made.lines.items():
        roots = [probe for probe in equal if probe.root == signature]
        made.lines[signature] = _typed(line, signature, set(_given(roots, runner, ruled)))
    return made


def _next(made: Listing, waiting: dict[str, list[str]], outcome: Outcome) -> set[str]:
    """Each rule that gave another value makes room for the next one. The signatures that changed."""
    changed = set()
    for wrong in outcome.differ:
        for signature in wrong.probe.shows:
            if signature not in made.lines:
                continue
            changed.add(signature)
            made.different.setdefault(signature, wrong)
        if not wrong.probe.shows:
            made.unlisted.append(wrong)
    for signature in changed:
        if waiting[signature]:
            made.lines[signature] = waiting[signature].pop(0)
        else:
            del made.lines[signature]
    return changed


def _typed(line: str, signature: str, given: set[tuple[bool, str]]) -> str:
    """The line with the type that the engine gives: nothing where that is PostgreSQL's, `?` where it depends."""
    parts = [part.strip() for part in re.split(r" \|(?= |$)", line)]
    if len(parts) > 2 or signature.startswith("cast(") or all(same for same, _ in given):
        return line
    types = {type_ for _, type_ in given}
    gives = types.pop() if len(types) == 1 else "?"
    if "decimal(" in gives.lower() and "numeric" in signature:
        gives = "?"  # the digits are those of the probe's columns
    written = parts[1] if len(parts) > 1 else ""
    return f"{signature} | {written} | {gives}" if written else f"{signature} | | {gives}"


def _given(roots: Iterable[Probe], runner: Runner, engine: Engine) -> Iterator[tuple[bool, str]]:
    """Of each probe with the call at its root: whether the engine's type is the one it has for PostgreSQL's."""
    for probe in roots:
        if probe.type is not None:
            here = runner.type_of(printed(engine, probe, is_cast=False), probe)
            yield _plain(here) == _plain(typed(engine, probe.type)), here


def _plain(type_: str) -> str:
    return type_.lower().replace(" ", "")


def different(found: Listing) -> Iterator[str]:
    for signature, wrong in sorted(found.different.items()):
        if signature not in found.lines:
            yield f"{signature}: {wrong}"


def text(engine: Engine, found: Listing, versions: str, when: str) -> str:
    """The list as the product reads it."""
    head = (
        f"# What gives PostgreSQL's value on {engine.title}: signature | how it is written | the type that it gives.\n"
        f"# Measured {when} with {versions} by `benchmarks/probes.py`, which writes this file.\n"
    )
    return head + "\n" + "".join(f"{line}\n" for _, line in sorted(found.lines.items()))
