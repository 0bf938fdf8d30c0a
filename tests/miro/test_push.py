"""A spec drawn on a board: what stands there, what a second push does, and what becomes of calls that fail."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.cli import console
from erd2dbt.diagram.drawing import Box, Diagram, Key, Layer, Line, Row
from erd2dbt.miro import pushing
from erd2dbt.miro.client import Client, Clock
from erd2dbt.miro.places import Place, settled
from erd2dbt.miro.pulling import dump, pull
from erd2dbt.miro.record import Record
from erd2dbt.miro.shapes import desired_board
from erd2dbt.miro.token import Token
from erd2dbt.read.board.address import Address
from erd2dbt.read.recognising import read_diagram
from erd2dbt.system import progress
from erd2dbt.system.progress import Count, Counter
from miro.boards import shop
from miro.here import Here
from miro.server import Fault, Miro
from read.board.diagrams import CLEAR, PLACE
from read.board.drawn import relationships

SPEC = """version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  customers: {key: customer_id, columns: {customer_id: bigint, name: text, advised_by: bigint}}
  orders:
    key: order_id
    columns: {order_id: bigint, customer_id: bigint, paid_by: bigint, amount: "numeric(10,2)"}
links:
  customers ||--o{ orders:
    buyer: customer_id
    payer: customer_id = paid_by
  customers |o--o{ customers: {adviser: customer_id = advised_by}
models:
  int_order_totals: {grain: customer_id, rows: customers, columns: {n: count(orders.order_id)}, via: {orders: buyer}}
  customer_value: {grain: customer_id, rows: int_order_totals, keep: all, columns: {name: customers.name}}
"""


@pytest.fixture
def drawn(here: Here) -> Here:
    (here.folder / "shop.yml").write_text(SPEC, encoding="utf-8")
    return here


def push(here: Here, *words: str) -> str:
    done = here.run("push", "shop.yml", here.miro.address, *words)
    assert done.exit_code == 0, done.output
    return done.stdout


def shapes(miro: Miro) -> dict[str, dict[str, object]]:
    """By the first line of what they say."""
    found = [item for item in miro.board.items.values() if item["type"] == "shape"]
    return {re.sub("<[^>]*>", "\n", one["data"]["content"]).split()[0]: one for one in found}


def test_first(drawn: Here, miro: Miro) -> None:
    """Beside what is on the board; in a frame of the project's name; colours by layer; caps as in the spec."""
    shop(miro)
    assert push(drawn) == (
        "drew     1 frame, 4 shapes, 6 connectors\n"
        "spent    1,300 credits\n"
        "note     stg_customers is linked to itself: its row says it, as Miro has no line within one shape\n"
    )
    (frame,) = [item for item in miro.board.items.values() if item["type"] == "frame"]
    assert frame["data"]["title"] == "shop (erd2dbt)"
    assert frame["position"]["x"] - frame["geometry"]["width"] / 2 > 1050  # right of everything
    ours = {name: one for name, one in shapes(miro).items() if "parent" in one}
    assert {name: one["style"]["fillColor"] for name, one in ours.items()} == {
        "stg_customers": "#ccf4ff",
        "stg_orders": "#ccf4ff",
        "int_order_totals": "#dedaff",
        "customer_value": "#adf0c7",
    }
    assert ours["stg_customers"]["data"]["content"] == (
        "<p><strong>stg_customers</strong></p><p>PK  customer_id  bigint</p><p>name  text</p>"
        "<p>FK  advised_by  bigint  → stg_customers.customer_id</p>"
    )
    lines = [one for one in miro.board.connectors.values() if one["captions"]]
    assert sorted(
        (
            one["captions"][0]["content"],
            one["style"]["startStrokeCap"],
            one["style"]["endStrokeCap"],
            one["startItem"]["id"] == ours["stg_customers"]["id"],
        )
        for one in lines
        if "parent" in miro.board.items[one["startItem"]["id"]]
    ) == [
        ("buyer (customer_id)", "erd_only_one", "erd_zero_or_many", True),
        ("payer (paid_by)", "erd_only_one", "erd_zero_or_many", True),
    ]


class Shown(Counter):
    """Stands in for the line of progress on a terminal. `told`: each count when it ends."""

    def __init__(self) -> None:
        self.told: list[Count] = []

    def begin(self, count: Count) -> None:
        assert count.done == 0

    def end(self, count: Count) -> None:
        self.told.append(count)

    def phase(self, line: str) -> None: ...

    def said(self) -> None: ...

    def stop(self) -> None: ...


def test_a_push_counts_what_it_draws(drawn: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown()
    monkeypatch.setattr(console, "is_drawn", lambda stream: True)
    monkeypatch.setattr(console, "_status_line", lambda: shown)
    try:
        push(drawn)
    finally:
        progress.show_counts(None)
    drawing = [one for one in shown.told if one.title == "drawing"]
    every = len(miro.board.items) + len(miro.board.connectors)
    assert [(one.done, one.total) for one in drawing] == [(every, every)]
    assert every > 10


def test_a_second_push_writes_nothing(drawn: Here, miro: Miro) -> None:
    push(drawn)
    record = (drawn.folder / ".shop.yml.miro").stat().st_mtime_ns
    miro.calls.clear()
    assert push(drawn).splitlines()[0] == "same     the board shows the spec"
    assert miro.writes() == []
    assert (drawn.folder / ".shop.yml.miro").stat().st_mtime_ns == record


def test_only_what_changed_is_sent(drawn: Here, miro: Miro) -> None:
    """A column, a cap and a name: the items stay, and so does what people moved or drew."""
    push(drawn)
    before = {name: one["id"] for name, one in shapes(miro).items()}
    connectors = set(miro.board.connectors)
    (frame,) = [item for item in miro.board.items.values() if item["type"] == "frame"]
    bottom = frame["geometry"]["height"] - shapes(miro)["stg_orders"]["geometry"]["height"] / 2
    shapes(miro)["stg_orders"]["position"] |= {"x": 700.0, "y": bottom}
    drawn.replace("shop.yml", 'amount: "numeric(10,2)"', 'amount: "numeric(10,2)", note: text')
    drawn.replace("shop.yml", "customers ||--o{ orders:", "customers ||--|{ orders:")
    drawn.replace("shop.yml", "  int_order_totals: {", "  int_totals: {renamed_from: int_order_totals, ")
    drawn.replace("shop.yml", "rows: int_order_totals", "rows: int_totals")
    miro.calls.clear()
    assert push(drawn).splitlines()[:1] == ["changed  1 frame, 2 shapes, 3 connectors"]
    assert all(call.startswith("PATCH") for call in miro.writes())
    after = shapes(miro)
    assert {one["id"] for one in after.values()} == set(before.values())
    assert after["int_totals"]["id"] == before["int_order_totals"]
    assert (after["stg_orders"]["position"]["x"], after["stg_orders"]["position"]["y"]) == (700.0, bottom + 12)
    assert "note" in after["stg_orders"]["data"]["content"]
    assert set(miro.board.connectors) == connectors


def test_what_is_no_longer_wanted(drawn: Here, miro: Miro) -> None:
    """It stays until it is asked for, and what people drew stays for ever."""
    ids = shop(miro)
    push(drawn)
    note = miro.made("sticky_note", {"data": {"content": "ours?"}, "position": {"x": 0, "y": 0}}, "")
    miro.board.items[note["id"]] = note
    text = drawn.text("shop.yml")
    (drawn.folder / "shop.yml").write_text(text[: text.index("  customer_value:")], encoding="utf-8")
    miro.calls.clear()
    assert "left     customer_value is no longer in the spec; --prune deletes it" in push(drawn)
    assert miro.writes() == []
    assert push(drawn, "--prune").splitlines()[0] == "deleted  2 connectors, 1 shape"
    assert all(call.startswith("DELETE") for call in miro.writes())
    assert "customer_value" not in shapes(miro)
    assert set(ids.values()) <= {*miro.board.items, *miro.board.connectors}
    assert note["id"] in miro.board.items


def test_what_people_deleted_is_drawn_again(drawn: Here, miro: Miro) -> None:
    push(drawn)
    gone = shapes(miro)["stg_orders"]["id"]
    miro.delete(re.match(r"(?P<item>.*)", str(gone)), {}, None)  # type: ignore[arg-type]
    done = drawn.run("push", "shop.yml", miro.address)
    assert (done.exit_code, miro.writes()[-1][:4]) == (1, "POST")
    assert done.stderr.splitlines()[0] == "edited   stg_orders: deleted"
    assert push(drawn, "--conflict", "ours").splitlines()[0] == "drew     1 shape, 3 connectors"
    assert push(drawn).splitlines()[0] == "same     the board shows the spec"


def test_dry_run(drawn: Here, miro: Miro) -> None:
    said = push(drawn, "--dry-run").splitlines()
    assert said[0].split() == ["POST", "/v2/boards/uXjVMktErd0%3D/frames", "shop", "(erd2dbt)", "100", "credits"]
    assert said[1].endswith("4 shapes  400 credits")
    assert said[-2] == "would    cost 1,100 credits in 8 calls; Miro gives 100,000 a minute"
    assert miro.writes() == []
    assert [file.name for file in drawn.folder.iterdir()] == ["shop.yml"]


LOST = [
    Fault("POST .*/frames", drop=True, after=True),
    Fault("POST .*/frames", status=504, body="<html>", after=True),
    Fault("POST .*/bulk", drop=True, after=True),
    Fault("POST .*/bulk", status=500),
    Fault("POST .*/bulk", status=429, body="{}"),
    Fault("POST .*/connectors", times=2, drop=True, after=True),
    Fault("POST .*/connectors", times=3, status=502, body="<html>"),
    Fault("POST .*/connectors", status=201, body="<html>", after=True),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.pattern} {fault.status} {fault.after}")
def test_nothing_is_drawn_twice(drawn: Here, miro: Miro, fault: Fault) -> None:
    """The answer to a call is lost: whether it was done is seen on the board."""
    miro.faults = [Fault(**vars(fault))]
    push(drawn)
    assert len([item for item in miro.board.items.values() if item["type"] == "frame"]) == 1
    assert len(shapes(miro)) == 4
    assert len(miro.board.items) == 5
    assert len(miro.board.connectors) == 6
    assert push(drawn).splitlines()[0] == "same     the board shows the spec"


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_killed_push_is_finished_by_the_next(drawn: Here, miro: Miro, calls: int) -> None:
    """After any call that was done and not written down."""
    done = 0

    class KilledError(BaseException):
        """In the place of a kill."""

    def dying(self: Client, *args: object, **more: object) -> object:
        nonlocal done
        answer = real(self, *args, **more)  # type: ignore[arg-type]
        done += 1
        if done == calls:
            raise KilledError
        return answer

    real = Client.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "write", dying)
        with pytest.raises(KilledError):
            drawn.run("push", "shop.yml", miro.address)
    push(drawn)
    assert (len(miro.board.items), len(miro.board.connectors)) == (5, 6)
    assert push(drawn).splitlines()[0] == "same     the board shows the spec"


BOXES = 45  # three bulk calls, of which the last one is not full


def chain(count: int) -> str:
    """Return a spec of so many entities, each but the first with a link to the one before."""
    keys = [f"e{n}_id: bigint" for n in range(count)]
    entities = [
        f"  e{n}: {{key: e{n}_id, columns: {{{', '.join(keys[max(n - 1, 0) : n + 1])}}}}}" for n in range(count)
    ]
    links = [f"  e{n - 1} ||--o{{ e{n}: e{n - 1}_id" for n in range(1, count)]
    head = ["version: 1", "project: chain", "sources: {raw: {schema: raw}}"]
    return "\n".join([*head, "entities:", *entities, "links:", *links, ""])


@pytest.mark.parametrize("lost", [0, 1, 9])
@pytest.mark.parametrize("calls", [1, 2, 3, 4, 5, 30, 47])
def test_a_kill_between_bulk_calls_loses_nothing(here: Here, miro: Miro, calls: int, lost: int) -> None:
    """`lost`: how many of the last calls the record does not have, as after a kill of the process. It has the frame
    before the next call is made: a frame with boxes may be that of another drawing."""
    (here.folder / "chain.yml").write_text(chain(BOXES), encoding="utf-8")
    record = here.folder / ".chain.yml.miro"
    kept: list[bytes] = []

    class KilledError(BaseException):
        """In the place of a kill."""

    def dying(self: Client, *args: object, **more: object) -> object:
        kept.append(record.read_bytes() if record.exists() else b"")
        if len(kept) > calls:
            raise KilledError
        return real(self, *args, **more)  # type: ignore[arg-type]

    real = Client.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "write", dying)
        with pytest.raises(KilledError):
            here.run("push", "chain.yml", miro.address)
    assert len(miro.writes()) == calls
    record.write_bytes(kept[max(calls - lost, 0 if calls == 1 else 1)])
    assert calls == 1 or '"frame": null' not in record.read_text()
    assert here.run("push", "chain.yml", miro.address).exit_code == 0
    contents = [item["data"]["content"] for item in miro.board.items.values() if item["type"] == "shape"]
    titles = [re.sub("<[^>]*>", "\n", content).split()[0] for content in contents]
    assert sorted(titles) == sorted(f"stg_e{n}" for n in range(BOXES))
    ends = [(one["startItem"]["id"], one["endItem"]["id"]) for one in miro.board.connectors.values()]
    assert len(ends) == len(set(ends)) == BOXES - 1
    assert len([item for item in miro.board.items.values() if item["type"] == "frame"]) == 1
    assert here.run("push", "chain.yml", miro.address).stdout.splitlines()[0] == "same     the board shows the spec"


def test_refused(drawn: Here, miro: Miro) -> None:
    """Without the scope; for ever without an answer; with a record of another board, or one that is broken."""
    miro.scopes = ["boards:read"]
    done = drawn.run("push", "shop.yml", miro.address)
    assert done.exit_code == 2
    assert "note: Miro says: Required scopes: [boards:write]\n" in done.stderr
    assert "note: the token has the scopes boards:read\n" in done.stderr
    miro.scopes = ["boards:read", "boards:write"]
    miro.faults = [Fault("POST", times=99, status=500)]
    done = drawn.run("push", "shop.yml", miro.address)
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        "error E063: the board cannot be drawn on: Miro answered 500",
    )
    miro.faults = []
    push(drawn)
    record = drawn.folder / ".shop.yml.miro"
    whole = record.read_text()
    broken = {
        whole.replace("uXjVMktErd0=", "uXjVOther="): "is of another board, uXjVOther=",
        "<<<<<<<": "is not a record of `push`",
        "[" * 9000: "is not a record of `push`",
        whole.replace('"format": 2', '"format": 3'): "is not a record of `push`",
    }
    for text, why in broken.items():
        record.write_text(text)
        done = drawn.run("push", "shop.yml", miro.address)
        assert (done.exit_code, done.stderr.splitlines()[0]) == (
            2,
            f".shop.yml.miro:1:1: error E068: `.shop.yml.miro` {why}",
        )


