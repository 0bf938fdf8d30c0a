"""The supported languages, in the order in which they are tried."""

from erd2dbt.infer.wording.english import ENGLISH
from erd2dbt.infer.wording.french import FRENCH
from erd2dbt.infer.wording.german import GERMAN
from erd2dbt.infer.wording.language import Language, Says
from erd2dbt.infer.wording.portuguese import PORTUGUESE
from erd2dbt.infer.wording.spanish import SPANISH

LANGUAGES: tuple[Language, ...] = (ENGLISH, GERMAN, SPANISH, FRENCH, PORTUGUESE)


def phrases(*says: Says) -> frozenset[tuple[str, ...]]:
    """The phrases of all languages that have one of these meanings, as folded words."""
    return frozenset(
        phrase
        for language in LANGUAGES
        for phrase, meanings in language.meanings.items()
        if not meanings.isdisjoint(says)
    )
