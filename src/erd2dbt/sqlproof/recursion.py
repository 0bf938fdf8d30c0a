"""Recursive CTEs: which columns show one row of a table several times.

A recursion that starts from every row of a table reaches a row from each of its ancestors. Its rows are pairs of a row
and what the recursion carries along unchanged, such as the root.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove.state import Key
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.reader import Cte, Reader
from erd2dbt.sqlproof.relation import Rel, with_keys


def repeated(reader: Reader, cte: Cte, anchor: Rel, rel: Rel) -> Rel:
    """The relation of a recursive CTE, where its first select returns each row of a table, with its key."""
    table = reader.tables.get(anchor.home)
    if table is None or not anchor.whole or len(anchor.ids) != len(rel.ids):
        return rel
    ids = dict(zip(anchor.ids, rel.ids, strict=True))
    shown = {anchor.origin[id_]: ids[id_] for id_ in reversed(anchor.ids) if id_ in anchor.origin}
    key = next((k.columns for k in table.keys if k.strict and k.columns <= shown.keys()), None)
    if key is None:
        return rel
    home, carried = frozenset(shown[column] for column in key), frozenset(_carried(cte, rel))
    words, measures = f"with recursive {folded(cte.node.args['alias'].this)}", {}
    for id_ in anchor.ids:
        measure = anchor.measures.get(id_)
        if id_ in anchor.origin and measure is not None:
            measures[ids[id_]] = replace(measure, home=home, stock=frozenset(), counted=None, repeated_by=words)
    keys = [Key(home | carried)] if carried - home and not home <= carried else []
    return replace(rel, measures=measures, state=with_keys(rel.state, keys))


def _carried(cte: Cte, rel: Rel) -> Iterator[str]:
    """The columns that the recursive select takes unchanged from the CTE."""
    select, name = cte.node.this.expression, folded(cte.node.args["alias"].this)
    if not isinstance(select, exp.Select):
        return
    aliases = {t.alias_or_name.lower() for t in select.find_all(exp.Table) if folded(t.this) == name}
    for item, column, id_ in zip(select.expressions, rel.names, rel.ids, strict=False):
        plain = item.unalias()
        if not isinstance(plain, exp.Column) or folded(plain.this) != column:
            continue
        if plain.table.lower() in aliases or (not plain.table and _reads_only(select, name)):
            yield id_


def _reads_only(select: exp.Select, name: str) -> bool:
    return [folded(table.this) for table in select.find_all(exp.Table)] == [name]
