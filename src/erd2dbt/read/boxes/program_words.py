"""What class diagrams have for programs alone: the reasons with which their readers list it."""

from __future__ import annotations

INHERITED = "inheritance: the spec has no words for it"
VISIBILITY = "who may see an attribute, in a program"
