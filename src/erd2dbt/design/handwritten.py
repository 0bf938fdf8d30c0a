"""Hand-written SQL: proved when its last select groups by the grain, else only believed with `assume:` and a test."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.design.naming import layer_of
from erd2dbt.design.plan import Field, Plan, Proof, Relation, Step, StepKind
from erd2dbt.design.scope import World
from erd2dbt.diagnostics import Collector, did_you_mean
from erd2dbt.erd import ModelSpec
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import State
from erd2dbt.sql.identifiers import fit, ident
from erd2dbt.sql.inference import infer

_REF = re.compile(r"""\{\{\s*ref\(\s*(['"])(?P<name>[^'"]+)\1\s*\)\s*\}\}""")
_JINJA = re.compile(r"\{[{%#]")


def refs(text: str) -> list[str]:
    """The dbt models that the SQL reads, each once, in order."""
    return list(dict.fromkeys(found["name"] for found in _REF.finditer(text)))


def without_refs(text: str) -> str:
    """The SQL with the bare names of the models that it reads."""
    return _REF.sub(lambda found: ident(found["name"]), text)


def plan_sql(spec: ModelSpec, world: World, faults: Collector) -> Plan | None:
    """The plan of an `sql:` model, or None after adding E030, E020 or E601."""
    assert spec.sql is not None
    by_model = {relation.model: relation for relation in world.shelf.values()}
    unknown = [name for name in refs(spec.sql.text) if name not in by_model]
    for name in unknown:
        known = world.shelf.get(name)
        fixes = (f"write `ref('{known.model}')`",) if known else did_you_mean(name, by_model)
        faults.add("E030", f"`{spec.name}` reads `ref('{name}')`, which is no model here", spec.sql.span, fixes=fixes)
    if unknown:
        return None
    tree = _parsed(spec, faults)
    if tree is None:
        return None
    last = _last_select(tree)
    names = [name for s in last.selects if (name := s.alias_or_name) and name != "*"]
    missing = [word for word in spec.grain if names and word.text not in names]
    for word in missing:
        faults.add(
            "E201",
            f"the SQL returns no column `{word.text}`",
            word.span,
            fixes=did_you_mean(word.text, names),
        )
    if missing:
        return None
    proof = _proof(spec, last, faults)
    if proof is None:
        return None
    read = tuple(by_model[name].name for name in refs(spec.sql.text))
    tables = {ident(name): by_model[name] for name in refs(spec.sql.text)}
    types = _types(last, tree, {name: {f.name: f.type for f in r.fields.values()} for name, r in tables.items()})
    fields = {name: Field(name=name, type=types.get(name)) for name in names}
    relation = Relation(
        name=spec.name,
        model=fit(spec.name),
        layer=layer_of(spec),
        grain=proof.grain,
        fields=fields,
        state=_state(fields, proof),
        span=spec.span,
    )
    text = spec.sql.text.strip("\n") + "\n"
    return Plan(relation=relation, spec=spec, imports=(), ctes=(), proof=proof, sql=text, reads=read)


def _parsed(spec: ModelSpec, faults: Collector) -> exp.Query | None:
    assert spec.sql is not None
    plain = without_refs(spec.sql.text)
    if _JINJA.search(plain):
        fixes = ["use only {{ ref('…') }}", *_assume(spec)] if not spec.assume else []
        if not spec.assume:
            faults.add(
                "E601",
                f"the SQL of `{spec.name}` holds Jinja that cannot be judged",
                spec.sql.span,
                fixes=fixes,
            )
            return None
        plain = _JINJA.split(plain)[0] or "select 1"
    try:
        tree = sqlglot.parse_one(plain, read="postgres")
    except SqlglotError as problem:
        details = getattr(problem, "errors", [{}])
        where = details[0].get("highlight") or "its end"
        faults.add("E020", f"the SQL of `{spec.name}` cannot be read at `{where}`", spec.sql.span)
        return None
    if not isinstance(tree, exp.Query):
        faults.add("E021", f"the SQL of `{spec.name}` must be one select", spec.sql.span)
        return None
    return tree


def _last_select(tree: exp.Query) -> exp.Query:
    """The select whose rows the model returns, behind `select * from final`."""
    ctes = {cte.alias: cte.this for cte in tree.ctes}
    seen: set[str] = set()
    while isinstance(tree, exp.Select) and tree.is_star and not tree.args.get("joins"):
        source = tree.args.get("from_") or tree.args.get("from")
        name = source.this.name if source is not None else ""
        if name not in ctes or name in seen or len(tree.selects) != 1:
            break
        seen.add(name)
        tree = ctes[name]
    return tree


_Types = dict[str, dict[str, str | None]]


def _types(select: exp.Query, whole: exp.Query, tables: _Types) -> dict[str, str | None]:
    """The types of a select's columns, as far as they follow from the models that it reads."""
    ctes = {cte.alias: cte.this for cte in whole.ctes}

    def outputs(query: exp.Query, open_: frozenset[str]) -> dict[str, str | None]:
        known = {alias: columns(name, open_) for alias, name in _read(query)}

        def type_of(column: exp.Column) -> str | None:
            if column.table:
                return known.get(column.table, {}).get(column.name)
            return next((types[column.name] for types in known.values() if column.name in types), None)

        found: dict[str, str | None] = {}
        for shown in query.selects:
            if shown.is_star:
                found |= {name: type_ for types in known.values() for name, type_ in types.items()}
            else:
                found[shown.alias_or_name] = infer(shown.unalias(), type_of)
        return found

    def columns(name: str, open_: frozenset[str]) -> dict[str, str | None]:
        if name in ctes and name not in open_:
            return outputs(ctes[name], open_ | {name})
        return tables.get(ident(name), {})

    return outputs(select, frozenset())


def _read(query: exp.Query) -> Iterator[tuple[str, str]]:
    """(alias, name) of the tables in FROM and JOIN; a subquery there hides its types."""
    source = query.args.get("from_") or query.args.get("from")
    for part in (source, *(query.args.get("joins") or [])):
        if part is not None and isinstance(part.this, exp.Table):
            yield part.this.alias_or_name, part.this.name


def _proof(spec: ModelSpec, last: exp.Query, faults: Collector) -> Proof | None:
    """Structural when the last select groups by nothing but the grain, or is distinct over it; else assumed."""
    grain = tuple(word.text for word in spec.grain)
    made = ", ".join(grain)
    if isinstance(last, exp.Select) and set(_grouped_by(last)) and set(_grouped_by(last)) <= set(grain):
        step = Step(kind=StepKind.GROUP, name=spec.name, because=f"the SQL ends in a group by {made}")
        return Proof(grain=grain, steps=(step,), claims=frozenset())
    if (
        isinstance(last, exp.Select)
        and last.args.get("distinct")
        and {s.alias_or_name for s in last.selects} <= set(grain)
    ):
        step = Step(kind=StepKind.GROUP, name=spec.name, because=f"the SQL returns distinct ({made})")
        return Proof(grain=grain, steps=(step,), claims=frozenset())
    if spec.assume:
        claim = Claim(kind=ClaimKind.ASSUMED, relation=spec.name, columns=grain, span=spec.span)
        step = Step(kind=StepKind.SQL, name=spec.name, because=f"assumed: {spec.assume}", claims=frozenset((claim,)))
        return Proof(grain=grain, steps=(step,), claims=frozenset((claim,)), assumed=spec.assume)
    assert spec.sql is not None
    faults.add(
        "E601",
        f"cannot prove ({made}) for the SQL of `{spec.name}`: its last select does not group by the grain",
        spec.sql.span,
        fixes=[f"end it in `group by {made}`", *_assume(spec)],
    )
    return None


def _assume(spec: ModelSpec) -> list[str]:
    return ["take the responsibility (a test with severity error is forced):\nassume: {reason: <why it holds>}"]


def _grouped_by(select: exp.Select) -> Iterator[str]:
    """The output columns that the select groups by; a key that is not returned makes the group unusable as proof."""
    group = select.args.get("group")
    if group is None or any(group.args.get(k) for k in ("grouping_sets", "cube", "rollup")):
        return
    for key in group.expressions:
        yield _output_of(select, key)


def _output_of(select: exp.Select, key: exp.Expr) -> str:
    if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.name) <= len(select.selects):
        return select.selects[int(key.name) - 1].alias_or_name
    for shown in select.selects:
        if shown.unalias() == key or (
            isinstance(key, exp.Column) and not key.table and shown.alias_or_name == key.name
        ):
            return shown.alias_or_name
    return "\0"


def _state(fields: dict[str, Field], proof: Proof) -> State:
    return State.keyed(fields, proof.grain, proof.claims)
