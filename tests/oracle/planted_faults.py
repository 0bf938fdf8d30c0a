"""Faults planted in emitted SQL: an oracle that does not see them is none."""

from __future__ import annotations

import re
from collections.abc import Callable

from oracle.world import World

Plant = Callable[[World, str], str]


def no_coalesce(world: World, sql: str) -> str:
    return re.sub(r"coalesce\(((?:[^()]|\([^()]*\))*), 0\)", r"\1", sql, count=1)


def another_column(world: World, sql: str) -> str:
    """The join goes by another column of the same type."""
    for found in re.finditer(r"left join (\w+)\s+on (\w+\.\w+) = \1\.(\w+)", sql):
        if world.is_entity(found[1]):
            types = world.columns(found[1])
            for other, kind in types.items():
                if other != found[3] and kind == types.get(found[3]):
                    joined = f'left join (select distinct on ("{other}") * from {found[1]}) as {found[1]}'
                    changed = f'{joined} on {found[2]} = {found[1]}."{other}"'
                    return sql.replace(found[0], changed, 1)
    return sql


def no_filter(world: World, sql: str) -> str:
    start = sql.find(" filter (where")
    if start < 0:
        return sql
    depth = 0
    for place in range(start + len(" filter "), len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if not depth:
            return sql[:start] + sql[place + 1 :]
    return sql


def no_distinct(world: World, sql: str) -> str:
    return sql.replace("count(distinct ", "count(", 1)


def inner_join(world: World, sql: str) -> str:
    return sql.replace("left join", "join", 1)


def other_end(world: World, sql: str) -> str:
    """The second row is picked in place of the first."""
    return sql.replace("row_rank = 1", "row_rank = 2", 1)


def and_for_or(world: World, sql: str) -> str:
    return re.sub(r"\bor\b", "and", sql, count=1)


def no_union(world: World, sql: str) -> str:
    return re.sub(r"union distinct\s+select .*?\n\s*\n?\s*from (\w+|\"[^\"]+\")", "", sql, count=1, flags=re.DOTALL)


def whole_amount(world: World, sql: str) -> str:
    """Each row takes the whole amount in place of its share."""
    return sql.replace("sum(shares.share * ", "sum(", 1)


def changed_share(world: World, sql: str) -> str:
    return sql.replace("sum(shares.share * ", "sum((1 - shares.share) * ", 1)


def unlike_weight(world: World, sql: str) -> str:
    """A mean is divided by another number than that of its values."""
    mean = r"\bavg\(([\w.]+)\)(?! filter)"
    return re.sub(mean, r"sum(\1)::numeric / (count(*) + 1)", sql, count=1)


PLANTS: dict[str, Plant] = {
    f.__name__.replace("_", " "): f
    for f in (
        no_coalesce,
        another_column,
        no_filter,
        no_distinct,
        inner_join,
        other_end,
        and_for_or,
        no_union,
        whole_amount,
        changed_share,
        unlike_weight,
    )
}
