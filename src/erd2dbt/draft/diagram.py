"""Drafts a diagram as a spec: staging boxes are entities, the others are models with inferred derivations."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import PurePath

from erd2dbt.diagram.drawing import Box, Diagram, Key, Layer, Line
from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.entities import entity, is_entity, types, with_key
from erd2dbt.draft.key_names import key_names, renamed, with_key_name, with_key_names
from erd2dbt.draft.linked_types import with_linked_types
from erd2dbt.draft.links import DrawnLinks, links
from erd2dbt.draft.memory import DraftArrow
from erd2dbt.draft.models import infer
from erd2dbt.draft.names import ID, NOTHING, SOURCE, Known, named, with_names
from erd2dbt.draft.type_words import type_and_words
from erd2dbt.draft.values import Draft, DraftClaim, DraftColumn, DraftEntity, DraftLink, DraftModel, Remark
from erd2dbt.infer.drawn_models import Box as Drawn
from erd2dbt.infer.drawn_models import DrawnModel, Flow, Inferred
from erd2dbt.names.spelling import slug, usable
from erd2dbt.names.stems import stem
from erd2dbt.names.validity import fault_of_project

_LONGEST = 40  # maximum characters of a project's name
_ORDER = (None, *Layer)
_ITEM = re.compile(r"\d+")


def draft(diagram: Diagram, known: Known = NOTHING) -> Draft:
    """Return the spec for a diagram. It never fails: unknown parts are TODOs. `known`: names of an earlier draft to
    keep."""
    is_layered = any(map(is_entity, diagram.boxes))
    drawn = {box.name for box in diagram.boxes if is_layered and not is_entity(box)}
    diagram = with_names(diagram, drawn, known)
    entities = [box for box in diagram.boxes if box.name not in drawn]
    staged = {box.name: box for box in entities}
    known_types = frozenset(row.type for box in entities for row in box.rows)
    models = [box for box in diagram.boxes if box.name in drawn]
    schemas = {box.name: usable(box.source.name if box.source else box.schema or SOURCE) for box in entities}
    several = len(set(schemas.values())) > 1
    naming = named(entities, models, known.kept(diagram.boxes), several_sources=several)
    lines = [line for line in diagram.lines if {line.left, line.right} <= staged.keys()]
    keyed = {name: with_key(box, naming.names[name]) for name, box in staged.items()}
    tied, lost = links(keyed, lines, naming.names)
    staged = with_linked_types(staged, tied, naming.names)
    called = key_names(keyed.values(), naming.names, known, _showing_ids(diagram.lines, models, staged))
    tied = _with_keys(tied, called, naming.names)
    drafted = {b.name: entity(b, naming.names[b.name], schemas[b.name] if several else None) for b in staged.values()}
    drafted = {name: _finished(one, keyed[name], called.get(name), lost) for name, one in drafted.items()}
    staged = {name: with_key_name(box, called[name]) if name in called else box for name, box in staged.items()}
    leads, parents = _leads(tied), _parents(tied)
    lineage, remarks = _lineage(diagram.lines, models)
    flows = _flows(lineage, models, naming.names)
    inferred = infer(
        [_model(box, naming.names, flows[box.name], known, known_types) for box in models],
        [
            _as_called_before(_drawn(drafted[box.name], box, leads, parents, called), known, naming.names)
            for box in staged.values()
        ],
        [one.text for one in diagram.seen if not one.unread and one.text],
    )
    return Draft(
        file=PurePath(diagram.file).name,
        project=_project(diagram),
        sources=_sources(entities, schemas),
        sources_comment=None if any(box.schema for box in entities) else Remark.INFERRED("no schema is drawn"),
        naming=_naming(naming.pattern, known),
        entities=tuple(_claimed(one, inferred) for one in drafted.values()),
        links=tied,
        models=_draft_models(inferred, {naming.names[box.name]: box for box in models}),
        board=diagram.board,
        frame=diagram.frame,
        seen=diagram.seen,
        remarks=tuple(remarks),
        arrows=tuple(_arrow(line, naming.names) for line in lineage),
    )


def _naming(staging: str | None, known: Known) -> dict[str, str]:
    """Return `naming:` of the spec, as far as it differs from the defaults."""
    return {**({"staging": staging} if staging else {}), **({"key": "as_drawn"} if known.keys_as_drawn else {})}


def _draft_models(inferred: Iterable[Inferred], boxes: Mapping[str, Box]) -> tuple[DraftModel, ...]:
    drawn = ((one, boxes[one.model.name]) for one in inferred)
    return tuple(DraftModel(inferred=one, item=box.id, guess=box.guess) for one, box in drawn)


def _finished(
    one: DraftEntity, box: Box, key: str | None, lost: Mapping[tuple[str, str], tuple[str, ...]]
) -> DraftEntity:
    """Return the draft completed after all links are known: the names of `id` columns, and foreign keys without a
    target."""
    return _with_lost(renamed(one, key, box) if key else one, box, lost)


def _sources(entities: Iterable[Box], names: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return name of a source -> its fields. A field of one table applies to the whole source."""
    found: dict[str, dict[str, object]] = {}
    for box in entities:
        about = found.setdefault(names[box.name], {"schema": box.schema or SOURCE})
        if box.source:
            said = {field.name: getattr(box.source, field.name) for field in fields(box.source)[1:]}
            about |= {name: value for name, value in said.items() if value}
    return found


