"""A database that refuses to write down what became of one message: no message is shown twice for it."""

import pytest
from echo import EchoPlugin

from hub.testing import InstalledPlugin, running_hub


@pytest.fixture
def hub(tmp_path):
    """A hub on SQLite whose portal has the older bot API, where messages have no key."""
    settings = {"bot": {"api": "v1", "events": "webhook"}, "hub": {"public_url": "https://hub.example.org"}}
    with running_hub(settings, plugins=[InstalledPlugin("echo", EchoPlugin)], folder=tmp_path) as hub:
        yield hub


def test_what_was_shown_and_cannot_be_recorded_is_not_sent_again(hub, tell):
    tell("hello", to=["user:27"])
    with hub.app.database.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE ON outbox WHEN NEW.key = 'odd' AND NEW.state = 'sent' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    tell("odd", to=["user:27"])
    tell("fine", to=["user:27"])

    assert [card.text for card in hub.shown("27")] == ["[b]hello[/b]", "[b]odd[/b]", "[b]fine[/b]"]
    states = {row.key: (row.state, "its log says how" in row.reason) for row in hub.deliveries}
    assert states == {"hello": ("sent", False), "odd": ("failed", True), "fine": ("sent", False)}
