"""Templates of the user's own: they see the project and change nothing, stay in their folder, and come to an end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

_MOST_ROUNDS = 1_000_000  # of all loops in one rendering, and numbers of its ranges
_CALL = 20  # rounds: about how long a call takes
_MOST_TEXT = 50_000_000  # characters and items that are put together in one rendering, those that go again included
_LARGEST = 100_000  # a number that says how often or how wide; and the longest text made of a short one


class Templates(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with bounds: jinja2.TemplateError, OverflowError or RecursionError where one is reached."""

    intercepted_binops = frozenset(("*", "**", "%", "+"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.begin()
        self.globals["range"] = self._range
        del self.filters["format"]
        for name, filter_ in self.filters.items():
            self.filters[name] = self._bounded(filter_)
        self.filters |= {_ROUNDS: self._counted, _JOINED: self._joined, _SHOWN: self._shown}

    def begin(self) -> None:
        """A new rendering."""
        self._rounds = self._numbers = self._made = 0

    def _generate(self, source: nodes.Template, *given: Any, **named: Any) -> str:
        """Python of a template, in which each round of a loop and each text that is put together is counted."""

        def counted(name: str, node: nodes.Node) -> nodes.Expr:
            return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=self)

        for output in source.find_all(nodes.Output):
            output.nodes = [
                one if isinstance(one, nodes.TemplateData) else counted(_SHOWN, one) for one in output.nodes
            ]
        for loop in source.find_all(nodes.For):
            loop.iter = counted(_ROUNDS, loop.iter)
        for joined in list(source.find_all(nodes.Concat)):
            parts = nodes.List(joined.nodes, lineno=joined.lineno, environment=self)
            joined.nodes = [counted(_JOINED, parts)]
        return super()._generate(source, *given, **named)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and not (_is_small(left) and _is_small(right, 100)):
            raise OverflowError("the power is too large")
        if operator == "*" and not (isinstance(left, float | int) and isinstance(right, float | int)):
            size = max((len(side) for side in (left, right) if hasattr(side, "__len__")), default=1)
            times = max((side for side in (left, right) if isinstance(side, int)), default=1)
            if size * times > _LARGEST:
                raise OverflowError("the repetition is too long")
        if operator == "+":
            self._spend(_size(left) + _size(right))
        if operator == "%" and isinstance(left, str):
            raise TypeError("`%` of text is not supported; join the parts with `~`")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
        self._go_round(_CALL)
        if obj != self._range:
            self._look_at((getattr(obj, "__self__", None), *args, *kwargs.values()))
        if isinstance(obj, LoopContext):  # a loop that goes into its own items
            args = (self._rounds_over(args[0]), *args[1:]) if args else args
        return super().call(context, obj, *args, **kwargs)

    def _range(self, *bounds: int) -> Iterator[int]:
        for number in range(*bounds):
            self._numbers += 1
            if self._numbers > _MOST_ROUNDS:
                raise OverflowError(f"its ranges have more than {_MOST_ROUNDS:,} numbers")
            yield number

    def _bounded(self, filter_: Callable[..., Any]) -> Callable[..., Any]:
        """A filter that takes no large numbers, and no texts that make one too long together."""

        @wraps(filter_)
        def bounded(*given: Any, **named: Any) -> Any:
            given = tuple(list(one) if isinstance(one, Iterator) else one for one in given)
            self._look_at((*given, *named.values()))
            return filter_(*given, **named)

        return bounded

    def _look_at(self, given: Iterable[Any]) -> None:
        """What is given to a filter or function; `replace` and `join` may make what two texts are long together."""
        if not all(map(_is_small, given := tuple(given))):
            raise OverflowError("an argument is too large")
        one, other = sorted((1, 1, *map(_size, given)))[-2:]
        self._spend(one * other)

    def _spend(self, size: int) -> None:
        self._made += size
        if self._made > _MOST_TEXT:
            raise OverflowError("it puts too much text together")

    def _go_round(self, times: int = 1) -> None:
        self._rounds += times
        if self._rounds > _MOST_ROUNDS:
            raise OverflowError(f"its loops and calls go round more than {_MOST_ROUNDS:,} times")

    def _rounds_over(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._go_round()
            yield item

    # a filter that takes the context is never evaluated while a template is compiled

    @jinja2.pass_context
    def _counted(self, context: Any, items: Iterable[Any]) -> Iterator[Any]:
        del context
        return self._rounds_over(items)

    @jinja2.pass_context
    def _joined(self, context: Any, parts: list[Any]) -> str:
        del context
        self._spend(sum(map(_size, parts)))
        return "".join(map(str, parts))

    @jinja2.pass_context
    def _shown(self, context: Any, value: Any) -> Any:
        del context
        self._spend(_size(value))
        return value


_ROUNDS, _JOINED, _SHOWN = "rounds of a loop", "joined texts", "shown text"  # no template can name these


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else 1


def _is_small(value: Any, largest: int = _LARGEST) -> bool:
    return not isinstance(value, float | int) or abs(value) <= largest


class Folder(jinja2.FileSystemLoader):
    """The files of one folder: a link that leads out of it is refused, and so is what is not an UTF-8 text."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._root = os.path.realpath(folder)

    def get_source(self, environment: jinja2.Environment, template: str) -> Any:
        path = os.path.realpath(os.path.join(self._root, template))
        if os.path.exists(path) and not path.startswith(self._root + os.sep):
            raise jinja2.TemplateError("it is a link that leads out of the folder of templates")
        try:
            return super().get_source(environment, template)
        except jinja2.TemplateNotFound:  # an OSError too
            raise
        except UnicodeDecodeError:
            raise jinja2.TemplateError("it is not UTF-8 text") from None
        except OSError as error:
            raise jinja2.TemplateError((error.strerror or str(error)).lower()) from None
