"""The diagram as values: as it is drawn, as it is meant (`Erd`), and checked against itself (`graph`)."""
