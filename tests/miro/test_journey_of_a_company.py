"""A company that sells subscriptions draws its metrics on a board in its own words, pulls it, builds, edits the board
and pulls again. Nobody edits the spec, and each figure is compared with SQL over the raw rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml

from engines.building import on_duckdb, views_of
from miro.boards import line, shape
from miro.here import Here
from miro.server import Record

ENTITIES = {
    "Accounts": ("PK account_id int", "name text", "country text", "created_at timestamp"),
    "Users": ("PK user_id int", "FK account_id int", "email text UQ", "signed_up_at timestamp"),
    "Plans": ("PK plan_code text", "title text", "monthly_price numeric(10,2)"),
    "Subscriptions": (
        "PK subscription_id int", "FK account_id int", "FK plan_code text", "started_on date",
        "status text (trial, active, cancelled)",
    ),
    "Invoices": (
        "PK invoice_id int", "FK subscription_id int", "issued_at timestamp", "status varchar(8) (draft, paid, void)",
    ),
    "Invoice lines": (
        "PK invoice_id int", "PK line_no int", "kind text (seat, usage, discount)", "quantity int",
        "unit_price numeric(10,2)",
    ),
    "Events": ("PK event_id bigint", "FK user_id int", "event_name text", "occurred_at timestamp"),
}  # fmt: skip
LINKS = (
    ("Accounts", "Users"), ("Accounts", "Subscriptions"), ("Plans", "Subscriptions"), ("Subscriptions", "Invoices"),
    ("Invoices", "Invoice lines"), ("Users", "Events"),
)  # fmt: skip
MODELS = {
    "int_invoice_totals": (
        "PK invoice_id", "account_id – account of the subscription", "issued_on date – day of issued_at",
        "amount numeric – sum of quantity * unit_price",
        "discount numeric – sum of quantity * unit_price where kind = discount", "lines int – number of lines",
    ),
    "int_user_activity": (
        "PK user_id", "account_id", "events int – number of events",
        "exports int – number of events where event_name = 'export'", "last_seen timestamp – latest occurred_at",
    ),
    "fct_daily_revenue": (
        "PK revenue_date date – day of issued_at", "revenue numeric – sum of amount",
        "invoices int – number of invoices", "accounts int – number of distinct accounts",
        "revenue_per_invoice – revenue / invoices", "mean_amount numeric – average amount per invoice",
    ),
    "dim_account_health": (
        "PK account_id", "name", "users int – number of users", "active_users int – number of users where events > 0",
        "activity_rate – active users / users",
        "current_plan – title of the plan of the latest subscription by started_on",
        "lifetime_value numeric – sum of amount, only paid invoices",
        "void_rate – share of invoices that are void", "trial_share – share of trial subscriptions",
        "value_tier – high ≥ 100 / medium ≥ 30 / low (by lifetime_value)",
    ),
}  # fmt: skip
ARROWS = (
    ("Invoices", "int_invoice_totals", ""), ("Invoice lines", "int_invoice_totals", ""),
    ("Subscriptions", "int_invoice_totals", ""), ("Users", "int_user_activity", ""),
    ("Events", "int_user_activity", "where event_name &lt;&gt; 'login'"),
    ("int_invoice_totals", "fct_daily_revenue", "only paid"), ("Invoices", "fct_daily_revenue", ""),
    *((one, "dim_account_health", "") for one in (
        "Accounts", "int_user_activity", "int_invoice_totals", "Subscriptions", "Plans", "Invoices")),
)  # fmt: skip
ROWS = {
    "accounts": ("1,Ada,DE,2026-01-01", "2,Bo,FR,2026-01-02", "3,Cy,DE,2026-01-03"),
    "users": ("1,1,a@x,2026-01-02", "2,1,b@x,2026-01-02", "3,2,c@x,2026-01-03", "4,2,d@x,2026-01-04"),
    "plans": ("free,Free,0.00", "team,Team,49.00"),
    "subscriptions": (
        "1,1,free,2026-01-05,trial", "2,1,team,2026-02-05,active", "3,2,team,2026-01-06,active",
        "4,2,free,2026-03-06,cancelled",
    ),
    "invoices": (
        "1,1,2026-01-05 08:00,paid", "2,1,2026-01-05 22:00,void", "3,2,2026-02-05 09:00,paid",
        "4,3,2026-01-05 10:00,paid", "5,4,2026-03-06 10:00,draft", "6,2,2026-03-06 11:00,paid",
    ),
    "invoice_lines": (
        "1,1,seat,2,10.00", "1,2,discount,1,-5.00", "2,1,seat,1,9.00", "3,1,usage,7,3.50", "3,2,seat,2,49.00",
        "4,1,seat,1,40.00", "4,2,discount,2,-4.00", "5,1,seat,1,1.00",
    ),
    "events": (
        "1,1,login,2026-01-03", "2,1,export,2026-01-04", "3,1,export,2026-01-05", "4,2,login,2026-01-06",
        "5,3,view,2026-01-07", "6,3,invite,2026-01-08", "7,4,login,2026-01-09",
    ),
    "tickets": ("1,1,open", "2,1,open", "3,1,solved", "4,3,open"),
}  # fmt: skip
HEADS = {
    "accounts": "account_id,name,country,created_at", "users": "user_id,account_id,email,signed_up_at",
    "plans": "plan_code,title,monthly_price", "subscriptions": "subscription_id,account_id,plan_code,started_on,status",
    "invoices": "invoice_id,subscription_id,issued_at,status",
    "invoice_lines": "invoice_id,line_no,kind,quantity,unit_price", "events": "event_id,user_id,event_name,occurred_at",
    "tickets": "ticket_id,account_id,state",
}  # fmt: skip
PAID = """
with billed as (
    select i.*, s.account_id,
        coalesce((select sum(quantity * unit_price) from raw.invoice_lines l where l.invoice_id = i.invoice_id), 0)
            as amount
    from raw.invoices i join raw.subscriptions s using (subscription_id)
), seen as (
    select u.*, (select count(*) from raw.events e where e.user_id = u.user_id and e.event_name <> 'login') as events
    from raw.users u
)
"""
DAILY = f"""{PAID} select issued_at::date as revenue_date,
    coalesce(sum(amount) filter (where status = 'paid'), 0) as revenue, count(*) as invoices,
    count(distinct account_id) filter (where status = 'paid') as accounts,
    coalesce(sum(amount) filter (where status = 'paid'), 0) / count(*) as revenue_per_invoice,
    avg(amount) filter (where status = 'paid') as mean_amount
