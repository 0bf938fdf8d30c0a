"""What a run before worked out changes nothing: after any edits, all is as a run without memory has it."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.cache import pieces as pieces_module
from erd2dbt.cache.pieces import Piece, Pieces
from erd2dbt.design.models import planner, staging, stored_plans
from erd2dbt.design.plans.plan import Plan
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, Memory, generate
from erd2dbt.render import project, validation

Spec = dict[str, Any]
FILE = "spec.yml"


def entity(name: str, *parents: str, **more: Any) -> Spec:
    columns = {f"{name}_id": "bigint"} | {f"{parent}_id": "bigint" for parent in parents}
    columns |= {"label": "text", "made_on": {"type": "date", "not_null": True}, "count_of": "integer"}
    columns |= {"price": "numeric(12,2)", "cost": "numeric(12,2)", "margin": "price - cost"}
    return {"key": f"{name}_id", "description": f"Rows of {name}", "columns": columns, **more}


SPEC: Spec = {
    "version": 1,
    "project": "edited",
    "sources": {"raw": {"schema": "raw"}},
    "entities": {
        "shop": entity("shop"),
        "customer": entity("customer", "shop"),
        "sale": entity("sale", "customer", "shop"),
        "line": entity("line", "sale"),
        "payment": entity("payment", "sale"),
        "visit": entity("visit", "customer"),
    },
    "links": {
        "customer }o--|| shop": "shop_id",
        "sale }o--|| customer": "customer_id",
        "sale }o--|| shop": "shop_id",
        "line }o--|| sale": "sale_id",
        "payment }o--|| sale": "sale_id",
        "visit }o--|| customer": "customer_id",
    },
    "models": {
        "int_sale_amounts": {
            "grain": "sale_id",
            "rows": "sale",
            "columns": {"billed": "sum(line.margin)", "paid": "sum(payment.price)", "lines": "count(line.line_id)"},
        },
        "sale_summary": {
            "grain": "sale_id",
            "rows": "int_sale_amounts",
            "keep": "all",
            "columns": {
                "label": "sale.label",
                "open": "coalesce(billed, 0) - coalesce(paid, 0)",
                "size": {"tier": "billed", "cut": {"large": 1000, "medium": 100}, "else": "small"},
            },
        },
        "customer_summary": {
            "grain": "customer_id",
            "rows": "customer",
            "columns": {"visits": "count(visit.visit_id)", "sold": "sum(sale.margin)", "shop": "shop.label"},
        },
        "by_hand": {
            "grain": "shop_id",
            "sql": "select shop_id, count(*) as customers\nfrom {{ ref('stg_customer') }}\ngroup by shop_id",
        },
    },
}


def entities(spec: Spec) -> list[str]:
    return sorted(spec["entities"])


def rename_column(spec: Spec, n: int) -> None:
    names = entities(spec)
    columns = spec["entities"][names[n % len(names)]]["columns"]
    spec["entities"][names[n % len(names)]]["columns"] = {
        ("price_each" if name == "price" else name): ("price_each - cost" if value == "price - cost" else value)
        for name, value in columns.items()
    }


def change_type(spec: Spec, n: int) -> None:
    names = entities(spec)
    spec["entities"][names[n % len(names)]]["columns"]["count_of"] = ("smallint", "numeric(8,3)")[n % 2]


def change_formula(spec: Spec, n: int) -> None:
    names = entities(spec)
    spec["entities"][names[n % len(names)]]["columns"]["margin"] = ("price - 2 * cost", "price")[n % 2]


def change_model(spec: Spec, n: int) -> None:
    if "int_sale_amounts" in spec["models"]:
        formula = ("sum(line.price)", "max(line.price)", "sum(line.nothing)", "line.price")[n % 4]
        spec["models"]["int_sale_amounts"]["columns"]["billed"] = formula


def describe(spec: Spec, n: int) -> None:
    names = entities(spec)
    spec["entities"][names[n % len(names)]]["description"] = f"Described anew:\n{n} lines\nand one"


def remove_link(spec: Spec, n: int) -> None:
    links = sorted(spec["links"])
    if links:
        del spec["links"][links[n % len(links)]]


def add_link(spec: Spec, n: int) -> None:
    link, columns = (
        ("line }o--o| visit", "count_of = visit_id"),
        ("payment }o--|| line", {"of": "count_of = line_id"}),
    )[n % 2]
    spec["links"][link] = columns


def turn_link(spec: Spec, n: int) -> None:
    links = sorted(spec["links"])
    if links:
        turned = links[n % len(links)]
        spec["links"] = {(k.replace("}o--||", "}o--o|") if k == turned else k): v for k, v in spec["links"].items()}


def set_something(spec: Spec, n: int) -> None:
    said: tuple[Spec, ...] = (
        {"tests": {"unit": "off"}},
        {"layout": "model"},
        {"contract": "off"},
        {"naming": {"staging": "stg_{source}__{entity}_rows"}},
        {"materialized": {"intermediate": "ephemeral"}},
        {"tags": ["one", "two"]},
    )
    spec.update(said[n % len(said)])


def change_source(spec: Spec, n: int) -> None:
    spec["sources"]["raw"]["schema"] = f"raw_{n}"


def remove_model(spec: Spec, n: int) -> None:
    names = sorted(spec["models"])
    if names:
        del spec["models"][names[n % len(names)]]


def add_model(spec: Spec, n: int) -> None:
    spec["models"][f"more_{n % 2}"] = {"grain": "shop_id", "rows": "shop", "columns": {"sold": "sum(sale.price)"}}


def add_entity(spec: Spec, n: int) -> None:
    spec["entities"] = {f"extra_{n % 2}": entity(f"extra_{n % 2}", "sale"), **spec["entities"]}
    spec["links"][f"extra_{n % 2} }}o--|| sale"] = "sale_id"


def unkey(spec: Spec, n: int) -> None:
    """A column that must be filled, or need not be."""
    names = entities(spec)
    spec["entities"][names[n % len(names)]]["columns"]["made_on"] = {"type": "date", "not_null": bool(n % 3 == 0)}


def describe_column(spec: Spec, n: int) -> None:
    """The first description of a name is taken over by columns of other entities and models."""
    names = entities(spec)
    described = {"type": "text", "description": f"What it is called, {n}"}
    spec["entities"][names[n % len(names)]]["columns"]["label"] = described


def add_column(spec: Spec, n: int) -> None:
    """A name in several tables is described in another way than in one."""
    names = entities(spec)
    spec["entities"][names[n % len(names)]]["columns"][("visit_id", "noted_on", "shop_id")[n % 3]] = "bigint"


def change_ratio(spec: Spec, n: int) -> None:
    """Ratios of one name in several models are described together, by what their operands sum."""
    for model, sides in (("customer_summary", ("visits", "sold")), ("int_sale_amounts", ("billed", "paid"))):
        if model in spec["models"]:
            top, bottom = sides if n % 2 else reversed(sides)
            spec["models"][model]["columns"]["rate"] = f"ratio({top}, {bottom if n % 3 else top})"


EDITS: tuple[Callable[[Spec, int], None], ...] = (
    rename_column,
    change_type,
    change_formula,
    change_model,
    describe,
    remove_link,
    add_link,
    turn_link,
    set_something,
    change_source,
    remove_model,
    add_model,
    add_entity,
    unkey,
    describe_column,
    add_column,
    change_ratio,
)
COMMENTS = st.lists(st.integers(0, 60), max_size=3)  # before which lines a comment is put: places move, nothing else


def text_of(spec: Spec, comments: list[int]) -> bytes:
    lines = yaml.safe_dump(spec, sort_keys=False, width=1000).splitlines()
    for at in comments:
        if at < len(lines) and not lines[at].startswith(" " * 6):
            lines.insert(at, "# moved")
    return "\n".join(lines).encode() + b"\n"


def outcome(data: bytes, memory: Memory | None) -> object:
    try:
        made = generate(data, FILE, memory=memory)
    except ErdError as error:
        return error.diagnostics
    return parts(made)


def parts(made: Generated) -> object:
    planned = made.planned
    places = [claim.span for claim in planned.claims]
    grains = [(plan.relation, plan.proof, plan.joined, plan.reads, plan.untested) for plan in planned.plans]
    designed = replace(made.project, sql=())  # its texts are in the files
    return made.files, designed, planned.remarks, planned.claims, places, grains, made.erd


@pytest.fixture(scope="module", autouse=True)
def _cache() -> Any:
    folder = tempfile.mkdtemp(prefix="erd2dbt-tests-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ERD2DBT_CACHE", folder)
        yield
    shutil.rmtree(folder)


def remembering() -> Memory:
    return Memory(Pieces.of(FILE), "this program")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 11), COMMENTS), min_size=2, max_size=5))
def test_an_edit_gives_what_a_cold_run_gives(edits: list[tuple[Callable[[Spec, int], None], int, list[int]]]) -> None:
    spec = copy.deepcopy(SPEC)
    outcome(text_of(spec, []), remembering())
    for edit, n, comments in edits:
        edit(spec, n)
        data = text_of(spec, comments)
        assert outcome(data, remembering()) == outcome(data, None)


@pytest.mark.parametrize("n", range(3))
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_each_edit_alone_gives_what_a_cold_run_gives(edit: Callable[[Spec, int], None], n: int) -> None:
    spec = copy.deepcopy(SPEC)
    outcome(text_of(spec, []), remembering())
    edit(spec, n)
    data = text_of(spec, [n * 7, 3])
    assert outcome(data, remembering()) == outcome(data, None)


def test_a_derived_star_is_remembered_too() -> None:
    spec = copy.deepcopy(SPEC)
    del spec["models"]
    outcome(text_of(spec, []), remembering())
    for edit in (describe, change_type, remove_link, change_formula):
        edit(spec, 2)
        data = text_of(spec, [2, 4])
        assert outcome(data, remembering()) == outcome(data, None)


def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The models that are planned, and those whose text is proved."""
    found: dict[str, list[str]] = {"planned": [], "proved": []}
    plan, prove = planner.plan_model, validation._fault

    def planned(spec: Any, *more: Any) -> Any:
        found["planned"].append(spec.name)
        return plan(spec, *more)

    def proved(plan: Any, *more: Any) -> Any:
        found["proved"].append(plan.relation.model)
        return prove(plan, *more)

    monkeypatch.setattr(planner, "plan_model", planned)
    monkeypatch.setattr(validation, "_fault", proved)
    return found


