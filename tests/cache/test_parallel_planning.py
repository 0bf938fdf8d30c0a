"""Many plans are made by two processes: what comes out is what one of them would have made."""

from __future__ import annotations

import copy
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cache.test_pieces import (
    EDITS,
    SPEC,
    Spec,
    add_entity,
    add_model,
    change_formula,
    change_type,
    describe,
    outcome,
    remove_model,
    text_of,
    turn_link,
)
from erd2dbt.cache.pieces import Pieces
from erd2dbt.design.models import parallel_planning, planner
from erd2dbt.pipelines.generation import Memory
from erd2dbt.system import second_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a second process is used on Linux alone")


@pytest.fixture(autouse=True)
def _two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and two processes however few models there are and whatever else runs."""
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path))
    monkeypatch.setattr(parallel_planning, "FEWEST", 1)
    monkeypatch.setattr(parallel_planning, "has_second_core", lambda: True)


def in_two_processes(spec: Spec) -> object:
    return outcome(text_of(spec, []), Memory(Pieces.of("spec.yml"), "this program"))


def planned(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[bool], None] = lambda _: None) -> list[str]:
    """The models that this process plans. `meanwhile` is done at each model, here (True) and in the copy (False)."""
    found: list[str] = []
    plan, here = planner.plan_model, os.getpid()

    def noted(spec: Any, *more: Any) -> Any:
        found.append(spec.name)
        meanwhile(os.getpid() == here)
        return plan(spec, *more)

    monkeypatch.setattr(planner, "plan_model", noted)
    return found


def has_copy() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def test_each_process_makes_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = outcome(text_of(SPEC, []), None)
    found = planned(monkeypatch)
    assert in_two_processes(SPEC) == alone
    assert found in (["int_sale_amounts", "sale_summary"], ["customer_summary"])
    assert not has_copy()
    found.clear()
    assert in_two_processes(SPEC) == alone
    assert not found, "what both of them made is kept"


@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_any_spec_gives_what_one_process_gives(edit: Callable[[Spec, int], None], n: int) -> None:
    """Specs with faults among them, and models that read each other across the halves."""
    spec = copy.deepcopy(SPEC)
    edit(spec, n)
    assert in_two_processes(spec) == outcome(text_of(spec, []), None)
    assert not has_copy()


def kill(is_here: bool) -> None:
    if not is_here:
        os.kill(os.getpid(), signal.SIGKILL)


def fail(is_here: bool) -> None:
    if not is_here:
        raise MemoryError


@pytest.mark.parametrize("accident", [kill, fail])
def test_what_a_copy_does_not_make_is_made_here(
    accident: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    alone = outcome(text_of(SPEC, []), None)
    found = planned(monkeypatch, accident)
    assert in_two_processes(SPEC) == alone
    assert sorted(found) == ["customer_summary", "int_sale_amounts", "sale_summary"]
    assert not has_copy()
    assert capfd.readouterr() == ("", "")


def test_an_interrupted_run_leaves_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(is_here: bool) -> None:
        if is_here:
            raise KeyboardInterrupt
        time.sleep(60)

    planned(monkeypatch, interrupted)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        in_two_processes(SPEC)
    assert time.monotonic() - begun < 30
    assert not has_copy()


def test_few_models_and_models_of_one_piece_are_made_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    found = planned(monkeypatch)
    monkeypatch.setattr(parallel_planning, "FEWEST", 5)
    in_two_processes(SPEC)
    assert len(found) == 3
    spec = copy.deepcopy(SPEC)
    spec["models"] = {name: spec["models"][name] for name in ("int_sale_amounts", "sale_summary")}
    monkeypatch.setattr(parallel_planning, "FEWEST", 1)
    found.clear()
    in_two_processes({**spec, "project": "another"})
    assert found == ["int_sale_amounts", "sale_summary"]


def test_a_copy_is_made_where_one_thread_and_two_cores_are(monkeypatch: pytest.MonkeyPatch) -> None:
    main = threading.main_thread()
    monkeypatch.setattr(threading, "enumerate", lambda: [main, threading.Timer(9, print)])
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3})
    assert second_process.has_second_core()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert not second_process.has_second_core()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3})
    monkeypatch.setattr(threading, "enumerate", lambda: [main, threading.Thread()])
    assert not second_process.has_second_core()


@pytest.mark.parametrize("written", [b"", b"\0" * 8, (3).to_bytes(8) + b"ab", (9).to_bytes(8)])
def test_half_an_answer_is_none(written: bytes) -> None:
    assert second_process._answer(io.BytesIO(written)) is None
    assert second_process._answer(io.BytesIO((3).to_bytes(8) + b"abc")) == b"abc"


def test_edit_after_edit_gives_what_a_cold_run_gives() -> None:
    """What is kept of one run is used by both processes of the next one."""
    spec = copy.deepcopy(SPEC)
    for n, edit in enumerate((change_formula, add_entity, describe, add_model, change_type, turn_link, remove_model)):
        edit(spec, n)
        assert in_two_processes(spec) == outcome(text_of(spec, []), None)
