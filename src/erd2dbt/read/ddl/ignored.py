"""Statements that define no table, column or key: their first words, and their kind for the report."""

from __future__ import annotations

from collections.abc import Mapping

NOTHING = "no table, key or column"
UNREAD = "unread"  # of other systems: a statement that may define a table, but cannot be read
_OTHERS = (
    "access method", "aggregate", "cast", "collation", "constraint trigger", "conversion", "database", "default",
    "domain", "event trigger", "extension", "foreign data wrapper", "function", "group", "index", "language",
    "large object", "materialized view", "operator", "owned", "policy", "procedural language",
    "procedure", "publication", "role", "routine", "rule", "schema", "sequence", "server", "statistics", "subscription",
    "system", "tablespace", "temp sequence", "temporary sequence", "text search", "transform", "trigger",
    "trusted language", "type", "unique index", "user", "user mapping", "view",
)  # fmt: skip

# first words -> kind of the statement; the longest match counts
NO_TABLES: Mapping[str, str] = {
    **dict.fromkeys((*(f"{verb} {thing}" for verb in ("create", "alter", "drop") for thing in _OTHERS),
                     "comment on", "import foreign schema"), NOTHING),
    **dict.fromkeys(("insert", "copy", "update", "delete", "truncate", "with", "merge"), "rows, and no tables"),
    **dict.fromkeys(("begin", "commit", "start", "end", "rollback", "savepoint", "release", "lock"), "a transaction"),
    **dict.fromkeys(("set", "reset", "select", "show", "values", "analyze", "vacuum", "cluster", "reindex", "call",
                     "prepare", "execute", "deallocate", "discard", "load", "listen", "notify"),
                    "no definition"),
    **dict.fromkeys(("grant", "revoke", "alter default privileges", "reassign", "security"), "rights"),
    **dict.fromkeys(("do", "refresh", "explain"), "a program, which is not run"),
    **dict.fromkeys(("create view", "create or replace view", "create materialized view", "create recursive view",
                     "create temp view", "create temporary view", "create or replace temp view",
                     "create or replace temporary view", "create or replace materialized view"),
                    "a view; its query is not part of the diagram"),
}  # fmt: skip