def test_only_what_an_edit_reaches_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = copy.deepcopy(SPEC)
    outcome(text_of(spec, []), remembering())
    found = counted(monkeypatch)
    outcome(text_of(spec, [0, 9, 30]), remembering())
    assert found == {"planned": [], "proved": []}
    spec["models"]["int_sale_amounts"]["columns"]["lines"] = "count(line.made_on)"
    outcome(text_of(spec, []), remembering())
    assert found == {
        "planned": ["int_sale_amounts", "sale_summary"],
        "proved": ["int_sale_amounts", "sale_summary"],
    }


def test_only_parts_that_an_edit_reaches_are_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = copy.deepcopy(SPEC)
    outcome(text_of(spec, []), remembering())
    found: list[tuple[str, str]] = []
    rendered = project._rendered

    def noted(template: Any, name: str, words: dict[str, Any]) -> str:
        part = next(iter(words.values()), None)
        found.append((name.removesuffix(".jinja"), getattr(part, "name", "")))
        return rendered(template, name, words)

    monkeypatch.setattr(project, "_rendered", noted)
    spec["entities"]["visit"]["columns"]["margin"] = "price - 2 * cost"
    outcome(text_of(spec, []), remembering())
    assert [one for one in found if one[0].startswith(("models/source_table", "models/model_p", "readme/"))] == [
        ("models/source_table.yml", "visit"),
        ("models/model_properties.yml", "stg_visit"),
        *(("models/model_properties.yml", model) for model in spec["models"]),  # each looks for ways to all entities
    ]


