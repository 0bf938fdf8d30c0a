"""The types of PostgreSQL's functions and operators, as data in the package: exactly those of the server's catalog.

`ERD2DBT_UPDATE_GOLDEN=1 pytest tests/sql/test_catalog.py` writes them again, for a newer server.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from erd2dbt.run.connection import connect
from erd2dbt.sql.catalog import FILE

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

# Nobody can write a value of these.
_HIDDEN = "'internal', 'cstring', 'trigger', 'event_trigger', 'language_handler', 'fdw_handler', 'index_am_handler'," \
    " 'table_am_handler', 'tsm_handler', 'pg_ddl_command'"  # fmt: skip
_QUERIES = {
    "types": "select format_type(oid, null) || '|' || typcategory::text"
    " || case when typispreferred then '*' else '' end"
    " from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm', 'd')"
    " and typcategory <> 'A' and typname !~ '^pg_(?!lsn|snapshot)'",
    "casts": "select format_type(castsource, null) || '|' || format_type(casttarget, null) from pg_cast"
    " where castcontext = 'i' and castsource <> casttarget",
    "functions": "select proname || '|' || (select coalesce(string_agg(format_type(t, null), ',' order by n), '')"
    " from unnest(proargtypes::oid[]) with ordinality as args (t, n)) || '|' || format_type(prorettype, null) || '|'"
    " || case when prokind <> 'f' then prokind::text else '' end || case when proretset then 's' else '' end"
    " || case when provolatile = 'v' then 'v' else '' end || case when provariadic <> 0 then '+' else '' end"
    " || case when pronargdefaults > 0 then pronargdefaults::text else '' end"
    " from pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind <> 'p'"
    " and not exists (select from unnest(proargtypes::oid[] || prorettype) as t"
    f" where format_type(t, null) in ({_HIDDEN}))"
    " and coalesce(obj_description(oid, 'pg_proc'), '') !~ '^(I/O|internal|less-equal|statistics)'"
    " and proname !~ '^(binary_upgrade|pg_stat|pg_replication|pg_logical|RI_)'",
    "operators": "select oprname || '|' || case when oprleft = 0 then '' else format_type(oprleft, null) end || '|'"
    " || format_type(oprright, null) || '|' || format_type(oprresult, null)"
    " from pg_operator where oprnamespace = 'pg_catalog'::regnamespace and oprresult <> 0",
}


def test_the_data_is_that_of_the_server(database: Connection) -> None:
    parts = []
    with connect(database) as session:
        cursor = session.cursor()
        for name, query in _QUERIES.items():
            cursor.execute(query)
            parts += [f"[{name}]", *sorted(row[0] for row in cursor.fetchall())]
    text = "\n".join(parts) + "\n"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        FILE.write_text(text, encoding="utf-8", newline="\n")
    assert FILE.read_text(encoding="utf-8") == text
