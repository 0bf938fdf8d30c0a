"""A page of Markdown read as one session at a shell: files that it shows, edits of them, commands and what they print.

Blocks with a title are files (```yaml title="shop.yml"), or edits of one (```diff title="shop.yml"). Blocks of
`console` are commands behind `$ `, with what they print below; a line `…` stands for any lines. A block of `sh` is one
command to copy, and the block behind it has what is printed (```text title="Output"). A comment before a block says
what the reader need not see: `<!-- exit code 1 -->`, `<!-- new folder -->`, `<!-- not run: why -->`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
NOTE = re.compile(
    r"<!-- (exit code (?P<code>\d+)|(?P<new>new folder)|not run: (?P<why>[^>]+)|(?P<tests>the test command)[^>]*)"
    r" -->\s*$"
)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SHELL = ("console", "sh")
OUTPUT = "Output"
INSTALLS = re.compile(r"python3 -m venv|(\S*/)?pip install|source |\. ")
VARYING = (
    (re.compile(r"\b\d+\.\d+ s\b"), "0.0 s"),
    (re.compile(r"\d\d:\d\d:\d\d"), "00:00:00"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command, the exit code that it has and the lines that it prints; the span of these lines in the page."""

    command: str
    code: int
    printed: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page, with the note before it."""

    language: str
    title: str
    body: str
    start: int
    code: int = 0
    new: bool = False
    why: str = ""
    output: str = ""
    output_at: int = 0

    def steps(self) -> list[Step]:
        """Its commands, if it is a shell's block."""
        if self.language == "sh":
            end = self.output_at + len(self.output)
            return [Step(self.body.strip(), self.code, self.output, (self.output_at, end))]
        found = []
        for match in COMMAND.finditer(self.body) if self.language == "console" else ():
            start = self.start + match.start(2)
            found.append(Step(match[1], self.code, match[2], (start, start + len(match[2]))))
        return found


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page, in their order; the output of a block of `sh` belongs to that block."""
    found: list[Block] = []
    for match in FENCE.finditer(text):
        note = NOTE.search(text[: match.start()])
        said = note.groupdict("") if note else dict.fromkeys(("code", "new", "why", "tests"), "")
        if match["title"] == OUTPUT:
            found[-1] = replace(found[-1], output=match["body"], output_at=match.start("body"))
            continue
        place = (match["language"], match["title"] or "", match["body"], match.start("body"))
        code, why = int(said["code"] or 0), said["why"] or said["tests"]
        found.append(Block(*place, code=code, new=bool(said["new"]), why=why))
    return found


def edited(text: str, change: str) -> str:
    """The text after a change that is written as lines with ` `, `-` and `+` before them."""
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in " -")
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in " +")
    assert text.count(old) == 1, f"the file has {text.count(old)} places with these lines:\n{old}"
    return text.replace(old, new)


@dataclass
class Session:
    """Runs the blocks of a page in a folder. `differing` has each step whose print differs, with what it prints."""

    folder: Path
    environment: Mapping[str, str]
    rewrite: Callable[[str], str] = lambda command: command  # a command of the page as it runs here
    restore: Callable[[str], str] = lambda printed: printed  # what it prints, as the page shows it
    differing: list[tuple[Step, str]] = field(default_factory=list)

    def run(self, page: list[Block]) -> None:
        for block in page:
            if block.why:
                continue
            if block.new:
                self.folder = self.folder.parent / f"{self.folder.name}_"
                self.folder.mkdir()
            if block.language in SHELL:
                for step in block.steps():
                    self._step(step)
            elif block.title:
                path = self.folder / block.title
                path.parent.mkdir(parents=True, exist_ok=True)
                text = edited(path.read_text(encoding="utf-8"), block.body) if block.language == "diff" else block.body
                path.write_text(text, encoding="utf-8")

    def _step(self, step: Step) -> None:
        command = " && ".join(part for part in step.command.split(" && ") if not INSTALLS.match(part))
        if moved := re.fullmatch(r"(?:mkdir \S+ && )?cd (\S+)", command):
            self.folder = self.folder / moved[1]
            self.folder.mkdir(exist_ok=True)
            return
        done = subprocess.run(
            ["bash", "-c", self.rewrite(command)],
            cwd=self.folder,
            env=dict(self.environment),
            timeout=120,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == step.code, f"$ {step.command}\n{done.stdout}\nexit code {done.returncode}"
        printed = self.restore(done.stdout)
        if not matches(step.printed, printed):
            self.differing.append((step, printed))


def settled(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, constant in VARYING:
        text = pattern.sub(constant, text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def matches(shown: str, printed: str) -> bool:
    """Whether the page shows what is printed; a line `…` of the page stands for any lines."""
    parts = re.split(r"^…\n", settled(shown), flags=re.MULTILINE)
    pattern = "(?:.*\n)*?".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, settled(printed)) is not None


def updated(text: str, differing: list[tuple[Step, str]]) -> str:
    """The page with what the commands print now, shortened as it was."""
    for step, printed in sorted(differing, key=lambda one: one[0].span, reverse=True):
        start, end = step.span
        text = text[:start] + shortened(step.printed, re.sub(r" +$", "", printed, flags=re.MULTILINE)) + text[end:]
    return text


def shortened(shown: str, printed: str) -> str:
    """As many lines of the beginning and of the end as were shown around the first and the last `…`."""
    parts = re.split(r"^…\n", shown, flags=re.MULTILINE)
    lines = printed.splitlines(keepends=True)
    head, tail = len(parts[0].splitlines()), len(parts[-1].splitlines())
    if len(parts) == 1 or len(lines) <= head + tail:
        return printed
    return "".join([*lines[:head], "…\n", *lines[len(lines) - tail :]])