def items(drafted: Draft) -> dict[str, str]:
    """Return `miro: items:` of a draft: name -> id of its item, each id once."""
    found: dict[str, str] = {}  # id -> name
    for name, item in _items(drafted):
        if item and _ITEM.fullmatch(item):
            found.setdefault(item, name)
    return {name: item for item, name in found.items()}


def _items(drafted: Draft) -> Iterator[tuple[str, str | None]]:
    for one in drafted.entities:
        yield one.name, one.item
        yield from ((f"{one.name}.{column.name}", column.item) for column in one.columns)
    yield from ((f"{link.text} : {link.role}" if link.role else link.text, link.item) for link in drafted.links)
    yield from ((model.name, model.item) for model in drafted.models)


def _project(diagram: Diagram) -> str:
    for text in (diagram.title, PurePath(diagram.file).stem):
        plain = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
        name = re.sub(r"\W+", "_", plain.lower()).strip("_")[:_LONGEST].strip("_")
        if name and name[0].isalpha():
            return f"{name}_project" if fault_of_project(name) else name
    return "my_project"


def _with_lost(one: DraftEntity, box: Box, lost: Mapping[tuple[str, str], tuple[str, ...]]) -> DraftEntity:
    """Return the entity with a comment at each foreign key whose target is ambiguous."""
    gone = {row.name: lost[box.name, row.name] for row in box.rows if (box.name, row.name) in lost}

    def with_remark(column: DraftColumn) -> DraftColumn:
        if column.name not in gone:
            return column
        some = gone[column.name]
        why = f"several entities have such a key: {', '.join(some)}" if some else "no entity with such a key is drawn"
        comment = Remark.OPEN(f"marked FK, and {why}")
        return replace(column, comment=f"{column.comment}; {comment}" if column.comment else comment)

    return replace(one, columns=tuple(map(with_remark, one.columns)))


# -- models


def _showing_ids(lines: Iterable[Line], models: Iterable[Box], entities: Iterable[str]) -> dict[str, bool]:
    """Return box -> True, for entities that a model shows under its own column `id`: `dim_order` has the `id` of
    `orders`.

    The model is joined to the entity by a line. A model without lines is matched by name.
    """
    showing = {box.name for box in models if any(row.name == ID for row in box.rows)}
    ends = [(line.left, line.right) for line in lines]
    alone = {stem(name) for name in showing - {name for pair in ends for name in pair}}
    named = {box: True for box in entities if stem(box) in alone}
    return named | {box: True for pair in ends for box, other in (pair, pair[::-1]) if other in showing}


def _lineage(lines: Iterable[Line], models: Iterable[Box]) -> tuple[list[Line], list[str]]:
    """Return the lines that end at a model, and remarks on lines between models that are foreign keys."""
    ties = DrawnLinks({box.name: box for box in models})
    found, remarks = [], []
    for line in lines:
        ends = {line.left, line.right}
        if len(ends) == 1 or not ends & ties.boxes.keys():
            continue
        if ends <= ties.boxes.keys() and _is_key(line, ties):
            remarks.append(Remark.OPEN(f"the line of `{line.left}` and `{line.right}` is a foreign key, not lineage"))
        else:
            found.append(line)
    return found, remarks


def _arrow(line: Line, names: Mapping[str, str]) -> DraftArrow:
    caption = " ".join(line.label.split())
    return DraftArrow(start=names[line.left], end=names[line.right], caption=caption, id=line.id)


def _flows(lines: Iterable[Line], models: Iterable[Box], names: Mapping[str, str]) -> dict[str, list[Flow]]:
    """Return the lineage edges into each model."""
    layers = {box.name: box.layer for box in models}
    found: dict[str, list[Flow]] = defaultdict(list)
    for line in lines:
        back = not line.is_directed and _ORDER.index(layers.get(line.left)) > _ORDER.index(layers.get(line.right))
        source, target = (line.right, line.left) if back else (line.left, line.right)
        cap = line.right_cap if back else line.left_cap
        many = cap.is_many if cap else None
        found[target].append(Flow(source=names[source], label=line.label, many=many, dashed=not line.identifying))
    return found


