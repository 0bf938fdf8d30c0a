"""What holds for every merge: nothing that anybody wrote is lost, and a merge that is done stays done."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
import yaml
from drawn import Item, Pen, commented, edited, edited_within, items_of, laid_out
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.write.merging.merge import merge

PATH = "models/marts/_marts__models.yml"
MARKERS = ("<<<<<<< yours", "||||||| generated before", "=======", ">>>>>>> generated now")


def drawn(random: Random) -> tuple[str, str, str, list[str], list[str]]:
    """Three texts (last generated, the user's, generated now), and the words of the user and of the generator."""
    before, user, now = (Pen(random=random, mark=mark) for mark in "buo")
    document = {"version": 2, "models": [before.model() for _ in range(random.randint(1, 3))]}
    base = laid_out(document)
    theirs = laid_out(edited(document, user, random.randint(0, 4)), indentless=random.random() < 0.2)
    theirs = commented(theirs, user, random.randint(0, 4))
    ours = laid_out(edited(document, now, random.randint(0, 4)))
    return base, theirs, ours, user.written, now.written


def is_in(words: list[str], text: str) -> bool:
    return all(word in text for word in words)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_nothing_that_the_user_wrote_is_lost(random: Random) -> None:
    base, theirs, ours, written, _ = drawn(random)
    written = [word for word in written if word in theirs]
    for prefer in (None, "yours", "generated"):
        merged = merge(PATH, base, theirs, ours, prefer=prefer)
        told = "".join(conflict.yours for conflict in merged.conflicts)
        assert is_in(written, merged.text + told)
        if prefer != "generated":
            assert is_in(written, merged.text)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_result_is_yaml_and_each_conflict_is_in_it_once(random: Random) -> None:
    base, theirs, ours, _, _ = drawn(random)
    merged = merge(PATH, base, theirs, ours)
    lines = merged.text.split("\n")
    assert [lines.count(marker) for marker in MARKERS] == [len(merged.conflicts)] * 4
    for prefer in ("yours", "generated"):
        decided = merge(PATH, base, theirs, ours, prefer=prefer)
        assert yaml.safe_load(decided.text)["version"] == 2
        assert len(decided.conflicts) == len(merged.conflicts)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_generated_now_is_in_the_result_where_the_user_took_nothing_out(random: Random) -> None:
    base, _, ours, _, written = drawn(random)
    user = Pen(random=random, mark="u")
    theirs = commented(base, user, 4)
    merged = merge(PATH, base, theirs, ours)
    told = "".join(conflict.generated for conflict in merged.conflicts)
    assert is_in([word for word in written if word in ours], merged.text + told)
    if not merged.conflicts:
        assert without_order(yaml.safe_load(merged.text)) == without_order(yaml.safe_load(ours))


def without_order(value: object) -> object:
    if isinstance(value, dict):
        return frozenset((key, without_order(inner)) for key, inner in value.items())
    return frozenset(map(without_order, value)) if isinstance(value, list) else value


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_merging_again_changes_nothing(random: Random) -> None:
    base, theirs, ours, _, _ = drawn(random)
    assert merge(PATH, base, base, ours).text == ours
    assert merge(PATH, base, theirs, base).text == theirs
    assert merge(PATH, base, theirs, theirs).text == theirs
    merged = merge(PATH, base, theirs, ours)
    again = merge(PATH, ours, merged.text, ours)
    assert (again.text, again.conflicts) == (merged.text, ())


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_line_ends_are_the_users(random: Random) -> None:
    base, theirs, ours, _, _ = drawn(random)
    plain = merge(PATH, base, theirs, ours)
    windows = merge(PATH, base, theirs.replace("\n", "\r\n"), ours)
    if theirs != base:
        assert windows.text == plain.text.replace("\n", "\r\n")
    assert [c.line for c in windows.conflicts] == [c.line for c in plain.conflicts]


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_edits_of_different_items_are_all_made_and_none_is_a_conflict(random: Random) -> None:
    before, user, now = (Pen(random=random, mark=mark) for mark in "buo")
    document = {"version": 2, "models": [before.model() for _ in range(random.randint(1, 3))]}
    names = [item["name"] for item in items_of(document)]
    own = {name for name in names if random.random() < 0.5}
    by_user = edited_within(document, own, user, random.randint(0, 5))
    by_generator = edited_within(document, {*names} - own, now, random.randint(0, 5))
    theirs = laid_out(by_user, indentless=random.random() < 0.2)
    merged = merge(PATH, laid_out(document), theirs, laid_out(by_generator))
    assert merged.conflicts == ()
    expected = united(by_user, by_generator, own, {*names})
    assert without_order(yaml.safe_load(merged.text)) == without_order(expected)


def united(by_user: Item, by_generator: Item, own: set[str], names: set[str]) -> Item:
    """Each item from the side that may edit it, and the columns that either side added."""
    models = []
    for here, there in zip(by_user["models"], by_generator["models"], strict=True):
        columns = [item for item in here["columns"] if item["name"] in own or item["name"] not in names]
        columns += [item for item in there["columns"] if item["name"] not in own]
        models.append({**(here if here["name"] in own else there), "columns": columns})
    return {"version": 2, "models": models}


# -- any texts at all

LINES = (
    *("a: 1", "a: 2", "b:", "  - x", "  - y: {z: 1}", "  - &k z", "  - *k", "c: |", "  t", "", "# c", "  u # no"),
    *(
        "d: >-",
        "e: 'x'  # c",
        "f: [1, 2]",
        "f: [1, 3]",
        "g:",
        "  h: # i",
        "? k",
        ": v",
        "---",
        "\tx",
        'i: "q\\',
        '  r"',
    ),
)
MALFORMED = st.text(alphabet="ab:-#|>'\"[]{}&*!?,%@\n\r\t \ufeff\u2028é🙂.0", max_size=40)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30) | MALFORMED


