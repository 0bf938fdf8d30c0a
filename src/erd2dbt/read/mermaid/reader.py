"""Converts parsed Mermaid to a diagram. Several blocks of one file are one diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Diagram, Key, Line, Row, Seen, as_lineage, one_of_each
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.names.distinct import apart
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import titles
from erd2dbt.read.boxes.layers import of_words
from erd2dbt.read.boxes.merging import merged
from erd2dbt.read.mermaid.blocks import blocks
from erd2dbt.read.mermaid.classes import Classes
from erd2dbt.read.mermaid.grammar import Attribute, Entity, ErDiagram
from erd2dbt.read.mermaid.parser import parse
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.text.places import Places

_FILL = re.compile(r"fill\s*:\s*(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})\b")
_NAMED = re.compile(r"named '([^']+)'(?:; )?(.*)", re.DOTALL)
_DOTTED = re.compile(r"([^.\s][^.]*(?<!\s))\.([^.\s][^.]*)")
UNKNOWN = "unknown"
_LENGTHS = re.compile(r"\((\d+)-(\d+)\)")


def is_mermaid(text: str) -> bool:
    return bool(blocks(text))


def parsed(text: str, file: str) -> tuple[ErDiagram, ...]:
    """Return the statements of each block. Raises ErdError with every fault E052."""
    return _parsed(Account(Places(file, text)))


def _parsed(account: Account) -> tuple[ErDiagram, ...]:
    faults = Collector()
    places = account.places
    found = tuple(parse(places, block, faults, account) for block in blocks(places.text) if not block.classes)
    faults.raise_if_failed()
    return found


def read_mermaid(text: str, file: str) -> Diagram:
    """Return the diagram of all blocks."""
    account = Account(Places(file, text))
    found = [_without_groups(block, account) for block in _parsed(account)]
    classes = _classes(account, beside=bool(found))
    boxes = (*(box for block in found for box in _boxes(block)), *(box for one in classes for box in one.boxes()))
    lines = _once([*(list(_lines(block)) for block in found), *(list(one.lines()) for one in classes)])
    account.close()
    title = next((block.title for block in blocks(text) if block.title), None)
    seen = tuple(account.seen)
    return merged(Diagram(file=file, title=title, boxes=boxes, lines=lines, seen=seen, parts=account.parts))


def _classes(account: Account, *, beside: bool) -> list[Classes]:
    """Read the class diagrams of a text. Beside entity diagrams they describe a program, so they are only listed."""
    found = [block for block in blocks(account.places.text) if block.classes]
    for block in found if beside else ():
        span = account.places.span(block.start)
        why = "an erDiagram beside it has the entities"
        account.seen.append(Seen(kind="a class diagram", why=why, span=span, text=block.title or ""))
    return [] if beside else [Classes(account, block).read() for block in found]


def _once(blocks: list[list[Line]]) -> tuple[Line, ...]:
    """Skip a relationship that a later block repeats, in either direction."""
    known: set[tuple[object, ...]] = set()
    found: list[Line] = []
    for lines in blocks:
        found += [line for line in lines if _meaning(line) not in known]
        known |= {meaning for line in lines for meaning in (_meaning(line), _meaning(line, turned=True))}
    return tuple(found)


def _meaning(line: Line, *, turned: bool = False) -> tuple[object, ...]:
    ends = ((line.left, line.left_cap), (line.right, line.right_cap))
    return (*(ends[::-1] if turned else ends), line.label, line.identifying)


def _without_groups(block: ErDiagram, account: Account) -> ErDiagram:
    """Report lines that end at a subgraph as unread: they do not relate entities."""
    groups = {name for name in block.subgraphs if name in block.entities and not block.entities[name].attributes}
    for line in block.relationships:
        if {line.left, line.right} & groups:
            why = "it joins a subgraph, which is not an entity"
            text = f"{line.left} to {line.right}"
            account.seen.append(Seen(kind=f"line {line.span.line}", why=why, span=line.span, text=text, unread=True))
    kept = [line for line in block.relationships if not {line.left, line.right} & groups]
    entities = {name: entity for name, entity in block.entities.items() if name not in groups}
    return replace(block, entities=entities, relationships=kept)


def _boxes(block: ErDiagram) -> Iterator[Box]:
    names = _names(block)
    for entity in block.entities.values():
        styles = [*entity.styles, *(block.class_styles.get(name, "") for name in entity.classes)]
        schema, table = _table(entity)
        yield Box(
            name=names[entity.name],
            title=entity.alias or entity.name,
            span=entity.span,
            schema=schema,
            table=table,
            rows=tuple(_row(attribute) for attribute in entity.attributes),
            group=entity.group,
            color=next((_long(match[1]) for style in styles if (match := _FILL.search(style))), None),
            layer=next((layer for name in entity.classes if (layer := of_words(name))), None),
        )


def _table(entity: Entity) -> tuple[str | None, str | None]:
    """Return (schema, table). An alias counts if it only changes the spelling. Quoted names keep their spelling."""
    spelled = titles.title(entity.alias) if entity.alias else None
    found = titles.title(entity.name)
    if spelled and found and spelled.name == found.name and not found.schema:
        return spelled.schema, spelled.exact or found.exact
    if not entity.is_quoted:
        exact = entity.name.rpartition(".")[2] if entity.alias else None
        return (found.schema, found.exact or exact) if found else (None, exact)
    schema, name = _in_schema(entity)
    is_same = found is not None and found.name == name and not entity.alias
    return schema or None, None if is_same else name


def _in_schema(entity: Entity) -> tuple[str, str]:
    """Return (schema, table) of `"Shop.Order Lines"`. Without a dot, or with a blank beside it, there is no schema."""
    match = _DOTTED.fullmatch(entity.name)
    return (match[1], match[2]) if match else ("", entity.name)


def _names(block: ErDiagram) -> dict[str, str]:
    """Return Mermaid's name -> our name. Names that differ only in special characters get a number."""
    found: dict[str, str] = {}  # our name -> Mermaid's
    for entity in block.entities.values():
        shown = entity.alias or (_in_schema(entity)[1] if entity.is_quoted else entity.name)
        read = titles.title(shown)
        name = read.name if read else slug(shown) or "entity"
        found[apart(name, found.__contains__)] = entity.name
    return {theirs: ours for ours, theirs in found.items()}


