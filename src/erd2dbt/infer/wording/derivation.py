"""Derives one column of a drawn model from the text beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.diagram.erd import TODO, Expression, Pick, Tier
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box, Certainty, Derivation
from erd2dbt.infer.rules import ColumnQuestion, count_of, inferred_derivations
from erd2dbt.infer.wording import tokens
from erd2dbt.infer.wording.aggregates import Aggregates
from erd2dbt.infer.wording.formulas import Formulas
from erd2dbt.infer.wording.language import Language, Says, folded
from erd2dbt.infer.wording.languages import LANGUAGES
from erd2dbt.infer.wording.readings import Qualifiers, Reading
from erd2dbt.infer.wording.scope import Place, Scope
from erd2dbt.infer.wording.tiers import tier_of
from erd2dbt.sql.drawn_formulas import Name, adapted
from erd2dbt.sql.row_filters import released_from, restricted_to, without_condition

_MOST_OPTIONS = 3
_NUMBER = re.compile(r"(?:count|sum|avg)\([^()]*\)(?: filter \(where .*\))?", re.DOTALL)


def derived(question: ColumnQuestion, text: str) -> Derivation | None:
    """The derivation in the text, with its words as comment; None where not all of it is understood.

    Several meanings are UNKNOWN with these as choices. The text overrides the column's name, and a difference is noted.
    """
    scope = Scope(question)
    plain = _plain(text)
    found = (
        (None if _is_part_of(plain) else _of_sql(scope, plain))
        or _of_words(scope, plain)
        or _of_sql_where(scope, plain)
    )
    if found is None or found.certainty is Certainty.UNKNOWN:
        return found
    return _marked(question, replace(found, words=text if _is_other(found, plain) else None))


def _plain(text: str) -> str:
    """The text without a leading sign and outer brackets."""
    plain = text.strip().lstrip("=←:–—").strip()
    while plain.startswith("(") and plain.endswith(")") and _is_around(plain):
        plain = plain[1:-1].strip()
    return plain


def _is_around(text: str) -> bool:
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and place < len(text) - 1:
            return False
    return depth == 0


def _is_part_of(text: str) -> bool:
    """Whether it is `10 % of (a + b)`, which SQL reads as the remainder of a division by a call of `of`."""
    said = [tokens.read(text, language) for language in LANGUAGES if "%" in text]
    return any(
        behind is not None and words_.after(behind, Says.OF, Says.FROM) is not None
        for words_ in said
        for place in range(1, len(words_))
        for behind in [words_.after(place, Says.PERCENT) if words_.tokens[place - 1].kind == "number" else None]
    )


def _is_other(found: Derivation, text: str) -> bool:
    """Whether the formula has other words than the text."""
    formula = found.formula
    return not isinstance(formula, Expression) or "".join(formula.text.split()) != "".join(text.split())


# -- SQL


def _of_sql(scope: Scope, text: str, of: str = "") -> Derivation | None:
    """An expression in SQL. `of`: the box whose rows `count(*)` counts. None for other texts."""
    question = scope.question
    language = LANGUAGES[0]

    def resolve(names: tuple[Name, ...], inside: bool) -> Mapping[Name, tuple[str, str]] | None:
        bare = [name for name in names if not name.owner]
        found = {name: _owned(scope, name, language) for name in names if name.owner}
        found |= _in_aggregate(scope, bare, found, language) if inside else _alone(scope, bare, language)
        return None if len(found) < len(names) or None in found.values() else {n: p for n, p in found.items() if p}

    def counted(owner: str) -> str | None:
        boxes = [scope.boxes[owner or of]] if (owner or of) in scope.boxes else scope.many
        return count_of(boxes[0]) if len(boxes) == 1 else None

    formula = adapted(
        text,
        resolve,
        counted,
        whole=question.kind is not None and words.is_whole(question.kind),
        truth=words.is_truth(question.kind),
    )
    if formula is None:
        return None
    return _copied_from_many(question, formula) or question.sure(formula, "written as SQL")


def _copied_from_many(question: ColumnQuestion, formula: str) -> Derivation | None:
    """A column of a box with several rows for each row of the model: the grain must determine it, which is a claim."""
    owner, _, column = formula.partition(".")
    box = next((one.box for one in question.many if one.box.name == owner), None)
    if box is None or column not in box.columns or words.is_number(box.columns[column]):
        return None
    if not box.is_entity or not question.grain or not set(question.grain) <= box.columns.keys():
        return None
    why = f"assumes that ({', '.join(question.grain)}) determines it, a claim that is tested"
    return replace(question.guess(formula, why), claim=(box.name, question.grain))


def _of_sql_where(scope: Scope, text: str) -> Derivation | None:
    """`count(*) where status = paid`: an aggregate in SQL with its condition in words. None for other texts."""
    for language in LANGUAGES:
        said = tokens.read(text, language)
        begins = [place for place in range(1, len(said)) if said.after(place, Says.WHERE, Says.WITH, Says.WITHOUT)]
        for place in begins[:1]:
            head = said.text[: said.tokens[place].start].strip(" ,")
            for box in dict.fromkeys((*(box.name for box in scope.many), *scope.boxes)):
                found = _of_sql(scope, head, of=box)
                formula = _whole(scope, said, place, scope.boxes[box], found) if found else None
                if found and formula:
                    return replace(found, formula=formula)
    return None


def _whole(scope: Scope, said: tokens.Words, place: int, box: Box, head: Derivation) -> Expression | Pick | None:
    """An aggregate over a box, under the conditions in the rest of the text."""
    for qualifiers, end in Aggregates(scope, said).qualifiers(place, box):
        if end == len(said) and qualifiers.conditions and qualifiers.order is None:
            return restricted(head, box, qualifiers)
    return None


def _owned(scope: Scope, name: Name, language: Language) -> tuple[str, str] | None:
    """`orders.amount` as (box, column). A role may be in between, and a schema in front. None for other names."""
    parts = name.owner.split(".")
    place = scope.dotted(f"{parts[0]}.{name.name}", language) if len(parts) == 1 else None
    if place is not None:
        return place.box.name, place.column
    if len(parts) == 2:
        if (place := scope.dotted(f"{parts[1]}.{name.name}", language)) is not None:
            return place.box.name, place.column
        if parts[0] in scope.boxes:
            return name.owner, name.name
    return None


def _in_aggregate(
    scope: Scope, bare: list[Name], owned: Mapping[Name, tuple[str, str] | None], language: Language
) -> dict[Name, tuple[str, str] | None]:
    """Unqualified names of one aggregate are columns of one box: a named one, one with many rows, or any input."""
    named = [scope.boxes[place[0]] for place in owned.values() if place and place[0] in scope.boxes]
    alone = [one.box for one in scope.question.inputs if not one.many]
    for boxes in (named, scope.many, alone):
        fit = [box for box in boxes if all(scope.column(box, folded(n.name), language) for n in bare)]
        once = {box.name: box for box in fit}
        if len(once) == 1:
            box = next(iter(once.values()))
            return {n: (box.name, scope.column(box, folded(n.name), language) or "") for n in bare}
        if once:
            return {}
    return {}


def _alone(scope: Scope, bare: list[Name], language: Language) -> dict[Name, tuple[str, str] | None]:
    """Unqualified names outside of aggregates are columns of the model, or of the only one-row box that has them."""
    found: dict[Name, tuple[str, str] | None] = {}
    for name in bare:
        if (sibling := scope.siblings.get(folded(name.name))) is not None:
            found[name] = "", sibling
            continue
        places = {
            (box.name, column)
            for box in scope.alone
            if (column := scope.column(box, folded(name.name), language)) is not None
        }
        found[name] = next(iter(places)) if len(places) == 1 else None
    return found


# -- words


def _of_words(scope: Scope, text: str) -> Derivation | None:
    for language in LANGUAGES:
        said = tokens.read(text, language)
        if len(said) and (found := _in_language(scope, said)) is not None:
            return found
    return None


def _in_language(scope: Scope, said: tokens.Words) -> Derivation | None:
    question = scope.question
    if (tier := tier_of(scope, said)) is not None:
        if isinstance(tier.formula, Tier) and tier.formula.value.text == TODO:
            why = "the number that is cut, in the place of `TODO`"
            return Derivation(certainty=Certainty.UNKNOWN, why=why, formula=tier.formula, words=said.text)
        certainty = Certainty.GUESS if tier.why else Certainty.SURE
        return Derivation(certainty=certainty, why=tier.why or "as it is written", formula=tier.formula)
    found = list(Formulas(scope, said).readings())
    if words.is_truth(question.kind):
        found = [reading for reading in found if not _NUMBER.fullmatch(reading.text)]  # `no orders` is not their number
    if found:
        return _chosen(question, found)
    return _filtered(scope, Aggregates(scope, said).filters())


def _chosen(question: ColumnQuestion, found: Iterable[Reading]) -> Derivation:
    """The reading of least weight. Several different ones are choices."""
    found = list(found)
    least = min(reading.weight for reading in found)
    best = {_key(reading): reading for reading in found if reading.weight == least}
    if len(best) > 1:
        options = " or ".join(list(best)[:_MOST_OPTIONS])
        return Derivation(certainty=Certainty.UNKNOWN, why=f"which of them? {options}")
    reading = next(iter(best.values()))
    return Derivation(
        certainty=Certainty.GUESS if reading.why else Certainty.SURE,
        why=reading.why or "as it is written",
        formula=reading.pick or question.sql(reading.text),
        claim=reading.claim,
    )


def _key(reading: Reading) -> str:
    pick = reading.pick
    return f"{{{pick.end}: {pick.value.text}, order: {pick.order[0].text}}}" if pick else reading.text


def _filtered(scope: Scope, filters: Iterable[tuple[Box, Qualifiers]]) -> Derivation | None:
    """A text with only a row filter: the aggregate in the name, over these rows. None for other texts."""
    named = inferred_derivations(scope.question)
    if len(named) != 1 or named[0].certainty is Certainty.UNKNOWN:
        return None
    for box, qualifiers in filters:
        if (formula := restricted(named[0], box, qualifiers)) is not None:
            why = qualifiers.why or "by its name, of the rows that the words say"
            return Derivation(certainty=Certainty.GUESS, why=why, formula=formula)
    return None


def restricted(named: Derivation, box: Box, qualifiers: Qualifiers) -> Expression | Pick | None:
    """Aggregates or a pick over a box, restricted to some of its rows, besides their own conditions; None for other
    formulas."""
    formula = named.formula
    if isinstance(formula, Pick):
        return _picked(formula, box, qualifiers)
    if not isinstance(formula, Expression):
        return None
    text = restricted_to(formula.text, box.name, qualifiers.joined(qualified=Place(box, "")))
    return None if text is None else replace(formula, text=text)


def released(named: Derivation, box: Box, qualifiers: Qualifiers) -> Expression | Pick | None:
    """The formula that `restricted` restricted; None where it did not."""
    formula = named.formula
    if isinstance(formula, Pick) and formula.where is not None:
        is_named = "." in formula.order[0].text
        rest = without_condition(formula.where.text, qualifiers.joined(qualified=Place(box, "") if is_named else None))
        where = Expression(rest, formula.where.span) if rest else None
        return None if rest is None else replace(formula, where=where)
    if isinstance(formula, Expression):
        text = released_from(formula.text, box.name, qualifiers.joined(qualified=Place(box, "")))
        return None if text is None else replace(formula, text=text)
    return None


def _picked(pick: Pick, box: Box, qualifiers: Qualifiers) -> Pick | None:
    """A pick from the rows of a box, restricted to some of them. Its order names the box where its value does not."""
    owners = [text.rpartition(".")[0] for text in (pick.order[0].text, pick.value.text)]
    if next(filter(None, owners), "") != box.name or any(one.is_far for one in qualifiers.conditions):
        return None
    where = qualifiers.joined(qualified=Place(box, "") if owners[0] else None)
    if pick.where is not None:
        parts = (pick.where.text, where)
        where = " and ".join(f"({part})" if " or " in part else part for part in parts)
    return replace(pick, where=Expression(where, pick.value.span))


# -- compared with the name


def _marked(question: ColumnQuestion, found: Derivation) -> Derivation:
    """The derivation with a note where the name alone has another meaning, for a review."""
    named = inferred_derivations(question)
    if len(named) != 1 or named[0].certainty is not Certainty.SURE or found.certainty is not Certainty.SURE:
        return found
    name, formula = named[0].formula, found.formula
    if isinstance(name, Expression) and isinstance(formula, Expression) and not _agree(name.text, formula.text):
        why = f"as it is written; by its name it would be {name.text}"
        return replace(found, certainty=Certainty.GUESS, why=why)
    return found


def _agree(named: str, written: str) -> bool:
    """Whether both are equal except for `distinct`, a filter, and the box of a carried column."""

    def bare(text: str) -> str:
        return text.partition(" filter ")[0].replace("distinct ", "")

    same_column = "(" not in named + written and named.rpartition(".")[2] == written.rpartition(".")[2]
    return bare(named) == bare(written) or same_column


def restricts(text: str) -> bool:
    """Whether a text that was not understood contains a row filter, an aggregate or a formula."""
    ignored = {Says.OF, Says.FILLER, Says.FROM, Says.AND, Says.TIME, Says.BY, Says.WITHIN, Says.PER, Says.SUM, Says.IS}
    for language in LANGUAGES:
        said = tokens.read(text, language)
        if any(token.kind == "number" for token in said.tokens) or any(set(one) - ignored for one in said.says):
            return True
    return False
