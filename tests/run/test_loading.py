"""Data files into tables: what arrives, what is kept, and where a fault is shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet
import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.load import Loaded, RawColumn, RawTable, load

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Loader:
    """A database, a folder of data files, and the progress that was told."""

    connection: Connection
    folder: Path
    told: list[str] = field(default_factory=list)

    def table(self, name: str, content: str | bytes, /, **columns: str) -> RawTable:
        """A table of these columns, and its file with this content."""
        file = self.folder / (name if "." in name else f"{name}.csv")
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.declared(file.stem, file, **columns)

    def declared(self, name: str, file: Path | None, /, **columns: str) -> RawTable:
        typed = tuple(RawColumn(column, words) for column, words in columns.items())
        return RawTable(schema="shop_raw", name=name, columns=typed, file=file)

    def load(self, *tables: RawTable) -> tuple[Loaded, ...]:
        return load(tables, self.connection, self.told.append)

    def faults(self, *tables: RawTable) -> tuple[Diagnostic, ...]:
        with pytest.raises(ErdError) as caught:
            self.load(*tables)
        return caught.value.diagnostics

    def rows(self, relation: str) -> list[tuple[object, ...]]:
        with connect(self.connection) as session:
            cursor = session.cursor()
            cursor.execute(f"select * from shop_raw.{relation}")
            return list(cursor.fetchall())


@pytest.fixture
def loader(database: Connection, tmp_path: Path) -> Loader:
    return Loader(database, tmp_path)


def test_typed_values_arrive(loader: Loader) -> None:
    content = "id,name,spend,day\n1,Ann,1.50,2025-01-02\n2,Böb,,\n"
    table = loader.table("customers", content, id="integer", name="text", spend="numeric(10,2)", day="date")
    (loaded,) = loader.load(table)
    assert (loaded.rows, loaded.kept) == (2, False)
    assert loader.rows("customers") == [
        (1, "Ann", Decimal("1.50"), date(2025, 1, 2)),
        (2, "Böb", None, None),
    ]


def test_empty_is_null_and_quoted_empty_is_text(loader: Loader) -> None:
    table = loader.table("notes", 'id,a,b\n"1",,""\n"",x,y\n', id="integer", a="text", b="text")
    loader.load(table)
    assert loader.rows("notes") == [(1, None, ""), (None, "x", "y")]


def test_columns_may_stand_in_any_order_after_a_byte_order_mark(loader: Loader) -> None:
    table = loader.table("t", "\ufeffb,a\r\ny,1\r\n", a="integer", b="text")
    loader.load(table)
    assert loader.rows("t") == [(1, "y")]


def test_other_columns_are_ignored_and_named(loader: Loader) -> None:
    table = loader.table("t", "x,a,y,b\n0,1,0,2\n", a="integer", b="integer")
    loader.load(table)
    assert loader.rows("t") == [(1, 2)]
    assert loader.told[0] == "shop_raw.t: ignored in `t.csv`: `x`, `y`"


def test_names_are_quoted(loader: Loader) -> None:
    table = loader.table('odd "name', 'select,"a ""b"""\n1,2\n', **{"select": "integer", 'a "b"': "integer"})
    loader.load(table)
    assert loader.rows('"odd ""name"') == [(1, 2)]


def test_only_what_changed_is_loaded_again(loader: Loader) -> None:
    one = loader.table("one", "a\n1\n", a="integer")
    two = loader.table("two", "a\n1\n", a="integer")
    loader.load(one, two)
    loader.table("two", "a\n3\n", a="integer")
    loader.told.clear()
    assert [loaded.kept for loaded in loader.load(one, two)] == [True, False]
    assert loader.told[0] == "shop_raw.one: kept, 1 row"
    assert loader.rows("two") == [(3,)]


