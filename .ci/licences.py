"""Lists the licences of all installed packages as Markdown; fails for one that is not known to be permissive."""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions

# of the words of SPDX, and of the classifiers that older packages have
_KNOWN = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser General|PostgreSQL|Unlicense|Zlib|"
    r"CNRI-Python|0BSD|HPND|Artistic)\b",
    re.IGNORECASE,
)


def licence(package: Distribution) -> str:
    """As the package says it: an SPDX expression, else classifiers, else the first line of its own words."""
    said = package.metadata
    if expression := said.get("License-Expression"):
        return expression
    classified = [word.rpartition(" :: ")[2] for word in said.get_all("Classifier") or () if word.startswith("License")]
    return ", ".join(classified) or (said.get("License") or "not said").strip().splitlines()[0]


def main() -> int:
    found = {package.metadata["Name"].lower(): (package.version, licence(package)) for package in distributions()}
    print("| package | version | licence |\n|---|---|---|")
    for name, (version, said) in sorted(found.items()):
        print(f"| {name} | {version} | {said} |")
    unknown = [name for name, (_, said) in found.items() if not _KNOWN.search(said)]
    if unknown:
        print(f"\nnot known to be permissive: {', '.join(sorted(unknown))}", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