from billed group by 1 order by 1"""
HEALTH = f"""{PAID} , found as (
    select a.account_id, a.name,
        (select count(*) from seen s where s.account_id = a.account_id) as users,
        (select count(*) from seen s where s.account_id = a.account_id and events > 0) as active_users,
        (select title from raw.subscriptions s join raw.plans using (plan_code) where s.account_id = a.account_id
            order by started_on desc limit 1) as current_plan,
        coalesce((select sum(amount) from billed b where b.account_id = a.account_id and status = 'paid'), 0)
            as lifetime_value,
        (select count(*) from billed b where b.account_id = a.account_id) as invoices,
        (select count(*) from billed b where b.account_id = a.account_id and status = 'void') as void,
        (select count(*) from raw.subscriptions s where s.account_id = a.account_id and status = 'trial') as trials,
        (select count(*) from raw.subscriptions s where s.account_id = a.account_id) as subscriptions
    from raw.accounts a
) select account_id, name, users, active_users, case when users > 0 then active_users / users else 0 end
    as activity_rate, current_plan, lifetime_value, case when invoices > 0 then void / invoices else 0 end as void_rate,
    case when subscriptions > 0 then trials / subscriptions else 0 end as trial_share,
    case when lifetime_value >= {{high}} then 'high' when lifetime_value >= 30 then 'medium' else 'low' end
    as value_tier
from found order by 1"""
ACTIVITY = """select u.user_id, u.account_id, count(event_id) filter (where event_name <> 'login') as events,
    count(event_id) filter (where event_name = 'export') as exports,
    max(occurred_at) filter (where event_name <> 'login') as last_seen
