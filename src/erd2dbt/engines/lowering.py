"""Lowers expressions of the language to an engine: measured forms of calls, and its constants and types.

The input is a tree with PostgreSQL's meaning and the types of its columns. The output is the tree that is printed for
the engine, and its type there, where that is known. Unmeasured calls are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlglot import exp

from erd2dbt.engines.calls import arguments, kind, type_word, word_of
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.kinds import BARE, kind_of
from erd2dbt.engines.local_days import of_midnight
from erd2dbt.engines.measured import Measured, matching
from erd2dbt.engines.precision import MULTIPLIED, ROUND_EACH, ROUND_FIRST, Digits, of_call
from erd2dbt.engines.scales import scale_for
from erd2dbt.engines.types import MOST_DIGITS
from erd2dbt.engines.widening import widened
from erd2dbt.sql.expression import OWN, Tree
from erd2dbt.sql.inference import infer, scale, wanted
from erd2dbt.sql.layout import is_whole
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.trees import copied, rewritten

ROUNDED = "numeric(38,16)"  # the minimum number of digits that PostgreSQL gives
UNSURE = "?"  # a type on the engine that is not known exactly


@dataclass(frozen=True, slots=True)
class Lowered:
    """A tree of the engine, and its type there; None where that is not known exactly.

    `is_rounded`: the engine computes in double precision what PostgreSQL computes exactly. `digits`: see `precision`.
    """

    tree: Tree
    type: str | None
    is_rounded: bool = False
    digits: Digits = Digits.EXACT


@dataclass(frozen=True, slots=True)
class Columns:
    """The types of columns, in the language and on the engine."""

    language: Callable[[exp.Column], str | None]
    there: Callable[[exp.Column], str | None]


class UnmeasuredError(Exception):
    """A call, an operator or a type without a measured form on the engine. `what`: its words, with its arguments.

    `way`: an alternative that works on every engine.
    """

    def __init__(self, what: str, way: str | None = None) -> None:
        self.what = what
        self.way = way
        super().__init__(what)


def lowered(tree: Tree, engine: Engine, columns: Columns) -> Lowered:
    """The tree with which the engine computes the same value. UnmeasuredError."""
    return _Lowering(engine, columns).of(tree)


def exact(one: Lowered, engine: Engine, to: str | None = None) -> Lowered:
    """A decimal with the digits of the double precision value, of the type `to`. Decimals are unchanged."""
    if not one.is_rounded or engine.printing.digits is None:
        return one
    call = exp.Anonymous(this="printf", expressions=[exp.Literal.string(engine.printing.digits), one.tree])
    type_ = to or typed(engine, ROUNDED)
    return Lowered(cast(call, type_), type_, digits=one.digits)


def steady(what: str, *given: Lowered) -> None:
    """UnmeasuredError where `what`, which distinguishes numbers, may give other results than PostgreSQL."""
    if any(one.digits is Digits.UNSTEADY for one in given):
        raise UnmeasuredError(f"{what} of {MULTIPLIED}", ROUND_FIRST)
    if sum(one.digits is Digits.OWN for one in given) > 1:
        raise UnmeasuredError(f"{what} of quotients", ROUND_EACH)


def typed(engine: Engine, type_: str) -> str:
    """A type of the language in the engine's words. UnmeasuredError."""
    found = engine.type_of(type_)
    if found is None:
        raise UnmeasuredError(f"the type `{type_}`")
    return found


def converted(tree: Tree, to: str, engine: Engine, kind: str) -> Tree:
    """A value of a kind as one of the engine's type `to`."""
    how = engine.conversion(to, kind)
    made = tree if how.value == "a" else written(_parsed(how.value), [tree.unnest()])
    if how.type is None:
        return made
    if how.call is None:
        return cast(made, how.type)
    return exp.Anonymous(this=how.call, expressions=[made, exp.Literal.string(how.type)])


@lru_cache(maxsize=256)
def _parsed(text: str) -> Tree:
    return read_one(text)


