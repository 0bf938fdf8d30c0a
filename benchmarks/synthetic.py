"""A spec of any size, the same at every run: entities in groups of ten, each group with an int_ and a mart model."""

from __future__ import annotations

from collections.abc import Iterator

GROUP = 10
_HEAD = """\
version: 1
project: synthetic
sources:
  raw:
    schema: raw
    description: Raw tables of the benchmark
"""


def spec(entities: int) -> str:
    """YAML text of a diagram with this many entities of twelve columns, their links and their models."""
    numbers = range(entities)
    parts = [_HEAD, "\nentities:\n", *(_entity(i) for i in numbers)]
    links = [link for i in numbers for link in _links(i)]
    parts += ["\nlinks:\n", *links] if links else []
    models = [_models(first) for first in range(0, entities, GROUP) if first + 3 < entities]
    parts += ["\nmodels:\n", *models] if models else ["\nmodels: {}\n"]
    return "".join(parts)


def edited(text: str) -> str:
    """The spec after one edit that a person would make: the formula of one entity's computed column."""
    return text.replace("amount: quantity * price\n", "amount: quantity * price - discount\n", 1)


def _name(i: int) -> str:
    return f"table_{i:05}"


def _parents(i: int) -> tuple[int, ...]:
    """What an entity refers to: the first of its group, and its neighbour (across groups for the second one)."""
    place = i % GROUP
    if place == 0:
        return ()
    if place == 1:
        return (i - 1, i - 1 - GROUP) if i > GROUP else (i - 1,)
    return i - place, i - 1


def _entity(i: int) -> str:
    keys = [f"{_name(parent)}_id" for parent in _parents(i)]
    keys += ["region_id", "segment_id"][len(keys) :]
    return f"""\
  {_name(i)}:
    description: Rows of the table number {i} of the benchmark
    key: {_name(i)}_id
    columns:
      {_name(i)}_id: {{type: bigint, description: Identifier of a row of table {i}}}
      {keys[0]}: bigint
      {keys[1]}: bigint
      label: text
      status: {{type: text, values: [open, paid, cancelled]}}
      country: text
      created_on: {{type: date, not_null: true}}
      updated_at: timestamp
      quantity: integer
      price: numeric(12,2)
      discount: {{type: "numeric(12,2)", description: What was taken off the price}}
      amount: quantity * price
"""


def _links(i: int) -> Iterator[str]:
    for parent in _parents(i):
        yield f"  {_name(i)} }}o--|| {_name(parent)}: {_name(parent)}_id\n"


def _models(first: int) -> str:
    """Two children brought to the rows of their parent; then a mart with a lookup, a third child and rates."""
    root, one, two, three = (_name(first + n) for n in range(4))
    return f"""\
  int_{root}_activity:
    description: What happened below each row of {root}
    grain: {root}_id
    rows: {root}
    columns:
      first_count: count(distinct {one}.{one}_id)
      first_amount: sum({one}.amount)
      second_quantity: sum({two}.quantity)
      second_discount: sum({two}.discount)
      last_created_on: max({two}.created_on)
  {root}_summary:
    grain: {root}_id
    rows: int_{root}_activity
    keep: all
    columns:
      label: {root}.label
      country: {root}.country
      third_amount: sum({three}.amount)
      share: ratio(first_amount, third_amount)
      size: {{tier: first_amount, cut: {{large: 1000, medium: 100}}, else: small}}
"""