def _is_key(line: Line, ties: DrawnLinks) -> bool:
    """Return whether a column marked FK of one model references the other."""
    for one, other in ((line.left, line.right), (line.right, line.left)):
        box, target = ties.boxes[one], ties.boxes[other]
        marked = [row for row in box.rows if row.has(Key.FK)]
        leads = any(row.name in target.key or (ties.target(box, row) or ("",))[0] == other for row in marked)
        if box.layer is target.layer and leads:
            return True
    return False


def _model(
    box: Box, names: Mapping[str, str], flows: list[Flow], known: Known, known_types: frozenset[str | None]
) -> DrawnModel:
    name = names[box.name]
    usual = Layer.INTERMEDIATE if name.startswith("int_") else Layer.MARTS
    typed = {row.name: type_and_words(row.type or row.beside, known_types) for row in box.rows}
    drawn = Drawn(
        name=name,
        columns={column: found.kind for column, found in typed.items()},
        key=box.key,
        is_entity=False,
        aliases=_aliases(box),
    )
    return DrawnModel(
        box=_as_called_before(drawn, known, names),
        flows=tuple(flows),
        span=box.span,
        words={row.name: said for row in box.rows if (said := row.derivation or typed[row.name].words)},
        remarks={row.name: said for row in box.rows if (said := row.description or typed[row.name].remark)},
        description=box.description,
        layer=box.layer if box.layer is not usual else None,
    )


def _leads(tied: Iterable[DraftLink]) -> Mapping[str, Mapping[str, list[str]]]:
    """Return entity -> its column -> the columns that links join it to."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for link in tied:
        left, right = link.text.split()[0], link.text.split()[-1]
        for a, b in link.pairs:
            found[left][a].append(b)
            if left != right:
                found[right][b].append(a)
    return found


def _parents(tied: Iterable[DraftLink]) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Return entity -> its column -> the (entity, column) of a many-to-one link, if there is exactly one."""
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for link in tied:
        left, caps, right = link.text.split()
        for a, b in link.pairs if len(link.pairs) == 1 else ():
            if not caps.endswith("{"):
                found[left][a] = right, b
            if not caps.startswith("}") and left != right:
                found[right][b] = left, a
    return found


def _aliases(box: Box) -> tuple[str, ...]:
    """Return other names of a box: its drawn name, and that of the raw table."""
    return tuple(dict.fromkeys(name for name in (box.name, slug(box.title), box.table) if name))


def _drawn(
    one: DraftEntity,
    box: Box,
    leads: Mapping[str, Mapping[str, list[str]]],
    parents: Mapping[str, Mapping[str, tuple[str, str]]],
    called: Mapping[str, str],
) -> Drawn:
    """Return an entity in the form that derivations use."""
    values = {column.name: column.fields.get("values") for column in one.columns}
    return Drawn(
        name=one.name,
        columns={name: kind for name, kind in types(one, box).items() if name != TODO},
        key=tuple(name for name in one.key if name != TODO),
        links={name: tuple(to) for name, to in leads[one.name].items() if name not in one.key},
        parents=parents[one.name],
        values={name: tuple(map(str, some)) for name, some in values.items() if isinstance(some, list)},
        aliases=_aliases(box),
        written={ID: called[box.name]} if box.name in called else {},
    )


def _with_keys(tied: Iterable[DraftLink], called: Mapping[str, str], names: Mapping[str, str]) -> tuple[DraftLink, ...]:
    """Return the links with the names of renamed keys. `called`: box -> name of its key."""
    keys = {names[box]: name for box, name in called.items()}
    return tuple(with_key_names(link, keys) for link in tied)


def _as_called_before(box: Drawn, known: Known, names: Mapping[str, str]) -> Drawn:
    """Return a box with its former names, and those of its columns, unless something else has them now."""
    former = known.former.get(box.name, ())
    olds = [name for name in former if name not in names and name not in names.values()]
    columns = {old: name for name in box.columns for old in known.former.get(f"{box.name}.{name}", ())}
    written = {old: name for old, name in columns.items() if old not in box.columns}
    return replace(box, aliases=(*box.aliases, *olds), written={**written, **box.written})


def _claimed(one: DraftEntity, inferred: Iterable[Inferred]) -> DraftEntity:
    """Return the claims that derivations assume of an entity, and the columns that grains require."""
    found: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for model in inferred:
        for name, derivation in model.derivations.items():
            if derivation.claim and derivation.claim[0] == one.name:
                found[derivation.claim[1]][name] = None
    claims = (DraftClaim(columns=columns, determined=tuple(names)) for columns, names in found.items())
    computed = {made.name: made for model in inferred for made in model.computed if made.entity == one.name}
    columns = tuple(
        DraftColumn(name=name, type=made.text, comment=Remark.INFERRED(made.why), is_computed=True)
        for name, made in computed.items()
    )
    return replace(one, claims=tuple(claims), columns=(*one.columns, *columns))