def written(template: Tree, given: Iterable[Tree]) -> Tree:
    """A template with its arguments, in brackets where an operator is next to them."""
    by_name = dict(zip("abcdefgh", given, strict=False))

    def visit(node: Tree) -> Tree:
        if not isinstance(node, exp.Column) or node.name not in by_name or node.args.get("table"):
            return node
        value = copied(by_name[node.name])
        parent = node.parent
        loose = parent is None or (isinstance(parent, (exp.Func, exp.Paren)) and not isinstance(parent, _OPERATORS))
        return value if is_whole(value) or loose else exp.paren(value, copy=False)

    made = rewritten(template, visit)
    return made if is_whole(made) or isinstance(made, exp.Case) else exp.paren(made, copy=False)


def cast(tree: Tree, to: str) -> Tree:
    """A cast to a type in the engine's own words."""
    words = exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=to)
    return exp.Cast(this=tree if is_whole(tree) else exp.paren(tree, copy=False), to=words)


class _Lowering:
    """Lowers one expression at a time; `of` is the only entry point."""

    def __init__(self, engine: Engine, columns: Columns) -> None:
        self.engine = engine
        self.columns = columns
        self._known: dict[int, Lowered] = {}  # parts that were lowered before the whole, by identity

    def of(self, tree: Tree) -> Lowered:
        known = self._known.pop(id(tree), None)
        if known is not None:
            return known
        if tree.args.get(OWN) and not isinstance(tree, _PLAIN):
            return self.own(tree)
        rule = next((rule for kinds, rule in _RULES if isinstance(tree, kinds)), None)
        return rule(self, tree) if rule is not None else self.called(tree)

    def own(self, tree: Tree) -> Lowered:
        """The author's own text for this engine, unchanged."""
        if isinstance(tree, exp.Cast):
            to = tree.args["to"].sql(dialect=self.engine.dialect).lower()
            return Lowered(cast(self.of(tree.this).tree, to), to)
        return Lowered(self.rebuilt(tree, []), None)

    # -- supported by every engine

    def column(self, tree: Tree) -> Lowered:
        assert isinstance(tree, exp.Column)
        return Lowered(copied(tree), self.columns.there(tree))

    def constant(self, tree: Tree) -> Lowered:
        if isinstance(tree, exp.Literal) and not tree.is_string:
            known = infer(tree, self.columns.language) or "numeric"
            if known == "numeric":
                return self._decimal(tree)
            return Lowered(copied(tree), self.own_type(known))
        type_ = "boolean" if isinstance(tree, exp.Boolean) else "text"
        return Lowered(copied(tree), None if isinstance(tree, exp.Null) else self.own_type(type_))

    def own_type(self, type_: str) -> str | None:
        """The type of a value whose type in PostgreSQL is `type_`, where the engine has no type of its own for it."""
        return typed(self.engine, type_) if self.engine.printing.keeps_types else None

    def _decimal(self, tree: Tree) -> Lowered:
        """A number with a point or an exponent. It is exact in PostgreSQL, so it must be exact on the engine."""
        text = tree.name.lower()
        if self.engine.printing.decimals and "e" not in text:
            return Lowered(copied(tree), None)
        digits = len(text.partition("e")[0].partition(".")[2])
        type_ = typed(self.engine, f"numeric(38,{digits})" if "e" not in text else "numeric")
        constant = converted(exp.Literal.string(tree.name), type_, self.engine, "constant")
        return Lowered(constant, type_ if self.engine.printing.keeps_types else None)

    def same(self, tree: Tree) -> Lowered:
        """A node that every engine has, with the type of its first operand."""
        found: list[Lowered] = []
        made = self.rebuilt(tree, found, keeps=isinstance(tree, _TRANSPARENT))
        if isinstance(tree, exp.Distinct):
            steady("`distinct`", *found, *found)
        return replace(found[0], tree=made) if found else Lowered(made, None)

    def untyped(self, tree: Tree) -> Lowered:
        """A node that every engine has, and that is not a value itself."""
        return Lowered(self.rebuilt(tree, []), None)

    def truth(self, tree: Tree) -> Lowered:
        """A condition."""
        return Lowered(self.rebuilt(tree, []), self.own_type("boolean"))

    def compared(self, tree: Tree) -> Lowered:
        """`=`, `<`, `in` and similar. All engines agree on values of one kind; a constant has the other side's type."""
        if isinstance(tree.this.unnest(), exp.Tuple):
            raise UnmeasuredError("a comparison of rows")  # where a value of a row is NULL
        kinds = {kind(a, self.columns.language) for a in arguments(tree)} - {"constant", "null"}
        if isinstance(tree, exp.In) and not self.engine.printing.keeps_types and not _are_plain(tree.expressions):
            each = (exp.EQ(this=copied(tree.this), expression=copied(one)) for one in tree.expressions)
            return self.of(exp.paren(exp.or_(*each, wrap=False, copy=False), copy=False))
        if len(kinds) > 1 and not kinds <= _NUMBERS and not kinds <= _MOMENTS:
            raise UnmeasuredError(f"a comparison of {' with '.join(sorted(kinds))}")
        if kinds & _OPAQUE:
            raise UnmeasuredError(f"a comparison of {', '.join(sorted(kinds & _OPAQUE))}")
        self._widen(tree)
        found: list[Lowered] = []
        made = self.rebuilt(tree, found)
        steady("a comparison", *found)
        return Lowered(made, self.own_type("boolean"))

    def chosen(self, tree: Tree) -> Lowered:
        """`case`, `coalesce`, `nullif`: with the common type of all branches."""
        values = [*_branches(tree)]
        if isinstance(tree, (exp.Nullif, exp.Case)):
            self._widen(tree)
        branches = self._alternatives(tree, values)
        self._known |= branches
        types = [one.type for one in branches.values()]
        same = types[0] if types and len(set(types)) == 1 else None
        texts = not types and all(isinstance(value, exp.Null) or value.is_string for value in values)
        fits = all(_fits(value, same) for value in values if isinstance(value, exp.Literal))
        fits &= self.engine.printing.keeps_types or len(branches) == len(values)
        digits = max((one.digits for one in branches.values()), default=Digits.EXACT)
        found: list[Lowered] = []
        made = self.rebuilt(tree, found)
        if isinstance(tree, exp.Nullif):
            steady("a comparison", *found)
        elif isinstance(tree, exp.Case) and tree.this is not None:
            steady("a comparison", found[0])
        return Lowered(made, self.own_type("text") if texts else same if fits else None, digits=digits)

    def _alternatives(self, tree: Tree, values: Sequence[Tree]) -> dict[int, Lowered]:
        """The values that one of which is the result, by identity, without constants. Decimals keep all digits."""
        found = {id(v): self.exactly(v) for v in values if not isinstance(v, (exp.Literal, exp.Null))}
        if kind_of(infer(tree, self.columns.language)) != "numeric":
            return found
        if self.engine.printing.one_scale:
            return self._of_one_scale(values, found, self.engine.printing.one_scale)
        return self._of_common_scale(values, found) if self.engine.printing.rounds_scales else found

    def _of_common_scale(self, values: Iterable[Tree], found: dict[int, Lowered]) -> dict[int, Lowered]:
        """The values cast to one scale, where the engine would round some of them."""
        types = [(value, found[id(value)].type if id(value) in found else None) for value in values]
        digits = scale_for(types, self.columns.language)
        if digits is None:
            return found
        to = typed(self.engine, f"numeric({MOST_DIGITS},{digits})")
        return {key: replace(one, tree=cast(one.tree, to), type=to) for key, one in found.items()}

    def _of_one_scale(self, values: Iterable[Tree], branches: dict[int, Lowered], template: str) -> dict[int, Lowered]:
        """The decimals among the branches as `template` writes them, unless all have one type."""
        decimals = {id(v): self.exactly(v) for v in values if isinstance(v, exp.Literal) and not v.is_int}
        types = {one.type for one in branches.values()}
        if not decimals and len(types) == 1 and None not in types:
            return branches
        every = {**branches, **decimals}
        return {key: replace(one, tree=written(_parsed(template), [one.tree]), type=None) for key, one in every.items()}

    def filtered(self, tree: Tree) -> Lowered:
        """An aggregate with a filter. Without `filter` on the engine, its argument is NULL in the other rows."""
        assert isinstance(tree, exp.Filter)
        if self.engine.printing.filters:
            return self.same(tree)
        aggregate, condition = copied(tree.this), tree.expression.this
        inner = aggregate.this
        if not isinstance(aggregate, (exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.LogicalAnd, exp.LogicalOr)):
            raise UnmeasuredError(f"`{word_of(aggregate)}(…) filter (where …)`")
        if isinstance(inner, exp.Order):
            raise UnmeasuredError(f"`{word_of(aggregate)}(… order by …) filter (where …)`")
        if isinstance(inner, exp.Distinct):
            inner.set("expressions", [_only_where(condition, inner.expressions[0])])
        else:
            value = exp.Literal.number(1) if isinstance(inner, exp.Star) else inner
            aggregate.set("this", _only_where(condition, value))
        return self.of(aggregate)

    def windowed(self, tree: Tree) -> Lowered:
        """The number of a row, which no model shows."""
        return Lowered(self.rebuilt(tree, []), typed(self.engine, "bigint"))

    def counted(self, tree: Tree) -> Lowered:
        """A count; `count(distinct (a, b))` only where that is measured."""
        inner = tree.this
        if isinstance(inner, exp.Distinct) and isinstance(inner.expressions[0], exp.Tuple):
            return self.called(tree)
        return Lowered(self.rebuilt(tree, []), self.own_type("bigint"))

    def cast(self, tree: Tree) -> Lowered:
        assert isinstance(tree, exp.Cast)
        to = type_word(tree.args["to"])
        there = typed(self.engine, to)
        value = tree.this
        while isinstance(value, exp.Paren):
            value = value.this
        if isinstance(value, (exp.Null, exp.Literal)) or value.args.get(OWN):
            return self._cast_constant(tree, value, there)
        kinds = self._kinds(tree)
        is_same = kinds[0] == kinds[-1].removeprefix(BARE)
        has_zones = kinds != ("timestamptz", "date") or matching(self.engine.rules, "cast", kinds) is not None
        if not has_zones and (instead := of_midnight(tree, self.columns.language)) is not None:
            return self.cast(instead)
        rule = Measured() if is_same else self._rule(tree, kinds)
        inner = self.of(tree.this)
        if kinds[-1] == "integer" or scale(to) is not None:
            steady(f"the cast to `{to}`", inner)
        if is_same and kinds[-1].startswith(BARE) and self._has_more_digits(value, there):
            return inner
        digits = inner.digits if kinds[-1].startswith(BARE) else Digits.EXACT
        kinds = (kinds[0], kinds[-1].removeprefix(BARE))
        if kinds[0] == "numeric" and kinds[-1] != "float":
            if inner.is_rounded and kinds[-1] == "numeric":
                return replace(exact(inner, self.engine, there), digits=digits)
            inner = exact(inner, self.engine)
        if kinds[0] == "numeric" and kinds[-1] in ("text", "varchar(n)") and not self._has_digits(value):
            raise UnmeasuredError("the text of a number whose digits behind the point are not declared")
        made = written(rule.template, [inner.tree]) if rule.template is not None else inner.tree
        if (length := _LENGTH.fullmatch(to)) and not _LENGTH.fullmatch(there):
            made = exp.Anonymous(this="left", expressions=[made, exp.Literal.number(int(length[1]))])
        return Lowered(converted(made, there, self.engine, kinds[0]), there, digits=digits)

    def _cast_constant(self, tree: Tree, value: Tree, there: str) -> Lowered:
        """A constant, or the author's own text for this engine."""
        inner = self.of(tree.this).tree
        if not isinstance(value, exp.Literal):
            return Lowered(cast(inner, there), there)
        is_text = value.is_string and self.engine.conversion(there, "constant").type == there
        known = "constant" if value.is_string else kind(value, self.columns.language)
        return Lowered(converted(inner, there, self.engine, known), there if is_text or not value.is_string else None)

    def _has_digits(self, tree: Tree) -> bool:
        """Whether the scale follows from the columns. Otherwise PostgreSQL keeps it for each value."""
        if isinstance(tree, exp.Anonymous) and tree.name.lower() in ("round", "trunc"):
            return len(tree.expressions) == 1 or tree.expressions[1].name.isdigit()
        return not isinstance(tree, exp.Coalesce) and scale(wanted(tree, self.columns.language) or "") is not None

    def _has_more_digits(self, tree: Tree, there: str) -> bool:
        """Whether the known scale is larger than the engine's default scale."""
        known, kept = scale(wanted(tree, self.columns.language) or ""), scale(there.lower().replace(" ", ""))
        return known is not None and kept is not None and known[1] > kept[1]

    def exactly(self, tree: Tree) -> Lowered:
        """Like `of`, and a decimal where PostgreSQL has one."""
        return exact(self.of(tree), self.engine)

    # -- measured calls

    def called(self, tree: Tree) -> Lowered:
        """A call or an operator, by its measured rule. UnmeasuredError."""
        if isinstance(tree, (exp.ArrayAgg, exp.GroupConcat)) and isinstance(tree.this, exp.Distinct):
            raise UnmeasuredError(
                f"`{word_of(tree)}(distinct …)` without `order by`"
            )  # PostgreSQL sorts to find equal values
        kinds = self._kinds(tree)
        rule = self._rule(tree, kinds)
        if rule.template is not None and isinstance(tree.this, exp.Distinct) and not _takes_distinct(rule.template):
            raise UnmeasuredError(f"`{word_of(tree)}(distinct …)`")
        found = infer(tree, self.columns.language)
        is_sure = found and not (found == "real" and self.engine.has_singles)  # floats of both sizes have one rule
        gives = rule.gives if rule.gives is not None else typed(self.engine, found) if found and is_sure else UNSURE
        given: list[Lowered] = []
        keeps = isinstance(tree, _ARITHMETIC)
        if self.engine.printing.rounds_scales and word_of(tree) in ("greatest", "least"):
            self._known |= self._alternatives(tree, [*arguments(tree)])
        self._widen(tree)
        if rule.template is None:
            made = self.rebuilt(tree, given, keeps=keeps)
        else:
            given = [self.of(one) if keeps else self.exactly(one) for one in arguments(tree)]
            made = written(rule.template, [one.tree for one in given])
        is_double = gives.lower() == "double" and not isinstance(tree, exp.Extract)  # with fitting digits
        is_rounded = kind_of(found) == "numeric" and (is_double or (keeps and any(a.is_rounded for a in given)))
        digits = of_call(tree, [one.digits for one in given], kind_of(found) == "numeric", is_rounded)
        if digits is None:
            steady(f"`{word_of(tree)}`", *given)
        known = gives if gives != UNSURE and self._is_typed(given, kinds, rule, kind_of(found)) else None
        return Lowered(made, known, is_rounded, digits or Digits.EXACT)

    def _widen(self, tree: Tree) -> None:
        """Cast the operands with which PostgreSQL computes in a wider type than the engine."""
        for one, type_ in widened(tree, self.engine, self.columns.language):
            to = typed(self.engine, type_)
            self._known[id(one)] = Lowered(converted(self.of(one).tree, to, self.engine, kind_of(type_)), to)

    def _is_typed(self, given: Sequence[Lowered], kinds: Sequence[str], rule: Measured, result: str) -> bool:
        """Whether the arguments have the types on which that of a result depends.

        An integer may be wider than any of the language, such as a HUGEINT, and so is what is computed from it.
        """
        if not self.engine.printing.keeps_types:
            return any(one.type for one in given)
        if rule.gives is not None or result != "integer":
            return True
        types = {one.type for one in given if not isinstance(one.tree, _CONSTANTS)}
        of_integers = any(kind.endswith("integer") for kind in kinds)
        return types <= self.engine.integers if of_integers else None not in types

    def _kinds(self, tree: Tree) -> tuple[str, ...]:
        return tuple(kind(argument, self.columns.language) for argument in arguments(tree, words=True))

    def _rule(self, tree: Tree, kinds: tuple[str, ...]) -> Measured:
        rule = matching(self.engine.rules, word_of(tree), kinds)
        if rule is None:
            raise UnmeasuredError(f"`{word_of(tree)}({', '.join(kinds)})`")
        return rule

    def rebuilt(self, tree: Tree, found: list[Lowered], *, keeps: bool = False) -> Tree:
        """The node with all its parts lowered, taken from `found` in order. `keeps`: rounded parts stay rounded."""

        def part(value: Any) -> Any:
            if isinstance(value, list):
                return [part(item) for item in value]
            if not isinstance(value, exp.Expr):
                return value
            if isinstance(value, _WORDS):
                return copied(value)
            one = self.of(value) if keeps else self.exactly(value)
            found.append(one)
            return one.tree

        return type(tree)(**{name: part(value) for name, value in tree.args.items()})


