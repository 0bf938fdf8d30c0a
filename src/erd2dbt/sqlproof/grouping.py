"""GROUP BY and aggregates: one row per combination of group keys; one row in all without a group key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove import operators
from erd2dbt.prove.operators import Output
from erd2dbt.prove.state import NONE, Claims, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.groupingsets import expanded, stacked
from erd2dbt.sqlproof.names import folded, output_name
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import one_or
from erd2dbt.sqlproof.scope import OUTER, Missing
from erd2dbt.sqlproof.terms import Terms

SETS = "grouping sets"  # repeat rows in groups of other columns, as a join does
_SHOWN = (exp.Min, exp.Max, exp.AnyValue)
_STRICT = (exp.Sum, exp.Min, exp.Max, exp.Avg, exp.LogicalAnd, exp.LogicalOr)


def group(reader: Reader, select: exp.Select, terms: Terms, aggregates: Sequence[exp.Expr]) -> Grouped | None:
    """The grouped relation; None, with a note, where the clause is not a list of groupings."""
    clause: exp.Expr = select.args.get("group") or exp.Group(expressions=[])
    sets = None if _odd(clause) else expanded(clause)
    if sets is None:
        reader.note(f"`{one_line(clause).strip()}`")
        reader.step("group", clause)
        return None
    words: dict[str, str] = {}
    by = [tuple(dict.fromkeys(_key(terms, key, select.expressions, words) for key in keys)) for keys in sets]
    if clause.args.get("all") is False:  # group by distinct
        by = list({frozenset(columns): columns for columns in by}.values())
    outputs = _Outputs(reader, terms, aggregates)
    reader.step("group", clause, _words(clause) if clause.expressions else "one group")
    return Grouped(terms, _grouped(terms.state(), by, outputs), by, outputs, words)


def _grouped(state: State, by: Sequence[tuple[str, ...]], outputs: _Outputs) -> State:
    if len(by) == 1:
        return one_or(operators.group(state, by[0], outputs.made))
    made = stacked(state, by, outputs.marks)
    others = [output for output in outputs.made if output.name not in outputs.marks]
    filled = {**made.not_null, **{output.name: NONE for output in others if output.counts}}
    return replace(made, columns=(*made.columns, *(output.name for output in others)), not_null=filled)


def _key(terms: Terms, key: exp.Expr, shown: Sequence[exp.Expr], words: dict[str, str]) -> str:
    """The id of a group key, with its text added to `words`."""
    meant = _meant(terms, key, shown)
    id_ = terms.add() if meant is None else terms.term(meant, remember=True)
    words.setdefault(id_, words_of(key if meant is None else meant))
    return id_


def words_of(tree: exp.Expr) -> str:
    """A key of a group or of a partition in a message: the name of a column, or else the formula."""
    return folded(tree.this) if isinstance(tree, exp.Column) else one_line(tree)


def _words(clause: exp.Expr) -> str:
    return " ".join(one_line(clause).split()).replace("GROUP BY", "group by", 1)


def _odd(clause: exp.Expr) -> bool:
    """Whether the clause is more than a list, such as `group by all`."""
    return any(value for name, value in clause.args.items() if name != "expressions")


def _meant(terms: Terms, key: exp.Expr, shown: Sequence[exp.Expr]) -> exp.Expr | None:
    """The expression that a GROUP BY item refers to: an ordinal, an input column, or else the alias of an output.

    None for an ordinal in a list with a star: its position depends on the columns of the star.
    """
    if isinstance(key, exp.Literal) and key.is_int:
        number = int(key.name)
        starred = any(item.is_star for item in shown)
        return None if starred or not 0 < number <= len(shown) else shown[number - 1].unalias()
    if isinstance(key, exp.Column) and not key.args.get("table") and isinstance(terms.find(key), Missing):
        for item in shown:
            if isinstance(item, exp.Alias) and output_name(item) == folded(key.this):
                return item.unalias()
    return key


class _Outputs:
    """The aggregates as outputs of the group operator.

    It has the id of each call, the calls that are never NULL for a group with rows, and the arguments of each
    `grouping(…)`.
    """

    def __init__(self, reader: Reader, terms: Terms, aggregates: Sequence[exp.Expr]) -> None:
        self.made: list[Output] = []
        self.filled: dict[str, Claims] = {}
        self.marks: dict[str, frozenset[str]] = {}
        self.nodes: dict[int, str] = {}
        self.labels: dict[str, str] = {}  # the columns of which one row of the group is shown, by the id of the call
        self.types: dict[str, str] = {}
        for node in aggregates:
            id_ = self.nodes[id(node)] = reader.fresh()
            value = node.args.get("this")
            if (type_ := terms.type_of(node)) is not None:
                self.types[id_] = type_
            shown = terms.column(value) if isinstance(node, _SHOWN) and isinstance(value, exp.Column) else None
            if shown is not None:
                self.labels[id_] = shown
            self.made.append(Output(id_, counts=isinstance(_call(node), exp.Count), label=shown))
            claims = terms.never_null(value) if isinstance(node, _STRICT) and isinstance(value, exp.Expr) else None
            if claims is not None:
                self.filled[id_] = claims
            if isinstance(node, exp.Grouping):
                self.filled[id_] = NONE
                self.marks[id_] = frozenset(c for key in node.expressions if (c := terms.column(key)) is not None)


def _call(node: exp.Expr) -> exp.Expr:
    inner = node.args.get("this")
    return inner if isinstance(node, exp.Filter) and isinstance(inner, exp.Expr) else node


class Grouped(Terms):
    """Expressions over groups. Group keys and aggregates are columns; any other column has one value per group.

    `by`: the columns that every grouping groups by. `left_out`: columns of some groupings only; they are NULL in the
    others. `words`: the text of each group key. `labels`: calls that show a column of one row of the group.
    """

    def __init__(
        self,
        before: Terms,
        state: State,
        by: Sequence[tuple[str, ...]],
        outputs: _Outputs,
        words: Mapping[str, str],
    ) -> None:
        self.words = words
        find, keys = before.find, {column for columns in by for column in columns}

        def grouped(column: exp.Column) -> str | Missing:
            found = find(column)
            return found if isinstance(found, Missing) or found in keys or found == OUTER else Missing(column)

        self.by = tuple(column for column in by[0] if all(column in columns for columns in by))
        self.left_out = keys.difference(self.by)
        super().__init__(before.reader, grouped, state, {s: id_ for s, id_ in before.by_shape.items() if id_ in keys})
        self.types.update(outputs.types)
        self.days, self.positive = before.days, before.positive
        self.known_types = {**before.types, **self.types}
        self.leads_to = find  # a group key is recognized by its columns, which the grouped relation no longer has
        self.not_null.update(outputs.filled if all(by) else {})
        self.labels: Mapping[str, str] = outputs.labels
        self.remembered = {id_: tree for id_, tree in before.remembered.items() if id_ in self.by}
        self.by_node.update(outputs.nodes)
