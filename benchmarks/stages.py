"""Seconds that each stage of one generation takes, as lines `name seconds`. Usage: `python stages.py SPEC OUT`.

`prove` is the proof of the plans and `reproof` that of the emitted text; `print` is the printing of expressions, each
read back and compared with its tree.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

_BEGUN = time.perf_counter()


def main(spec: str, out: str) -> None:
    from erd2dbt import pipeline
    from erd2dbt.design import model, sqlfile, staging
    from erd2dbt.write import changes

    spent = {"import": time.perf_counter() - _BEGUN}
    inside: dict[str, float] = defaultdict(float)
    for module, name in ((model, "prove"), (staging, "_state")):
        setattr(module, name, _timed(getattr(module, name), "prove", inside))
    sqlfile.printed = _timed(sqlfile.printed, "print", inside)
    pipeline.prove_again = _timed(pipeline.prove_again, "reproof", inside)
    for name, stage in (("read_spec", "read"), ("plan_all", "plan"), ("design", "design"), ("render", "render")):
        setattr(pipeline, name, _timed(getattr(pipeline, name), stage, inside))
    generated = pipeline.generate(Path(spec).read_bytes(), spec)
    decide, apply = _timed(changes.decide, "decide", inside), _timed(changes.apply, "write", inside)
    apply(decide(generated.files, Path(out)), generated.files, Path(out))
    inside["plan"] -= inside["prove"]
    inside["design"] -= inside["print"]
    for name in ("read", "plan", "prove", "design", "print", "render", "reproof", "decide", "write"):
        spent[name] = inside[name]
    print("\n".join(f"{name} {seconds:.4f}" for name, seconds in spent.items()))


def _timed(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.perf_counter() - begun

    return call


if __name__ == "__main__":
    main(*sys.argv[1:])
