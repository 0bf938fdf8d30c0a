"""Every code is explained, with spec text that causes it and spec text that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from erd2dbt.faults.codes import CODES, CodeDoc, as_page
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.recognising import read_diagram
from read.completion import codes_of, completed

ROOT = Path(__file__).parents[1]
NEVER_ACCEPTED = {"E101", "E202"}

# not text of a spec: commands, bytes that no text holds, what another stage finds in the whole file
COMMANDS = {
    "E015",
    "E039",
    "E602",
    "W603",
    "E604",
    "E701",
    "E704",
    "E707",
    "E708",
    "E801",
    "E803",
    "E804",
    "E805",
    "E806",
    "E807",
    "E810",
    "E811",
    "E812",
    "E714",
}
DIAGRAMS = {code for code in CODES if "E050" <= code < "E059" and code != "E057"}  # text of other notations
COMMANDS |= {*DIAGRAMS, "E039", "E059"} | {
    code for code in CODES if "E060" <= code < "E070"
}  # of live boards: tests/miro
READING = [doc for doc in CODES.values() if doc.code < "E020" and doc.code[0] == "E" and doc.code not in COMMANDS]
LATER = [doc for doc in CODES.values() if doc not in READING and doc.code not in COMMANDS]
ONLY_WHOLE = {"E002", "E004", "E005", "E013"}


def raised(folder: str) -> set[str]:
    """The codes that stand as string literals in the modules of a folder."""
    texts = [path.read_text() for path in (ROOT / "src" / "erd2dbt" / folder).rglob("*.py")]
    return {code for text in texts for code in re.findall(r'"([EWI]\d{3})"', text)}


def test_every_code_that_is_raised_is_explained() -> None:
    assert raised(".") <= CODES.keys()
    assert {"E001", "E022", "E036"} <= raised("read")


def test_every_code_of_reading_has_a_golden_case() -> None:
    said = "".join(path.read_text() for path in ROOT.glob("tests/faults/*/*/expected.txt"))
    shown = set(re.findall(r": error (E\d{3}):", said))
    assert raised("read") <= shown
    assert {doc.code for doc in READING} <= shown


def test_what_breaks_the_promise_cannot_be_accepted() -> None:
    acceptable = {doc.code for doc in CODES.values() if doc.acceptable}
    assert not acceptable & NEVER_ACCEPTED
    assert {"E301", "E302", "W303", "W305", "W307", "W308", "W309"} <= acceptable


@pytest.mark.parametrize("doc", CODES.values(), ids=lambda doc: doc.code)
def test_explanations_teach(doc: CodeDoc) -> None:
    sentences = re.split(r"(?<=[.:?!`)]) (?=[A-Z`])", doc.explanation)
    assert 2 <= len(sentences) <= 9
    assert doc.title
    assert doc.explanation.endswith(".")
    assert doc.example_bad != doc.example_good
    page = as_page(doc)
    assert page.startswith(f"{doc.code}: {doc.title}\n")
    assert max(map(len, page.split("\n"))) <= 110


@pytest.mark.parametrize("doc", [d for d in READING if d.code not in ONLY_WHOLE], ids=lambda doc: doc.code)
def test_examples_of_reading_cause_and_mend_their_fault(doc: CodeDoc) -> None:
    assert codes_of(completed(doc.example_bad)) == {doc.code}
    assert codes_of(completed(doc.example_good)) == set()


@pytest.mark.parametrize("code", sorted(DIAGRAMS - {"E051"}))
def test_examples_of_diagrams_cause_and_mend_their_fault(code: str) -> None:
    with pytest.raises(ErdError) as caught:
        read_diagram(CODES[code].example_bad.encode(), "board")
    assert {fault.code for fault in caught.value.diagnostics} == {code}
    if code != "E054":
        assert read_diagram(CODES[code].example_good.encode(), "board").boxes


@pytest.mark.parametrize("doc", LATER, ids=lambda doc: doc.code)
def test_examples_of_later_stages_can_be_read(doc: CodeDoc) -> None:
    assert codes_of(completed(doc.example_bad)) == ({doc.code} & raised("read"))
    assert codes_of(completed(doc.example_good)) == set()


@pytest.mark.parametrize("code", sorted(ONLY_WHOLE - {"E002", "E004", "E005"}))
def test_examples_of_whole_files(code: str) -> None:
    doc = CODES[code]
    assert yaml.safe_load(doc.example_bad).keys() <= yaml.safe_load(doc.example_good).keys()


def test_pages_say_how_to_accept() -> None:
    assert as_page(CODES["E301"]).endswith("accept: {E301: the reason}")
    assert "accept it" not in as_page(CODES["E101"])


def of_planning(snippet: str) -> set[str]:
    """The codes of a whole project from a snippet."""
    try:
        return {fault.code for fault in generate(completed(snippet), "spec.yml").planned.remarks}
    except ErdError as error:
        return {fault.code for fault in error.diagnostics}


@pytest.mark.parametrize("doc", [*READING, *LATER], ids=lambda doc: doc.code)
def test_fixed_examples_are_accepted(doc: CodeDoc) -> None:
    """An example without entities of its own is a part of a spec: the names of its diagram are unknown."""
    unknown = set() if "entities:" in doc.example_good else {"E030", "E031", "E037"} - {doc.code}
    found = of_planning(doc.example_good) - unknown
    assert not {code for code in found if code[0] == "E" or code == doc.code}
