"""A model's `where:`, over the columns of its rows source and of many-to-one lookups from it."""

from __future__ import annotations

from sqlglot import exp

from erd2dbt.design.joins import fanout_faults as said
from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.joins.missing_columns import missing_column
from erd2dbt.design.joins.scope import Node, Scope
from erd2dbt.design.joins.undeclared import warn_of_lookups
from erd2dbt.faults.diagnostics import Hint, did_you_mean
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.trees import rewritten
from erd2dbt.sql.type_mismatches import condition_misfit


def row_filter(draft: Draft, scope: Scope) -> Tree | None:
    """The filter in the columns of the rows source's scope, where its lookups are joined.

    None without a filter, and after adding E016, E029, E031, E201, E205 or E206.
    """
    spec = draft.spec
    tree = sql.parse(spec.where, draft.faults) if spec.where is not None else None
    if tree is None or spec.where is None:
        return None
    if len(draft.rows) > 1:
        draft.fault(
            "E016", "`where` filters one rows source, not a union", spec.where.span, Hint("filter in an int_ model")
        )
        return None
    before = len(draft.faults.found)

    def visit(node: Tree) -> Tree:
        return _column(draft, scope, node) or node if isinstance(node, (exp.Column, exp.Dot)) else node

    filtered = rewritten(tree, visit)
    if len(draft.faults.found) == before and (wrong := condition_misfit(filtered, draft.type_of)):
        code, message, *fixes = said.ill_typed(wrong)
        draft.fault(code, message, spec.where.span, *fixes)
    return None if any(d.code.startswith("E") for d in draft.faults.found[before:]) else filtered


def _column(draft: Draft, scope: Scope, reference: exp.Column | exp.Dot) -> Tree | None:
    assert draft.spec.where is not None
    span, rows = draft.spec.where.span, scope.base.relation
    *path, name = sql.parts(reference)
    try:
        node = _node(draft, scope, path, name)
    except (AmbiguousError, IncomparableError) as problem:
        code, message, *fixes = said.no_join(draft, path[0], problem)
        draft.fault(code, message, span, *fixes)
        return None
    if node is None or name not in node.relation.fields:
        known = node.relation if node is not None else rows
        wanted = ".".join((*path, name) if node is None else (name,))
        message, near = missing_column(draft.world.graph, known.name, wanted, known.fields)
        draft.fault("E031", message, span, *(near if wanted == name else did_you_mean(name, known.fields)))
        return None
    warn_of_lookups(draft, None, span, scope)
    return column(name, node.alias)


def _node(draft: Draft, scope: Scope, path: list[str], name: str) -> Node | None:
    """The base for an unqualified name; otherwise the node of a many-to-one chain, or of a role."""
    if not path:
        return scope.base
    entity, *roles = path
    if entity not in draft.world.shelf:
        return None
    words = draft.said_via(entity)
    node = scope.base if entity == scope.base.relation.name else scope.reach_by(entity, words)
    for role, then in zip(roles, [*roles, name][1:], strict=True):
        node = scope.follow(node, role, then) if node is not None else None
    return node
