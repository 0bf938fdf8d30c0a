"""The explanation of one code, and its form on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, fill, indent


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDoc:
    """A code explained: the problem, the reason, the fix, and spec text before and after."""

    code: str
    title: str
    explanation: str
    example_bad: str
    example_good: str
    acceptable: bool = False  # whether `accept: {code: reason}` on a column silences it


def doc(code: str, title: str, explanation: str, bad: str, good: str, *, acceptable: bool = False) -> CodeDoc:
    """Return a CodeDoc from indented source text: one line of explanation, examples without their margin."""
    return CodeDoc(
        code=code,
        title=title,
        explanation=" ".join(explanation.split()),
        example_bad=dedent(bad).strip("\n").rstrip(),
        example_good=dedent(good).strip("\n").rstrip(),
        acceptable=acceptable,
    )


def as_page(known: CodeDoc) -> str:
    """Return the explanation for a terminal of 88 columns or more."""
    lines = [f"{known.code}: {known.title}", "", fill(known.explanation, width=88, break_on_hyphens=False)]
    for heading, example in (("For example:", known.example_bad), ("Fixed:", known.example_good)):
        lines += ["", heading, "", indent(example, "    ")]
    if known.acceptable:
        lines += ["", f"A column can accept it: accept: {{{known.code}: the reason}}"]
    return "\n".join(lines)
