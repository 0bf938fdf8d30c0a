"""The diagram as values: as drawn, as declared (`Erd`), and checked for contradictions (`graph`)."""
