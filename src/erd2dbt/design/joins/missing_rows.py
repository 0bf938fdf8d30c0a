"""Messages about rows that may be in no row of a model, or in several: E103, W305 and W402."""

from __future__ import annotations

from collections.abc import Sequence

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.fanout_faults import Fault, listed
from erd2dbt.design.joins.presence import Gap, lost
from erd2dbt.design.joins.walks import World
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ColumnSpec, Entity, Link
from erd2dbt.diagram.graph import is_unique
from erd2dbt.faults.diagnostics import Fix, Hint, Paste, Span

_UNKNOWN = "unknown"  # the value that replaces NULL


def null_grain(draft: Draft, name: str, gap: Gap) -> Fault:
    """E103: a column of the grain that may be NULL."""
    fixes: list[str] = []
    shown = _shown_of(draft, name, gap)
    if shown and not draft.union:
        condition = " and ".join(f"{column} is not null" for column in shown)
        where = repairs.also_where(draft.spec, condition)
        fixes.append(repairs.on_model("exclude those rows", draft.spec.name, "where", where))
        fixes += _member(draft, name, gap)
    fixes += promise(draft.world, gap)
    rows = " and ".join(f"`{relation.name}`" for relation in draft.rows)
    return (
        "E103",
        f"the grain column `{name}` may be NULL: {cause(draft.world, gap)}",
        *(fixes or [Hint(f"exclude those rows in an intermediate model, and read that model instead of {rows}")]),
    )


def _shown_of(draft: Draft, name: str, gap: Gap) -> Sequence[str]:
    """The columns that a filter tests so that the grain column is not null.

    For a looked-up column, this is the column itself: any step of the lookup may match nothing.
    """
    rows = draft.rows[0]
    for match in draft.inner.on if draft.inner is not None else ():
        if match.name == name and match.node.relation is not rows:
            return (f"{match.node.relation.name}.{match.column}",)
    return gap.columns if gap.target is None and gap.relation is rows else ()


def _member(draft: Draft, name: str, gap: Gap) -> list[Fix]:
    """A fix that gives rows without a value a default member: a column of the entity, which becomes the grain."""
    entity = draft.world.graph.entities.get(gap.relation.name)
    shown = gap.relation.fields[gap.columns[0]]
    linked = {(link.left, a) for link in draft.world.graph.erd.links for a, _ in link.columns}
    if entity is None or gap.columns != (name,) or (entity.name, name) in linked or not shown.type:
        return []
    if family(shown.type) != "text":
        return []
    made = f"{name}_or_{_UNKNOWN}"
    grain = repairs.listing(made if word.text == name else word.text for word in draft.spec.grain)
    formula = f"coalesce({name}, '{_UNKNOWN}')"
    return [
        Fix(
            f"give them a member of their own: `{made}: {formula}` in `{entity.name}`, and `grain: {grain}`",
            Paste(("entities", entity.name, "columns", made), repairs.scalar(formula)),
            Paste(("models", draft.spec.name, "grain"), grain),
        )
    ]


def cause(world: World, gap: Gap) -> str:
    """The words of the diagram by which a column may be NULL, or a lookup may match nothing."""
    shown = " and ".join(f"`{gap.relation.name}.{column}`" for column in gap.columns)
    links = _optional(world, gap)
    if gap.target is not None:
        drawn = f"`{links[0].text}` says" if links else "no link says otherwise, so"
        return f"{drawn} {shown} may have no partner in `{gap.target.name}`"
    if links and _is_of_itself(links[0]):
        return f"`{links[0].text}` links rows of one table, and {shown} is NULL in the topmost"
    if links:
        return f"`{links[0].text}` says {shown} may have no partner"
    owner, columns = _attributes(gap)
    entity = world.graph.entities.get(owner)
    said = {a.name for a in entity.columns if a.not_null is False} if entity else set()
    if set(columns) <= said:
        return f"{shown} says `not_null: false`"
    why = next((why for column in gap.columns if (why := gap.relation.fields[column].null_by)), "")
    return f"in `{gap.relation.name}`, {why}" if why else f"{shown} is NULL where a lookup finds nothing"


def _attributes(gap: Gap) -> tuple[str, tuple[str, ...]]:
    """The entity, and its columns, that the columns of a gap show."""
    origins = [gap.relation.fields[column].origin for column in gap.columns]
    owners = {origin.entity for origin in origins if origin is not None}
    if len(owners) != 1 or None in origins:
        return "", ()
    return owners.pop(), tuple(origin.column for origin in origins if origin is not None)