def test_instead_of_a_board(drawn: Here) -> None:
    texts = {}
    for notation in ("dsl", "mermaid", "svg"):
        done = drawn.run("push", "shop.yml", "--to", notation)
        assert done.exit_code == 0
        texts[notation] = done.stdout
    for notation in ("dsl", "mermaid"):
        read = read_diagram(texts[notation].encode(), notation)
        assert [box.name for box in read.boxes] == ["stg_customers", "stg_orders", "int_order_totals", "customer_value"]
        assert len(read.lines) == 7
    root = ElementTree.fromstring(texts["svg"])
    said = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"stg_orders", "PK  order_id  bigint", "buyer (customer_id)", "payer (paid_by)"} <= set(said)
    assert drawn.miro.calls == []
    assert drawn.run("push", "shop.yml").exit_code == 2


# -- laws

NAMES = st.from_regex(r"[a-z]{2,6}(_[a-z]{2,5})?", fullmatch=True).filter(
    lambda name: name not in ("key", "keys", "type", "pk", "fk", "uk", "nn", "ref", "index", "null", "or", "na")
)
TYPES = ("int", "text", "varchar(20)", "numeric(12,2)", "timestamp with time zone", "uuid", "int[]", "date")
LAYERS = (Layer.STAGING, Layer.INTERMEDIATE, Layer.MARTS)
PREFIX = {Layer.STAGING: "stg_", Layer.INTERMEDIATE: "int_", Layer.MARTS: "fct_"}


