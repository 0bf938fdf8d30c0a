"""Seconds of the processor for each stage of one generation, as lines `name seconds`. Usage: `stages.py SPEC OUT`.

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

_BEGUN = time.process_time()


def main(spec: str, out: str) -> None:
    from erd2dbt.design.models import model, staging
    from erd2dbt.design.project import sql_file
    from erd2dbt.pipelines import generation
    from erd2dbt.write import changes

    spent = {"import": time.process_time() - _BEGUN}
    inside: dict[str, float] = defaultdict(float)
    for module, name in ((model, "prove"), (staging, "_state")):
        setattr(module, name, _timed(getattr(module, name), "prove", inside))
    sql_file.printed = _timed(sql_file.printed, "print", inside)
    generation.prove_again = _timed(generation.prove_again, "reproof", inside)
    for name, stage in (("read_spec", "read"), ("plan_all", "plan"), ("design", "design"), ("render", "render")):
        setattr(generation, name, _timed(getattr(generation, name), stage, inside))
    generated = generation.generate(Path(spec).read_bytes(), spec)
    decide, apply = _timed(changes.decide, "decide", inside), _timed(changes.apply, "write", inside)
    apply(decide(generated.files, Path(out)), generated.files, Path(out))
    inside["plan"] -= inside["prove"]
    inside["design"] -= inside["print"]
    for name in ("read", "plan", "prove", "design", "print", "render", "reproof", "decide", "write"):
        spent[name] = inside[name]
    print("\n".join(f"{name} {seconds:.4f}" for name, seconds in spent.items()))


def _timed(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        begun = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.process_time() - begun

    return call


if __name__ == "__main__":
    main(*sys.argv[1:])
