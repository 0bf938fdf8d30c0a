"""Names as PostgreSQL reads them: lower case unless quoted, truncated at 63 bytes; and its default column names."""

from __future__ import annotations

import string
from functools import lru_cache

from sqlglot import exp

from erd2dbt.names.length import cut
from erd2dbt.sql.layout import one_line

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(identifier: object) -> str:
    """The name that an identifier denotes; empty for None."""
    if isinstance(identifier, exp.Identifier):
        return _as_read(identifier.args["this"], bool(identifier.args.get("quoted")))
    return identifier.name if isinstance(identifier, exp.Expr) else str(identifier or "")


@lru_cache(maxsize=65536)
def _as_read(text: str, quoted: bool) -> str:
    return cut(text if quoted else text.translate(_FOLD))


def alias_of(node: exp.Expr) -> str:
    """The alias of a table, a subquery, a function or a CTE; empty without one."""
    alias = node.args.get("alias")
    return folded(alias.this) if isinstance(alias, exp.TableAlias) and alias.this is not None else ""


def alias_columns(node: exp.Expr) -> tuple[str, ...]:
    """The column names in `as t(a, b)`."""
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return tuple(folded(c.this if isinstance(c, exp.ColumnDef) else c) for c in columns or ())


def source_name(source: exp.Expr) -> str:
    """A FROM item in a few words: `orders`, `orders as o`, or its SQL."""
    table = folded(source.this) if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) else ""
    alias = alias_of(source)
    return f"{table} as {alias}" if table and alias and alias != table else table or alias or one_line(source)


def written(tree: exp.Expr) -> str:
    """The SQL of an expression. A column is written without its qualifier."""
    if isinstance(tree, exp.Column) and not tree.args.get("db"):
        return ".".join(folded(part) for part in (tree.args.get("table"), tree.this) if part is not None)
    return one_line(tree)


def output_name(item: exp.Expr) -> str:
    """The name of a select's column: its alias, or else PostgreSQL's default (`?column?` for an expression)."""
    if isinstance(item, exp.Alias):
        return folded(item.args["alias"])
    return _given(item) or "?column?"


def _given(tree: exp.Expr) -> str:
    if isinstance(tree, exp.Column):
        return folded(tree.this)
    if isinstance(tree, exp.Dot):
        return folded(tree.expression)
    if isinstance(tree, (exp.Paren, exp.Filter, exp.Window, exp.WithinGroup, exp.Bracket)):
        return _given(tree.this)
    if isinstance(tree, exp.Cast):
        return _given(tree.this) or tree.to.sql(dialect="postgres").lower()
    if isinstance(tree, exp.Subquery):
        return output_name(tree.selects[0]) if tree.selects else ""
    if isinstance(tree, exp.Anonymous):
        return tree.name.lower()
    if isinstance(tree, (exp.Case, exp.Coalesce, exp.Exists)):
        return tree.key
    if isinstance(tree, exp.Func) and not isinstance(tree, (exp.Binary, exp.Connector)):
        return one_line(tree).partition("(")[0].lower()
    return ""
