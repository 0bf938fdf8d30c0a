"""Links over a secret column: a fact refers to the dimension by that dimension's own key, which is looked up.

The secret joins the rows below the marts, where it stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.diagram.erd import Attribute
from erd2dbt.names.plurals import singular
from erd2dbt.star import descriptions
from erd2dbt.star.kinds import Classified
from erd2dbt.star.parents import Parent
from erd2dbt.star.privacy import personal_columns
from erd2dbt.star.secrets import secrets_of
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Columns, path


def looked_up(star: Star, one: Classified, columns: Columns) -> tuple[list[tuple[str, str]], list[str]]:
    """Add the keys that a fact has over secret columns.

    Returns (the dimensions with their join columns, what is said of each link).
    """
    met: list[tuple[str, str]] = []
    told: list[str] = []
    for parent in one.over_secrets:
        found = [*_to_dimension(star, one, parent, columns)]
        met += found
        over = descriptions.codes(parent.columns)
        if found:
            names = descriptions.codes(by for _, by in found)
            told.append(
                f"its link to `{parent.entity}` is over the secret {over}, so that {names} is looked up over it"
            )
        else:
            told.append(
                f"its link to `{parent.entity}` is lost: it is over the secret {over}, and no dimension is there"
            )
    return met, told


def _to_dimension(star: Star, one: Classified, parent: Parent, columns: Columns) -> Iterator[tuple[str, str]]:
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
            yield dim, ", ".join(_add(one, there, parent, own[name], columns) for name in names)


def _add(one: Classified, there: Classified, parent: Parent, column: Attribute, columns: Columns) -> str:
    stem = singular(there.stem)
    name = column.name.lower()
    role = parent.role or stem
    called = name if parent.role is None and name not in columns.taken else f"{role}_{name.removeprefix(f'{stem}_')}"
    return columns.add(
        called, path(one.name, parent.word, column.name), description=descriptions.from_header(column, there.stem)
    )
