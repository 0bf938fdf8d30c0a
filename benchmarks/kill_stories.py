"""What `kills.py` kills: for each command that writes, what stands there before and how the command is called."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

sys.path.append(str(Path(__file__).parents[1] / "tests" / "miro"))

from server import Board, Miro

from erd2dbt.cli import COMMANDS

SHOP = """\
version: 1
project: shop
sources: {crm: {schema: crm}}
entities:
  customers:
    key: customer_id
    columns: {customer_id: int, name: text}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, amount: int}
links:
  orders }o--|| customers: customer_id
"""
MODEL = """\
models:
  customer_value:
    grain: customer_id
    rows: customers
    columns:
      latest:
        first: orders.amount
        order: amount
"""
DIAGRAM = "erDiagram\n  users {\n    int user_id PK\n  }\n  visits {\n    int visit_id PK\n    int user_id FK\n  }\n"
DESCRIBED = (
    "version: 2\n\nmodels:\n  - name: stg_orders\n    description: Mine\n  - name: other\n    description: Theirs\n"
)
NO_STORY = {"lsp": "ends with its editor", "psql": "is a shell of the database's"}
State = dict[str, str]
Begin = Callable[["Place"], None]
Run = Callable[..., int]


@dataclass(frozen=True)
class Story:
    """What stands there before, and the command. `again`: how a run may end that has nothing left to do.

    `server`: whether it starts one, which takes its time."""

    name: str
    begin: Begin
    words: tuple[str, ...]
    again: tuple[int, ...] = (0,)
    server: bool = False


@dataclass
class Place:
    """A folder of its own with a story's beginning, copied from one that was made once; and a board of Miro's."""

    story: Story
    run: Run
    made: ClassVar[dict[Begin, tuple[Path, Board]]] = {}
    root: ClassVar = Path(tempfile.mkdtemp(prefix="erd2dbt-kills-"))
    miro: ClassVar = Miro()
    is_served: ClassVar = False
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=self.root))
        os.environ |= {"ERD2DBT_CACHE": str(self.folder / "cache"), "MIRO_TOKEN": self.miro.token, "no_proxy": "*"}
        os.environ["MIRO_API_URL"] = self.miro.url
        if self.story.begin not in self.made:
            self._make()
        begin, board = self.made[self.story.begin]
        shutil.copytree(begin, self.folder / "here", symlinks=True)
        self._board(board)
        os.chdir(self.folder / "here")

    @classmethod
    def serve(cls) -> None:
        """The board, for as long as this process lives."""
        if not cls.is_served:
            cls.is_served = True
            cls.miro.__enter__()

    def _make(self) -> None:
        place = self.root / f"begin {len(self.made)}"
        place.mkdir()
        os.chdir(place)
        self._board(Board())
        self.story.begin(self)
        self.made[self.story.begin] = place, deepcopy(self.miro.board)

    def _board(self, board: Board) -> None:
        self.miro.board = deepcopy(board)
        self.miro.left, self.miro.calls = self.miro.credits_of_a_minute, []

    def end(self) -> None:
        os.chdir(self.root)
        shutil.rmtree(self.folder)

    def state(self) -> State:
        """All files, what git has, and what is on the board; ids are the server's."""
        found = {
            str(path): _without_ids(path.read_text(errors="replace"))
            for path in sorted(Path().rglob("*"))
            if path.is_file() and not {".git", "target", "logs"} & {*path.parts}
        }
        shown = [*self.miro.board.items.values(), *self.miro.board.connectors.values()]
        found["board"] = "\n".join(sorted(_without_ids(json.dumps(one, sort_keys=True)) for one in shown))
        return {**found, **dict(_git_state())} if Path(".git").is_dir() else found


def _git_state() -> Iterator[tuple[str, str]]:
    for words in (("for-each-ref", "--format=%(refname) %(tree)"), ("status", "--porcelain"), ("worktree", "list")):
        said = subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout
        yield words[0], str(len(said.splitlines())) if words[0] == "worktree" else said
    words = ("log", "--all", "--format=%T %s")
    yield "trees", subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def _without_ids(text: str) -> str:
    return re.sub(r"\b\d{19}\b", "#", text)


# -- beginnings


def described(place: Place) -> None:
    del place
    Path("shop.yml").write_text(SHOP)


def generated(place: Place) -> None:
    described(place)
    assert place.run("generate", "shop.yml", "-o", "out", "--no-compile", "-q") == 0


def changed(place: Place) -> None:
    """A project with an edit, whose spec has changed in several places."""
    generated(place)
    model = Path("out/models/marts/fct_orders.sql")
    model.write_text(f"{model.read_text()}-- mine\n")
    Path("shop.yml").write_text(
        SHOP.replace("name: text", "name: text, city: text").replace("amount: int", "paid: int")
    )


def committed(place: Place) -> None:
    generated(place)
    _commit("Before")
    Path("shop.yml").write_text(SHOP.replace("name: text", "name: text, city: text"))
    _commit("The diagram of May")


def _commit(message: str) -> None:
    if not Path(".git").is_dir():
        subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    for words in (["add", "."], ["commit", "-qm", message]):
        subprocess.run(["git", *words], check=True)