@st.composite
def erds(draw: st.DrawFn) -> Diagram:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    boxes = []
    for name in names:
        layer = draw(st.sampled_from(LAYERS))
        rows = [
            Row(
                name=f"{column}_{number}",
                span=PLACE,
                type=draw(st.sampled_from(TYPES)),
                keys=draw(st.sampled_from([(), (Key.PK,), (Key.FK,), (Key.UK,), (Key.PK, Key.FK)])),
                not_null=draw(st.sampled_from([None, True])),
            )
            for number, column in enumerate(draw(st.lists(NAMES, min_size=1, max_size=5)))
        ]
        title = PREFIX[layer] + name
        boxes.append(Box(name=title, title=title, span=PLACE, rows=tuple(rows), layer=layer))
    ends = st.sampled_from([box.name for box in boxes])
    lines = []
    for number in range(draw(st.integers(0, 5))):
        left, right = draw(ends), draw(ends)
        caps = draw(st.sampled_from([*((a, b) for a in CLEAR for b in CLEAR), (None, None)]))
        label = draw(st.sampled_from(["", f"of {number}"]))
        if left != right and not any({one.left, one.right} == {left, right} for one in lines):
            lines.append(Line(left=left, right=right, span=PLACE, left_cap=caps[0], right_cap=caps[1], label=label,
                              identifying=draw(st.booleans())))  # fmt: skip
    return Diagram(file="drawn", title="shop", boxes=tuple(boxes), lines=tuple(lines))


