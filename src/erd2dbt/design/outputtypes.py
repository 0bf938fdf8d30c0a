"""The PostgreSQL types of the columns that a query returns, as far as they follow from the models that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from erd2dbt.design.plan import Relation
from erd2dbt.sql.inference import infer

_Types = dict[str, str | None]


def types_of(query: exp.Query, reads: Mapping[str, Relation]) -> _Types:
    """Column -> type, None where it is hidden; `reads` are the relations by their dbt names."""
    tables = {name: {f.name: f.type for f in relation.fields.values()} for name, relation in reads.items()}
    ctes = {cte.alias: cte.this for cte in query.ctes}

    def outputs(select: exp.Query, open_: frozenset[str]) -> _Types:
        known = {alias: columns(name, open_) for alias, name in _read(select)}

        def type_of(column: exp.Column) -> str | None:
            if column.table:
                return known.get(column.table, {}).get(column.name)
            return next((types[column.name] for types in known.values() if column.name in types), None)

        found: _Types = {}
        for shown in select.selects:
            if shown.is_star:
                found |= {name: type_ for types in known.values() for name, type_ in types.items()}
            else:
                found[shown.alias_or_name] = infer(shown.unalias(), type_of)
        return found

    def columns(name: str, open_: frozenset[str]) -> _Types:
        if name in ctes and name not in open_:
            return outputs(ctes[name], open_ | {name})
        return tables.get(name, {})

    return outputs(query, frozenset())


def _read(query: exp.Query) -> Iterator[tuple[str, str]]:
    """(alias, name) of the tables in FROM and JOIN; a subquery there hides its types."""
    source = query.args.get("from_") or query.args.get("from")
    for part in (source, *(query.args.get("joins") or [])):
        if part is not None and isinstance(part.this, exp.Table):
            yield part.this.alias_or_name, part.this.name
