"""The columns that a select returns, with the facts about the wider relation that still hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from erd2dbt.prove import operators
from erd2dbt.sqlproof.relation import Rel, narrowed, one_or, unique
from erd2dbt.sqlproof.terms import Terms

NOTHING: Mapping[str, str] = MappingProxyType({})


def projected(
    terms: Terms, names: Sequence[str], ids: Sequence[str], *, open_: bool, hidden: Mapping[str, str] = NOTHING
) -> Rel:
    """The relation of these columns of `terms`, under names that may repeat. `hidden`: ids of columns that only the
    state has, with their ids in `terms`.
    """
    outs = unique(names)
    state = narrowed(terms.state(), frozenset((*ids, *hidden.values())))
    renamed = dict(zip(outs, ids, strict=True))
    narrow = one_or(operators.select(state, {**renamed, **hidden}))
    literals = {out: terms.literals[id_] for out, id_ in renamed.items() if id_ in terms.literals}
    shown = {id_: out for out, id_ in (*hidden.items(), *renamed.items())}
    counts = {
        out: frozenset(shown[c] for c in terms.counts[id_])
        for out, id_ in {**hidden, **renamed}.items()
        if id_ in terms.counts and terms.counts[id_] <= shown.keys()
    }
    return Rel(
        tuple(names),
        outs,
        narrow,
        open_,
        literals,
        counts=counts,
        days=frozenset(shown[c] for c in terms.days & shown.keys()),
        positive=frozenset(shown[c] for c in terms.positive & shown.keys()),
    )
