"""The whole spec as a diagram: staging models with their links, the models above them, and what each reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.drawing import Box, Diagram, Key, Layer, Line, Row, cap_of, one_of_each
from erd2dbt.diagram.erd import Attribute, Entity, Erd, Link
from erd2dbt.names.models import staging_names


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecDrawing:
    """The picture of a spec. `names`: box -> the entity or model of the spec; `links`: of the first lines, the link
    of the spec, with ` : role` where it has one."""

    diagram: Diagram
    names: Mapping[str, str]
    links: tuple[str, ...]


def drawing(erd: Erd, plans: Iterable[Plan]) -> SpecDrawing:
    """Boxes have the names of dbt models. Links are solid and have caps; lineage is dashed and has none.

    A link of an entity with itself is shown in its row, too: not every drawing has lines from a box to itself."""
    ordered = tuple(plans)
    models = {plan.relation.name: plan.relation.model for plan in ordered}
    tied = {(end, column) for link in erd.links for end, column, _ in _children(link)}
    own = {(link.left, a): b for link in erd.links if link.left == link.right for _, a, b in _children(link)}
    between = Counter(frozenset((link.left, link.right)) for link in erd.links)
    links = [_line(link, models, alone=between[frozenset((link.left, link.right))] == 1) for link in erd.links]
    diagram = Diagram(
        file=erd.span.file,
        title=erd.project,
        boxes=tuple(_box(plan, tied, own) for plan in ordered),
        lines=(*links, *_lineage(ordered, models)),
    )
    return SpecDrawing(
        diagram=diagram,
        names={plan.relation.model: plan.relation.name for plan in ordered},
        links=tuple(link.name for link in erd.links),
    )


def old_names(erd: Erd, plans: Iterable[Plan]) -> dict[str, str]:
    """The name of each box that was renamed -> what it was called before."""
    found = {}
    for plan in plans:
        for old in plan.spec.renamed_from:
            is_entity = isinstance(plan.spec, Entity)
            found[plan.relation.model] = _staged_before(erd, plan.spec.name, old.text) if is_entity else old.text
    return found


def _staged_before(erd: Erd, name: str, old: str) -> str:
    entities = tuple(replace(one, name=old) if one.name == name else one for one in erd.entities)
    return staging_names(replace(erd, entities=entities))[old]


def _children(link: Link) -> Iterator[tuple[str, str, str]]:
    """(entity, its column, the column of the other) of each column that holds another's key."""
    is_left = link.left_cap.many or not link.right_cap.many
    for left, right in link.columns:
        yield (link.left, left, right) if is_left else (link.right, right, left)


def _box(plan: Plan, tied: set[tuple[str, str]], own: dict[tuple[str, str], str]) -> Box:
    relation, spec = plan.relation, plan.spec
    said = {column.name: column for column in spec.columns if isinstance(column, Attribute)}

    def row(name: str, type_: str | None) -> Row:
        attribute = said.get(name)
        marks = ((Key.PK, name in relation.grain), (Key.FK, (relation.name, name) in tied),
                 (Key.UK, attribute is not None and attribute.unique))  # fmt: skip
        parent = own.get((relation.name, name))
        return Row(
            name=name,
            span=spec.span,
            type=(attribute.type if attribute else None) or type_,
            keys=one_of_each(key for key, is_marked in marks if is_marked),
            not_null=True if attribute and attribute.not_null else None,
            unique=attribute is not None and attribute.unique,
            references=f"{relation.model}.{parent}" if parent else None,
        )

    return Box(
        name=relation.model,
        title=relation.model,
        span=spec.span,
        rows=tuple(row(field.name, field.type) for field in relation.fields.values()),
        layer=Layer.STAGING if isinstance(spec, Entity) else Layer(relation.layer),
        description=spec.description,
    )


def _line(link: Link, models: dict[str, str], *, alone: bool) -> Line:
    """Its label names the columns where nothing else would tell which they are."""
    columns = ", ".join(column for _, column, _ in _children(link))
    is_plain = alone and link.left != link.right and all(a == b for a, b in link.columns)
    named = f"{link.role} ({columns})" if link.role else columns
    return Line(
        left=models[link.left],
        right=models[link.right],
        span=link.span,
        left_cap=cap_of(link.left_cap),
        right_cap=cap_of(link.right_cap),
        label=(link.role or "") if is_plain else named,
        identifying=link.identifying,
        pairs=link.columns,
    )


def _lineage(plans: Iterable[Plan], models: dict[str, str]) -> Iterator[Line]:
    for plan in plans:
        for read in plan.reads if not isinstance(plan.spec, Entity) else ():
            if read in models:
                yield Line(left=models[read], right=plan.relation.model, span=plan.spec.span, identifying=False)
