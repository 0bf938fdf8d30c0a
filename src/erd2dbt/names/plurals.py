"""Singular and plural of English nouns in names."""

from __future__ import annotations

from functools import lru_cache

import inflection

_SHORTEST = 3  # the shortest word that may be a plural
_SAME = frozenset(
    """species series news data metadata information equipment staff feedback sheep deer fish aircraft software
    hardware means chassis corps headquarters diabetes rabies gas bus canvas atlas bias alias pancreas chaos lens
    sms gps dns https address access process business class status basis oasis tennis iris census campus corpus
    virus bonus consensus radius focus nexus genus opus surplus apparatus prospectus stimulus cactus fungus
    syllabus modulus is was has this its us ms ns ios os cvs rss css
    baggage luggage furniture jewelry jewellery traffic weather homework research evidence knowledge merchandise
    machinery livestock footage advertising cash""".split()
)
_IRREGULAR = {
    "cookies": "cookie", "calories": "calorie", "movies": "movie", "zombies": "zombie", "selfies": "selfie",
    "rookies": "rookie", "genies": "genie", "prairies": "prairie", "brownies": "brownie", "ties": "tie", "pies": "pie",
    "lies": "lie", "dies": "die", "caches": "cache", "aches": "ache", "headaches": "headache", "niches": "niche",
    "leaves": "leaf", "shelves": "shelf", "halves": "half", "wolves": "wolf", "knives": "knife", "lives": "life",
    "wives": "wife", "thieves": "thief", "loaves": "loaf", "calves": "calf", "people": "person", "men": "man",
    "gases": "gas", "buses": "bus", "lenses": "lens", "canvases": "canvas", "aliases": "alias", "biases": "bias",
    "bonuses": "bonus", "campuses": "campus", "viruses": "virus", "censuses": "census", "statuses": "status",
    "addresses": "address", "taxis": "taxi", "skis": "ski", "kpis": "kpi", "apis": "api", "menus": "menu",
    "gurus": "guru", "data": "data", "topics": "topic", "clinics": "clinic", "comics": "comic", "critics": "critic",
    "mechanics": "mechanic", "fabrics": "fabric", "relics": "relic", "medics": "medic", "picnics": "picnic",
    "epics": "epic", "lyrics": "lyric", "metrics": "metric", "tactics": "tactic", "characteristics": "characteristic",
    "graphics": "graphic", "academics": "academic", "antibiotics": "antibiotic", "pics": "pic", "mics": "mic",
    "statistics": "statistic", "analytics": "analytics",
    "heroes": "hero", "echoes": "echo", "vetoes": "veto", "torpedoes": "torpedo", "cargoes": "cargo",
    "embargoes": "embargo", "mosquitoes": "mosquito", "volcanoes": "volcano", "dominoes": "domino",
    "tornadoes": "tornado", "mangoes": "mango", "criteria": "criterion", "schemata": "schema", "stadia": "stadium",
}  # fmt: skip
_PLURALS = (
    {one: many for many, one in _IRREGULAR.items()}
    | {"schema": "schemas", "stadium": "stadiums"}
    | {one: f"{one}es" for one in ("address", "business", "class", "process", "radius", "focus", "surplus", "iris")}
)
_NO_NOUN = frozenset("by of to in at on with for from via and or is are was has have per as than".split())
_PARTICLES = frozenset("in on out off up over down back".split())  # after a verb, as in `check_in` and `follow_up`
_NOUNS_IN_LY = (
    "family", "assembly", "anomaly", "reply", "supply", "ally", "fly", "monopoly", "lily", "homily", "bully", "poly",
    "rally", "tally", "folly", "jelly", "doily", "multiply", "apply",
)  # fmt: skip
_ROMANCE = ("ciones", "siones", "edores", "adores", "idores", "ctores", "dades")
_VOWELS = frozenset("aeiouy")
_LATIN = frozenset("media bacteria strata errata".split())
_NOUNS_IN_ED = frozenset("feed seed bed breed weed reed deed need speed steed shed sled creed bleed".split())


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """`touchpoints` -> `touchpoint`; of several words, the last. Other words are unchanged: `published_by`."""
    before, cut, end = word.rpartition("_")
    return f"{before}{cut}{_singular_word(end)}" if end else word


@lru_cache(maxsize=4096)
def plural(word: str) -> str:
    """`order_line` -> `order_lines`. Plurals and words that are not nouns are unchanged: `located`."""
    before, cut, end = singular(word).rpartition("_")
    if end.lower() in _PARTICLES and _is_verb(before.rpartition("_")[2].lower()):
        return f"{before}{cut}{end}s"
    return f"{before}{cut}{_many(end)}" if end else word


def _is_verb(word: str) -> bool:
    """Whether the word may be the verb of a noun such as `check_in`. In `located_in` and `belongs_to` it is not."""
    return len(word) >= _SHORTEST and not word.endswith(("s", "ed", "en", "ing"))


def _singular_word(word: str) -> str:
    low = word.lower()
    if low in _IRREGULAR:
        return word[0] + _IRREGULAR[low][1:]
    if len(word) < _SHORTEST or low in _SAME or low[-1].isdigit():
        return word
    if low.endswith(("ics", "us", "is", "ss", "data", "meta")):
        return word
    if low.endswith(_ROMANCE):  # Spanish: `devoluciones`, `proveedores`
        return word[:-2]
    if _is_one_in_a(low):
        return word
    if low.endswith("ves"):  # `curves`, `waves`: their singular does not end in `f`
        return word[:-1]
    return inflection.singularize(word)


def _is_one_in_a(low: str) -> bool:
    """Whether it is a singular, such as `quota`, `venta` and `categoria`, and not a Latin plural."""
    return low.endswith(("ta", "ia")) and not low.endswith(("data", "meta")) and low not in _LATIN


def _many(word: str) -> str:
    low = word.lower()
    if low in _PLURALS:
        return word[0] + _PLURALS[low][1:]
    participle = low.endswith("ed") and low not in _NOUNS_IN_ED
    adjective = low.endswith("ly") and not low.endswith(_NOUNS_IN_LY)  # `hourly`, `monthly`
    if low in _SAME or low in _NO_NOUN or participle or adjective or low.endswith("ics") or low[-1:].isdigit():
        return word
    if _is_one_in_a(low):
        return f"{word}s"
    many: str = inflection.pluralize(word)
    return word if many.endswith("es") and _VOWELS.isdisjoint(low) else many  # `trx` is an abbreviation
