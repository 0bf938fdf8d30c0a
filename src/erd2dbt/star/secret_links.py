"""Links over a secret column: a fact refers to the dimension by that dimension's own key, which is looked up.

The secret joins the rows below the marts, where it stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.erd import Attribute, Entity, Erd
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.names.plurals import singular
from erd2dbt.star import descriptions
from erd2dbt.star.kinds import Classified
from erd2dbt.star.parents import Parent, references
from erd2dbt.star.privacy import personal_columns
from erd2dbt.star.secrets import REFERS, SECRET, secrets_of
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Columns, path


def with_secret_references(erd: Erd, graph: EntityGraph) -> Erd:
    """The diagram with the foreign keys marked that repeat a secret: `callee_key` references `api_key`.

    What the spec says of a column stays.
    """
    found = {one.name: one for one in erd.entities}
    while new := [two for one in found.values() if (two := _with_references(one, found, graph)) is not one]:
        found |= {one.name: one for one in new}
    return replace(erd, entities=tuple(found.values()))


def _with_references(one: Entity, entities: dict[str, Entity], graph: EntityGraph) -> Entity:
    secrets = secrets_of(one)
    told = {
        a: f"{hop.target}.{b}"
        for hop in references(graph, one.name)
        for a, b in hop.pairs
        if a not in secrets and b in secrets_of(entities[hop.target])
    }
    marked = {c.name for c in one.columns if c.name in told and SECRET not in c.meta}
    if not marked:
        return one
    columns = (replace(c, meta={**c.meta, REFERS: told[c.name]}) if c.name in marked else c for c in one.columns)
    return replace(one, columns=tuple(columns))


def looked_up(star: Star, one: Classified, columns: Columns) -> tuple[list[tuple[str, str]], list[str]]:
    """Add the keys that a fact has over secret columns.

    Returns (the dimensions with their join columns, what is said of each link).
    """
    met: list[tuple[str, str]] = []
    told: list[str] = []
    for parent in one.over_secrets:
        found = [*_to_dimension(star, (one.name,), parent, columns)]
        met += found
        over = descriptions.codes(parent.columns)
        if found:
            names = descriptions.codes(by for _, by in found)
            are = "are" if len(found) > 1 else "is"
            told.append(
                f"its link to `{parent.entity}` is over the secret {over}, so that {names} {are} looked up over it"
            )
        else:
            told.append(
                f"its link to `{parent.entity}` is lost: it is over the secret {over}, and no dimension is there"
            )
    return met, told


def carried(star: Star, steps: tuple[str, ...], header: Classified, columns: Columns) -> list[tuple[str, str]]:
    """Add the keys that a header has over secret columns to its detail. Returns the dimensions with their columns.

    `steps`: the words of the path to the header.
    """
    return [met for parent in header.over_secrets for met in _to_dimension(star, steps, parent, columns)]


def _to_dimension(star: Star, steps: tuple[str, ...], parent: Parent, columns: Columns) -> Iterator[tuple[str, str]]:
    """The dimension of the parent; without one, the dimensions that the parent refers to."""
    there = star.entities[parent.entity]
    own = {c.name: c for c in there.entity.columns}
    hidden = secrets_of(there.entity) | personal_columns(there.entity).keys()
    model = star.dimension(parent.entity)
    wanted: list[tuple[str, tuple[str, ...]]] = []
    if model is not None:
        wanted.append((model, tuple(word.text for word in there.entity.key)))
    else:
        ups = ((star.dimension(up.entity), up.columns) for up in there.parents)
        wanted += [(dim, by) for dim, by in ups if dim is not None]
    for dim, names in wanted:
        if hidden.isdisjoint(names) and all(name in own for name in names):
            yield dim, ", ".join(_add(steps, there, parent, own[name], columns) for name in names)


def _add(steps: tuple[str, ...], there: Classified, parent: Parent, column: Attribute, columns: Columns) -> str:
    stem = singular(there.stem)
    name = column.name.lower()
    role = parent.role or stem
    called = name if parent.role is None and name not in columns.taken else f"{role}_{name.removeprefix(f'{stem}_')}"
    return columns.add(
        called, path(*steps, parent.word, column.name), description=descriptions.from_header(column, there.stem)
    )