def _optional(world: World, gap: Gap) -> list[Link]:
    """The zero-or-one links from the columns of a gap to their partner."""
    owner, columns = _attributes(gap)
    said = {a.name for a in world.graph.entities[owner].columns if a.not_null is False} if owner else set()
    if gap.target is None and set(columns) <= said:
        return []
    return [
        hop.link
        for hop in (world.graph.hops(owner) if owner else ())
        if is_unique(world.graph.entities[hop.target], [b for _, b in hop.pairs])
        and not (hop.link.right_cap if hop.source == hop.link.left else hop.link.left_cap).minimum
        and (gap.target is None or hop.target in (gap.target.name, gap.target.root))
        and set(columns) <= {a for a, _ in hop.pairs}
    ]


def _is_of_itself(link: Link) -> bool:
    return link.left == link.right


def _is_up_a_tree(world: World, gap: Gap) -> bool:
    """Whether columns of a gap lead from an entity to itself: the topmost rows have no partner."""
    owner, columns = _attributes(gap)
    entity = world.graph.entities.get(owner)
    own = [hop for hop in world.graph.hops(owner) if hop.target == owner and hop.to_one] if entity else []
    key = {word.text for word in entity.key} if entity else set()
    return any(set(columns) & ({a for a, _ in hop.pairs} - key) for hop in own)


def promise(world: World, gap: Gap) -> list[Fix]:
    """The claims that close a gap: a not-null column, or a link that always matches.

    None for a link from an entity to itself: no table has a partner for each of its rows, unless they go in circles.
    """
    owner, columns = _attributes(gap)
    if owner not in world.graph.entities or _is_up_a_tree(world, gap):
        return []
    drawn = [repairs.mandatory(link, owner) for link in _optional(world, gap)]
    pastes = [Paste(("links", old), new, renames=True) for old, new in dict.fromkeys(drawn)]
    told = [f"`{new}`" for _, new in dict.fromkeys(drawn)]
    attributes = {a.name: a for a in world.graph.entities[owner].columns}
    for column in columns:
        if attributes[column].not_null is False:
            pastes.append(Paste(("entities", owner, "columns", column), "{not_null: true}"))
            told.append(f"`not_null: true` on `{owner}.{column}`")
    if not pastes:
        return []
    what = f"every `{owner}` has one" if drawn else "it is never NULL"
    return [Fix(f"claim that {what} (tested): {' and '.join(told)}", *pastes)]


# -- inputs that are aggregated


def coarse_or_lossy(draft: Draft, spec: ColumnSpec, span: Span, target: Reduction, *, additive: bool) -> None:
    """W305: an input that repeats on several rows. W402: rows of an input that are in no row of the model.

    `additive`: rows that are missing make the figure smaller.
    """
    silent = draft.accepted | target.doubted
    met = {match.name for match in target.on}
    missing = [g for g in draft.grain if g not in met] if not _one_row(draft, target) else []
    if missing and "W305" not in silent:
        target.doubted.add("W305")
        _coarse(draft, spec, span, target, missing)
    if not missing and additive and "W402" not in silent and (gap := lost(draft, target)):
        target.doubted.add("W402")
        _lossy(draft, spec, span, target, gap)


def _one_row(draft: Draft, target: Reduction) -> bool:
    """Whether the input joins on a unique column of the rows besides the grain, so that each of its rows joins one."""
    base = draft.outer.base
    own = [match.outer.name for match in target.on if match.outer.table == base.alias]
    return draft.whole and len(own) == len(target.on) and base.relation.state.is_probe(own) is not None


def _coarse(draft: Draft, spec: ColumnSpec, span: Span, target: Reduction, missing: list[str]) -> None:
    base, met = target.scope.base.relation, dict.fromkeys(match.name for match in target.on)
    draft.fault(
        "W305",
        f"`{spec.name}` aggregates `{base.name}` per {listed(met)}, coarser than the grain "
        f"{listed(draft.grain)}: its value repeats for every {listed(missing)} and must not be summed again",
        span,
        Hint(f"if `{base.name}` has {listed(missing)} under another name, name that column with `match:`"),
        repairs.accepting("W305", draft.spec.name, spec.name),
    )


