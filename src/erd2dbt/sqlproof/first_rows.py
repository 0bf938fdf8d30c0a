"""Values that only one of the rows that repeat them shows: `case when row_number() over (…) = 1 then x end`."""

from __future__ import annotations

from sqlglot import exp

from erd2dbt.prove.additivity import Measure, occurs_once
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.measuring import conditional
from erd2dbt.sqlproof.terms import Terms


def once_where(terms: Terms, tree: exp.Expr, measure: Measure) -> bool:
    """Whether a value that rows repeat is shown in one of them. The other rows show NULL or 0."""
    case = tree.unnest()
    if not isinstance(case, exp.Case) or not isinstance(conditional(exp.Sum(this=case.copy())), exp.Filter):
        return False
    if occurs_once(measure, terms.state()):
        return False
    passing = terms.filtered()
    test = case.args["ifs"][0].this
    predicates.keep(passing, exp.EQ(this=case.this, expression=test) if case.this is not None else test)
    return occurs_once(measure, passing.state())
