"""The page of a project, of a report, and of what a changed spec means; made of values, without a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from erd2dbt.contract.change import Change
from erd2dbt.contract.pairing import paired
from erd2dbt.diagram.erd import Link
from erd2dbt.explain.claims import explained_claims
from erd2dbt.page.models import model_names, page_context, page_models
from erd2dbt.page.pictures import DrawnLink, erd_picture, lineage_picture
from erd2dbt.page.states import Ran, page_claims, worst_of
from erd2dbt.page.values import Page, PageClaim, PageColumn, PageModel
from erd2dbt.pipelines.generation import Generated
from erd2dbt.verify.as_text import sum_line
from erd2dbt.verify.verdict import Report


def project_page(generated: Generated, report: Report | None = None, run: Ran | None = None) -> Page:
    """The page of a project, with the states of its claims where a report or a dbt run says them."""
    models, claims = _read(generated, report, run)
    links = [DrawnLink(link=link, state=state) for link, state in _link_states(generated, claims)]
    origin = "erd2dbt verify" if report is not None else run.origin if run is not None else ""
    page = _page(generated, models, claims, links)
    return replace(page, report=report, states=origin, sum=sum_line(report) if report is not None else "")


def comparison_page(old: Generated, new: Generated, changes: Sequence[Change], names: tuple[str, str]) -> Page:
    """The page of the new project with what came, left and changed against the old one; `names` of their specs."""
    after, claims = _read(new, None, None)
    before = {model.key: model for model in _read(old, None, None)[0]}
    pairing = paired(old.planned.own, new.planned.own)
    came = {plan.relation.model for plan in pairing.came}
    pairs = {pair.new.relation.model: pair for pair in pairing.both}
    models = []
    for model in after:
        own = _changes_of_model(changes, model.key)
        pair = pairs.get(model.key)
        columns, change = model.columns, "added" if model.key in came else ""
        if pair is not None:
            columns = tuple(_compared(before[pair.old.relation.model], model, pair.columns, own))
            change = "changed" if own or any(column.change for column in columns) else ""
        models.append(replace(model, columns=columns, changes=own, change=change))
    kept = {model.key for model in after}
    gone = [plan.relation.model for plan in pairing.left if plan.relation.model not in kept]
    models += [replace(before[key], change="removed", changes=_changes_of_model(changes, key)) for key in gone]
    page = _page(new, models, claims, _compared_links(old, new), {**model_names(old), **model_names(new)})
    return replace(page, changes=changes, compared=names)


def _read(
    generated: Generated, report: Report | None, run: Ran | None
) -> tuple[list[PageModel], tuple[PageClaim, ...]]:
    explained = explained_claims(generated)
    claims = tuple(page_claims(explained, model_names(generated), report, run))
    return list(page_models(page_context(generated, explained, claims, report))), claims


def _page(
    generated: Generated,
    models: Sequence[PageModel],
    claims: tuple[PageClaim, ...],
    links: Sequence[DrawnLink],
    names: Mapping[str, str] | None = None,
) -> Page:
    keys = names or model_names(generated)
    drawn = {one.link.left for one in links} | {one.link.right for one in links}
    entities = {entity.name for entity in generated.erd.entities} | drawn
    return Page(
        title=generated.erd.project,
        description=generated.erd.description or "",
        pictures=(
            erd_picture([model for model in models if model.name in entities], keys, links),
            lineage_picture(models),
        ),
        models=tuple(models),
        claims=claims,
        bus=generated.project.bus,
        states="",
        index=search_index(models),
    )


def search_index(models: Iterable[PageModel]) -> dict[str, Any]:
    """`{models: [{key, name, layer, text, reads, columns: [[name, [[key, column], …]], …]}]}` for the script."""
    return {
        "models": [
            {
                "key": model.key,
                "name": model.name,
                "layer": model.layer,
                "text": model.description,
                "reads": list(model.reads),
                "columns": [
                    [column.name, [[one.key, one.column] for one in column.inputs if one.key]]
                    for column in model.columns
                ],
            }
            for model in models
        ]
    }


def _link_states(generated: Generated, claims: Iterable[PageClaim]) -> Iterator[tuple[Link, str]]:
    by_link: dict[tuple[str, str], list[str]] = {}
    for claim in claims:
        for text in claim.links:
            by_link.setdefault((text, claim.place), []).append(claim.state)
    for link in generated.erd.links:
        yield link, worst_of(by_link.get((link.text, str(link.span)), ()))


# -- two projects


def _changes_of_model(changes: Iterable[Change], key: str) -> tuple[Change, ...]:
    return tuple(change for change in changes if change.model == key)


def _compared(
    old: PageModel, new: PageModel, renamed: Mapping[str, str], changes: Sequence[Change]
) -> Iterator[PageColumn]:
    """Columns of the new model with what became of them, then those that left."""
    kept, named = set(renamed.values()), {change.column for change in changes}
    for column in new.columns:
        change = "" if column.name in kept else "added"
        yield replace(column, change=change or ("changed" if column.name in named else ""))
    for column in old.columns:
        if column.name not in renamed:
            yield replace(column, change="removed", inputs=())


def _compared_links(old: Generated, new: Generated) -> list[DrawnLink]:
    """All links of both diagrams; one is known again by its ends, its columns and its role."""

    def known(link: Link) -> tuple[object, ...]:
        return (link.left, link.right, link.columns, link.role)

    before = {known(link): link for link in old.erd.links}
    after = {known(link): link for link in new.erd.links}
    found = []
    for one, link in after.items():
        was = before.get(one)
        same = was is not None and (was.left_cap, was.right_cap) == (link.left_cap, link.right_cap)
        found.append(DrawnLink(link=link, change="added" if was is None else "" if same else "changed"))
    return found + [DrawnLink(link=link, change="removed") for one, link in before.items() if one not in after]
