"""Formats the end of a run: counts, times, refusals and rows, as text. It prints nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from erd2dbt.escape import shell
from erd2dbt.faults.diagnostics import Diagnostic, Severity
from erd2dbt.names.plurals import plural as several

if TYPE_CHECKING:
    from erd2dbt.design.plans.plan import Plan
    from erd2dbt.diagram.erd import Erd

SHOWN = 10  # files listed for one fate by default
_TOLD = {
    "create": "new",
    "update": "changed",
    "remove": "removed",
    "adopt": "adopted",
    "merge": "merged",
    "keep": "kept",
    "orphan": "left",
}
_WORK = ("merge", "keep", "orphan")  # of files with a manual edit
_PLAIN = ("does not exist yet", "is as it was generated before")  # not worth a line


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours for a terminal, none for a pipe."""

    on: bool
    colored_sql: Callable[[str], str] | None = None

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text

    def good(self, text: str) -> str:
        return self(text, "32")

    def sql(self, text: str) -> str:
        return self.colored_sql(text) if self.on and self.colored_sql else text


PLAIN = Paint(False)


def plural(count: int, word: str) -> str:
    """Return `1 entity`, `2 entities`, `0 links`, `6 boxes`, `2 keys`."""
    return f"{count:,} {word if count == 1 else several(word)}"


