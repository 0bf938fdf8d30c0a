"""Fixes as text to paste into the spec, each with its place, in valid YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import ColumnSpec, Entity, Expression, Link, ModelSpec
from erd2dbt.escape.yaml import quoted
from erd2dbt.faults.diagnostics import Acceptance, Diagnostic, Fix, Hint, Paste

_PLAIN = re.compile(r"[^\W\d][^#]*(?<![:\s])")  # a scalar that YAML reads unchanged without quotes
_VERSION = re.compile(
    r"(?:^|_)(?:updated?|modified|changed|loaded|synced|ingested|extracted|version|revision|valid_from)(?:_|$)|_fivetran",
    re.IGNORECASE,
)
_FLOW = re.compile(r"[\[\]{},]")


def scalar(text: str, *, flow: bool = False) -> str:
    """A string as a YAML scalar: plain where that has the same value, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and ": " not in text and "\n" not in text and not (flow and _FLOW.search(text))
    return text if plain and text.isprintable() else quoted(text)


def accepting(code: str, model: str, column: str | None = None) -> Fix:
    """A fix that accepts a warning or an additivity error, with a reason for the description.

    Without a column, the whole model accepts it.
    """
    return Acceptance(("models", model) if column is None else ("models", model, "columns", column), {code: "<why>"})


def accepting_together(found: Iterable[Diagnostic], models: Iterable[ModelSpec]) -> list[Diagnostic]:
    """The faults, each with the text that accepts all faults of its column or model, and what the spec accepts."""
    faults = list(found)
    reasons: dict[tuple[str, ...], dict[str, str]] = {}
    for fault in faults:
        for fix in fault.fixes:
            if isinstance(fix, Acceptance):
                reasons.setdefault(fix.at, {})[fault.code] = "<why>"
    for model in models if reasons else ():
        at = ("models", model.name)
        for place, said in ((at, model.accept), *(((*at, "columns", c.name), c.accept) for c in model.columns)):
            if place in reasons:
                reasons[place] |= {code: scalar(why, flow=True) for code, why in said}
    whole = {at: Acceptance(at, dict(sorted(codes.items()))) for at, codes in reasons.items()}

    def joint(fix: str) -> str:
        return whole[fix.at] if isinstance(fix, Acceptance) else fix

    return [replace(fault, fixes=tuple(map(joint, fault.fixes))) for fault in faults]


def formula(why: str, model: str, column: str, text: str, fields: Mapping[str, str] | None = None) -> Fix:
    """A fix with another expression for a column. With `fields` (of its mapping) it has several lines."""
    return made(why, model, column, {"is": text, **fields} if fields else text)


def made(why: str, model: str, column: str, value: str | Mapping[str, str]) -> Fix:
    """A fix with another definition of a column: an expression, or the fields of a mapping."""
    at = ("models", model, "columns", column)
    if isinstance(value, str):
        text = scalar(value)
        return Fix(f"{why}: `{column}: {text}`", Paste(at, text))
    lines = [f"  {name}: {scalar(field)}" for name, field in value.items()]
    return Fix("\n".join([f"{why}:", f"{column}:", *lines]), Paste(at, "\n".join(line[2:] for line in lines)))


def on_model(why: str, model: str, field: str, text: str) -> Fix:
    """A fix of one field of the model, such as `where`. `text`: YAML."""
    return Fix(f"{why}: `{field}: {text}`", Paste(("models", model, field), text))


def of_model(why: str, model: str, **fields: str) -> Fix:
    """A fix of several fields of the model; each is YAML."""
    told = " and ".join(f"`{name}: {text}`" for name, text in fields.items())
    return Fix(f"{why}: {told}", *(Paste(("models", model, name), text) for name, text in fields.items()))


def unique(why: str, entity: Entity, columns: tuple[str, ...]) -> Fix:
    """The claim that no two rows agree on the columns."""
    if len(columns) == 1:
        paste = Paste(("entities", entity.name, "columns", columns[0]), "{unique: true}")
        return Fix(f"{why}: `unique: true` on `{columns[0]}`", paste)
    sets = [[word.text for word in words] for words in entity.uniques] + [list(columns)]
    text = f"[{', '.join(listing(names) for names in sets)}]"
    return Fix(f"{why}: `unique: {text}` on `{entity.name}`", Paste(("entities", entity.name, "unique"), text))


