"""Why the grain of hand-written SQL does not follow from its text (E601), and what to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.faults.diagnostics import Hint, did_you_mean
from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.concatenation import taken_apart
from erd2dbt.sqlproof.functions import called
from erd2dbt.sqlproof.query import fanout_steps
from erd2dbt.sqlproof.query_analysis import Judged, SqlStep
from erd2dbt.sqlproof.relation import all_keys

Why = tuple[str, list[str]]  # the obstacle, and the fixes


def why_not(
    spec: ModelSpec, query: exp.Query | None, tables: Mapping[str, State], judged: Judged | None
) -> tuple[str, list[str], exp.Expr | None]:
    """The construct that cannot be analyzed, else the joins that fan out, else why nothing makes the grain unique.

    Returns the obstacle, the fixes, and the first of these joins.
    """
    grain = tuple(word.text for word in spec.grain)
    if judged is None or query is None:
        return "only dbt can read it", _grouped(grain), None
    if judged.unjudged:
        return *_unjudged(judged, tables, grain), None
    blamed = fanout_steps(query, tables, judged, grain)
    if blamed:
        joins = [step for step in blamed if "join" in step.kind]
        fixes = [_reduced(step) for step in joins] if len(joins) == len(blamed) else _grouped(grain)
        why = f"{' and '.join(step.placed for step in blamed)} may match several rows for one"
        return why, fixes, blamed[0].node
    return *_what_is_left(spec, query, tables, judged, grain), None


def _grouped(grain: Iterable[str]) -> list[str]:
    return [Hint(f"end it in `group by {', '.join(grain)}`")]


def _reduced(step: SqlStep) -> str:
    return Hint(f"aggregate what {step.placed} joins to one row per key in a CTE of its own, and join that")


def _unjudged(judged: Judged, tables: Mapping[str, State], grain: Iterable[str]) -> Why:
    words = judged.unjudged[0]
    if words not in judged.wrong:
        return f"{words} cannot be analyzed", _grouped(grain)
    name = words.split("`")[1].rpartition(".")[2] if words.count("`") == 2 else ""
    known = dict.fromkeys(column for state in tables.values() for column in state.columns)
    return words, [*did_you_mean(name, known)] if words.startswith("column") else []


def _what_is_left(
    spec: ModelSpec, query: exp.Query, tables: Mapping[str, State], judged: Judged, grain: tuple[str, ...]
) -> Why:
    """For a query whose joins repeat no row: what its rows are unique by, or what may make two rows equal."""
    made = ", ".join(grain)
    keys = [key.columns for key in all_keys(judged.state)] if judged.state is not None else []
    if any(keys):
        key = min(filter(None, keys), key=lambda key: (len(key), sorted(key)))
        names = [name for name in judged.columns if name in key]
        fix = repairs.on_model("take that for the grain", spec.name, "grain", repairs.listing(names))
        return f"it gives one row per ({', '.join(names)})", [*_grouped(grain), fix]
    stacked = next((step for step in judged.steps if step.kind == "union"), None)
    if stacked is not None:
        apart = Hint("give each select a constant that tells it from the others, and add that to the grain")
        return f"{stacked.placed} may give one ({made}) from several of its selects", [apart, *_grouped(grain)]
    shown = {item.alias_or_name: item.unalias() for item in query.selects}
    computed = next((shown[c] for c in grain if not isinstance(shown.get(c), (exp.Column, type(None)))), None)
    if computed is not None:
        told = f"`{one_line(computed)}` may be the same for several rows"
        why = _why_alike(computed, tables)
        return f"{told}: {why}" if why else told, _grouped(grain)
    return "no step aggregates to it, and it is not a key of what is read", _grouped(grain)


_HASHES = frozenset("md5 sha224 sha256 sha384 sha512 hashtext hashtextextended crc32".split())


def _why_alike(computed: exp.Expr, tables: Mapping[str, State]) -> str:
    """Why a formula does not determine its inputs, where that is known; empty otherwise."""
    types = {column: type_ for state in tables.values() for column, type_ in state.types.items()}
    found = taken_apart(computed, lambda column: types.get(column.name))
    if found is not None:
        return found.why or "one of its values may be NULL"
    is_hash = any(called(node) in _HASHES for node in computed.find_all(exp.Func))
    return "a hash may be the same for two values" if is_hash else ""
