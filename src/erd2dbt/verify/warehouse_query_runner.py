"""The questions put to a warehouse through its dbt adapter, one after the other; each sees its own moment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from erd2dbt.pipelines.summary import plural
from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.sql.dialects import in_dialect
from erd2dbt.verify.claim_queries import ClaimBatch
from erd2dbt.verify.profile_queries import SAMPLE
from erd2dbt.verify.query_runner import Answers, Progress, Terms, speed
from erd2dbt.verify.tables import Table
from erd2dbt.verify.warehouse_claim_queries import Question
from erd2dbt.verify.warehouse_profile_queries import WHOLE, aggregates_sql, read_figures, values_sql


@dataclass(slots=True)
class WarehouseInquiry:
    """One warehouse; a question that it does not answer is excluded, with what it said."""

    warehouse: Warehouse
    terms: Terms
    progress: Progress

    def ask(self, tables: Iterable[Table], asked: Sequence[ClaimBatch]) -> Answers:
        """All tables and all groups of linked tables."""
        answers = Answers()
        sized = {table.entity.name: self._sized(table) for table in tables}
        for one in asked:
            for name, groups in one.groups.items():
                groups.table = sized[name]
            self._claims(one, answers)
        for table in sized.values():
            self._figures(table, answers)
        return answers

    def _sized(self, table: Table) -> Table:
        """With the number of its rows, where only some of them shall be looked at."""
        if self.terms.sample is None:
            return table
        try:
            return replace(table, estimate=int(self._rows(f"select count(*) as n from {table.relation}")[0][0]))  # noqa: S608
        except WarehouseError:
            return table

    def _rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.warehouse.rows(in_dialect(text, self.warehouse.dialect))

    def _figures(self, table: Table, answers: Answers) -> None:
        began, sample = time.monotonic(), self.terms.sample
        try:
            counted = self._rows(aggregates_sql(table, sample))[0]
        except WarehouseError as error:
            answers.failed[table.entity.name] = str(error)
            return
        rows = int(counted[0])
        looked = min(rows, sample or SAMPLE, SAMPLE) if sample is not None or rows > WHOLE else rows
        counted_table = replace(table, estimate=max(table.estimate, rows))
        values = values_sql(counted_table, counted, None if looked == rows else looked)
        found = self._optional(values.sql) if values is not None else []
        made = answers.figures[table.entity.name] = read_figures(table, counted, values, found, looked)
        self.progress(speed(f"{table.schema}.{table.name}", "figures", made.rows, began))

    def _optional(self, query: str) -> list[tuple[Any, ...]]:
        """Frequent values are worth a look and no fault."""
        try:
            return self._rows(query)
        except WarehouseError as error:
            self.progress(f"not answered: {error}")
            return []

    def _claims(self, asked: ClaimBatch, answers: Answers) -> None:
        """One statement for all; when it fails, each claim alone, so that one that cannot be asked fails alone."""
        began = time.monotonic()
        question = Question(asked, self.terms.sample)
        try:
            repeats, pairs = question.answers(self._rows(question.sql()))
        except WarehouseError as error:
            if len(asked.repeats) + len(asked.pairs) == 1:
                answers.failed |= dict.fromkeys((*asked.repeats, *asked.pairs), str(error))
                return
            for one in asked.alone():
                self._claims(one, answers)
            return
        answers.repeats |= repeats
        answers.pairs |= pairs
        names = ", ".join(f"{group.table.schema}.{group.table.name}" for group in asked.groups.values())
        self.progress(speed(names, plural(len(repeats) + len(pairs), "claim"), None, began))

    def worst(self, queries: Mapping[Any, str]) -> dict[Any, list[tuple[Any, ...]]]:
        """The answers of queries that only explain; none where there is none."""
        return {key: self._optional(query) for key, query in queries.items()}
