"""A cursor over the words of DBML. Words that it passes are marked as read."""

from __future__ import annotations

from typing import NoReturn

from erd2dbt.read.dbml.words import Kind, Word, words
from erd2dbt.read.text.accounting import Account


class RefusedError(Exception):
    """Ends the parsing of an element; callers of the parser never see it."""

    def __init__(self, message: str, word: Word) -> None:
        super().__init__(message)
        self.word = word


class Cursor:
    """A position in the words. Setting `at` marks the words between as read."""

    def __init__(self, account: Account) -> None:
        self.account, self.places = account, account.places
        self.words, self._at = list(words(self.places.text)), 0

    @property
    def at(self) -> int:
        return self._at

    @at.setter
    def at(self, place: int) -> None:
        for word in self.words[self._at : place]:
            if word.kind is not Kind.LINE:
                self.account.read(word.start, word.end)
        self._at = place

    @property
    def _here(self) -> Word:
        return self.words[self.at]

    def _ahead(self) -> Word:
        return self.words[min(self.at + 1, len(self.words) - 1)]

    def _is(self, *names: str) -> bool:
        return self._here.kind is Kind.NAME and self._here.text.lower() in names

    def _sign(self, sign: str) -> bool:
        return self._here.kind is Kind.SIGN and self._here.text == sign

    def _take(self, sign: str) -> bool:
        if self._sign(sign):
            self.at += 1
            return True
        return False

    def _want(self, sign: str) -> None:
        if not self._take(sign):
            self._refuse(f"`{sign}`")

    def _lines(self) -> None:
        while self._here.kind is Kind.LINE or self._sign(";"):
            self.at += 1

    def _refuse(self, wanted: str) -> NoReturn:
        word = self._here
        found = {Kind.LINE: "the end of the line", Kind.END: "the end of the file"}.get(word.kind, f"`{word.text}`")
        raise RefusedError(f"expected {wanted}, found {found}", word)