def _row(attribute: Attribute) -> Row:
    named = _NAMED.fullmatch(attribute.comment or "")
    comment = (named[2] if named else attribute.comment or "").strip()
    plain = re.sub(r"^[*_]*(\w.*?)\**$", r"\1", attribute.name) if "*" in attribute.name else attribute.name
    starred = attribute.name.startswith("*") and not attribute.name.endswith("*")
    keys = [Key(key) for key in attribute.keys] + ([Key.PK] if starred else [])
    return Row(
        name=named[1] if named else plain,
        span=attribute.span,
        type=_typed(attribute.type),
        keys=one_of_each(keys),
        description=comment or None,
        not_null=False if attribute.optional else None,
    )


def _typed(written: str) -> str | None:
    """Return a type; None for `unknown`. Mermaid refuses commas, so `numeric(12-2)` means `numeric(12,2)`."""
    type_ = _LENGTHS.sub(r"(\1,\2)", written).strip("*").lower()
    return None if type_ == UNKNOWN else type_


def _lines(block: ErDiagram) -> Iterator[Line]:
    names = _names(block)
    for drawn in block.relationships:
        line = Line(
            left=names[drawn.left],
            right=names[drawn.right],
            left_cap=drawn.left_cap,
            right_cap=drawn.right_cap,
            label=re.sub(r"<br\s*/?>", " ", drawn.role),
            identifying=drawn.identifying,
            span=drawn.span,
        )
        yield as_lineage(line)


def _long(color: str) -> str:
    digits = color[1:] if len(color) == 7 else "".join(c + c for c in color[1:])
    return f"#{digits.lower()}"


__all__ = ["Entity", "is_mermaid", "parsed", "read_mermaid"]
