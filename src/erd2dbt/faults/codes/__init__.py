"""Every code of a diagnostic, explained. A code is never reused for another fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.faults.codes.additivity import ADDITIVITY
from erd2dbt.faults.codes.diagrams import DIAGRAMS
from erd2dbt.faults.codes.doc import CodeDoc, as_page
from erd2dbt.faults.codes.expressions import EXPRESSIONS
from erd2dbt.faults.codes.grain import GRAIN
from erd2dbt.faults.codes.handwritten import HANDWRITTEN
from erd2dbt.faults.codes.miro import MIRO
from erd2dbt.faults.codes.reading import READING
from erd2dbt.faults.codes.resolving import RESOLVING
from erd2dbt.faults.codes.running import RUNNING
from erd2dbt.faults.codes.writing import WRITING
from erd2dbt.faults.codes.yamltext import YAML

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES: Mapping[str, CodeDoc] = {
    doc.code: doc
    for doc in (
        *YAML,
        *READING,
        *EXPRESSIONS,
        *DIAGRAMS,
        *MIRO,
        *RESOLVING,
        *GRAIN,
        *HANDWRITTEN,
        *ADDITIVITY,
        *RUNNING,
        *WRITING,
    )
}

__all__ = ["CODES", "CodeDoc", "as_page"]