def test_a_touched_file_is_kept_and_a_dropped_or_retyped_table_is_not(loader: Loader) -> None:
    touched = loader.table("touched", "a\n1\n", a="integer")
    dropped = loader.table("dropped", "a\n1\n", a="integer")
    retyped = loader.table("retyped", "a\n1\n", a="integer")
    loader.load(touched, dropped, retyped)
    assert touched.file is not None
    os.utime(touched.file, ns=(0, 0))
    with connect(loader.connection) as session:
        session.cursor().execute("drop table shop_raw.dropped")
        session.commit()
    again = loader.declared("retyped", retyped.file, a="text")
    assert [loaded.kept for loaded in loader.load(touched, dropped, again)] == [True, False, False]
    assert loader.rows("retyped") == [("1",)]


def test_views_on_a_table_do_not_stop_it_from_being_loaded(loader: Loader) -> None:
    loader.load(loader.table("t", "a\n1\n", a="integer"))
    with connect(loader.connection) as session:
        session.cursor().execute("create view v as select * from shop_raw.t")
        session.commit()
    loader.load(loader.table("t", "a\n2\n", a="integer"))
    assert loader.rows("t") == [(2,)]


def test_a_table_without_a_file_is_empty_or_what_it_was(loader: Loader) -> None:
    loader.load(loader.table("seen", "a\n1\n", a="integer"), loader.declared("new", None, a="integer"))
    assert loader.rows("new") == []
    with connect(loader.connection) as session:
        session.cursor().execute("create table shop_raw.foreign_one as select 7 as a")
        session.commit()
    loader.load(loader.declared("foreign_one", None, a="integer"), loader.declared("seen", None, a="integer"))
    assert loader.rows("foreign_one") == [(7,)]
    assert loader.rows("seen") == []


def test_a_table_of_someone_else_is_not_dropped(loader: Loader) -> None:
    with connect(loader.connection) as session:
        session.cursor().execute("create schema shop_raw; create table shop_raw.t as select 7 as a")
        session.commit()
    (fault,) = loader.faults(loader.table("t", "a\n1\n", a="integer"))
    assert fault.code == "E704"
    assert "shop_raw.t is in this database already" in fault.message
    assert loader.rows("t") == [(7,)]


def test_values_that_do_not_fit_are_shown_in_their_files(loader: Loader) -> None:
    spend = loader.table("spend", "day,amount\n2025-01-01,1\n2025-01-02,12x\n", day="date", amount="numeric(10,2)")
    notes = loader.table(
        "notes",
        'id,note,day\n1,"two\nlines",2025-01-01\n2,"three\nmore\nlines",soon\n',
        id="integer",
        note="text",
        day="date",
    )
    fine = loader.table("fine", "a\n1\n", a="integer")
    first, second = loader.faults(spend, fine, notes)
    assert (first.code, second.code) == ("E702", "E702")
    assert first.message == "`soon` does not fit the type date of shop_raw.notes.day"
    assert first.span == Span(str(notes.file), 6, 8, 12)
    assert second.message == "`12x` does not fit the type numeric(10,2) of shop_raw.spend.amount"
    assert second.span == Span(str(spend.file), 3, 12, 15)
    assert second.notes == ('invalid input syntax for type numeric: "12x"',)


def test_rows_of_the_wrong_length_are_shown_in_their_files(loader: Loader) -> None:
    short = loader.table("a_short", 'a,b\n"1\n1",2\n3\n', a="text", b="text")
    long = loader.table("b_long", "a,b\n1,2\n3,4,5\n", a="text", b="text")
    first, second = loader.faults(short, long)
    assert (first.message, first.span) == ("a row does not fit shop_raw.a_short", Span(str(short.file), 4, 1))
    assert first.notes == ('missing data for column "b"',)
    assert (second.message, second.span) == (
        "a row does not fit shop_raw.b_long",
        Span(str(long.file), 3, 5, 6),
    )


def test_nothing_is_loaded_when_one_table_is_broken(loader: Loader) -> None:
    loader.load(loader.table("good", "a\n1\n", a="integer"))
    good = loader.table("good", "a\n2\n", a="integer")
    loader.faults(good, loader.table("bad", "a\nx\n", a="integer"))
    assert loader.rows("good") == [(1,)]


