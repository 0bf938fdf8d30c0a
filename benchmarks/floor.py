"""The floor: what any Python process pays that loads such a spec, renders such a project and writes it. No checks.

Usage: `python floor.py SPEC OUT`. libyaml, templates compiled once, one write per file, no garbage collection.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from typing import Any

import jinja2
import yaml

_STAGING = """\
-- One row per [[ entity.key ]].
-- Why: ([[ entity.key ]]) is the key of the source table. The row count rests on
-- the key of [[ name ]], which is tested.
with

source as (

    select * from {{ source('raw', '[[ name ]]') }}

),

renamed as (

    select
        [[ entity.columns | join(",\n        ") ]]

    from source

)

select * from renamed
"""
_MODEL = """\
-- One row per [[ model.grain ]].
-- Why: ([[ model.grain ]]) is the grain of [[ model.rows ]]. The row count rests on the key of
-- [[ model.rows ]], which is tested.
with
[% for part in ("rows", "looked_up", "first", "second") %]

[[ part ]]_of_[[ model.rows ]] as (

    select * from {{ ref('[[ model.rows ]]') }}

),
[% endfor %]
[% for part in ("joined", "final") %]

[[ part ]] as (

    select
[% for column, formula in model.columns.items() %]
        [[ part ]].[[ model.rows ]].[[ formula ]] as [[ column ]],
[% endfor %]
        [[ model.grain ]]

    from [[ model.rows ]]

    left join first_of_[[ model.rows ]]
        on [[ model.rows ]].[[ model.grain ]] = first_of_[[ model.rows ]].[[ model.grain ]]

),
[% endfor %]

select * from final
"""
_PROPERTIES = """\
---
version: 2

[[ kind ]]:
[% for name, body in relations.items() %]
  - name: [[ name ]]
    description: |-
      [[ body.description or name ]]

      Grain: one row per [[ body.key or body.grain ]].
      Why: the grain is the key of the source table. The row count rests on the
      key of [[ name ]], which is tested.
    columns:
[% for column, said in body.columns.items() %]
      - name: [[ column ]]
        data_type: [[ said.type or said ]]
        description: [[ said.description or column ]]
[% if column == body.key %]
        data_tests:
          - not_null:
              name: [[ name ]]_[[ column ]]_is_not_null
          - unique:
              name: [[ name ]]_[[ column ]]_is_primary_key
[% elif column.endswith("_id") %]
        data_tests:
          - relationships:
              name: [[ name ]]_[[ column ]]_exists_in_its_table
              arguments:
                to: "source('raw', '[[ column ]]')"
                field: [[ column ]]
[% endif %]
[% endfor %]
[% endfor %]
"""
_README = """\
[% for name, body in relations.items() %]
| `[[ name ]]` | one row per [[ body.key or body.grain ]] | [[ body.description or name ]] |
[% for column in body.columns if column.endswith("_id") or column == "created_on" %]
| [[ name ]]: every [[ column ]] exists in its table | `[[ name ]]_[[ column ]]_exists_in_its_table` |
| [[ name ]]: [[ column ]] is never empty | `[[ name ]]_[[ column ]]_is_not_null` |
[% endfor %]
[% endfor %]
"""


def main(spec: str, out: str) -> None:
    gc.disable()
    with open(spec, "rb") as file:
        diagram = yaml.load(file, yaml.CSafeLoader)
    for path, text in _files(diagram):
        place = os.path.join(out, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8") as file:
            file.write(text)


def _files(diagram: dict[str, Any]) -> Iterator[tuple[str, str]]:
    engine = jinja2.Environment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        trim_blocks=True,
        autoescape=False,
    )
    entities, models = diagram["entities"], diagram["models"]
    staging, model, properties = map(engine.from_string, (_STAGING, _MODEL, _PROPERTIES))
    for name, entity in entities.items():
        yield f"models/staging/stg_{name}.sql", staging.render(name=name, entity=entity)
    for name, body in models.items():
        yield f"models/marts/{name}.sql", model.render(model=body)
    yield "models/staging/_sources.yml", properties.render(kind="sources", relations=entities)
    yield "models/staging/_models.yml", properties.render(kind="models", relations=entities)
    yield "models/marts/_models.yml", properties.render(kind="models", relations=models)
    yield "README.md", engine.from_string(_README).render(relations=entities | models)


if __name__ == "__main__":
    main(*sys.argv[1:])