def latest(entity: Entity) -> str | None:
    """The `latest:` field that keeps the latest row of each key; None without a column for it."""
    keys = {word.text for word in entity.key}
    times = [a.name for a in entity.columns if a.name not in keys and family(a.type or "") in ("date", "timestamp")]
    named = [a.name for a in entity.columns if a.name not in keys and _VERSION.search(a.name)]
    loaded = [entity.loaded_at.text] if entity.loaded_at else []
    by = next(iter((*(name for name in times if name in named), *loaded, *named)), None)
    return None if entity.latest or entity.existing or by is None else f"latest: {{by: {scalar(by, flow=True)}}}"


def determines(why: str, entity: Entity, left: tuple[str, ...], name: str) -> Fix:
    """The claim that rows with equal `left` also have equal `name`, added to what they determine already."""
    said = next((d for d in entity.determines if tuple(w.text for w in d.left) == left), None)
    right = [*(w.text for w in said.right), name] if said else [name]
    key = scalar(", ".join(left), flow=True)
    text = f"{{{key}: {listing(right) if len(right) > 1 else scalar(right[0], flow=True)}}}"
    told = f"{why}:\n{entity.name}:\n  determines: {text}"
    return Fix(told, Paste(("entities", entity.name, "determines"), text))


def mandatory(link: Link, source: str) -> tuple[str, str]:
    """A link as drawn, and as drawn when each row of `source` has a partner."""
    caps = link.text[len(link.left) + 1 : -len(link.right) - 1]
    if source == link.left:
        drawn = {"o|": "||", "o{": "|{"}
        caps = caps[:-2] + drawn.get(caps[-2:], caps[-2:])
    else:
        drawn = {"|o": "||", "}o": "}|"}
        caps = drawn.get(caps[:2], caps[:2]) + caps[2:]
    return link.text, relation(link.left, caps, link.right)


def relation(left: str, caps: str, right: str) -> str:
    """The text of a link's key in the spec."""
    return f"{_end(left)} {caps} {_end(right)}"


def _end(name: str) -> str:
    return name if re.fullmatch(r"\w+", name) else f'"{name}"'


def also_where(spec: ModelSpec, condition: str) -> str:
    """The model's filter with one more condition, as YAML."""
    return scalar(f"({spec.where.text}) and {condition}" if spec.where else condition)


def listing(names: Iterable[str]) -> str:
    return f"[{', '.join(scalar(name, flow=True) for name in names)}]"


def instead_of_link(model: ModelSpec) -> Fix | Hint:
    """What joins a model, as no link can: one that exists can be an entity, any other is joined on its grain."""
    grain = [word.text for word in model.grain]
    if model.existing is not None:
        typed = ((scalar(c.name, flow=True), scalar(c.type or "text", flow=True)) for c in model.columns)
        columns = ", ".join(f"{name}: {type_}" for name, type_ in typed)
        key = listing(grain) if len(grain) > 1 else scalar(grain[0], flow=True)
        entity = f"{{existing: {scalar(model.existing.text, flow=True)}, key: {key}, columns: {{{columns}}}}}"
        return Fix(f"links join entities: move it from `models` to `entities`:\n{scalar(model.name)}: {entity}")
    column = next((c.name for c in model.columns), grain[0])
    return Hint(
        f"links join entities; a model is joined on its grain ({', '.join(grain)}): remove the link, and read "
        f"`{model.name}.{column}` in a column, with `match:` where the names differ"
    )


def replaced(spec: ColumnSpec | None, reference: str, by: str) -> str | None:
    """The column's expression with one reference replaced; None where it is not an expression."""
    if spec is None or not isinstance(spec.formula, Expression):
        return None
    pattern = re.compile(rf"(?<![\w.\"]){re.escape(reference)}(?![\w.\"(])")
    text, times = pattern.subn(lambda _: by, spec.formula.text)
    return text if times else None