from raw.users u left join raw.events using (user_id) group by 1, 2 order by 1"""


class Company(Here):
    """The board and the folder of the company."""

    def __init__(self, here: Here) -> None:
        super().__init__(here.folder, here.miro)
        for name, rows in ROWS.items():
            (self.folder / f"{name}.csv").write_text("\n".join((HEADS[name], *rows)) + "\n", encoding="utf-8")
        boxes = {**ENTITIES, **MODELS}
        self.ids = {
            title: shape(self.miro, title, *rows, x=500 * (at % 4), y=600 * (at // 4), color=self.color(title))
            for at, (title, rows) in enumerate(boxes.items())
        }
        for parent, child in LINKS:
            line(self.miro, self.ids[parent], self.ids[child], "only_one", "zero_or_many")
        for start, end, caption in ARROWS:
            self.arrow(start, end, caption)

    @staticmethod
    def color(title: str) -> str:
        return "#dedaff" if title.startswith("int_") else "#adf0c7" if title in MODELS else "#ccf4ff"

    def arrow(self, start: str, end: str, caption: str = "") -> None:
        made = line(self.miro, self.ids[start], self.ids[end], "only_one", "only_one", caption)
        self.miro.board.connectors[made]["style"] |= {"startStrokeCap": "none", "endStrokeCap": "stealth"}

    def pull(self) -> list[str]:
        done = self.run("pull", self.miro.address, "-o", "company.yml")
        assert done.exit_code == 0, done.output
        return done.output.splitlines()

    @property
    def spec(self) -> Record:
        found: Record = yaml.safe_load(self.text("company.yml"))
        return found

    def write(self, title: str, old: str, new: str) -> None:
        data = self.miro.board.items[self.ids[title]]["data"]
        assert data["content"].count(old) == 1, data["content"]
        data["content"] = data["content"].replace(old, new)

    def compare(self, figures: dict[str, str]) -> None:
        """Compare the rows of models with those of SQL that was written by hand."""
        file = self.folder / "company.yml"
        spec = self.text("company.yml").replace("raw: {schema: raw}", "raw: {schema: raw, data: .}")
        file.write_text(spec, encoding="utf-8")
        (self.folder / "made.duckdb").unlink(missing_ok=True)
        with views_of(on_duckdb(file), file, self.folder) as session:
            for model, sql in figures.items():
                assert _rows(session, f"select * from analytics.{model} order by 1") == _rows(session, sql), model


def _rows(session: Any, sql: str) -> list[dict[str, object]]:
    """The rows by the names of their columns. Numbers are floats: their value is compared, not their type."""
    found = session.execute(sql)
    names = [column[0] for column in found.description]
    return [
        {name: float(one) if isinstance(one, int | Decimal) else one for name, one in zip(names, row, strict=True)}
        for row in found.fetchall()
    ]


@pytest.fixture
def company(here: Here) -> Company:
    return Company(here)


def test_the_board_alone_is_a_spec_without_open_points(company: Company) -> None:
    said = company.pull()
    assert said[0] == "read     7 entities, 6 links, 4 models from board uXjVMktErd0="
    assert said[1].startswith("open     0 TODOs and "), company.text("company.yml")
    assert "which no column reads yet" not in company.text("company.yml")
    assert company.run("check", "company.yml").exit_code == 0


def test_each_figure_is_that_of_sql_by_hand(company: Company) -> None:
    company.pull()
    company.compare(
        {"int_user_activity": ACTIVITY, "fct_daily_revenue": DAILY, "dim_account_health": HEALTH.format(high=100)}
    )


def test_people_edit_the_board(company: Company) -> None:
    """They rename a box and a cut, add an entity and a column of it, and delete an arrow that a formula still needs."""
    company.pull()
    company.write("Plans", "Plans", "Tariffs")
    company.write("dim_account_health", "title of the plan of", "title of the tariff of")
    company.write("dim_account_health", "high ≥ 100", "high ≥ 120")
    company.write("dim_account_health", "</p><p>users", "</p><p>open_tickets int – number of open tickets</p><p>users")
    company.ids["Tickets"] = shape(
        company.miro, "Tickets", "PK ticket_id int", "FK account_id int", "state text (open, solved)", x=9000
    )
    line(company.miro, company.ids["Accounts"], company.ids["Tickets"], "only_one", "zero_or_many")
    company.arrow("Tickets", "dim_account_health")
    ends = (company.ids["Plans"], company.ids["dim_account_health"])
    connectors = company.miro.board.connectors
    (gone,) = [id_ for id_, one in connectors.items() if (one["startItem"]["id"], one["endItem"]["id"]) == ends]
    del connectors[gone]
    said = company.pull()
    assert "renamed  plans is tariffs now" in said
    assert "added    entity tickets with 3 columns" in said
    assert (
        "left     the arrow from tariffs to dim_account_health was deleted on the board, but dim_account_health "
        "(`current_plan` is last tariffs.title by subscriptions.started_on) still reads tariffs; draw it again, or "
        "change the formula"
    ) in said
    assert said[1].startswith("open     0 TODOs and "), company.text("company.yml")
    assert company.spec["models"]["dim_account_health"]["columns"]["current_plan"] == {
        "last": "tariffs.title",
        "order": "subscriptions.started_on",
    }
    assert company.pull()[-1] == "same     company.yml"
    (company.folder / "tariffs.csv").write_text(company.text("plans.csv"), encoding="utf-8")
    health = HEALTH.format(high=120).replace("raw.plans", "raw.tariffs")
    tickets = "(select count(*) from raw.tickets t where t.account_id = found.account_id and state = 'open')"
    health = health.replace("name, users, active_users,", f"name, {tickets} as open_tickets, users, active_users,")
    company.compare({"dim_account_health": health})
