"""Keeps the last result of generation for each spec in the user's cache, so that unchanged parts are not recomputed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from erd2dbt.cache.entries import keep_entry, read_entry
from erd2dbt.cache.program import program_digest, program_files
from erd2dbt.design.project.surroundings import Surroundings
from erd2dbt.system.shipped_files import shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The result of generation. `files`: path -> text; `said`: the summary of the diagram; `folder`: the default
    target.

    `models`: path of its SQL -> the model. `places`: path -> line and column of the spec that cause the file. `engine`:
    empty for PostgreSQL.

    `templates`: a digest of the templates; `around`: a digest of other files in the folder; `notes`: the remarks on
    those. `names`: the identities of its objects, as data. `left`: entities of the spec that were not selected.
    """

    files: Mapping[str, str]
    said: tuple[str, ...]
    folder: str
    models: Mapping[str, str]
    places: Mapping[str, tuple[int, int]]
    templates: str
    engine: str
    around: str
    notes: tuple[str, ...]
    names: Mapping[str, Any]
    left: tuple[str, ...] = ()


def cached_product(spec: Path, data: bytes, templates: Path | None) -> Product | None:
    """Return the last result for the same spec, tool and templates; None when anything differs."""
    try:
        head = _head(spec, data, templates)
        entry = read_entry(_KIND, _name(spec), head)
        if entry is None:
            return None
        words, _, texts = entry[len(head) :].partition(b"\n")
        kept = json.loads(words)
        ends = pairwise(accumulate(kept["files"].values(), initial=0))
        kept["files"] = {
            path: texts[slice(*of)].decode(errors=_HALVES) for path, of in zip(kept["files"], ends, strict=True)
        }
        places = {path: (line, column) for path, (line, column) in kept.pop("places").items()}
        said, notes, left = (tuple(kept.pop(word)) for word in ("said", "notes", "left"))
        return Product(said=said, notes=notes, left=left, places=places, **kept)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):  # a damaged entry is a miss
        return None


def cache_product(spec: Path, data: bytes, templates: Path | None, product: Product) -> None:
    """Store a result for `cached_product`. A cache that cannot be written is ignored."""
    words = {one.name: getattr(product, one.name) for one in fields(product)}
    texts = {path: text.encode(errors=_HALVES) for path, text in product.files.items()}
    words["files"] = {path: len(text) for path, text in texts.items()}  # the texts follow, which no JSON makes longer
    with contextlib.suppress(OSError):
        head = _head(spec, data, templates)
        keep_entry(_KIND, _name(spec), head, json.dumps(words).encode(), b"\n", *texts.values())


def templates_digest(own: Path | None) -> str:
    """Return 16 hexadecimal digits for the texts of all templates, independent of line endings. Raises OSError."""
    digest = hashlib.sha256()
    for number, folder in enumerate((shipped("templates"), *([own] if own else []))):
        for file, _ in program_files(os.fspath(folder)):
            text = Path(file).read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{number}\0{os.path.relpath(file, folder)}\0{len(text)}\0".encode(errors="surrogateescape"))
            digest.update(text)
    return digest.hexdigest()[:16]


def around_digest(around: Surroundings) -> str:
    """Return 16 hexadecimal digits for all that is known of it."""
    parts = (getattr(around, one.name) for one in fields(around))
    known = [sorted(map(str, p.items() if isinstance(p, Mapping) else p)) if isinstance(p, _MANY) else p for p in parts]
    return hashlib.sha256(json.dumps(known).encode(errors="surrogateescape")).hexdigest()[:16]


_MANY = (Mapping, frozenset, tuple)


_KIND = "products"
_HALVES = "surrogatepass"  # a text may have halves of surrogate pairs, which are reported when it is written


def _name(spec: Path) -> str:
    return os.fspath(spec.resolve())


def _head(spec: Path, data: bytes, templates: Path | None) -> bytes:
    """Return the first line of an entry, a digest of everything that determines the result."""
    digest = hashlib.sha256(f"{program_digest(templates)}\0{spec}\0".encode(errors="surrogateescape"))
    digest.update(hashlib.sha256(data).digest())
    return f"{digest.hexdigest()}\n".encode()
