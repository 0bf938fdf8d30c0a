"""Applies repairs to the text of a spec and keeps the layout and comments of everything else."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.diagram.repairs import scalar
from erd2dbt.escape.yaml import quoted
from erd2dbt.faults.diagnostics import Fix, Paste, Span
from erd2dbt.read.spec.pasting import composed, is_key, merged, pasted, replaced_word
from erd2dbt.read.yaml.source import MappingNode, Node, ScalarNode, SequenceNode

_WIDEST = 100  # characters of a line; a longer value is written on several lines


def spliced(text: str, fix: Fix, place: Span | None = None) -> str | None:
    """Return the result of `pasted` as an edit of the text. None where its place does not exist, or the layout must
    change."""
    wanted = pasted(text, fix, place)
    done: str | None = text
    for paste in fix.pastes:
        if done is None or wanted is None:
            return None
        done = _spliced(done, paste) if paste.at else replaced_word(done, paste, place)
    return done if done is not None and wanted is not None and _means(done, wanted) else None


def _means(text: str, wanted: str) -> bool:
    """Return whether two texts are the same YAML."""
    return list(_words(composed(text))) == list(_words(composed(wanted)))


def _words(node: Node | None) -> Iterator[tuple[str, str]]:
    if isinstance(node, ScalarNode):
        yield node.tag, node.value
    elif isinstance(node, MappingNode):
        yield "{", ""
        for pair in node.value:
            for one in pair:
                yield from _words(one)
        yield "}", ""
    elif isinstance(node, SequenceNode):
        yield "[", ""
        for one in node.value:
            yield from _words(one)
        yield "]", ""


def _spliced(text: str, paste: Paste) -> str | None:
    node, new = composed(text), composed(paste.text)
    if new is None and not paste.renames:
        return None
    for depth, name in enumerate(paste.at):
        if not isinstance(node, MappingNode):
            return None
        pair = next(((k, v) for k, v in node.value if is_key(k.value, name, paste.at[0])), None)
        rest = paste.at[depth + 1 :]
        if pair is None:
            return None if paste.renames or new is None else _inserted(text, node, name, _nested(rest, new))
        if not rest:
            if paste.renames:
                return _put(text, pair[0], _flow_scalar(paste.text, flow=bool(node.flow_style)))
            return None if new is None else _changed(text, node, pair, new, paste.at)
        if isinstance(pair[1], ScalarNode) and not pair[1].value and new is not None:
            return _set(text, node, pair, _nested(rest, new))
        node = pair[1]
    return None


def _nested(names: tuple[str, ...], new: Node) -> Node:
    for name in reversed(names):
        new = MappingNode("tag:yaml.org,2002:map", [(ScalarNode("tag:yaml.org,2002:str", name), new)])
    return new


def _changed(text: str, around: MappingNode, pair: tuple[Node, Node], new: Node, at: tuple[str, ...]) -> str | None:
    """Return the value of a key merged with the pasted value: field by field if it is already a mapping."""
    old = pair[1]
    after = merged(old, new, at)
    if after is None:
        return None
    if not isinstance(after, MappingNode) or not isinstance(old, MappingNode):
        return _set(text, around, pair, after)
    before = {key.value: (key, value) for key, value in old.value}
    now = {key.value: value for key, value in after.value}
    if before.keys() - now.keys() or not old.value:
        return _set(text, around, pair, after)
    for name in reversed([name for name in now if name not in before]):  # each goes at the end: last first
        text = _inserted(text, old, name, now[name])
    for name in reversed(before):  # from the end, so that earlier positions stay valid
        if now[name] is not before[name][1]:
            text = _set(text, old, before[name], now[name])
    return text


def _set(text: str, around: MappingNode, pair: tuple[Node, Node], value: Node) -> str:
    """Set the value of a key, on its line unless that is too long."""
    key, old = pair
    colon = text.index(":", key.end_mark.index)
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    said = _laid_out(value, flow=bool(around.flow_style), indent=key.start_mark.column, used=colon + 2 - start)
    if isinstance(old, ScalarNode) and old.value and not said.startswith("\n"):
        return _put(text, old, said.lstrip())
    return text[: colon + 1] + said + text[max(colon + 1, _end(text, old)) :]


def _inserted(text: str, around: MappingNode, name: str, value: Node) -> str:
    """Add a new key after the last one of a mapping."""
    flow = bool(around.flow_style)
    key = _flow_scalar(name, flow=flow)
    if flow:
        end = around.end_mark.index - 1
        kept = text[:end].rstrip()
        blank = text[len(kept) : end]
        comma = ", " if around.value and not kept.endswith(",") else " " if kept.endswith(",") else ""
        return f"{kept}{comma}{key}: {_flow(value)}{blank}{text[end:]}"
    indent = around.start_mark.column
    end = _end(text, around)
    line = text.find("\n", end)
    line = len(text) if line < 0 else line
    said = _laid_out(value, flow=False, indent=indent, used=indent + len(key) + 2)
    return f"{text[:line]}\n{' ' * indent}{key}:{said}{text[line:]}"


def _laid_out(value: Node, *, flow: bool, indent: int, used: int) -> str:
    """Return the text after the colon: a blank and the value, or the lines of a block."""
    short = _flow(value) if not isinstance(value, ScalarNode) else _scalar(value, flow=flow)
    if flow or not isinstance(value, MappingNode) or not value.value or used + len(short) <= _WIDEST:
        return f" {short}"
    inner = indent + 2
    lines = []
    for key, one in value.value:
        name = _scalar(key, flow=False)
        said = _laid_out(one, flow=False, indent=inner, used=inner + len(name) + 2)
        lines.append(f"\n{' ' * inner}{name}:{said}")
    return "".join(lines)


def _flow(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return _scalar(node, flow=True)
    if isinstance(node, MappingNode):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value)}" for key, value in node.value) + "}"
    return "[" + ", ".join(map(_flow, node.value)) + "]"


def _scalar(node: ScalarNode, *, flow: bool) -> str:
    return quoted(node.value) if node.style else _flow_scalar(node.value, flow=flow)


def _flow_scalar(value: str, *, flow: bool) -> str:
    """Return a plain scalar unquoted if its meaning is the same. A number needs no quotes."""
    is_number = value.replace(".", "", 1).lstrip("-").isdecimal()
    return value if is_number else scalar(value, flow=flow)


def _put(text: str, node: Node, said: str) -> str:
    return text[: node.start_mark.index] + said + text[_end(text, node) :]


def _end(text: str, node: Node) -> int:
    """Return the position after a value. libyaml's end mark of a block also covers blank lines and comments."""
    if isinstance(node, ScalarNode):
        end = node.end_mark.index
        return len(text[:end].rstrip()) if node.style in ("|", ">") else end
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    if isinstance(last, tuple):
        return max(_end(text, last[0]) + 1, _end(text, last[1]))
    return _end(text, last)