def _are_plain(values: Iterable[Tree]) -> bool:
    """Whether they are constants of no type of their own, and none of them is NULL: `in` may need one type for all."""
    return all(isinstance(value, exp.Literal) and (value.is_string or value.is_int) for value in values)


def _takes_distinct(template: Tree) -> bool:
    """Whether the argument of an aggregate is where `distinct` may stand."""
    return all(isinstance(column.parent, exp.AggFunc) for column in template.find_all(exp.Column))


def _branches(tree: Tree) -> Iterable[Tree]:
    if isinstance(tree, exp.Case):
        yield from (branch.args["true"] for branch in tree.args["ifs"])
        if tree.args.get("default") is not None:
            yield tree.args["default"]
    elif isinstance(tree, exp.Nullif):
        yield tree.this
    else:
        yield from (tree.this, *tree.expressions)


def _fits(constant: exp.Literal, type_: str | None) -> bool:
    """Whether a constant next to values of a type keeps that type."""
    if type_ is None:
        return False
    return constant.is_string or constant.name.isdigit() or ("." in constant.name and type_.startswith("double"))


def _only_where(condition: Tree, value: Tree) -> Tree:
    return exp.Case().when(copied(condition), copied(value))


_LENGTH = re.compile(r"(?:character varying|varchar|char|character)\((\d+)\)", re.IGNORECASE)
_NUMBERS = frozenset({"integer", "numeric", "float"})
_MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
_OPAQUE = frozenset({"json", "jsonb", "xml", "unknown", "char"})
_WORDS = (exp.Identifier, exp.Var, exp.DataType, exp.Star)
_OPERATORS = (exp.Cast, exp.Connector)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_TRANSPARENT = (exp.Paren, exp.Neg, exp.Filter)
_CONSTANTS = (exp.Literal, exp.Null, exp.Boolean)
_PLAIN = (exp.Column, *_CONSTANTS)  # the same in every engine's words
_Rule = Callable[[_Lowering, Tree], Lowered]
# Order matters: sqlglot's classes overlap.
_RULES: tuple[tuple[tuple[type[Any], ...], _Rule], ...] = (
    ((exp.Column,), _Lowering.column),
    ((exp.Literal, exp.Null, exp.Boolean), _Lowering.constant),
    ((exp.Cast,), _Lowering.cast),
    ((exp.Connector, exp.Not, exp.Is), _Lowering.truth),
    (
        (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ),
        _Lowering.compared,
    ),
    ((exp.Case, exp.Coalesce, exp.Nullif), _Lowering.chosen),
    ((exp.Filter,), _Lowering.filtered),
    ((exp.Count,), _Lowering.counted),
    ((exp.Window,), _Lowering.windowed),
    ((exp.Min, exp.Max, exp.Paren, exp.Order, exp.Ordered, exp.Distinct, exp.Neg), _Lowering.same),
    ((exp.If, exp.Where, exp.RowNumber, exp.Tuple, exp.Star), _Lowering.untyped),
)
