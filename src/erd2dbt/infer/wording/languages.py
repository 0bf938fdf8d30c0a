"""The supported languages, in the order in which they are tried."""

from erd2dbt.infer.wording.english import ENGLISH
from erd2dbt.infer.wording.french import FRENCH
from erd2dbt.infer.wording.german import GERMAN
from erd2dbt.infer.wording.language import Language
from erd2dbt.infer.wording.portuguese import PORTUGUESE
from erd2dbt.infer.wording.spanish import SPANISH

LANGUAGES: tuple[Language, ...] = (ENGLISH, GERMAN, SPANISH, FRENCH, PORTUGUESE)
