"""Specs from snippets: what a snippet does not say comes from a small shop."""

from __future__ import annotations

import re

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.spec.reader import read_spec

_SHOP = {
    "version": "version: 1",
    "project": "project: shop",
    "sources": "sources: {raw: {schema: raw}}",
    "entities": """\
entities:
  customers:
    key: customer_id
    columns: {customer_id: bigint, name: text}
  orders:
    key: order_id
    columns: {order_id: bigint, customer_id: bigint, amount: "numeric(12,2)"}""",
    "models": "models: {}",
}


def completed(snippet: str) -> bytes:
    """A whole spec: the snippet first, so that its places stay, then the sections that it lacks."""
    said = set(re.findall(r"^(\w+):", snippet, re.MULTILINE))
    rest = "\n".join(text for section, text in _SHOP.items() if section not in said)
    return f"{snippet.rstrip()}\n{rest}\n".encode()


def codes_of(data: bytes) -> set[str]:
    """The codes of the faults in a spec; none when it can be read."""
    try:
        read_spec(data, "spec.yml")
    except ErdError as error:
        return {fault.code for fault in error.diagnostics}
    return set()
