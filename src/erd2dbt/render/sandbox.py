"""Templates of the user's own: they see the project and change nothing, stay in their folder, and come to an end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

_MOST_ROUNDS = 1_000_000  # of all loops over ranges in one rendering
_LARGEST = 100_000  # a number that says how often or how wide; and the longest text made of a short one


class Templates(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with bounds: jinja2.TemplateError, OverflowError or RecursionError where one is reached."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rounds = 0
        self.globals["range"] = self._range
        for name in ("center", "indent", "batch", "slice", "wordwrap"):
            self.filters[name] = _bounded(self.filters[name])
        del self.filters["format"]

    def begin(self) -> None:
        """A new rendering."""
        self._rounds = 0

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and not (_is_small(left) and _is_small(right, 100)):
            raise OverflowError("the power is too large")
        if operator == "*" and not (isinstance(left, float | int) and isinstance(right, float | int)):
            size = max((len(side) for side in (left, right) if hasattr(side, "__len__")), default=1)
            times = max((side for side in (left, right) if isinstance(side, int)), default=1)
            if size * times > _LARGEST:
                raise OverflowError("the repetition is too long")
        if operator == "%" and isinstance(left, str):
            raise TypeError("`%` of text is not supported; join the parts with `~`")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
        if obj != self._range and not all(map(_is_small, (*args, *kwargs.values()))):
            raise OverflowError("an argument is too large")
        return super().call(context, obj, *args, **kwargs)

    def _range(self, *bounds: int) -> Iterator[int]:
        for number in range(*bounds):
            self._rounds += 1
            if self._rounds > _MOST_ROUNDS:
                raise OverflowError(f"its loops over ranges go round more than {_MOST_ROUNDS:,} times")
            yield number


def _bounded(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that takes no large numbers."""

    @wraps(filter_)
    def bounded(*given: Any, **named: Any) -> Any:
        if not all(map(_is_small, (*given, *named.values()))):
            raise OverflowError("an argument is too large")
        return filter_(*given, **named)

    return bounded


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
