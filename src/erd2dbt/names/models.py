"""Names of dbt models, by `naming:` in the spec."""

from __future__ import annotations

import re

from erd2dbt.diagram.erd import Entity, Erd
from erd2dbt.names.distinct import apart, own
from erd2dbt.names.length import fit
from erd2dbt.names.spelling import snake

PATTERNS = {"fact": "fct_{entity}", "dimension": "dim_{entity}", "bridge": "bridge_{entity}"}
_SOURCE = re.compile(r"_*\{source\}_*")


def staging_names(erd: Erd) -> dict[str, str]:
    """Entity -> the name of its staging model.

    It is the existing model, else the spec's pattern, else `stg_<entity>`, or `stg_<source>__<entity>` for several
    sources. A number keeps equal names distinct.
    """
    several = len(erd.sources) > 1
    pattern = erd.settings.naming.get("staging") or ("stg_{source}__{entity}" if several else "stg_{entity}")
    stems = stems_of(erd)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for entity in erd.entities:
        if entity.existing is not None:
            found[entity.name] = entity.existing.text
            continue
        found[entity.name] = apart(fit(named(pattern, entity, stems[entity.name])), taken.__contains__)
        taken.add(found[entity.name])
    return found


def stems_of(erd: Erd) -> dict[str, str]:
    """Entity -> the stem of its models' names: its name without the affixes of `naming: strip`, where unique."""
    affixes = erd.settings.strip
    return own({entity.name: entity.name for entity in erd.entities}, lambda name: _stripped(name, affixes))


def _stripped(name: str, affixes: tuple[str, ...]) -> str:
    """The name without the first matching prefix and the first matching suffix."""
    low = name.lower()
    prefix = next((one for one in affixes if one.endswith("_") and low.startswith(one)), "")
    suffix = next((one for one in affixes if one.startswith("_") and low.endswith(one)), "")
    return name[len(prefix) : len(name) - len(suffix)] or name


def named(pattern: str, entity: Entity, stem: str) -> str:
    """The pattern with its parts filled in. The source is not repeated: `orders` of `crm` is `stg_crm__orders`."""
    source = f"{entity.source}_"
    told = "{source}" in pattern and stem.startswith(source) and not snake(entity.table).startswith(source)
    return pattern.replace("{source}", entity.source).replace("{entity}", stem.removeprefix(source) if told else stem)


def of_no_source(pattern: str, name: str) -> str:
    """The name of a model that belongs to no single entity."""
    return _SOURCE.sub("_", pattern).strip("_").replace("{entity}", name)
