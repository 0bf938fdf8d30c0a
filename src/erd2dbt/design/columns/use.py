"""One aggregate of a measure in a column of a model, and its text after a repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.design.columns.from_rows import from_rows
from erd2dbt.design.columns.measures import in_words
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import Expression
from erd2dbt.faults.diagnostics import Collector, Fix, Span
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree, parse
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.measuring import argument_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One aggregate of a measure in a column of a model."""

    draft: Draft
    column: str
    span: Span
    reduction: Reduction
    tree: Tree
    outer: Aggregate
    inner: Measure
    state: State  # of the rows that pass the aggregate's own filter
    by: list[str]  # its group columns, as `alias.column`
    values: list[str]  # the column that is aggregated, if it is one
    is_whole: bool = True  # whether the argument is the measure itself, not a sum with it

    @property
    def read(self) -> str:
        return self.reduction.scope.base.relation.name

    @property
    def value(self) -> str:
        """The argument of the aggregate, as the user would write it."""
        argument = argument_of(self.tree)
        return in_words(argument if argument is not None else self.tree, self.reduction.scope)

    @property
    def defaulted(self) -> str:
        """The relation of the first column that the aggregate reads."""
        first = next(columns_in(self.tree))
        return in_words(first, self.reduction.scope).partition(".")[0]

    @property
    def model(self) -> str:
        return self.draft.spec.name

    @property
    def filtered(self) -> bool:
        """Whether the rows are filtered before they are aggregated."""
        return self.draft.where is not None or self.reduction.where is not None

    @property
    def condition(self) -> Tree | None:
        """The aggregate's own filter; None without one."""
        return self.tree.expression.this if isinstance(self.tree, exp.Filter) else None

    def written(self, call: Tree) -> str:
        """The text of another aggregate over the same rows."""
        made = exp.Filter(this=call, expression=self.tree.expression) if isinstance(self.tree, exp.Filter) else call
        return in_words(made, self.reduction.scope)

    def rows(self, measure: Measure) -> str | None:
        """A measure as an aggregate of its entity's own rows, with all filters in between; None where there is none."""
        return from_rows(self.draft, self.reduction, self.tree, self.inner, measure) if self.is_whole else None

    def column_by(self, text: str) -> str | None:
        """The column's expression with this aggregate replaced; None where it is written in another form."""
        own = in_words(self.tree, self.reduction.scope)
        alone = own.replace(f"{self.read}.", "")  # columns of the rows themselves need no qualifier
        for whole in self._formulas():
            for words in (own, alone):
                if words in whole:
                    return whole.replace(words, text)
        return None

    @property
    def is_alone(self) -> bool:
        """Whether the column is only this aggregate."""
        return in_words(self.tree, self.reduction.scope) in {whole.strip() for whole in self._formulas()}

    @property
    def is_divided(self) -> bool:
        """Whether the column divides a value of its reduction, such as this aggregate."""
        divisions = (n for n in nodes(self.draft.columns[self.column].tree) if isinstance(n, (exp.Div, exp.IntDiv)))
        return any(column.table == self.reduction.cte for one in divisions for column in columns_in(one.this))

    def _formulas(self) -> Iterator[str]:
        """The column's expression as it is written, and as expressions are printed."""
        known = self.draft.columns[self.column].said
        if known is None or not isinstance(known.formula, Expression):
            return
        yield known.formula.text
        tree = parse(known.formula, Collector()) if "ratio" not in known.formula.text else None
        if tree is not None:
            yield one_line(tree)

    def accepting(self, code: str) -> Fix:
        return repairs.accepting(code, self.model, self.column)


def made_by(use: Use, why: str, text: str | None) -> list[str]:
    """The column with another aggregate, where both can be written."""
    whole = use.column_by(text) if text is not None else None
    return [repairs.formula(why, use.model, use.column, whole)] if whole is not None else []
