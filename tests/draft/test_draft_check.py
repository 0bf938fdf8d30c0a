"""A draft passes `check` but for its TODOs: what would be refused is one."""

from __future__ import annotations

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Key, Layer, Line, Row
from erd2dbt.diagram.todos import todos
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines.drafting import draft_text
from erd2dbt.read.spec.reader import read_spec

PLACE = Span("board", 1, 1)


def box(name: str, layer: Layer, *rows: str) -> Box:
    """Rows as `PK trip_id int`, `FK from_port int`, `fare numeric = sum(trips.fare)`."""
    return Box(name=name, title=name, span=PLACE, layer=layer, rows=tuple(map(row, rows)))


def row(text: str) -> Row:
    head, _, made = text.partition(" = ")
    words = head.split()
    keys = tuple(Key(words.pop(0)) for _ in range(1) if words[0] in Key.__members__)
    return Row(name=words[0], type=words[1], span=PLACE, keys=keys, derivation=made or None)


def line(left: str, right: str, label: str = "", *, arrow: bool = False) -> Line:
    caps = (None, None) if arrow else (Cap.ZERO_OR_MANY, Cap.ONLY_ONE)
    return Line(left=left, right=right, span=PLACE, left_cap=caps[0], right_cap=caps[1], label=label)


TRIPS = box("stg_trips", Layer.STAGING, "PK trip_id int", "FK from_port int", "FK to_port int", "fare numeric")
PORTS = box("stg_ports", Layer.STAGING, "PK port_id int", "land text")
ROLES = (line("stg_trips", "stg_ports", "from"), line("stg_trips", "stg_ports", "to"))


def drafted(model: Box, *sources: str) -> str:
    arrows = (line(source, model.name, arrow=True) for source in sources)
    return draft_text(Diagram(file="board.json", boxes=(TRIPS, PORTS, model), lines=(*ROLES, *arrows)))


def open_columns(text: str) -> list[str]:
    return [what for what, _ in todos(read_spec(text.encode(), "spec.yml"))]


def test_one_of_several_ways_is_asked_for() -> None:
    lands = box("lands", Layer.MARTS, "PK land text", "fares numeric = sum(trips.fare)")
    text = drafted(lands, "stg_trips", "stg_ports")
    assert "fares: {is: sum(trips.fare), via: TODO}  # needs: which way? " in text
    assert open_columns(text) == ["`fares` of `lands`"]


def test_a_derivation_that_is_refused_is_quoted() -> None:
    fares = box("fares", Layer.MARTS, "PK trip_id int", "land text = sum(trips.fare) || ports.land", "fare numeric")
    text = drafted(fares, "stg_trips", "stg_ports")
    assert open_columns(text) == ["`land` of `fares`"]
    assert "keep: [fare]" in text


def test_a_cycle_is_no_draft() -> None:
    loops = box("loops", Layer.MARTS, "PK trip_id int", "a int = b + 1", "b int = a + 1")
    assert open_columns(drafted(loops, "stg_trips")) == ["`a` of `loops`", "`b` of `loops`"]


def test_a_sound_draft_stays_as_it_is() -> None:
    sound = box("sound", Layer.MARTS, "PK trip_id int", "fare numeric", "twice numeric = fare * 2")
    text = drafted(sound, "stg_trips")
    assert open_columns(text) == []
    assert "twice: fare * 2\n" in text