def test_a_plan_that_cannot_be_loaded_when_it_is_read_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = copy.deepcopy(SPEC)
    outcome(text_of(spec, []), remembering())
    spec["models"]["customer_summary"]["columns"]["visits"] = "count(visit.label)"
    data = text_of(spec, [])
    load, loaded = stored_plans._loaded, []

    def gone(*given: Any) -> Any:
        found = load(*given)
        loaded.append(found)
        return None if isinstance(found, Plan) else found

    monkeypatch.setattr(stored_plans, "_loaded", gone)
    assert outcome(data, remembering()) == outcome(data, None)
    names = {one.relation.name for one in loaded if isinstance(one, Plan)}
    assert names == {"int_sale_amounts", "sale_summary"}


def test_only_plans_that_an_edit_reaches_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = copy.deepcopy(SPEC)
    del spec["models"]["by_hand"]  # a query may read anything
    spec["entities"]["apart"] = entity("apart")
    generate(text_of(spec, []), FILE, memory=remembering())
    load, loaded, staged = stored_plans._loaded, [], []
    plan = staging.plan

    def noted(*given: Any) -> Any:
        loaded.append(load(*given))
        return loaded[-1]

    def planned(entity: Any, *more: Any) -> Any:
        staged.append(entity.name)
        return plan(entity, *more)

    monkeypatch.setattr(stored_plans, "_loaded", noted)
    monkeypatch.setattr(staging, "plan", planned)
    spec["models"]["customer_summary"]["columns"]["visits"] = "count(visit.label)"
    generate(text_of(spec, []), FILE, memory=remembering())
    assert not [one for one in loaded if isinstance(one, Plan)]
    assert set(staged) == spec["entities"].keys() - {"apart"}  # it looks for ways to all that are linked