def shown(diagram: Diagram) -> object:
    rows = {
        box.name: (box.layer, [(row.name, row.type, row.keys, row.not_null) for row in box.rows])
        for box in diagram.boxes
    }
    return rows, relationships(diagram), [(one.left, one.right) for one in diagram.lines if one.left_cap is None]


def client_for(miro: Miro) -> Client:
    return Client(Token(miro.token), miro.url, Clock(now=lambda: miro.time, sleep=miro.sleep, jitter=lambda: 0.0))


@settings(max_examples=60, deadline=None)
@given(erds(), erds())
def test_what_is_pushed_is_pulled(first: Diagram, second: Diagram) -> None:
    """Over HTTP: a diagram, and then another in its place; the second push of each writes nothing."""
    with Miro() as miro:
        record = Record(board=miro.board.id)
        client = client_for(miro)
        for diagram in (first, second):
            pushing.push(client, desired_board(diagram), record, lambda: None, prune=True)
            miro.calls.clear()
            pushing.push(client, desired_board(diagram), record, lambda: None, prune=True)
            assert miro.writes() == []
            read = read_diagram(dump(pull(client, Address(miro.board.id))), "board.json")
            assert not read.seen
            assert shown(read) == shown(diagram)


@settings(max_examples=100, deadline=None)
@given(erds(), erds())
def test_boxes_have_no_overlaps(first: Diagram, second: Diagram) -> None:
    """In a new drawing, and in the next one, which keeps the places of the first."""
    there: dict[str, Place] = {}
    for diagram in (first, second):
        drawn = desired_board(diagram)
        fresh = {name: shape.place for name, shape in drawn.shapes.items()}
        kept = {name: there[name].resized(*fresh[name].values[2:]) for name in fresh if name in there}
        grown = {name for name, at in kept.items() if at != there[name]}
        places = settled(fresh, kept, grown, {})
        found = list(places.values())
        assert not [(a, b) for n, a in enumerate(found) for b in found[n + 1 :] if a.overlaps(b)]
        assert all(place.left >= 0 and place.top >= 0 for place in found)
        there = places


def test_a_record_is_read_as_written(drawn: Here) -> None:
    push(drawn)
    record = json.loads(drawn.text(".shop.yml.miro"))
    assert set(record) == {"format", "board", "frame", "shapes", "connectors", "notes", "spec"}
    assert "\n".join(record["spec"]) == SPEC
    assert (len(record["shapes"]), len(record["connectors"])) == (4, 6)


def test_the_frame_is_pulled_back(drawn: Here, miro: Miro) -> None:
    """Beside people's own drawing of the same shop, which the frame keeps apart."""
    shop(miro)
    push(drawn)
    assert drawn.run("pull", miro.address, "--frame", "shop", "-o", "back.yml").exit_code == 0
    back, spec = (yaml.safe_load(Path(drawn.folder / name).read_text()) for name in ("back.yml", "shop.yml"))
    assert {name: one["columns"] for name, one in back["entities"].items()} == {
        name: one["columns"] for name, one in spec["entities"].items()
    }
    assert back["links"] == {
        "customers ||--o{ orders": {"buyer": "customer_id", "payer": "customer_id = paid_by"},
        "customers }o--|| customers": {"advised_by": "advised_by = customer_id"},
    }
    assert list(back["models"]) == ["int_order_totals", "customer_value"]
