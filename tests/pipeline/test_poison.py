"""One row that nobody can make sense of must not hold up the others."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from hub.storage.tables import NotificationRow


def test_a_row_whose_content_nobody_understands_fails_alone(hub, tell):
    hub.bitrix24.faults.down()
    tell("odd", to=["user:27"])
    tell("fine", to=["user:1"])
    with hub.app.database.write() as session:
        row = session.scalars(select(NotificationRow).where(col(NotificationRow.key) == "odd")).one()
        row.content = {"key": "odd", "of": "another version"}
    hub.bitrix24.faults.clear()
    hub.move(timedelta(minutes=1))

    states = {row.key: (row.state, "into words" in row.reason) for row in hub.deliveries}
    assert states == {"odd": ("failed", True), "fine": ("sent", False)}
