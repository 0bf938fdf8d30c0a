"""A schema in two notations is one `Erd`; where the sources themselves differ, `true_differences.yml` says why."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpus import schemas as corpus
from erd2dbt.read.recognising import read_diagram, recognised
from read.meaning import differences, erd_of, meaning

LISTED = Path(__file__).with_name("true_differences.yml")
PAIRS = {
    "simplebank": ("simplebank/db.dbml", "simplebank/schema.sql"),
    "adventureworks": ("dbml_samples/adventureworks_dump.dbml", "dbml_samples/adventureworks_dump.sql"),
    "dariah_unr": ("dariah_unr/schema.dbml", "dariah_unr/schema.sql"),
    "atcoder_novisteps": ("atcoder_novisteps/ERD.md", "atcoder_novisteps/schema.sql"),
    "dariah_unr.prisma": ("dariah_unr/schema.prisma", "dariah_unr/schema.sql"),
    "atcoder_novisteps.prisma": ("atcoder_novisteps/schema.prisma", "atcoder_novisteps/schema.sql"),
}
OTHERS = {  # file: (notation, boxes, columns, lines)
    "dbml_samples/playground/advanced/ecommerce.dbml": ("DBML", 5, 33, 5),
    "dbml_samples/playground/basic/simple-table.dbml": ("DBML", 1, 4, 0),
    "dbml_samples/adventureworks_dump.dbml": ("DBML", 68, 456, 90),
    "dbml_samples/adventureworks_dump.sql": ("SQL", 68, 456, 90),
    "dariah_unr/schema.dbml": ("DBML", 34, 238, 39),
    "dariah_unr/schema.prisma": ("Prisma", 34, 238, 39),
    "atcoder_novisteps/schema.prisma": ("Prisma", 16, 104, 16),
    "dialects/sakila.mysql.sql": ("SQL", 16, 89, 22),
    "postgsail/postgsail.md": ("Mermaid", 22, 219, 12),
    "mermaid_docs/er-multiline.html": ("Mermaid", 5, 16, 3),
}
ONE = """
Table users {
  id integer [pk, increment]
  mail varchar(20) [unique, not null, note: 'where to']
  boss integer [ref: > users.id]
}
Enum state { open
  "shut down"
}
Table visits {
  user_id integer [ref: > users.id]
  day date
  state state [not null]
  indexes { (user_id, day) [pk] }
}
"""
OTHER = """
create type state as enum ('open', 'shut down');
create table users (id serial primary key, mail character varying(20) not null, boss int references users);
create unique index on users (mail);
comment on column users.mail is 'where to';
create table visits (user_id int4, day date, state state not null, constraint k primary key (user_id, day),
  foreign key (user_id) references users (id));
"""


def test_one_schema_in_two_notations() -> None:
    said = meaning(erd_of(ONE))
    assert differences(said, meaning(erd_of(OTHER))) == []
    assert (len(said["entities"]), len(said["links"])) == (2, 2)


@corpus.needed
@pytest.mark.parametrize("name", PAIRS)
def test_known_schemas_in_two_notations(name: str) -> None:
    first, second = (meaning(erd_of(corpus.text(file))) for file in PAIRS[name])
    listed: list[dict[str, Any]] = yaml.safe_load(LISTED.read_text(encoding="utf-8"))[name]
    found: Counter[str] = Counter()
    unexplained = []
    for said in differences(first, second):
        match = next((one["match"] for one in listed if re.search(one["match"], said)), None)
        found[match or ""] += 1
        unexplained += [] if match else [said]
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        print(name, dict(found))
    assert unexplained == []
    assert found == Counter({one["match"]: one["count"] for one in listed})


@corpus.needed
@pytest.mark.parametrize("name", OTHERS)
def test_every_file_is_recognised_and_read(name: str) -> None:
    text = corpus.text(name)
    notation = recognised(text)
    assert notation is not None
    diagram = read_diagram(text.encode(), name)
    counted = (len(diagram.boxes), sum(len(box.rows) for box in diagram.boxes), len(diagram.lines))
    assert (notation.name, *counted) == OTHERS[name]
