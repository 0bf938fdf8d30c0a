"""How inputs are joined never depends on the order of the file: shuffled entities, columns, links and models give equal
SQL, or equal faults; hand-written SQL, bridges and `match:` among them."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate

Spec = dict[str, Any]


def outcome(spec: Spec) -> tuple[str, Any]:
    """The models' SQL, or the faults without their places, choices listed in any order."""
    try:
        made = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")
    except ErdError as error:
        found = ((d.code, tuple(sorted(d.message.split())), tuple(sorted(d.fixes))) for d in error.diagnostics)
        return "faults", sorted(found)
    remarks = sorted((d.code, d.message) for d in made.planned.remarks)
    return "sql", ({k: v for k, v in made.files.items() if "/marts/" in k and k.endswith(".sql")}, remarks)


def shuffled(spec: Spec, rng: random.Random) -> Spec:
    def mixed(mapping: dict[str, Any]) -> dict[str, Any]:
        items = list(mapping.items())
        rng.shuffle(items)
        return dict(items)

    entities = {name: {**body, "columns": mixed(body["columns"])} for name, body in mixed(spec["entities"]).items()}
    return {**spec, "entities": entities, "links": mixed(spec["links"]), "models": mixed(spec["models"])}


class World:
    """A random diagram of one kind with models over it. Composite keys begin with their owner's."""

    def __init__(self, kind: str, seed: int) -> None:
        self.rng, self.kind = random.Random(f"{kind}{seed}"), kind
        self.entities: dict[str, Any] = {}
        self.links: dict[str, Any] = {}
        self.models: dict[str, Any] = {}

    def entity(self, name: str, extra: dict[str, str] | None = None) -> None:
        keys = {"id": ["id"], "tenant": ["tenant_id", f"{name}_no"]}.get(self.kind, [f"{name}_id"])
        columns = {**dict.fromkeys(keys, "int"), **(extra or {}), "v": "int", "kind": "text", "at": "timestamp"}
        self.entities[name] = {"key": keys, "columns": columns}

    def link(self, child: str, parent: str, role: str = "") -> None:
        """A foreign key, of the role's name where there is one."""
        key = self.entities[parent]["key"]
        own = [k if k == "tenant_id" and len(key) > 1 else f"{role or parent}_{k}" for k in key]
        self.entities[child]["columns"] |= dict.fromkeys(own, "int")
        tied: Any = [f"{a} = {b}" for a, b in zip(own, key, strict=True)]
        cap = self.rng.choice(["||", "o|"])
        text = f"{child} }}o--{cap} {parent}"
        if role:
            mine = next((t for t in self.links if t.startswith(f"{child} }}o--") and t.endswith(f" {parent}")), text)
            known = self.links.get(mine, {})
            self.links[mine] = {**(known if isinstance(known, dict) else {"plain": known}), role: tied}
        else:
            self.links.setdefault(text, tied)

    def spec(self) -> Spec:
        return {
            "version": 1,
            "project": "worlds",
            "sources": {"s": {}},
            "entities": self.entities,
            "links": self.links,
            "models": self.models,
        }


def world(kind: str, seed: int) -> Spec:
    """Five levels of entities, each linked to some above; lookups, sums and roll-ups between any two."""
    made = World(kind, seed)
    rng = made.rng
    if kind == "tenant":
        made.entities["tenants"] = {"key": ["tenant_id"], "columns": {"tenant_id": "int", "v": "int", "kind": "text"}}
    names = ["alphas", "betas", "gammas", "deltas", "epsilons"]
    for name in names:
        made.entity(name)
    for i, name in enumerate(names):
        above = names[:i]
        for parent in rng.sample(above, min(len(above), rng.choice([1, 1, 2]))):
            made.link(name, parent, rng.choice(["", "", "", "first"]))
        if kind == "tenant" and rng.random() < 0.8:
            made.links[f"{name} }}o--|| tenants"] = "tenant_id"
        if kind == "party" and above and rng.random() < 0.5:
            parent = rng.choice(above)
            text = f"{name} |o--|| {parent}"
            made.links[text] = f"{name}_id = {parent}_id"
    known = [*made.entities]
    for n in range(6):
        rows, other = rng.sample(known, 2)
        key = made.entities[rows]["key"]
        column = rng.choice([f"sum({other}.v)", f"{other}.kind", f"count(distinct {other}.kind)"])
        made.models[f"m{n}"] = {"grain": key, "rows": rows, "columns": {"x": column}}
    made.models["grouped"] = {"grain": "kind", "rows": rng.choice(known), "columns": {"n": "count(*)"}}
    if kind != "tenant":
        _with_bridge(made, *rng.sample(names, 2))
    _with_queries(made, rng.choice(names[1:]), known)
    return made.spec()


def _with_bridge(made: World, left: str, right: str) -> None:
    """An entity of two foreign keys, and models that add up over it."""
    keys = [f"{end}_{made.entities[end]['key'][0]}" for end in (left, right)]
    columns = {**dict.fromkeys(keys, "int"), "weight": "int"}
    made.entities["pairs"] = {"key": keys, "columns": columns}
    for end, key in zip((left, right), keys, strict=True):
        made.links[f"pairs }}o--|| {end}"] = f"{key} = {made.entities[end]['key'][0]}"
    columns = {"x": f"max({right}.v)", "y": "sum(pairs.weight)"}
    made.models["bridged"] = {"grain": made.entities[left]["key"], "rows": left, "columns": columns}


def _with_queries(made: World, entity: str, known: list[str]) -> None:
    """A query of an entity, with its keys renamed; models over it, and one that `match:` decides."""
    key, other = made.entities[entity]["key"], made.rng.choice(known)
    named = [f"e.{c} as q_{c}" for c in made.entities[entity]["columns"] if c not in ("at", "kind")]
    foreign = next(c for c in made.entities[entity]["columns"] if c not in (*key, "v", "kind", "at"))
    text = f"select {', '.join(named)} from {{{{ ref('stg_{entity}') }}}} as e where e.{foreign} is not null"
    grain = [f"q_{k}" for k in key]
    made.models["query"] = {"grain": grain, "sql": text}
    columns = {"x": f"sum({other}.v)", "y": "max(query.q_v)"}
    made.models["over_query"] = {"grain": grain, "rows": "query", "columns": columns}
    made.models["by_query"] = {
        "grain": f"q_{foreign}",
        "rows": "query",
        "columns": {"n": "count(*)", "x": f"{other}.kind"},
    }
    said = {other: {f"q_{foreign}": made.entities[other]["key"][-1]}}
    columns = {"n": f"count({other}.v)"}
    made.models["matched"] = {"grain": f"q_{foreign}", "rows": "query", "match": said, "columns": columns}


WORLDS = [(kind, seed) for kind in ("plain", "id", "tenant", "party") for seed in range(6)]


@pytest.mark.parametrize(("kind", "seed"), WORLDS)
def test_the_order_of_the_file_changes_nothing(kind: str, seed: int) -> None:
    spec = world(kind, seed)
    before = outcome(spec)
    for again in range(2):
        assert outcome(shuffled(spec, random.Random(again))) == before


def test_both_outcomes_occur() -> None:
    """The worlds are not all refused, and not all accepted."""
    kinds = [outcome(world(kind, seed))[0] for kind, seed in WORLDS]
    assert {"sql", "faults"} == set(kinds)
