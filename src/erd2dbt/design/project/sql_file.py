"""A plan as the text of its SQL file: select lists, joins and conditions in lines, below the header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlglot import exp

from erd2dbt.design.plans.plan import Cte, Item, Join, Layer, Plan, Relation, Select
from erd2dbt.design.project.header import header
from erd2dbt.design.project.project import CteText, JoinText, SelectText, SqlFile
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.diagram.erd import Entity
from erd2dbt.escape import jinja
from erd2dbt.escape.jinja import Call, Jinja
from erd2dbt.faults.diagnostics import Span
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.layout import STEP, WIDTH
from erd2dbt.sql.printing import ChangedError, printed
from erd2dbt.sql.spelling import current, ident

_ITEM, _CONDITION = 8, 8  # the column of select items and continued conditions


def sql_file(plan: Plan, shelf: Mapping[str, Relation], folder: str) -> SqlFile:
    """The SQL file in `folder`. ErdError E604 where its SQL would not mean what was planned."""
    relation = plan.relation
    if plan.sql is not None:
        return SqlFile(
            model=relation.model, path=f"{folder}/{relation.model}.sql", comment=header(plan), text=Jinja(plan.sql)
        )
    imports = tuple((jinja.in_sql(ident(cte)), _reference(plan, name, shelf)) for cte, name in plan.imports)
    return SqlFile(
        model=relation.model,
        path=f"{folder}/{relation.model}.sql",
        comment=header(plan),
        imports=imports,
        ctes=tuple(_cte(cte, plan) for cte in plan.ctes),
    )


def folder_of(plan: Plan, folders: Mapping[str, str]) -> str:
    """`models/<layer>/<folder>`: staging by source, other models by their folder, if any."""
    folder = plan.spec.source if isinstance(plan.spec, Entity) else folders.get(plan.relation.name)
    return f"models/{plan.relation.layer}/{folder}" if folder else f"models/{plan.relation.layer}"


def _reference(plan: Plan, name: str, shelf: Mapping[str, Relation]) -> Call:
    if plan.relation.layer is Layer.STAGING and isinstance(plan.spec, Entity):
        return jinja.source(plan.spec.source, dbt_table(plan.spec))
    return jinja.ref(shelf[name].model)


def _cte(cte: Cte, plan: Plan) -> CteText:
    return CteText(name=jinja.in_sql(ident(cte.name)), selects=tuple(_select(select, plan) for select in cte.selects))


def _select(select: Select, plan: Plan) -> SelectText:
    place = plan.spec.span
    columns = {column.name: column.span for column in plan.spec.columns}
    with _at(place):
        return SelectText(
            items=tuple(_located(item, columns.get(item.name, place)) for item in select.items),
            source=jinja.in_sql(ident(select.source)),
            joins=tuple(_join(join) for join in select.joins),
            where=_where(select.where) if select.where is not None else None,
            group=", ".join(str(n + 1) for n in range(select.group)) if select.group else None,
        )


def _located(item: Item, span: Span) -> Jinja:
    with _at(span):
        return jinja.in_sql(_item(item))


@contextmanager
def _at(span: Span) -> Iterator[None]:
    """A text whose meaning differs from its tree becomes E604 at this place."""
    try:
        yield
    except ChangedError as problem:
        raise problem if problem.diagnostics[0].span else ChangedError(problem.text, span) from None


def _where(tree: Tree) -> Jinja:
    """The condition on the line of `where` when it fits, else on lines of its own below."""
    text = printed(tree)
    if _ITEM - len(STEP) + len("where ") + len(text) <= WIDTH:
        return jinja.in_sql(f" {text}")
    return jinja.in_sql(f"\n{' ' * _CONDITION}{printed(tree, indent=_CONDITION)}")


def _item(item: Item) -> str:
    name = ident(item.name)
    if item.tree is None:
        return name
    if _shows(item.tree, item.name) and not (item.tree.text("table") and current().shows_aliases):
        return _reference_text(item.tree)
    text = printed(item.tree, indent=_ITEM, tail=len(name) + len(" as ,"))
    fits = "\n" in text or _ITEM + len(text) + len(name) + len(" as ,") <= WIDTH
    return f"{text} as {name}" if fits else f"{text}\n{' ' * (_ITEM + len(STEP))}as {name}"


def _shows(tree: Tree, name: str) -> bool:
    """Whether the tree is a reference to a column of the same name."""
    return tree.key == "column" and tree.name == name


def _reference_text(tree: Tree) -> str:
    """The text of a column as `printed` gives it, without a generator: most trees of a project are columns."""
    parts = tree.parts if isinstance(tree, exp.Column) else []
    plain = parts and all(isinstance(part, exp.Identifier) for part in parts)
    return ".".join(ident(part.name) for part in parts) if plain else printed(tree)


def join_text(join: Join) -> str:
    """A join on one line of any length."""
    alias = f" as {ident(join.alias)}" if join.alias != join.cte else ""
    equal = " and ".join(f"{_reference_text(a)} = {_reference_text(b)}" for a, b in join.on)
    return f"left join {ident(join.cte)}{alias} on {equal}"


def _join(join: Join) -> JoinText:
    alias = f" as {ident(join.alias)}" if join.alias != join.cte else ""
    equal = [f"{_reference_text(a)} = {_reference_text(b)}" for a, b in join.on]
    short = len(equal) == 1 and _ITEM + len("on ") + len(equal[0]) <= WIDTH
    indents = [_CONDITION + 4, *(_CONDITION + 8 for _ in equal[1:])]
    conditions = equal if short else [_condition(*on, indent=i) for on, i in zip(join.on, indents, strict=True)]
    return JoinText(
        relation=jinja.in_sql(f"{ident(join.cte)}{alias}"),
        conditions=tuple(map(jinja.in_sql, conditions)),
        on_one_line=short,
    )


def _condition(left: Tree, right: Tree, *, indent: int) -> str:
    return printed(exp.EQ(this=left, expression=right), indent=indent)
