"""The languages that are read, in the order in which they are tried."""

from erd2dbt.infer.wording.english import ENGLISH
from erd2dbt.infer.wording.language import Language

LANGUAGES: tuple[Language, ...] = (ENGLISH,)
