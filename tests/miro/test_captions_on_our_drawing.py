"""Captions that people write on the lineage arrows that `push` drew: they filter the formulas that read over the
arrow, or leave them open with the words quoted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from miro.here import Here
from miro.server import Record

SPEC = """version: 1
project: hall
sources: {raw: {schema: raw}}
entities:
  members: {key: member_id, columns: {member_id: int, name: text, city: text}}
  courts:
    key: court_id
    columns:
      court_id: int
      floor: {type: text, values: [clay, wood]}
      city: text
  bookings:
    key: booking_id
    columns:
      booking_id: int
      member_id: int
      court_id: int
      price: numeric(10,2)
      state: {type: text, values: [paid, open, void]}
      refund: {type: text, values: [none, open]}
      booked_at: timestamp
links:
  members ||--o{ bookings: member_id
  courts ||--o{ bookings: court_id
models:
  fct_members:
    grain: member_id
    rows: members
    keep: [name]
    columns:
      spent: sum(bookings.price)  # before tax
      visits: {is: count(bookings.booking_id), description: How often}
      share: >-
        ratio(count(bookings.booking_id) filter (where bookings.price > 9 or bookings.refund = 'none'),
        count(bookings.booking_id))
      favourite: {last: bookings.court_id, order: booked_at}
      floor: {last: courts.floor, order: bookings.booked_at}
      latest: last(bookings.price order by bookings.booked_at)
      level: {tier: sum(bookings.price), cut: {high: 100}, else: low}
      mean: ratio(spent, visits)
  fct_courts:
    grain: court_id
    rows: courts
    keep: [floor]
    columns: {visits: count(bookings.booking_id)}
"""
PAID = "bookings.state = 'paid'"


class Hall(Here):
    """A spec that was pushed."""

    def __init__(self, here: Here) -> None:
        super().__init__(here.folder, here.miro)
        (self.folder / "hall.yml").write_text(SPEC, encoding="utf-8")
        self.done("push", "hall.yml", self.miro.address)

    def done(self, *words: str) -> list[str]:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.output.splitlines()

    def pull(self) -> list[str]:
        return self.done("pull", "-o", "hall.yml")

    def push(self) -> list[str]:
        return self.done("push", "hall.yml")

    def arrow(self, start: str, end: str) -> Record:
        record = yaml.safe_load(self.text(".hall.yml.miro"))
        ids = [record["shapes"][name]["id"] for name in (start, end)]
        every = self.miro.board.connectors.values()
        return next(one for one in every if [one["startItem"]["id"], one["endItem"]["id"]] == ids)

    def say(self, caption: str, start: str = "stg_bookings", end: str = "fct_members") -> None:
        said = caption.replace("<", "&lt;").replace(">", "&gt;")
        self.arrow(start, end)["captions"] = [{"content": f"<p>{said}</p>"}] if caption else []

    def caption(self, start: str = "stg_bookings", end: str = "fct_members") -> str:
        return "".join(one["content"] for one in self.arrow(start, end)["captions"])

    def model(self, name: str = "fct_members") -> Record:
        found: Record = yaml.safe_load(self.text("hall.yml"))["models"][name]
        return found


@pytest.fixture
def hall(here: Here) -> Hall:
    return Hall(here)


def test_a_caption_filters_all_that_reads_over_the_arrow(hall: Hall) -> None:
    """In an aggregate, beside its own filter, in a pick and in a tier; other formulas and other models stay."""
    hall.say("only paid")
    said = hall.pull()
    assert hall.model()["columns"] == {
        "spent": f"sum(bookings.price) filter (where {PAID})",
        "visits": {"is": f"count(bookings.booking_id) filter (where {PAID})", "description": "How often"},
        "share": "ratio(count(bookings.booking_id) filter (where (bookings.price > 9 or bookings.refund = 'none') and "
        f"{PAID}), count(bookings.booking_id) filter (where {PAID}))",
        "favourite": {"last": "bookings.court_id", "where": "state = 'paid'", "order": "booked_at"},
        "floor": {"last": "courts.floor", "where": PAID, "order": "bookings.booked_at"},
        "latest": f"last(bookings.price order by bookings.booked_at) filter (where {PAID})",
        "level": {"tier": f"sum(bookings.price) filter (where {PAID})", "cut": {"high": 100}, "else": "low"},
        "mean": "ratio(spent, visits)",
    }
    assert hall.model("fct_courts")["columns"] == {"visits": "count(bookings.booking_id)"}
    assert "  # before tax" in hall.text("hall.yml")
    assert "changed  the arrow from bookings to fct_members has the caption “only paid” now" in said
    assert f"changed  fct_members.spent from sum(bookings.price) to sum(bookings.price) filter (where {PAID})" in said
    assert hall.run("check", "hall.yml").exit_code == 0
    assert [line for line in hall.pull() if line.startswith(("changed", "left", "added", "removed"))] == []


def test_the_caption_stays_on_the_board(hall: Hall) -> None:
    """It says what the formulas do now, so a push changes nothing."""
    hall.say("only paid")
    hall.pull()
    assert hall.push()[0] == "same     the board shows the spec"
    assert hall.caption() == "<p>only paid</p>"


@pytest.mark.parametrize("caption", ["only paid", "where state = paid and price > 5", "state = paid or price > 5"])
def test_another_caption_is_another_condition(hall: Hall, caption: str) -> None:
    """It takes the place of the one before; without a caption, the formulas are what they were."""
    before = hall.model()
    hall.say("only void")
    hall.pull()
    hall.say(caption)
    hall.pull()
    again = hall.model()["columns"]
    assert "'void'" not in str(again)
    assert "'paid'" in again["spent"]
    hall.push()
    hall.say("")
    said = hall.pull()
    assert f"changed  the caption “{caption}” of the arrow from bookings to fct_members was deleted" in said
    assert hall.model() == before
    assert "  # before tax" in hall.text("hall.yml")


def test_another_caption_at_the_rows_of_a_model(hall: Hall) -> None:
    for caption, where in (("city = Oslo", "members.city = 'Oslo'"), ("city = Bonn", "members.city = 'Bonn'")):
        hall.say(caption, start="stg_members")
        hall.pull()
        assert hall.model()["where"] == where
    hall.say("", start="stg_members")
    hall.pull()
    assert "where" not in hall.model()


def test_a_caption_deleted_after_people_changed_the_formula(hall: Hall) -> None:
    """What they wrote stays; what is of the caption goes."""
    hall.say("only paid")
    hall.pull()
    text = hall.text("hall.yml")
    (hall.folder / "hall.yml").write_text(text.replace(PAID, "bookings.price > 7"), encoding="utf-8")
    hall.push()
    hall.say("")
    hall.pull()
    columns = hall.model()["columns"]
    assert columns["spent"] == "sum(bookings.price) filter (where bookings.price > 7)"
    assert columns["favourite"] == {"last": "bookings.court_id", "order": "booked_at"}


@pytest.mark.parametrize("caption", ["only open", "without guests", "where height > 3", "where city = Oslo", "by Ann"])
def test_a_caption_without_a_single_meaning_is_a_todo(hall: Hall, caption: str) -> None:
    """`open` is a value of two columns, and members and courts have a `city`. Words and formula are beside the TODO."""
    hall.say(caption)
    hall.pull()
    columns = hall.model()["columns"]
    opened = [name for name in columns if "TODO" in str(columns[name])]
    assert opened == ["spent", "visits", "share", "favourite", "floor", "latest", "level"]
    assert columns["level"] == {"tier": "TODO", "cut": {"high": 100}, "else": "low"}
    assert (
        "      spent: TODO  # needs: which rows of `bookings`? All of them: sum(bookings.price); "
        f"the diagram says: “{caption}” # before tax"
    ) in hall.text("hall.yml").splitlines()
    assert hall.run("check", "hall.yml").exit_code == 2
    text = hall.text("hall.yml")
    assert hall.pull()[-1] == "same     hall.yml"
    assert hall.text("hall.yml") == text


def test_a_caption_at_the_rows_of_a_model(hall: Hall) -> None:
    """Its condition is that of the model's rows."""
    hall.say("city = Oslo", start="stg_members")
    hall.pull()
    assert hall.model()["where"] == "members.city = 'Oslo'"
    assert hall.model()["columns"]["spent"] == "sum(bookings.price)"
    hall.say("only big ones", start="stg_courts", end="fct_courts")
    hall.pull()
    assert hall.model("fct_courts")["where"] == "TODO"
    assert (
        "    where: TODO  # needs: which rows? The diagram says: “only big ones”" in hall.text("hall.yml").splitlines()
    )


def test_a_condition_on_a_row_that_the_rows_refer_to(hall: Hall) -> None:
    hall.say("only clay")
    hall.pull()
    assert hall.model()["columns"]["spent"] == "sum(bookings.price) filter (where courts.floor = 'clay')"


def test_a_caption_that_is_no_condition_is_reported_once_and_stays(hall: Hall) -> None:
    hall.say("daily load")
    said = [line for line in hall.pull() if line.startswith("left")]
    assert said == [
        "left     the arrow from bookings to fct_members has the caption “daily load” now, and no formula of "
        "fct_members follows from it; say it in a row of fct_members, or in the spec"
    ]
    for _ in range(2):
        assert [line for line in hall.pull() if "arrow" in line] == []
        assert hall.push()[0] == "same     the board shows the spec"
    assert hall.caption() == "<p>daily load</p>"


def drawn(hall: Hall) -> None:
    """An arrow that no formula follows."""
    record = yaml.safe_load(hall.text(".hall.yml.miro"))
    one = dict(hall.arrow("stg_members", "fct_members"))
    one |= {"id": hall.miro.board.new_id(), "endItem": {"id": record["shapes"]["fct_courts"]["id"]}, "captions": []}
    hall.miro.board.connectors[one["id"]] = one


def deleted(hall: Hall) -> None:
    del hall.miro.board.connectors[hall.arrow("stg_bookings", "fct_members")["id"]]


def turned(hall: Hall) -> None:
    one = hall.arrow("stg_bookings", "fct_members")
    one["startItem"], one["endItem"] = one["endItem"], one["startItem"]


def led(hall: Hall) -> None:
    one = hall.arrow("stg_bookings", "fct_members")
    one["startItem"] = {"id": hall.arrow("stg_courts", "fct_courts")["startItem"]["id"]}


@pytest.mark.parametrize("act", [drawn, deleted, turned, led], ids=lambda act: str(act.__name__))
def test_a_changed_arrow_is_reported_once(hall: Hall, act: Callable[[Hall], None]) -> None:
    """Until it changes again."""
    act(hall)
    assert len([line for line in hall.pull() if "the arrow from" in line]) == 1
    for _ in range(2):
        assert [line for line in hall.pull() if "the arrow from" in line] == []


@pytest.mark.parametrize("is_first", [True, False])
def test_an_arrow_drawn_where_another_was_is_that_arrow_now(hall: Hall, is_first: bool) -> None:
    """The one that was led away is reported once, too, whichever the board lists first."""
    one = dict(hall.arrow("stg_bookings", "fct_members"))
    led(hall)
    one |= {"id": hall.miro.board.new_id(), "captions": []}
    every = hall.miro.board.connectors
    others = {**every}
    every.clear()
    every.update({one["id"]: one, **others} if is_first else {**others, one["id"]: one})
    assert len([line for line in hall.pull() if "the arrow from" in line]) == 2
    assert hall.push()[0] == "changed  1 connector"  # it is drawn in the way of the others
    for _ in range(2):
        assert [line for line in hall.pull() if "the arrow from" in line] == []
        assert hall.push()[0] == "same     the board shows the spec"


def test_an_arrow_of_people_that_changes_again_is_reported_again(hall: Hall) -> None:
    drawn(hall)
    hall.pull()
    *_, new = hall.miro.board.connectors
    hall.miro.board.connectors[new]["captions"] = [{"content": "<p>daily load</p>"}]
    assert [line for line in hall.pull() if "the caption “daily load” now" in line] != []
    assert [line for line in hall.pull() if "the arrow from" in line] == []
    assert hall.push()[0] == "same     the board shows the spec"
    del hall.miro.board.connectors[new]
    assert "removed  the arrow from members to fct_courts: no formula reads members" in hall.pull()
    assert [line for line in hall.pull() if "the arrow from" in line] == []


def test_a_record_without_seen_arrows_is_read(hall: Hall) -> None:
    """As earlier versions wrote it: an arrow of people is then reported once more."""
    drawn(hall)
    hall.pull()
    record = Path(hall.folder / ".hall.yml.miro")
    lines = record.read_text(encoding="utf-8").splitlines()
    start = next(n for n, one in enumerate(lines) if '"seen"' in one)
    end = next(n for n in range(start, len(lines)) if lines[n].startswith("  }"))
    record.write_text("\n".join((*lines[:start], *lines[end + 1 :])) + "\n", encoding="utf-8")
    assert [line for line in hall.pull() if "the arrow from" in line] != []
    assert [line for line in hall.pull() if "the arrow from" in line] == []
