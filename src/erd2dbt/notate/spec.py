"""Writes a draft as the text of a spec for review: every guess has a comment, every gap a TODO."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.diagram import items
from erd2dbt.draft.values import Draft, DraftColumn, DraftEntity, DraftLink, DraftModel, Remark
from erd2dbt.escape.yaml import comment_line, quoted
from erd2dbt.notate.models import model_lines
from erd2dbt.notate.yamltext import comment, key, names, scalar, value

_MOST_IGNORED = 50
_NO_MODELS = (
    "# No models are drawn, so a star schema is derived: see `erd2dbt suggest`. "
    "For staging models only, write `models: {}`."
)


def spec_text(drafted: Draft) -> str:
    """Return the whole file."""
    parts = [
        list(_head(drafted)),
        ["sources:" + comment(drafted.sources_comment), *_sources(drafted.sources)],
        ["entities:", *(line for one in drafted.entities for line in _entity(one))],
        ["links:", *_links(drafted.links)] if drafted.links else [],
        ["models:", *(line for one in drafted.models for line in _model(one))] if drafted.models else [_NO_MODELS],
        list(_board(drafted)),
        list(_remarks(drafted)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(drafted: Draft) -> Iterator[str]:
    yield comment_line(f"Drafted from {drafted.file}. `inferred` marks a guess: check it, then delete the comment.")
    yield (
        f"# {TODO} marks what the source does not say. A table with an open key stays in staging, "
        f"an open link is excluded, and any other {TODO} stops `generate`."
    )
    yield "version: 1"
    yield f"project: {scalar(drafted.project)}"
    if drafted.naming:
        yield f"naming: {value(drafted.naming)}"


def _sources(sources: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for name, fields in sources.items():
        yield f"  {key(name)}: {value(fields)}"


def _entity(one: DraftEntity) -> Iterator[str]:
    yield f"  {key(one.name)}:{comment(one.comment)}"
    for field in ("source", "table", "description", "group"):
        if said := getattr(one, field):
            yield f"    {field}: {scalar(said)}"
    if one.tags:
        yield f"    tags: {value(list(one.tags))}"
    yield from (f"    {field}: {value(said)}" for field, said in one.said.items())
    if one.uniques:
        yield f"    unique: {value([list(unique) for unique in one.uniques])}"
    yield f"    key: {names(one.key)}{comment(one.key_comment)}"
    if one.claims:
        claims = {", ".join(claim.columns): list(claim.determined) for claim in one.claims}
        yield f"    determines: {value(claims)}" + comment(Remark.INFERRED("models show one value of these; tested"))
    yield "    columns:"
    yield from (f"      {_column(column)}" for column in one.columns)


def _column(column: DraftColumn) -> str:
    short = column.type if _is_builtin(column) else value({"type": column.type, **column.fields})
    return f"{key(column.name)}: {short}{comment(column.comment)}"


def _is_builtin(column: DraftColumn) -> bool:
    """Return whether the type can be written without `type:`."""
    return not column.fields


def _links(links: Iterable[DraftLink]) -> Iterator[str]:
    grouped: dict[str, list[DraftLink]] = defaultdict(list)
    for link in links:
        grouped[link.text].append(link)
    for text, own in grouped.items():
        if own[0].role is None:
            yield f"  {key(text)}: {_pairs(own[0])}{comment(own[0].comment)}"
            continue
        yield f"  {key(text)}:"
        yield from (f"    {key(link.role or '')}: {_pairs(link)}{comment(link.comment)}" for link in own)


def _pairs(link: DraftLink) -> str:
    if not link.pairs:
        return TODO
    return names(_quoted(a) if a == b else f"{_quoted(a)} = {_quoted(b)}" for a, b in link.pairs)


def _quoted(name: str) -> str:
    """Return a column of a pair; in quotes if it contains `=` or blanks."""
    return name if name.isidentifier() else f'"{name}"'


def _model(one: DraftModel) -> Iterator[str]:
    drawn = one.inferred
    notes = [Remark.INFERRED(guess) for guess in (one.guess, drawn.grain_guess) if guess]
    notes += map(Remark.OPEN, drawn.notes)
    return model_lines(drawn.model, notes, drawn.comments)


# -- the board


def _board(drafted: Draft) -> Iterator[str]:
    if drafted.board is None:
        return
    yield "miro:"
    yield f"  board: {scalar(drafted.board)}"
    if drafted.frame:
        yield f"  frame: {scalar(drafted.frame)}"
    known = items(drafted)
    if known:
        yield "  items:"
        yield from (
            f"    {key(name)}: {quoted(item)}{comment(link_of(drafted.board, item))}" for name, item in known.items()
        )


def link_of(board: str, item: str) -> str:
    """Return the address of one item of a board."""
    return f"https://miro.com/app/board/{board}/?moveToWidget={item}"


def _remarks(drafted: Draft) -> Iterator[str]:
    yield from map(comment_line, drafted.remarks)
    yield from (comment_line(Remark.UNREAD(one.sentence)) for one in drafted.seen if one.unread)
    others = [one for one in drafted.seen if not one.unread]
    yield from (comment_line(Remark.IGNORED(one.sentence)) for one in others[:_MOST_IGNORED])
    if len(others) > _MOST_IGNORED:
        yield comment_line(Remark.IGNORED(f"{len(others) - _MOST_IGNORED} more things that are not entities"))
