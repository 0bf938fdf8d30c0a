"""Small schemas of many trades, each beside what a person would have drawn, as the benchmark of meaning scores."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from star_answers import answers
from star_quality import Scored, scored

# Question -> the F1 that it reaches at least. Raise it with the derivation; never lower it.
LEAST = {
    "facts": 1.0,
    "dimensions": 1.0,
    "bridges": 1.0,
    "dates": 1.0,
    "measures": 0.98,
    "references": 0.99,
    "keys": 0.99,
    "links": 0.98,
    "named": 1.0,
    "no keys": 0.95,
}


# The same of schemas whose answers were written by somebody who did not know the tool.
LEAST_BLIND = {
    "facts": 0.96,
    "dimensions": 0.94,
    "bridges": 0.93,
    "dates": 0.97,
    "measures": 0.71,  # what has no name is not summed
    "references": 0.88,
    "keys": 0.95,
    "links": 0.88,
    "named": 0.97,
    "no keys": 0.85,
}
# The same of schemas in other styles, which were worked on afterwards.
LEAST_WILD = {
    "facts": 0.99,
    "dimensions": 0.98,
    "bridges": 1.0,
    "dates": 0.99,
    "measures": 0.94,
    "references": 0.95,
    "keys": 0.95,
    "links": 0.96,
    "named": 0.97,
    "no keys": 0.93,
}
# The same of ten schemas in styles that had no answers yet, which were worked on afterwards.
LEAST_FRESH = {
    "facts": 0.92,
    "dimensions": 0.94,
    "bridges": 0.93,
    "dates": 0.97,
    "measures": 0.91,
    "references": 0.93,
    "keys": 0.95,
    "links": 0.95,
    "named": 0.97,
    "no keys": 0.91,
}
# The same of eight schemas with ends, plans and loads beside their events, which were worked on afterwards.
LEAST_MIXED = {
    "facts": 0.99,
    "dimensions": 0.99,
    "bridges": 0.89,
    "dates": 0.99,
    "measures": 0.83,
    "references": 0.97,
    "keys": 0.98,
    "links": 0.93,
    "named": 0.99,
    "no keys": 0.92,
}
# The same of five schemas by which changes were checked, whose wrong verdicts nobody looked at.
LEAST_VERIFY = {
    "facts": 0.95,
    "dimensions": 0.98,
    "bridges": 0.93,
    "dates": 1.0,
    "measures": 0.73,
    "references": 0.87,
    "keys": 0.87,
    "links": 0.92,
    "named": 0.94,
    "no keys": 0.80,
}
# The same of schemas for which no rule was made, and the precision of what is summed without asking.
LEAST_UNSEEN = {
    "facts": 0.90,
    "dimensions": 0.905,
    "bridges": 0.55,
    "dates": 0.91,
    "measures": 0.83,  # 0.84 before precision was preferred to recall
    "references": 0.95,
    "keys": 0.94,
    "links": 0.92,
    "named": 0.99,
    "no keys": 0.85,
}
PRECISE = ("measures", "named")  # what is wrong in these is worse than what is missed


def _total(half: str) -> Scored:
    total = Scored(name=half)
    for one in answers(half):
        total.add(scored(one))
    return total


@pytest.fixture(scope="module")
def whole() -> Scored:
    return _total("own")


@pytest.fixture(scope="module")
def blind() -> Scored:
    return _total("blind")


@pytest.fixture(scope="module")
def fresh() -> Scored:
    return _total("fresh")


@pytest.fixture(scope="module")
def mixed() -> Scored:
    return _total("mixed")


@pytest.fixture(scope="module")
def verify() -> Mapping[str, float]:
    """The figures alone, as those of `unseen`."""
    total = _total("verify")
    return {question: total.scores[question].f1 or 0.0 for question in LEAST_VERIFY}


@pytest.fixture(scope="module")
def unseen() -> Mapping[str, float]:
    """The figures alone: a failure does not show what is wrong, so that no rule can be made for it."""
    total = _total("unseen")
    assert len(total.secrets) == 0
    summed = total.scores["measures"].precision or 0.0
    return {question: total.scores[question].f1 or 0.0 for question in LEAST_UNSEEN} | {"summed": summed}


@pytest.fixture(scope="module")
def wild() -> Scored:
    return _total("wild")


@pytest.mark.parametrize("question", LEAST_WILD)
def test_schemas_in_other_styles(wild: Scored, question: str) -> None:
    score = wild.scores[question]
    assert score.f1 is not None
    assert score.f1 >= LEAST_WILD[question] - 0.005, {"false": score.false, "missed": score.missed}


@pytest.mark.parametrize("question", LEAST_FRESH)
def test_schemas_in_styles_without_answers_before(fresh: Scored, question: str) -> None:
    score = fresh.scores[question]
    assert score.f1 is not None
    assert score.f1 >= LEAST_FRESH[question] - 0.005, {"false": score.false, "missed": score.missed}


@pytest.mark.parametrize("question", LEAST_MIXED)
def test_schemas_with_ends_and_plans_beside_events(mixed: Scored, question: str) -> None:
    score = mixed.scores[question]
    assert score.f1 is not None
    assert score.f1 >= LEAST_MIXED[question] - 0.005, {"false": score.false, "missed": score.missed}


@pytest.mark.parametrize("question", LEAST_VERIFY)
def test_schemas_by_which_changes_were_checked(verify: Mapping[str, float], question: str) -> None:
    assert verify[question] >= LEAST_VERIFY[question] - 0.005


@pytest.mark.parametrize("question", LEAST_UNSEEN)
def test_schemas_without_rules_of_their_own(unseen: Mapping[str, float], question: str) -> None:
    assert unseen[question] >= LEAST_UNSEEN[question] - 0.005


def test_numbers_are_summed_without_asking_only_where_it_is_certain(unseen: Mapping[str, float]) -> None:
    assert unseen["summed"] >= 0.95


@pytest.mark.parametrize("question", LEAST_BLIND)
def test_schemas_that_nobody_had_seen(blind: Scored, question: str) -> None:
    score = blind.scores[question]
    assert score.f1 is not None
    assert score.precision is not None
    assert score.f1 >= LEAST_BLIND[question] - 0.005, {"false": score.false, "missed": score.missed}
    assert question not in PRECISE or score.precision >= 0.98, score.false
    assert blind.secrets == []


@pytest.mark.parametrize("question", LEAST)
def test_each_question_is_answered_as_well_as_ever(whole: Scored, question: str) -> None:
    score = whole.scores[question]
    assert score.f1 is not None
    assert score.f1 >= LEAST[question] - 0.005, {"false": score.false, "missed": score.missed}


def test_no_secret_is_shown_and_no_trap_is_summed(whole: Scored) -> None:
    assert (whole.secrets, whole.traps) == ([], [])


def test_none_is_refused(whole: Scored) -> None:
    assert (whole.todos, whole.refused) == (0, 0)
