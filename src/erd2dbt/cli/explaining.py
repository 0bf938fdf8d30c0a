"""Commands that explain: `explain`."""

from __future__ import annotations

import sys

import click

from erd2dbt.cli.console import FAULTS


@click.command()
@click.argument("code")
def explain(*, code: str) -> None:
    """Explain a diagnostic CODE, such as E202, with an example and its mend."""
    from erd2dbt.codes import CODES, as_page

    known = CODES.get(code.upper())
    if known is None:
        from erd2dbt.diagnostics import did_you_mean

        fixes = "; ".join(did_you_mean(code.upper(), CODES)) or f"known codes: {', '.join(sorted(CODES))}"
        click.echo(f"error: there is no code {code}: {fixes}", err=True)
        sys.exit(FAULTS)
    click.echo(as_page(known))
