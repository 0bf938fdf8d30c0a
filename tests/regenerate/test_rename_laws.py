"""Things get random names, and a person's random edits of what was generated before stay, line by line."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from erd2dbt.design.project.identities import identities
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.write.changes import Naming
from erd2dbt.write.merging.merge import merge
from erd2dbt.write.renames import Renames, find
from erd2dbt.write.similarity import Texts

# By role: two entities, a model, columns of either.
ROLES = ("customers", "orders", "value", "facts", "order_id", "customer_id", "amount", "country", "revenue")
# Words that stand in generated files anyway, short and long. None needs quotes or is a name here already: then the
# generator would say something else.
NAMES = (
    "name", "id", "columns", "models", "row", "key", "description", "a",
    "grain", "ref", "shop", "with_x", "_x", "one", "is_tested", "per", "value_of_a_customer_over_all_years", "zeta",
    "count", "rows", "raw", "data_type", "orders_2", "at_last", "select_", "built", "unit_tests",
)  # fmt: skip


@lru_cache
def generated(names: tuple[str, ...], olds: tuple[str, ...] = ()) -> Generated | None:
    """A shop in which everything has these names, by role; None where they cannot be given."""
    word = dict(zip(ROLES, names, strict=True))
    old = {role: f"renamed_from: {was}" if was != word[role] else "{}" for role, was in zip(ROLES, olds, strict=False)}
    said = {role: f", {line}" if (line := old.get(role, "{}")) != "{}" else "" for role in ROLES}
    spec = f"""
version: 1
project: shop
sources: {{shop: {{schema: raw}}}}
entities:
  {word["customers"]}:
    {{key: {word["customer_id"]}{said["customers"]}, columns: {{
      {word["customer_id"]}: {{type: int{said["customer_id"]}}}, {word["country"]}: {{type: text{said["country"]}}}}}}}
  {word["orders"]}:
    {{key: {word["order_id"]}{said["orders"]}, columns: {{
      {word["order_id"]}: {{type: int{said["order_id"]}}},
      {word["customer_id"]}: {{type: int{said["customer_id"]}}},
      at: date, {word["amount"]}: {{type: int{said["amount"]}}}}}}}
links: {{"{word["orders"]} }}o--|| {word["customers"]}": {word["customer_id"]}}}
models:
  {word["value"]}:
    {{grain: {word["customer_id"]}, rows: {word["customers"]}{said["value"]}, keep: [{word["country"]}], columns: {{
      {word["revenue"]}: {{is: sum({word["orders"]}.{word["amount"]}){said["revenue"]}}},
      latest: {{last: {word["orders"]}.{word["order_id"]}, order: at}}}}}}
  {word["facts"]}:
    {{grain: {word["order_id"]}, rows: {word["orders"]}{said["facts"]}, keep: [{word["amount"]}], columns: {{
      place: {word["customers"]}.{word["country"]}}}}}
"""
    try:
        return generate(spec.encode(), "shop.yml")
    except Exception:
        return None


def renamed(before: Generated, now: Generated) -> Renames:
    then, current = (identities(made.erd, made.project.sql_paths) for made in (before, now))
    known = dict.fromkeys(before.files, ("0" * 64,))
    texts = Texts(before={}, now={path: text.encode() for path, text in now.files.items()})
    return find(Naming(now=current), then, known, texts)


# Before or behind these lines, which are no sentences: they are broken elsewhere, and in another order, anyway.
PLACES = {"sql": re.compile(r"(?!--|with$)"), "yml": re.compile(r" *- name:| *data_type:"), "md": re.compile("$")}


def edited(path: str, text: str, draw: random.Random) -> tuple[str, set[str]]:
    """Lines put in anywhere, and comments behind lines; and what was written."""
    lines, marks = text.split("\n"), set()
    kind = PLACES.get(path.rpartition(".")[2], re.compile(""))
    sign = "--" if path.endswith(".sql") else "#"
    for number in range(draw.randint(1, 4)):
        places = [at for at, line in enumerate(lines) if kind.match(line)] or [len(lines) - 1]
        at = draw.choice(places)
        mark = f"{sign} my own {number} ✎"
        if sign == "--" and draw.random() < 0.4 and lines[at] and "✎" not in lines[at]:
            lines[at] = f"{lines[at]}  {mark}"
        else:
            margin = re.match(" *", lines[at])
            lines.insert(at, f"{margin[0] if margin else ''}{mark}")
        marks.add(mark)
    return "\n".join(lines), marks


def without(text: str) -> str:
    """The text without what `edited` wrote."""
    text = re.sub(r"(?m)^ *(--|#) my own \d ✎\n", "", text)
    return re.sub(r"  -- my own \d ✎", "", text)


def words_of(text: str) -> str:
    """Without what depends on the lengths of names: sentences and expressions are broken at other places."""
    return re.sub(r"[\s>-]+", "", text)


@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(st.permutations(NAMES), st.integers(), st.integers(1, 2**9 - 1))
@example(["orders", "customers", "facts", "value", "customer_id", "order_id", "country", "amount", "revenue"], 1, 511)
@example(["name", "a", "description", "row", "id", "key", "grain", "ref", "models"], 2, 511)
def test_a_rename_alone_loses_no_line_and_gives_no_conflict(words: list[str], seed: int, which: int) -> None:
    names = tuple(word if which >> n & 1 else role for n, (role, word) in enumerate(zip(ROLES, words, strict=False)))
    before, now = generated(ROLES), generated(names, ROLES)
    assert before is not None
    if now is None:
        return
    renames = renamed(before, now)
    draw = random.Random(seed)
    for path, ours in now.files.items():
        old = renames.moves.get(path, path)
        base = before.files[old]
        theirs, marks = edited(path, base, draw)
        merged = merge(path, base, theirs, ours, names=renames.names)
        assert merged.conflicts == ()
        assert all(mark in merged.text for mark in marks)
        assert words_of(without(merged.text)) == words_of(ours), path