def shown(names: Sequence[str], most: int = 3) -> str:
    """Return `a`, `b`, `c` and 4 more."""
    listed = ", ".join(f"`{name}`" for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


def diagram_line(erd: Erd, proved: int) -> str:
    read = (
        f"{plural(len(erd.entities), 'entity')}, {plural(len(erd.links), 'link')}, {plural(len(erd.models), 'model')}"
    )
    return f"read     {read}; {plural(proved, 'grain')} proved"


def selection_lines(erd: Erd) -> Iterator[str]:
    """Return lines with the parts that a selection excluded, and the reasons."""
    if (left := erd.unselected) is None:
        return
    whole = len(left.entities) + len(erd.entities)
    links = f"; {plural(left.links, 'link')} to others excluded" if left.links else ""
    yield f"selected {len(erd.entities):,} of {plural(whole, 'entity')}{links}"
    for model, missing in left.models:
        yield f"left     model `{model}`: it reads `{missing}`, which is not selected"


def star_line(erd: Erd, spec: str) -> str | None:
    """Return the line on derived models, for a spec without `models:`, and on the way to change them."""
    if not erd.is_plain:
        return None
    kinds = Counter(_star_word(model.star.kind) for model in erd.models if model.star)
    counted = [plural(kinds[word], word) for word in ("fact", "dimension", "bridge", "pre-aggregation") if kinds[word]]
    parts = ", ".join(counted) or "nothing"
    read = {word.text for model in erd.models for word in model.rows}
    without = [entity for entity in erd.entities if entity.name not in read]
    if without and counted:
        parts += f"; {plural(len(without), 'entity')} without a model of {'its' if len(without) == 1 else 'their'} own"
    again = f"`erd2dbt suggest {shell.word(spec)}` shows them"
    return f"derived  {parts}: there is no `models:` (`models: {{}}` is staging only; {again})"


def grain_lines(plans: Iterable[Plan]) -> Iterator[str]:
    """Return `grain    orders: one row per order (order_id)`, by model."""
    from erd2dbt.design.project.header import grain

    return (f"grain    {plan.relation.model}: {grain(plan)}" for plan in plans)


def _star_word(kind: str) -> str:
    """Return the short kind: `transaction fact` -> `fact`, `date dimension` -> `dimension`."""
    return kind.rpartition(" ")[2]


def files_line(fates: Mapping[str, int], out: str, engine: str) -> str:
    """Return `wrote    12 files to out: 10 new, 2 changed, 30 the same`, with the engine, if any, before the colon."""
    words = {
        "create": "new",
        "update": "changed",
        "merge": "merged",
        "keep": "kept",
        "adopt": "adopted",
        "same": "the same",
        "remove": "removed",
        "orphan": "left behind",
    }
    counted = [f"{fates[fate]:,} {word}" for fate, word in words.items() if fates.get(fate)]
    written = sum(fates.get(fate, 0) for fate in ("create", "update", "merge"))
    place = f"{out} for {engine}" if engine else out
    return f"wrote    {plural(written, 'file')} to {place}: {', '.join(counted) or 'nothing'}"


def fate_lines(changes: Iterable[tuple[str, str, str]], shown: int | None = SHOWN) -> Iterator[str]:
    """Return `kept     README.md was edited since it was generated` for each file except unchanged ones.

    Lines are sorted by fate, path and reason. Files without manual edits have at most `shown` lines a fate; None shows
    all.
    """
    found: dict[str, list[str]] = {fate: [] for fate in _TOLD}
    for fate, path, reason in changes:
        if fate in found:
            found[fate].append(f"{_TOLD[fate]:<8} {path}{f' {reason}' if reason not in _PLAIN else ''}")
    for fate, lines in found.items():
        fits = fate in _WORK or shown is None or len(lines) <= shown + 1
        yield from lines if fits else lines[:shown]
        if not fits:
            yield f"{_TOLD[fate]:<8} {len(lines) - (shown or 0):,} more; -v shows all"


def moved_lines(moved: Iterable[tuple[str, str, bool]]) -> Iterator[str]:
    """Return `renamed  a.sql to b.sql, and its edits with it`, by old path, new path, and whether it was edited."""
    return (f"renamed  {old} to {new}{', and its edits with it' if edited else ''}" for old, new, edited in moved)


def like_lines(
    likes: Iterable[tuple[str, str, str, str]], *, followed: bool, left: Collection[str] | None = None
) -> Iterator[str]:
    """Return probable or assumed renames, by owner (of a column), old name, new name, and reason.

    `left`: the models whose edited files stay although they are gone, in a run that writes; None in one that does not.
    """
    for of, old, new, why in likes:
        gone, came = (f"`{of}.{old}`", f"`{of}.{new}`") if of else (f"`{old}`", f"`{new}`")
        if followed:
            yield f"renamed? {gone} is taken as renamed to {came}: {why}"
        else:
            asked = f"If this is a rename, write `renamed_from: {old}`"
            if left is None:
                asked += ", or run with --renames"
            elif not of and any(name == old or name.endswith(f"_{old}") for name in left):
                asked += ", or run again with --renames: the edits of the old file then move to the new one"
            else:
                asked = f"They are written as two changes. {asked}, so that comparisons with earlier versions show it"
            yield f"renamed? {gone} was removed and {came} added: {why}. {asked}"


def warnings_line(remarks: Sequence[Diagnostic], spec: str) -> str | None:
    """Return the number of warnings and notes, and how to show them; None when there are none."""
    found = Counter(d.severity for d in remarks)
    words = [
        plural(found[severity], word)
        for severity, word in ((Severity.WARNING, "warning"), (Severity.INFO, "note"))
        if found[severity]
    ]
    return f"checked  {' and '.join(words)}, listed by `erd2dbt check {shell.word(spec)}`" if words else None


class Grid(str):
    """A table as aligned text, and its cells for other forms of output. `numeric`: the columns of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Grid:
    """Return rows as aligned text: numbers right-aligned, missing values empty."""
    cells = [["" if value is None else _cell(value) for value in row] for row in rows]
    filled = [[row[i] for row in cells if row[i]] for i in range(len(columns))]
    numeric = [bool(values) and all(map(_is_number, values)) for values in filled]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]

    def line(values: Sequence[str]) -> str:
        placed = (v.rjust(w) if right else v.ljust(w) for v, w, right in zip(values, widths, numeric, strict=True))
        return "  ".join(placed).rstrip()

    grid = Grid("\n".join([line(columns), line(["-" * w for w in widths]), *(line(row) for row in cells)]))
    grid.columns, grid.rows, grid.numeric = tuple(columns), tuple(map(tuple, cells)), tuple(numeric)
    return grid


def _cell(value: object) -> str:
    """Return a decimal with all of its places, as the database shows it: `0.000000000000`, where Python has `0E-12`."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
