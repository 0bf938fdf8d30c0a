"""Texts that are live, or break something, in the languages that are written."""

from __future__ import annotations

_PARTS = (
    "{{ env_var('CANARY') }}{% set canary = 1 %}{# canary #}",
    "') ~ env_var('CANARY') ~ ('\\",
    'it\'s "odd" \\ -- */ ; drop table canary',
    "canary: [&a, *a] - canary models: {canary: 1} # canary",
    "`a <img src=x> ``` [canary](javascript:canary) @canary #12 | <!-- ",
    'a"] --> canary[end]; %% canary',
)
PAYLOADS = {
    "signs": " ".join(_PARTS),
    "lines": "canary\n::stop-commands::canary\n##[set-env]canary\nmodels:\n  canary: {{ env_var('CANARY') }}\n- canary",
    "call": "env_var('CANARY')",
    "control": "canary\x1b[2J\x07\u202e\u2066\x9b\r\t canary ",
}
