"""What the data says beside the claims: breaks nothing, and is worth a look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import Entity, Erd
from erd2dbt.pipelines.summary import plural
from erd2dbt.verify.query_runner import Answers
from erd2dbt.verify.tables import Column, Found
from erd2dbt.verify.verdict import ColumnFigures, LinkFigures

_FEW = 40  # distinct values of a column that is a list of words
_LISTED = 12  # names of what is not in the diagram
_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def notes(erd: Erd, found: Found, answers: Answers, links: tuple[LinkFigures, ...]) -> Iterator[str]:
    """Unknown tables and columns, spellings that nearly agree, text that holds dates or numbers."""
    yield from _unknown("table", found.unknown)
    yield from _unknown("view", found.unknown_views)
    for entity in erd.entities:
        figures, table = answers.figures.get(entity.name), found.tables.get(entity.name)
        if table is not None and table.spare:
            shown = ", ".join(f"`{name}`" for name in table.spare)
            yield f"`{entity.name}` has {plural(len(table.spare), 'column')} more than the diagram: {shown}"
        if figures is not None and table is not None:
            for column, own in zip(table.columns, figures.columns, strict=True):
                yield from _column(entity, column, own)
    yield from _domains(erd, answers)
    yield from _looser(links)
    yield from _optional(erd, links)


def _unknown(kind: str, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        are = "is" if len(names) == 1 else "are"
        yield f"{plural(len(names), kind)} {are} not in the diagram: {', '.join(names[:_LISTED])}{more}"


def _column(entity: Entity, column: Column, own: ColumnFigures) -> Iterator[str]:
    if family(column.type) != "text" or not own.top:
        return
    name = f"`{entity.name}.{own.name}`"
    if own.distinct <= _FEW:
        for (one, n), (other, m) in combinations(own.top, 2):
            if spelled(one) == spelled(other) != "" and not spelled(one).isdigit():
                ways = f"{one!r} ({plural(n, 'row')}), {other!r} ({plural(m, 'row')})"
                yield f"{name} spells one value in two ways: {ways}"
    if column.declared != "text" or column.attribute.values:
        return
    shown = [value for value, _ in own.top] + [v for v in (own.low, own.high) if v]
    for pattern, what in ((_DATE, "dates"), (_NUMBER, "numbers")):
        has_codes = what == "numbers" and any(v.startswith("0") and v[1:2].isdigit() for v in shown)
        if own.distinct > 2 and not has_codes and all(pattern.fullmatch(value) for value in shown):
            yield f"{name} is text and seems to contain {what}: `cast: true` with that type converts it"


def spelled(value: str) -> str:
    """What two spellings of one word have in common."""
    return re.sub(r"[\W_]+", "", value.casefold())


def _domains(erd: Erd, answers: Answers) -> Iterator[str]:
    """Columns of the same name on both sides of a link that spell the same things differently."""
    seen = set()
    for link in erd.links:
        ends = [answers.figures.get(link.left), answers.figures.get(link.right)]
        if link.left == link.right or ends[0] is None or ends[1] is None:
            continue
        for column in ends[0].columns:
            other = ends[1].column(column.name)
            place = (*sorted((link.left, link.right)), column.name)
            if other is None or place in seen or not (_is_list(column) and _is_list(other)):
                continue
            seen.add(place)
            yield from _differ(f"{link.left}.{column.name}", column, f"{link.right}.{column.name}", other)


def _is_list(column: ColumnFigures) -> bool:
    return column.type.startswith(("text", "character")) and 0 < column.distinct <= len(column.top)


def _differ(name: str, one: ColumnFigures, there: str, other: ColumnFigures) -> Iterator[str]:
    left, right = {v for v, _ in one.top}, {v for v, _ in other.top}
    if left == right or not (left - right and right - left):
        return
    close = [f"{a!r} here, {b!r} there" for a in sorted(left - right) for b in sorted(right - left) if _near(a, b)]
    if close:
        both, every = len(left & right), plural(len(left | right), "value")
        share = f"share {both} of {every}" if both else f"have none of {every} in common"
        yield f"`{name}` and `{there}` {share}; perhaps the same: {'; '.join(close)}"


def _near(one: str, other: str) -> bool:
    short, long = sorted((spelled(one), spelled(other)), key=len)
    return len(short) > 2 and (short == long or long.startswith(short))


def _looser(links: tuple[LinkFigures, ...]) -> Iterator[str]:
    for link in links:
        if not link.left_values or not link.right_values:
            ends = [
                end for end, values in ((link.left, link.left_values), (link.right, link.right_values)) if not values
            ]
            yield f"the link `{link.text}` matches nothing: its columns are NULL in every row of {' and '.join(ends)}"
        elif not link.shared:
            yield f"the link `{link.text}` matches nothing: its ends have no value in common"


def _optional(erd: Erd, links: tuple[LinkFigures, ...]) -> Iterator[str]:
    """Values without a partner over a link that is drawn zero-or-one: it promises none, so no claim is broken."""
    caps = {(link.left, link.right, link.columns): (link.left_cap, link.right_cap) for link in erd.links}
    for link in links:
        left_cap, right_cap = caps.get((link.left, link.right, link.columns), (None, None))
        alone = link.left_values - link.shared
        if alone and link.shared and right_cap is not None and not right_cap.minimum and not right_cap.many:
            yield _no_partner_note(link.text, alone, link.left, link.right)
        alone = link.right_values - link.shared
        is_child = link.most_right > 1 and link.most_left <= 1
        if alone and link.shared and is_child and left_cap is not None and not left_cap.minimum and not left_cap.many:
            yield _no_partner_note(link.text, alone, link.right, link.left)


def _no_partner_note(text: str, count: int, source: str, target: str) -> str:
    has = "has" if count == 1 else "have"
    values = plural(count, "value")
    return f"{values} of `{source}` {has} no partner in `{target}`: `{text}` is drawn zero-or-one, and promises none"
