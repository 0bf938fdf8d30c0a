"""Any edits of the diagram and any edits of what it gave: no line of the user's is lost, and no run is restless."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from folders import generate, stamps, tree, write
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.pipelines import generation
from erd2dbt.write.changes import Choice, decide, recover, refusals
from erd2dbt.write.paths import BASE, LOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOP = (Path(__file__).parent / "shop.yml").read_text(encoding="utf-8")
RETURNS = SHOP[SHOP.index("  returns:\n") : SHOP.index("\nlinks:")]
VALUE = SHOP[SHOP.index("  customer_value:\n") : SHOP.index("  order_facts:\n")]

# Each can be made or not, whatever else is.
CHANGES = (
    ("      revenue: sum", "      biggest: max(orders.amount)\n      revenue: sum"),
    ("      country: customers.country\n", "      country: customers.country\n      buyer: customers.name\n"),
    ("      refunded: sum(returns.refund)\n", ""),
    ("numeric(12,2)", "numeric(18,4)"),
    ("What was paid", "What the customer paid with tax and with what it costs to send it to them"),
    ("People who buy", "People who bought something"),
    ("models:\n", "models:\n  people: {grain: customer_id, rows: customers, keep: [country]}\n"),
    (VALUE, ""),
    ("orders }o--|| customers", "orders }o--o| customers"),
    ("    source: crm\n", "    source: web\n"),
    ("project: shop\n", "project: shop\nmaterialized: {marts: view}\n"),
    (
        "      ordered_at: timestamp\n",
        "      ordered_at: timestamp\n      channel: {type: text, values: [web, shop]}\n",
    ),
    ("project: shop\n", "project: shop\ntests: {relationships: off}\n"),
)
MOVED = len(CHANGES)  # one more: another order of entities


@functools.cache
def given_by(made: frozenset[int]) -> Mapping[str, str]:
    """The project of the shop with these changes."""
    text = SHOP
    if MOVED in made:
        text = text.replace(RETURNS, "").replace("entities:\n", f"entities:\n{RETURNS}")
    for number in sorted(made - {MOVED}):
        text = text.replace(*CHANGES[number])
    return generation.generate(text.encode(), "shop.yml").files


SPECS = st.frozensets(st.integers(0, MOVED), max_size=5)


@dataclass
class User:
    """Edits files at random; each line that it writes has a mark of its own."""

    random: Random
    marks: int = 0

    def mark(self) -> str:
        self.marks += 1
        return f"mine{self.marks}mine"

    def edited(self, path: str, text: str, times: int) -> str:
        lines = text.splitlines()
        for _ in range(times):
            at = self.random.randrange(1, len(lines))
            edit = self.random.choice(self.in_yaml if path.endswith(".yml") else self.in_sql)
            edit(self, lines, at)
        return "\n".join(lines) + "\n"

    def insert(self, lines: list[str], at: int) -> None:
        lines.insert(at, f"-- {self.mark()}")

    def comment(self, lines: list[str], at: int) -> None:
        lines.insert(at, f"{' ' * (len(lines[at]) - len(lines[at].lstrip()))}# {self.mark()}")

    def replace(self, lines: list[str], at: int) -> None:
        if "mine" not in lines[at]:
            lines[at] = f"{lines[at]} -- {self.mark()}"

    def remove(self, lines: list[str], at: int) -> None:
        if "mine" not in lines[at] and len(lines) > 2:
            del lines[at]

    def describe(self, lines: list[str], at: int) -> None:
        for number in range(at, len(lines)):
            name, sign, said = lines[number].partition("description: ")
            if sign and said and said[0] not in "|>\"'" and "mine" not in said:
                lines[number] = f"{name}{sign}{self.mark()}"
                return

    def add_column(self, lines: list[str], at: int) -> None:
        for number in range(at, len(lines)):
            if lines[number].lstrip().startswith("data_type:"):
                indent = " " * (len(lines[number]) - len(lines[number].lstrip()) - 2)
                before = next(n for n in range(number, 0, -1) if lines[n].startswith(f"{indent}- name:"))
                lines.insert(before, f"{indent}- name: {self.mark()}")
                return

    in_sql = (insert, insert, replace, remove)
    in_yaml = (comment, describe, describe, add_column)


def edit(random: Random, out: Path) -> User:
    """Up to three files of the project, up to three times each."""
    user, now = User(random), tree(out)
    for path in random.sample([p for p in sorted(now) if p.endswith((".sql", ".yml"))], random.randint(1, 3)):
        write(out, {path: user.edited(path, now[path], random.randint(1, 3))})
    return user


def lost(user: User, *texts: str) -> list[str]:
    return [f"mine{n}mine" for n in range(1, user.marks + 1) if not any(f"mine{n}mine" in text for text in texts)]


@settings(max_examples=60, deadline=None)
@given(SPECS, SPECS, st.sampled_from([None, *Choice]), st.randoms(use_true_random=False))
def test_every_line_of_the_user_survives_or_is_in_a_conflict_that_is_told(
    before: frozenset[int], after: frozenset[int], choice: Choice | None, random: Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        generate(given_by(before), out)
        user, files = edit(random, out), given_by(after)
        edited = tree(out)
        told = [c.yours for change in decide(files, out) for c in change.conflicts]
        decided = decide(files, out, conflict=choice)
        if refusals(decided):
            assert (choice, bool(told)) == (None, True)
            generate(files, out, conflict=Choice.THEIRS)
            assert lost(user, *tree(out).values()) == []
            return
        generate(files, out, conflict=choice)
        assert lost(user, *tree(out).values(), *(told if choice is Choice.OURS else [])) == []
        assert {c.path: tree(out)[c.path] for c in decided if c.fate in ("keep", "orphan")} == {
            c.path: edited[c.path] for c in decided if c.fate in ("keep", "orphan")
        }
        done = stamps(out)
        assert {change.fate for change in decide(files, out)} <= {"same", "keep", "orphan"}
        generate(files, out)
        assert stamps(out) == done


@settings(max_examples=40, deadline=None)
@given(SPECS, st.lists(SPECS, min_size=1, max_size=3))
def test_undoing_the_change_of_the_diagram_restores_every_byte(
    first: frozenset[int], then: list[frozenset[int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        generate(given_by(first), out)
        before = everything(out)
        for made in then:
            generate(given_by(made), out)
            assert tree(out) == given_by(made)
        generate(given_by(first), out)
        assert everything(out) == before
        assert recover(out) is None


def everything(out: Path) -> dict[str, str]:
    return tree(out) | {name: (out / name).read_text(encoding="utf-8") for name in (BASE, LOCK)}


@settings(max_examples=30, deadline=None)
@given(SPECS, SPECS, st.randoms(use_true_random=False))
def test_undoing_the_change_of_the_diagram_leaves_just_the_edits(
    before: frozenset[int], after: frozenset[int], random: Random
) -> None:
    """Where nothing was removed with its file, and nothing had to be decided."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        generate(given_by(before), out)
        user = edit(random, out)
        for made in (after, before):
            if refusals(decide(given_by(made), out)):
                return
            generate(given_by(made), out)
        assert lost(user, *tree(out).values()) == []
        assert not [path for path in tree(out) if path not in given_by(before)]