def test_compiled_templates_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str | None] = []
    compile_ = jinja2.Environment.compile

    def noted(self: jinja2.Environment, source: Any, name: str | None = None, *more: Any, **named: Any) -> Any:
        compiled.append(name)
        return compile_(self, source, name, *more, **named)

    monkeypatch.setattr(jinja2.Environment, "compile", noted)
    data = text_of(SPEC, [])
    for program, is_compiled in (("one", True), ("one", False), ("another", True)):
        project._shipped_engine.cache_clear()
        compiled.clear()
        assert outcome(data, Memory(Pieces.of(f"{FILE} of templates"), program)) == outcome(data, None)
        assert ("models/model.sql.jinja" in compiled) == is_compiled


def test_a_query_takes_over_a_description_from_a_model_that_it_does_not_read() -> None:
    spec = copy.deepcopy(SPEC)
    query = "select customer_id, sold as amount\nfrom {{ ref('customer_summary') }}"
    spec["models"]["query"] = {"grain": "customer_id", "sql": query}
    sold = {"is": "sum(sale.price)", "description": "What was sold"}
    spec["models"]["sold_by_shop"] = {"grain": "shop_id", "rows": "shop", "columns": {"sold": sold}}
    for description in ("What was sold", "The value of all sales"):
        sold["description"] = description
        data = text_of(spec, [])
        made = outcome(data, remembering())
        assert made == outcome(data, None)
        assert made[0]["models/marts/_marts__models.yml"].count(f"description: {description}") == 3  # type: ignore[index]


def test_an_unfinished_model_is_told_in_every_run() -> None:
    spec = copy.deepcopy(SPEC)
    outcome(text_of(spec, []), remembering())
    spec["models"]["int_sale_amounts"]["columns"]["lines"] = "line.price"
    data = text_of(spec, [])
    told = [outcome(data, remembering()) for _ in range(2)]
    assert told[0] == told[1] == outcome(data, None)


@pytest.mark.parametrize("program", ["another program", "this program with other templates"])
def test_another_program_works_all_out_anew(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = text_of(SPEC, [])
    outcome(data, remembering())
    found = counted(monkeypatch)
    outcome(data, Memory(Pieces.of(FILE), program))
    assert len(found["planned"]) == 3
    assert len(found["proved"]) > 6


def test_what_is_not_used_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path))
    for n in range(3):
        pieces = Pieces.of("spec")
        pieces.put(f"a {n}", Piece([n], b"one"))
        pieces.put(f"b {n}", Piece([n], b"two"))
        pieces.save()
    kept = Pieces.of("spec")
    assert [kept.get(f"{letter} {n}") for letter in "ab" for n in (0, 1)] == [None] * 4
    assert [kept.get("a 2"), kept.get("b 2")] == [Piece([2], b"one"), Piece([2], b"two")]
    assert len(list((tmp_path / pieces_module._KIND).iterdir())) == 1


def test_the_spec_and_most_edits_of_it_have_no_fault() -> None:
    """Else nothing would be kept, and nothing tested."""
    assert isinstance(outcome(text_of(SPEC, []), None)[0], dict)  # type: ignore[index]
    sound = 0
    for edit in EDITS:
        spec = copy.deepcopy(SPEC)
        edit(spec, 0)
        sound += isinstance(outcome(text_of(spec, []), None)[0], dict)  # type: ignore[index]
    assert sound > len(EDITS) - 3
