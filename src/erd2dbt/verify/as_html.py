"""The report as one page that needs nothing else: the diagram with its claims, and what the tables hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from erd2dbt.design.plan import Plan
from erd2dbt.escape.html import text as escape
from erd2dbt.pipeline import Generated
from erd2dbt.report import plural
from erd2dbt.verify.as_text import length, sum_line, worst
from erd2dbt.verify.drawing import diagram, histogram, share_bar, state
from erd2dbt.verify.judge import shortened
from erd2dbt.verify.verdict import ColumnFigures, LinkFigures, Report, State, TableFigures, Verdict

_BOUND = 40  # characters of a value in a profile


def report_html(report: Report, generated: Generated) -> str:
    """UTF-8 HTML without scripts and without anything to be loaded."""
    title = escape(f"{report.project}: the diagram held against the data")
    body = "\n".join(part for part in _parts(report, generated) if part)
    return _PAGE.format(title=title, style=_STYLE, body=body)


def _parts(report: Report, generated: Generated) -> Iterator[str]:
    yield f'<p class="sum">{escape(sum_line(report))}</p>'
    yield f'<figure class="scroll">{diagram(generated.erd, report)}</figure>'
    yield _section("Broken", "".join(map(_broken, report.broken)))
    untested = [v for v in report.verdicts if v.state is State.UNTESTED]
    yield _section("Untested", _list(f"{_code(v.text)}: {escape(v.why)}" for v in untested))
    yield _section("Mended since the baseline", _list(map(escape, report.mended)))
    yield _section("Worth a look", _list(map(_marked, report.notes)))
    head = ["link", "observed", "values left", "values right", "in both"]
    yield _section("Links", _table(head, map(_link, report.links)) if report.links else "")
    for entity in generated.erd.entities:
        yield _entity(report, generated, entity.name)
    yield _section("Models", _models(report, generated))


def _section(title: str, inner: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inner}</section>" if inner else ""


def _list(items: Iterable[str]) -> str:
    inner = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{inner}</ul>" if inner else ""


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _marked(text: str) -> str:
    """A sentence whose names stand between backquotes."""
    return "".join(_code(part) if n % 2 else escape(part) for n, part in enumerate(text.split("`")))


def _broken(verdict: Verdict) -> str:
    lines = (
        [_marked(verdict.why) + (f" ({verdict.share:.2%})" if verdict.rows and verdict.unit == "row" else "")]
        if verdict.why
        else []
    )
    lines += [f"for example {_code(worst(verdict))}"] if verdict.worst else []
    lines += [f"drawn as {' and '.join(map(_code, verdict.links))}"] if verdict.links else []
    lines += [f"item {escape(verdict.item)} of the Miro board"] if verdict.item else []
    lines += [f"on it rests: {_linked(verdict.models)}"] if verdict.models else []
    lines += [f"what to do: {_marked(verdict.fix)}"] if verdict.fix else []
    lines += [f"in the spec: {_code(str(verdict.place))}"] if verdict.place else []
    return f'<article class="broken"><h3>{escape(verdict.text)}</h3>{_list(lines)}</article>'


def _linked(models: Iterable[str]) -> str:
    return ", ".join(f'<a href="#model-{escape(name)}">{_code(name)}</a>' for name in models)


def _models(report: Report, generated: Generated) -> str:
    """Each model with its grain, as good as the claims that its proof rests on."""
    return _list(_model(report, generated, plan) for plan in generated.planned.own)


def _model(report: Report, generated: Generated, plan: Plan) -> str:
    name, path = plan.relation.name, generated.project.sql_paths[plan.relation.model]
    claims = [verdict for verdict in report.verdicts if name in verdict.models]
    broken = [verdict for verdict in claims if verdict.state is State.BROKEN]
    worst = state(claims) if claims else State.HOLDS
    grain = f"one row per ({', '.join(plan.relation.grain)})" if plan.relation.grain else "its key is open"
    rests = f"rests on {plural(len(claims), 'claim')}" if claims else "rests on its own SQL alone"
    rests += f", of which not so: {'; '.join(escape(verdict.text) for verdict in broken)}" if broken else ""
    return (
        f'<span id="model-{escape(name)}" class="{worst}"><span class="state">{worst}</span></span> '
        f'<a href="{escape(path)}">{_code(name)}</a>: {escape(grain)}, {rests}'
    )


def _link(link: LinkFigures) -> list[str]:
    counts = (link.left_values, link.right_values, link.shared)
    return [_code(link.text), _code(link.observed), *(f"{count:,}" for count in counts)]


def _entity(report: Report, generated: Generated, name: str) -> str:
    claims = [verdict for verdict in report.verdicts if verdict.entity == name]
    figures = next((f for f in report.tables if f.entity == name), None)
    listed = "".join(
        f'<li class="{v.state}"><span class="state">{v.state}</span> {escape(v.text)}{_readers(v)}</li>'
        for v in claims
        if v.kind != "type" or v.state is not State.HOLDS
    )
    types = sum(v.kind == "type" and v.state is State.HOLDS for v in claims)
    more = f'<li class="holds"><span class="state">holds</span> the types of {types} columns</li>' if types else ""
    profile = _profile(figures) if figures else ""
    path = next((p for m, p in generated.project.sql_paths.items() if m == _staging(generated, name)), "")
    model = f'<p>model <a href="{escape(path)}">{escape(path)}</a></p>' if path else ""
    rows = f" <small>{figures.rows:,} rows</small>" if figures else ""
    return (
        f'<section id="entity-{escape(name)}"><h2>{escape(name)}{rows}</h2>{model}'
        f'<ul class="claims">{listed}{more}</ul>{profile}</section>'
    )


def _readers(verdict: Verdict) -> str:
    return f" <small>for {_linked(verdict.models)}</small>" if verdict.models else ""


def _staging(generated: Generated, entity: str) -> str:
    plans = generated.planned.plans
    return next((plan.relation.model for plan in plans if plan.relation.name == entity), "")


def _profile(figures: TableFigures) -> str:
    head = ["column", "type", "empty", "distinct", "length", "least", "greatest", "values"]
    of = "" if figures.sampled >= figures.rows else f" and of values from a sample of {figures.sampled:,} rows"
    note = f"<p><small>figures of {figures.rows:,} rows{of}</small></p>"
    return _table(head, (_column(figures, column) for column in figures.columns)) + note


def _column(figures: TableFigures, column: ColumnFigures) -> list[str]:
    empty = 1 - column.filled / figures.rows if figures.rows else 0.0
    plot = histogram(column.bins) if column.bins else "".join(_shares(figures, column))
    bounds = [escape(shortened(value or "", _BOUND)) for value in (column.low, column.high)]
    return [
        _code(column.name), escape(column.type), f"{empty:.1%}", f"{column.distinct:,}", length(column), *bounds, plot
    ]  # fmt: skip


def _shares(figures: TableFigures, column: ColumnFigures) -> Iterator[str]:
    for value, count in column.top[:4]:
        yield f"<div>{share_bar(count, figures.sampled)} {escape(shortened(value, _BOUND))}</div>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """`rows` hold HTML."""
    top = "".join(f"<th>{escape(word)}</th>" for word in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_STYLE = """
