"""Boards for tests: a shop, as people draw it with plain shapes."""

from __future__ import annotations

from miro.server import Miro, Record


def shape(
    miro: Miro, title: str, *rows: str, x: float = 0, y: float = 0, color: str = "#ccf4ff", parent: str = ""
) -> str:
    """A rectangle with a name and a line for each column; its id."""
    content = f"<p><strong>{title}</strong></p>" + "".join(f"<p>{row}</p>" for row in rows)
    body: Record = {
        "data": {"content": content, "shape": "rectangle"},
        "style": {"fillColor": color, "fontSize": 14},
        "position": {"x": x, "y": y},
        "geometry": {"width": 300, "height": 200},
    }
    if parent:
        body["parent"] = {"id": parent}
    item = miro.made("shape", body, "")
    miro.board.items[item["id"]] = item
    return str(item["id"])


def line(miro: Miro, start: str, end: str, start_cap: str, end_cap: str, label: str = "") -> str:  # noqa: PLR0917
    connector: Record = {"id": miro.board.new_id(), "type": "connector", "isSupported": True}
    miro.fill_connector(
        connector,
        {
            "startItem": {"id": start},
            "endItem": {"id": end},
            "captions": [{"content": f"<p>{label}</p>"}] if label else [],
            "style": {"startStrokeCap": f"erd_{start_cap}", "endStrokeCap": f"erd_{end_cap}"},
        },
    )
    miro.board.connectors[connector["id"]] = connector
    return str(connector["id"])


def frame(miro: Miro, title: str, x: float = 0, y: float = 0) -> str:
    body = {"data": {"title": title, "format": "custom", "type": "freeform"}, "position": {"x": x, "y": y},
            "geometry": {"width": 2000, "height": 2000}}  # fmt: skip
    item = miro.made("frame", body, "")
    miro.board.items[item["id"]] = item
    return str(item["id"])


def shop(miro: Miro) -> dict[str, str]:
    """Customers, products, orders and their lines; item ids by name."""
    ids = {
        "customers": shape(miro, "customers", "PK customer_id bigint", "name text", "country varchar(2)"),
        "products": shape(miro, "products", "PK sku text", "price numeric(10,2)", x=900, y=600),
        "orders": shape(miro, "orders", "PK order_id bigint", "FK customer_id bigint", "ordered_at timestamp", x=500),
        "lines": shape(miro, "order_lines", "PK order_id bigint", "PK line_no int", "FK sku text", "qty int", x=900),
    }
    ids["places"] = line(miro, ids["customers"], ids["orders"], "only_one", "zero_or_many", "places")
    ids["holds"] = line(miro, ids["orders"], ids["lines"], "only_one", "one_or_many", "holds")
    ids["of"] = line(miro, ids["lines"], ids["products"], "zero_or_many", "only_one")
    return ids