def _lossy(draft: Draft, spec: ColumnSpec, span: Span, target: Reduction, gap: Gap) -> None:
    base = target.scope.base.relation
    rows = " and ".join(f"`{relation.name}`" for relation in draft.rows)
    filtered = _filter(draft) if gap.target in draft.rows else None
    still: list[Hint] = []
    why: str | None
    if gap.target is None:
        far = (f"`{gap.relation.name}.{column}`" for column in gap.columns)
        whose = listed(gap.columns) if gap.relation is base else " and ".join(far)
        which, why = f"those whose {whose} is NULL", cause(draft.world, gap)
    elif gap.relation is base and gap.target is draft.rows[0]:
        which, why = f"those whose {listed(gap.columns)} is not in {rows}", filtered
    elif filtered and not draft.whole:
        which, why = f"those whose {listed(draft.grain)} is in no kept row of {rows}", filtered
        still = [_still_counted(draft, base.name, rows)]
    else:
        which, why = f"those that lead to no row of {rows}", filtered or cause(draft.world, gap)
    draft.fault(
        "W402",
        f"`{spec.name}` may not count every row of `{base.name}`: {which} are excluded"
        + (f", because {why}" if why else ""),
        span,
        *_union(draft, target, gap),
        *promise(draft.world, gap),
        *_link(draft.world, gap),
        *_at_the_top(draft, gap),
        *still,
        repairs.accepting("W402", draft.spec.name, spec.name),
    )


def _still_counted(draft: Draft, base: str, rows: str) -> Hint:
    """The `where` of a model excludes its rows only. Where these are grouped, what led to them may count in others."""
    said = f"rows of `{base}` that lead to an excluded row of {rows} count where another row has the same"
    return Hint(f"{said} {listed(draft.grain)}: add `filter (where …)` to the aggregate to exclude them")


def _at_the_top(draft: Draft, gap: Gap) -> list[Hint]:
    """What to do with the rows that a link from an entity to itself leads to no row."""
    if gap.target is not None or not _is_up_a_tree(draft.world, gap):
        return []
    owner, columns = _attributes(gap)
    condition = " and ".join(f"{owner}.{column} is null" for column in columns)
    return [
        Hint(f"they belong to no row of `{draft.spec.name}`: aggregate them in another model, `where: {condition}`")
    ]


def _filter(draft: Draft) -> str | None:
    """The `where` that excludes rows, of the model or of a model that it reads; None without one."""
    left = [(draft.spec, draft.rows[0])] if draft.spec.where is not None else []
    models, read = draft.world.graph.models, [relation.name for relation in draft.rows]
    while read:
        spec = models.get(read.pop(0))
        if spec is not None and spec.rows:
            read.append(spec.rows[0].text)
            left += [(spec, draft.world.shelf[spec.rows[0].text])] if spec.where is not None else []
    return next((f"the `where` of `{spec.name}` excludes rows of `{rows.name}`" for spec, rows in left), None)


def _union(draft: Draft, target: Reduction, gap: Gap) -> list[Fix]:
    """A fix that adds the input's values to the rows as a union, where the model may have several rows sources."""
    spec, base = draft.spec, target.scope.base
    own = all(match.node is base for match in target.on)
    if gap.target is None or _filter(draft) or spec.keep != () or not own:
        return []
    names = repairs.listing((*(relation.name for relation in draft.rows), base.relation.name))
    return [repairs.on_model("take the values of both", spec.name, "rows", names)]


def _link(world: World, gap: Gap) -> list[Fix]:
    """A fix that declares a link to a key."""
    owner, columns = _attributes(gap)
    source, target = world.graph.entities.get(owner), world.graph.entities.get(gap.target.name if gap.target else "")
    if source is None or target is None or any(hop.target == target.name for hop in world.graph.hops(owner)):
        return []
    if {word.text for word in target.key} != set(gap.there) or owner == target.name:
        return []
    return [_drawn(source, columns, target, gap.there)]


def _drawn(source: Entity, columns: tuple[str, ...], target: Entity, there: tuple[str, ...]) -> Fix:
    pairs = [a if a == b else f"{a} = {b}" for a, b in zip(columns, there, strict=True)]
    text = repairs.scalar(pairs[0]) if len(pairs) == 1 else repairs.listing(pairs)
    drawn = repairs.relation(source.name, "}o--||", target.name)
    told = f"claim that every `{source.name}` has one (tested): `{drawn}: {text}` under `links`"
    return Fix(told, Paste(("links", drawn), text))