:root { --ink: #1c2126; --paper: #ffffff; --card: #f4f6f8; --line: #c9d0d6; --holds: #1a7f37; --broken: #c5221f;
  --untested: #6b7580; --bar: #4a7ebb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --paper: #14181c; --card: #1e242a; --line: #3a434b;
  --holds: #56c271; --broken: #ff7b72; --untested: #97a1ab; --bar: #79a8de; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.sum { font-weight: 600; } small { color: var(--untested); font-weight: 400; }
code { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere; }
a { color: inherit; overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; margin: .2rem 0; } li { overflow-wrap: anywhere; }
article { background: var(--card); border-left: 4px solid var(--broken); padding: .7rem 1rem; margin: .7rem 0; }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
.claims { list-style: none; padding: 0; } .state { font-size: .8rem; font-weight: 600; }
.holds > .state { color: var(--holds); } .broken > .state { color: var(--broken); }
.untested > .state { color: var(--untested); }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; } svg .small { font-size: 11px; }
svg rect.box { fill: var(--card); stroke-width: 2; } svg path { fill: none; stroke-width: 2; }
svg .holds { stroke: var(--holds); } svg .broken { stroke: var(--broken); }
svg .untested { stroke: var(--untested); stroke-dasharray: 5 4; } svg .cap { stroke-dasharray: none; }
svg g path { stroke-width: 1.5; } svg g.broken path { stroke-width: 2.5; }
figure.scroll { margin: 1rem 0; max-height: 85vh; overflow: auto; border: 1px solid var(--line); }
svg.plot rect { fill: var(--bar); }
"""
