"""The lock: its form, and that a broken or hostile one is told with its place."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from folders import generate, tree, write

from erd2dbt import __version__
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.write.changes import decide

if TYPE_CHECKING:
    from pathlib import Path

LOCK = ".erd2dbt.lock"
FILES = {"models/ä b.sql": "a\n", "dbt_project.yml": "b\n"}


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_form(tmp_path: Path) -> None:
    generate(FILES, tmp_path / "out")
    assert (tmp_path / "out" / LOCK).read_text() == (
        "{\n"
        '  "format": 1,\n'
        f'  "tool": "erd2dbt {__version__}",\n'
        '  "files": {\n'
        f'    "dbt_project.yml": "{hashed(FILES["dbt_project.yml"])}",\n'
        f'    "models/ä b.sql": "{hashed(FILES["models/ä b.sql"])}"\n'
        "  }\n"
        "}\n"
    )


def test_empty(tmp_path: Path) -> None:
    generate(FILES, tmp_path)
    generate({}, tmp_path)
    assert json.loads((tmp_path / LOCK).read_text())["files"] == {}
    assert tree(tmp_path) == {}
    assert tmp_path.exists()


def test_without_its_lock_a_folder_is_taken_over_as_far_as_it_is_equal(tmp_path: Path) -> None:
    generate(FILES, tmp_path)
    whole = (tmp_path / LOCK).read_text()
    (tmp_path / LOCK).unlink()
    assert generate(FILES, tmp_path) == dict.fromkeys(FILES, "adopt")
    assert (tmp_path / LOCK).read_text() == whole
    assert generate(FILES, tmp_path) == dict.fromkeys(FILES, "same")


def test_line_endings_of_the_lock_do_not_matter(tmp_path: Path) -> None:
    generate(FILES, tmp_path)
    lock = tmp_path / LOCK
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    before = lock.stat()
    assert generate(FILES, tmp_path) == dict.fromkeys(FILES, "same")
    assert lock.stat() == before


def lock_of(files: str, form: str = "1") -> str:
    return f'{{\n  "format": {form},\n  "tool": "erd2dbt 9.0",\n  "files": {files}\n}}\n'


BROKEN = {
    "": (1, 1, "is not JSON"),
    "<<<<<<< HEAD\n": (1, 1, "is not JSON"),
    '{\n  "format": 1,\n=======\n}\n': (3, 1, "is not JSON"),
    "[" * 100_000: (1, 1, "is not JSON"),
    lock_of("{}", form="1" * 5000): (1, 1, "is not JSON"),
    "[]": (1, 1, "has no format"),
    '"format"': (1, 1, "has no format"),
    lock_of("{}", form="true"): (2, 3, "has no format"),
    lock_of("{}", form="0"): (2, 3, "has no format"),
    lock_of("{}", form="2"): (2, 3, "was written by `erd2dbt 9.0`, in format 2"),
    lock_of("[]"): (4, 3, "has no `files`"),
    lock_of('{"a": 1}'): (4, 13, "has no hash for `a`"),
    lock_of('{\n"a": "' + "0" * 64 + '",\n"b": "0"}'): (6, 1, "has no hash for `b`"),
    lock_of('{\n"../mine": "' + hashed("mine\n") + '"}'): (5, 1, "names `../mine`, which climbs"),
    lock_of('{".erd2dbt.lock": ""}'): (4, 13, "names `.erd2dbt.lock`, which is a name"),
}


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: BROKEN[text][2])
def test_broken(text: str, tmp_path: Path) -> None:
    line, column, message = BROKEN[text]
    write(tmp_path, {f"out/{LOCK}": text, "mine": "mine\n"})
    before = tree(tmp_path)
    with pytest.raises(ErdError) as caught:
        decide(FILES, tmp_path / "out")
    (fault,) = caught.value.diagnostics
    assert fault.code == "E803"
    assert message in fault.message
    assert str(fault.span) == f"{tmp_path / 'out' / LOCK}:{line}:{column}"
    assert fault.fixes
    assert tree(tmp_path) == before


def test_not_utf8_not_a_file_or_elsewhere(tmp_path: Path) -> None:
    for name in ("bytes", "folder", "link"):
        (tmp_path / name).mkdir()
    (tmp_path / "bytes" / LOCK).write_bytes(b'{\n"format": 1,\n\xff}')
    (tmp_path / "folder" / LOCK).mkdir()
    (tmp_path / "link" / LOCK).symlink_to("../bytes/" + LOCK)
    found = []
    for name in ("bytes", "folder", "link"):
        with pytest.raises(ErdError) as caught:
            decide(FILES, tmp_path / name)
        found += [fault.message.split(":")[-1] for fault in caught.value.diagnostics]
    assert found == [
        "the lock is not UTF-8",
        " it is not a regular file",
        "the lock is a symbolic link that leads out of the project",
    ]
