"""The table of people to which a role refers: `reviewed_by` refers to `users`, and not to the `patients` of the row."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from erd2dbt.infer.closeness import words_of
from erd2dbt.infer.roles import acts, writes_row
from erd2dbt.infer.vocabulary import senses, word_list

_STAFF, _SERVED = frozenset(word_list("staff")), frozenset(word_list("served"))


def table_of_people(tables: Iterable[str]) -> str | None:
    """The only table of users, else of people; None for several. The caller excludes tables with a text key, as any
    text may be a person's name."""
    tables = list(tables)
    users = [one for one in tables if words_of(one)[-1:] == ("user",)]
    people = users or [one for one in tables if "person" in senses(words_of(one)[-1])]
    return people[0] if len(people) == 1 else None


def may_act(column: str, people: str, child: str, named_after: Collection[str]) -> bool:
    """Whether the people of a table may have done what a column says: `approved_by`. A role such as `owner_id` may be
    anybody's.

    Users and staff act on rows. Customers and patients are what rows are about. Of other people, those that a row has a
    column for already are what it is about. `named_after`: the tables that columns of the child are named after.
    """
    if not acts(column):
        return True
    last = words_of(people)[-1]
    if last in _STAFF:
        return True
    if child == people:
        return not writes_row(column)  # `referred_by` of `customers`
    return last not in _SERVED and people not in named_after
