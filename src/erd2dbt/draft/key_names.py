"""Renames keys that are called `id` to `<entity>_id`, so that models above staging show whose id it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Key
from erd2dbt.draft.names import ID, Known, raw_table
from erd2dbt.draft.values import DraftEntity, DraftLink
from erd2dbt.infer.vocabulary import singular_of
from erd2dbt.names.spelling import folded, slug
from erd2dbt.names.stems import bare
from erd2dbt.names.validity import fault_of_column


def key_names(
    boxes: Iterable[Box], names: Mapping[str, str], known: Known, shown: Mapping[str, bool]
) -> dict[str, str]:
    """Return box -> the name of its column `id` in the spec, if it is different.

    `boxes` have their keys; `names`: box -> entity; `shown`: box -> whether a model of it has a column `id` with the
    same meaning.
    """
    found = {}
    for box in boxes:
        entity = names[box.name]
        name = known.columns.get(entity, {}).get(_raw(box)) or _default(box, entity, known, shown)
        if name != ID and any(row.name == ID for row in box.rows) and not _is_taken(name, box):
            found[box.name] = name
    return found


def _raw(box: Box) -> str:
    return next((row.raw or row.name for row in box.rows if row.name == ID), ID)


def _default(box: Box, entity: str, known: Known, shown: Mapping[str, bool]) -> str:
    is_own = box.key == (ID,) and not any(row.name == ID and row.has(Key.FK) for row in box.rows)
    table = slug(raw_table(box))  # of two sources: `customers` is `shop_customers`, and its key is still `customer_id`
    name = f"{singular_of(bare(table if entity.endswith(f'_{table}') else entity))}_{ID}"
    kept = known.keys_as_drawn or shown.get(box.name, False) or fault_of_column(name)
    return ID if kept or not is_own else name


def _is_taken(name: str, box: Box) -> bool:
    return any(folded(row.name) == folded(name) for row in box.rows)


def with_key_name(box: Box, name: str) -> Box:
    """Return the box with its column `id` renamed; `Row.raw` keeps the name in the database."""

    def called(columns: Iterable[str]) -> tuple[str, ...]:
        return tuple(name if column == ID else column for column in columns)

    return replace(
        box,
        rows=tuple(replace(row, name=name, raw=row.raw or ID) if row.name == ID else row for row in box.rows),
        keys=called(box.keys),
        uniques=tuple(map(called, box.uniques)),
    )


def renamed(one: DraftEntity, name: str, box: Box) -> DraftEntity:
    """Return the entity with its column `id` renamed; `from:` has the name in the database."""
    said = {field: name if field == "loaded_at" and value == ID else value for field, value in one.said.items()}
    columns = tuple(
        replace(column, name=name, fields={"from": _raw(box), **column.fields}) if column.name == ID else column
        for column in one.columns
    )
    return replace(
        one,
        key=tuple(name if column == ID else column for column in one.key),
        uniques=tuple(tuple(name if column == ID else column for column in unique) for unique in one.uniques),
        columns=columns,
        said=said,
    )


def with_key_names(link: DraftLink, called: Mapping[str, str]) -> DraftLink:
    """Return the link with its renamed columns. `called`: entity -> name of its `id`."""
    left, _, right = link.text.split()
    pairs = tuple(
        (called.get(left, a) if a == ID else a, called.get(right, b) if b == ID else b) for a, b in link.pairs
    )
    return replace(link, pairs=pairs)
