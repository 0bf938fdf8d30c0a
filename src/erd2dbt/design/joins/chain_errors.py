"""Why no chain of links, or more than one, leads from the rows of an input to a grain."""

from __future__ import annotations

from collections.abc import Iterable


class AmbiguousError(Exception):
    """Several chains or columns match. `choices`: their names in the diagram.

    `words`: the `via:` words that select them. `each`: the word of each choice, None where it has none.
    """

    def __init__(self, wanted: str, choices: list[str], words: Iterable[str | None] = ()) -> None:
        super().__init__(wanted)
        self.wanted, self.choices = wanted, choices
        self.say(words)
        self.start: str | None = None  # the rows from which the chains lead, where they are known
        self.source: str | None = None  # the input whose chain is ambiguous, where `via:` has to name it

    def say(self, words: Iterable[str | None]) -> None:
        """Set the word of each choice."""
        self.each = list(words)
        self.words = [word for word in self.each if word]


class IncomparableError(Exception):
    """The only matching columns have types that do not compare as a key (E206)."""

    def __init__(self, own: tuple[str, str], wanted: tuple[str, str | None, str | None]) -> None:
        super().__init__(wanted[0])
        self.own, self.wanted, self.types = own, wanted[0], wanted[1:]


class RolesError(AmbiguousError):
    """Several chains compare one column of the rows with different columns of a grain. Only equal ones would match."""
