"""The columns of an entity that its mart does not show, or does not join on, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from erd2dbt.diagram.erd import Attribute
from erd2dbt.star import words
from erd2dbt.star.dates import is_date, moment_of, said
from erd2dbt.star.kinds import Classified
from erd2dbt.star.privacy import personal_columns
from erd2dbt.star.secrets import secret_scores
from erd2dbt.star.values import kept


def exclusions(one: Classified) -> Iterator[str]:
    """Why columns of the entity are not in its mart: secrets, audit columns, and personal data of facts."""
    shown = {c.name for c in kept(one)}
    hidden = [c for c in one.entity.columns if c.name not in shown and c.name != one.upkeep.deleted]
    secrets = {name: found for name, found in secret_scores(one.entity).items() if found.passes}
    secret = [f"`{c.name}` ({', '.join(secrets[c.name].reasons)})" for c in hidden if c.name in secrets]
    audit = [f"`{c.name}`" for c in hidden if c.name not in secrets and c.name in one.upkeep.left_out]
    told = personal_columns(one.entity)
    people = [f"`{c.name}` ({told.get(c.name)})" for c in hidden if c.name not in {*secrets, *one.upkeep.left_out}]
    if secret:
        yield f"secrets stay in staging: {_listed(secret)}"
    if audit:
        yield f"audit columns stay in staging: {_listed(audit)}"
    if people:
        yield f"personal data stays out of facts: {_listed(people)}"


def dates_without_role(one: Classified) -> Iterator[str]:
    """Why dates of a fact do not join the calendar, though the fact shows them."""
    links = {c for parent in one.parents for c in parent.columns}
    others = [
        c
        for c in kept(one)
        if is_date(c) and c.name not in links and not any(words.is_same_moment(c, d) for d in one.dates)
    ]
    if others:
        told = [f"`{c.name}` ({said(c, moment_of(c))})" for c in others]
        yield f"dates that do not join the calendar: {_listed(told)}"


def not_in_grain(one: Classified) -> Iterator[str]:
    """Which columns of an entity are not in a fact that is aggregated to a `grain`."""
    grain = {word.text for word in one.entity.grain}
    summed = {c.name for c in one.added}
    others = [f"`{c.name}`" for c in one.entity.columns if c.name not in grain | summed]
    if others:
        yield f"neither in that grain nor summed, and so excluded: {_listed(others)}"


def not_carried(one: Classified, offered: Sequence[Attribute], carried: Sequence[Attribute]) -> Iterator[str]:
    """Which columns of an entity without a mart of its own the dimension above it does not have."""
    others = [f"`{c.name}`" for c in offered if c not in carried]
    if others:
        yield f"of `{one.name}` it has only names and codes, and not {_listed(others)}"
    yield from exclusions(one)


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts)