def faulty(place: Place) -> None:
    """A spec with an order that leaves a choice, which `check --fix` completes."""
    del place
    Path("shop.yml").write_text(SHOP + MODEL)


def drawn(place: Place) -> None:
    del place
    Path("er.mmd").write_text(DIAGRAM)


def imported(place: Place) -> None:
    drawn(place)
    assert place.run("import", "er.mmd", "-o", "spec.yml", "-q") == 0
    Path("er.mmd").write_text(DIAGRAM.replace("visit_id PK\n", "visit_id PK\n    text page\n"))
    Path("spec.yml").write_text(Path("spec.yml").read_text().replace("  users:\n", "  users:\n    description: Mine\n"))


def owned(place: Place) -> None:
    """A project of somebody's, who describes a model that is generated."""
    described(place)
    Path("out/models").mkdir(parents=True)
    Path("out/dbt_project.yml").write_text("name: theirs\nversion: '1.0'\nprofile: theirs\n")
    Path("out/models/theirs.yml").write_text(DESCRIBED)
    assert place.run("generate", "shop.yml", "-o", "out", "--no-compile", "-q") == 0


def pushed(place: Place) -> None:
    """A spec that was drawn on a board, on which people have changed a box; and that has changed itself."""
    described(place)
    assert place.run("push", "shop.yml", place.miro.address, "-q") == 0
    shapes = [one for one in place.miro.board.items.values() if "name" in str(one.get("data"))]
    data = shapes[0]["data"]
    data["content"] = data["content"].replace("name", "full_name")


def redrawn(place: Place) -> None:
    described(place)
    assert place.run("push", "shop.yml", place.miro.address, "-q") == 0
    Path("shop.yml").write_text(SHOP.replace("name: text", "name: text, city: text").replace("amount", "paid"))


def with_rows(place: Place) -> None:
    del place
    Path("shop.yml").write_text(SHOP)
    Path("data").mkdir()
    Path("data/customers.csv").write_text("customer_id,name\n1,Ada\n2,Bo\n")
    Path("data/orders.csv").write_text("order_id,customer_id,amount\n1,1,5\n2,1,7\n")


def all_of_it(place: Place) -> None:
    """A project with an edit and a changed spec, a diagram that was imported and has changed, a drawing on a board."""
    changed(place)
    imported(place)
    Path("out/models/theirs.yml").write_text(DESCRIBED)
    Path("faulty.yml").write_text(SHOP + MODEL)
    assert place.run("push", "shop.yml", place.miro.address, "-q") == 0
    _commit("All of it")


GENERATE = ("generate", "shop.yml", "-o", "out", "--no-compile")
ADDRESS = Place.miro.address
STORIES = (
    Story("generate", described, GENERATE),
    Story("generate again", changed, GENERATE),
    Story("generate --branch", committed, (*GENERATE, "--branch", "may"), again=(0, 2)),
    Story("init", lambda _: None, ("init", "new.yml"), again=(0, 1)),
    Story("import", drawn, ("import", "er.mmd", "-o", "spec.yml")),
    Story("import again", imported, ("import", "er.mmd", "-o", "spec.yml")),
    Story("check --fix", faulty, ("check", "shop.yml", "--fix")),
    Story("adopt", owned, ("adopt", "shop.yml", "-o", "out", "--write")),
    Story("convert", described, ("convert", "shop.yml", "--to", "dbml", "-o", "shop.dbml", "--force")),
    Story("page", generated, ("page", "shop.yml", "-o", "page.html")),
    Story("push", described, ("push", "shop.yml", ADDRESS)),
    Story("push again", redrawn, ("push", "shop.yml", ADDRESS)),
    Story("pull", pushed, ("pull", ADDRESS, "-o", "shop.yml", "--save-board", "board.json")),
    Story("explain", generated, ("explain", "stg_orders", "shop.yml")),
    Story("completion", described, ("completion", "bash")),
    Story("build", with_rows, ("build", "shop.yml", "-o", "out", "--data", "data"), server=True),
    Story("verify", with_rows, ("verify", "shop.yml", "--data", "data", "--write"), server=True),
    Story("preview", with_rows, ("preview", "shop.yml", "orders", "--data", "data"), server=True),
)


def stories() -> tuple[Story, ...]:
    """With one for each command that needs no other word than a spec; `kills.py` says which cannot be called so."""
    known = {story.words[0] for story in STORIES} | NO_STORY.keys()
    return (*STORIES, *(Story(name, changed, (name, "shop.yml")) for name in COMMANDS if name not in known))


TOGETHER = tuple(
    Story(" ".join(words), all_of_it, words)
    for words in (
        GENERATE,
        (*GENERATE, "--branch", "may"),
        ("diff", "shop.yml", "-o", "out"),
        ("adopt", "shop.yml", "-o", "out", "--write"),
        ("import", "er.mmd", "-o", "spec.yml"),
        ("check", "faulty.yml", "--fix"),
        ("convert", "shop.yml", "--to", "dbml", "-o", "shop.dbml", "--force"),
        ("page", "shop.yml", "-o", "page.html"),
        ("push", "shop.yml", ADDRESS),
        ("pull", ADDRESS, "-o", "shop.yml"),
    )
)