@st.composite
def three_texts(draw: st.DrawFn) -> tuple[str, str, str]:
    """Unrelated ones, or lines and two edits of them."""
    if draw(st.booleans()):
        return draw(st.tuples(TEXTS, TEXTS, TEXTS))
    lines = st.lists(st.sampled_from(LINES), max_size=8)
    base = draw(lines)
    sides = [base]
    for _ in range(2):
        at, end = (draw(st.integers(0, len(base))) for _ in range(2))
        sides.append([*base[:at], *draw(lines), *base[max(at, end) :]])
    ends = [draw(st.sampled_from(["\n", "\r\n"])) for _ in sides]
    return tuple(end.join(side) for side, end in zip(sides, ends, strict=True))


@pytest.mark.parametrize("path", ["a.yml", "a.sql"])
@settings(max_examples=300, deadline=None)
@given(three_texts())
def test_any_three_texts_can_be_merged(path: str, texts: tuple[str, str, str]) -> None:
    base, theirs, ours = texts
    merged = merge(path, base, theirs, ours)
    mine = merge(path, base, theirs, ours, prefer="yours")
    assert merged.conflicts == mine.conflicts
    assert merge(path, base, base, ours).text == ours
    assert merge(path, base, theirs, base).text == theirs
    assert merge(path, base, theirs, theirs).text == theirs
    assert merge(path, ours, merged.text, ours).text == merged.text
    told = words_of("".join([merged.text, *(f"\n{conflict.yours}" for conflict in merged.conflicts)]))
    assert words_of(theirs) - words_of(base) <= told
    assert words_of(theirs) - words_of(base) <= words_of(mine.text)


def words_of(text: str) -> Counter[str]:
    """What stands between blanks and the signs that a list may be laid out with."""
    return Counter(word for word in re.split(r"[\s\[\]{},\ufeff-]+", text) if word)


@settings(max_examples=300, deadline=None)
@given(three_texts())
def test_no_line_that_the_user_wrote_into_sql_is_lost(texts: tuple[str, str, str]) -> None:
    base, theirs, ours = texts
    merged = merge("a.sql", base, theirs, ours)
    told = lines_of(merged.text)
    for conflict in merged.conflicts:
        told += lines_of(conflict.yours)
    assert lines_of(theirs) - lines_of(base) <= told


def lines_of(text: str) -> Counter[str]:
    return Counter(text.removeprefix("\ufeff").replace("\r", "").split("\n"))


BASE = "".join(f"{key}: 1\n" for key in "abcdefgh")
OURS = BASE.replace("h: 1", "h: 5").replace("c: 1\n", "c: 1\nc2: 2\n")
ODD = {
    "Windows lines": lambda text: text.replace("\n", "\r\n"),
    "a byte order mark": lambda text: f"\ufeff{text}",
    "no final line break": lambda text: text.removesuffix("\n"),
    "a blank line at the end": lambda text: f"{text}\n",
    "a tab": lambda text: text.replace("a: 1\n", "a:\n\t- 1\n"),
    "a key twice": lambda text: text.replace("a: 1\n", "a: 1\na: 2\n"),
    "an anchor": lambda text: text.replace("a: 1\n", "x: &x 1\na: *x\n"),
    "an alias of nothing": lambda text: text.replace("a: 1", "a: *x"),
    "two documents": lambda text: f"---\n{text}",
    "a directive": lambda text: f"%YAML 1.1\n---\n{text}",
    "a complex key": lambda text: text.replace("a: 1\n", "? [a, e]\n: 1\n"),
    "letters of the world": lambda text: text.replace("a: 1\n", "ä: 𝄞 \u2028 é\n"),
    "an open bracket": lambda text: text.replace("a: 1", "a: [1"),
    "half of a surrogate pair": lambda text: text.replace("a: 1", "a: '\udce4'"),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_is_odd_in_the_text_of_the_user_stays(odd: str) -> None:
    change = ODD[odd]
    merged = merge(PATH, BASE, change(BASE).replace("f: 1", "f: 1  # mine"), OURS)
    assert (merged.text, merged.conflicts) == (change(OURS).replace("f: 1", "f: 1  # mine"), ())