def test_missing_files_and_columns_are_told_all_at_once(loader: Loader) -> None:
    gone = loader.declared("gone", loader.folder / "gone.csv", a="integer")
    renamed = loader.table("renamed", "customerid,name\n1,x\n", customer_id="integer", name="text", age="integer")
    twice = loader.table("twice", "a,a\n1,2\n", a="integer")
    faults = loader.faults(gone, renamed, twice)
    assert {fault.code for fault in faults} == {"E703"}
    assert [fault.message for fault in faults] == [
        "shop_raw.renamed has a column `age`, but this file does not",
        "shop_raw.renamed has a column `customer_id`, but this file does not",
        "the column `a` of shop_raw.twice appears 2 times in this file",
        f"`{gone.file}`, the data of shop_raw.gone, cannot be read: No such file or directory",
    ]
    assert faults[1].fixes == ("did you mean `customerid`?",)
    assert faults[1].span == Span(str(renamed.file), 1, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        ("a\n1\n".encode("utf-16"), "is not UTF-8"),
        ("a\n1\n".encode("utf-16-le"), "there are zero bytes in it"),
        (b"a;b\n1;2\n", "has a column `a`"),
    ],
)
def test_files_that_are_no_tables_are_told(loader: Loader, content: bytes, said: str) -> None:
    faults = loader.faults(loader.table("t", content, a="integer", b="integer"))
    assert faults[0].code == "E703"
    assert said in faults[0].message


def test_semicolons_are_recognised(loader: Loader) -> None:
    fault, _ = loader.faults(loader.table("t", "a;b\n1;2\n", a="integer", b="integer"))
    assert "separate the columns by commas, not by ';'" in fault.fixes


def test_types_that_postgres_does_not_know_are_told(loader: Loader) -> None:
    unknown = loader.table("unknown", "a\n1\n", a="intger")
    sly = loader.table("sly", "a\n1\n", a="integer); drop table x; --")
    first, second = loader.faults(unknown, sly)
    assert first.message == "`integer); drop table x; --`, of shop_raw.sly.a, is not a type of PostgreSQL"
    assert second.message == 'shop_raw.unknown cannot be loaded: type "intger" does not exist'


def parquet(file: Path, columns: dict[str, list[object]]) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(columns), file)
    return file


def test_parquet_is_read_column_by_column(loader: Loader) -> None:
    values: dict[str, list[object]] = {
        "extra": [[1], [2], [3]],
        "name": ['a "b"', "", None],
        "id": [1, None, 3],
        "day": [date(2025, 1, 2)] * 3,
    }
    file = parquet(loader.folder / "t.parquet", values)
    (loaded,) = loader.load(loader.declared("t", file, id="integer", name="text", day="date"))
    assert loaded.rows == 3
    day = date(2025, 1, 2)
    assert loader.rows("t") == [(1, 'a "b"', day), (None, "", day), (3, None, day)]
    assert loader.told[0] == "shop_raw.t: ignored in `t.parquet`: `extra`"


def test_faults_in_parquet_name_the_row(loader: Loader) -> None:
    file = parquet(loader.folder / "t.parquet", {"note": ["x\ny", "z", "w"], "n": ["1", "2", "many"]})
    (fault,) = loader.faults(loader.declared("t", file, note="text", n="integer"))
    assert fault.message == f"`many` does not fit the type integer of shop_raw.t.n, in row 3 of `{file}`"


def test_parquet_that_copy_cannot_take_is_told(loader: Loader) -> None:
    nested = loader.declared("n", parquet(loader.folder / "n.parquet", {"a": [[1], [2]]}), a="text")
    text = loader.table("no.parquet", "a\n1\n", a="text")
    first, second = loader.faults(nested, text)
    assert "its column `a` is a list<" in first.message
    assert "it is not Parquet" in second.message
