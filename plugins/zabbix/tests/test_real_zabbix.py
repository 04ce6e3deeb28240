"""A real Zabbix sends to a whole hub, and the hub's buttons act in it: from an item's value to the chat and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub_plugin_zabbix import ZabbixPlugin
from servers.postgres import empty_database
from servers.process import free_port

from .zabbix_server import Zabbix, serving

pytestmark = [pytest.mark.real]

HOST, KEY = "shop-1", "orders.stuck"


@pytest.fixture(scope="module")
def zabbix(postgres_server: str) -> Iterator[Zabbix]:
    with empty_database(postgres_server, "zabbix") as database, serving(database) as zabbix:
        yield zabbix


@pytest.fixture(scope="module")
def hub(zabbix: Zabbix) -> Iterator[HubHarness]:
    """A hub that Zabbix knows by the media type that the hub printed."""
    token = zabbix.api("token.generate", zabbix.api("token.create", name="hub", userid="1")["tokenids"][0])
    port = free_port()
    own = {
        "token": "t0ken \"with\" 'quotes'",
        "hmac_secret": "secret-of-the-signature",
        "frontend_url": zabbix.url,
        "api_token": token[0]["token"],
    }
    settings = {
        "hub": {"public_url": f"http://127.0.0.1:{port}"},
        "plugins": {"zabbix": own},
    }
    with running_hub(settings, plugins=[InstalledPlugin("zabbix", ZabbixPlugin)], port=port) as hub:
        hub.clock.move_to(datetime.now(UTC))  # signatures are fresh
        _introduce(zabbix, _media_type(hub))
        yield hub
        assert hub.rings.failed == []
        assert hub.bitrix24.warnings() == []


def test_a_problem_is_acknowledged_commented_and_ends(hub, zabbix):
    card = problem_card(hub, zabbix, 7)
    assert "Orders are stuck (Shop 1)" in card.text
    assert card.buttons == ["Acknowledge", "Close", "Suppress 1 h", "Open"]
    assert table(card)["Error type"] == "High, availability"
    assert table(card)["Operational data"] == "stuck: 7"
    assert _problem(zabbix)["acknowledged"] == "0"

    hub.click(1, card, "Acknowledge")
    problem = _problem(zabbix)
    assert problem["acknowledged"] == "1"
    assert problem["acknowledges"][0]["message"].endswith(" (Bitrix24)")
    (card,) = hub.shown("1")
    told = table(card)
    assert "Acknowledged" in told
    assert card.buttons == ["Close", "Open"]  # the hub has learned that this Zabbix is 6.0

    wait_until(lambda: len(calls(hub)) == 2)  # Zabbix tells it back
    hub.settle()
    assert table(hub.shown("1")[0]) == told

    hub.say(1, "/comment on my way", reply_to=card.id)
    assert any(
        each["message"].endswith(" (Bitrix24): on my way") for each in _problem(zabbix)["acknowledges"]
    )
    zabbix.api("event.acknowledge", eventids=problem["eventid"], action=4, message="seen in Zabbix")
    wait_until(lambda: "seen in Zabbix" in str(hub.shown("1")[0].attach))
    assert "on my way" in str(hub.shown("1")[0].attach)

    zabbix.sends(HOST, KEY, 0)
    wait_until(lambda: "Resolved" in hub.shown("1")[0].text)
    assert zabbix.api("problem.get", output=["eventid"]) == []
    assert hub.shown("1")[0].buttons == ["Open"]


def test_close_asks_and_closes_in_zabbix(hub, zabbix):
    card = problem_card(hub, zabbix, 9)
    hub.click(1, card, "Close")
    hub.click(1, hub.shown("1")[-1], "Yes")
    wait_until(lambda: "Resolved" in now(hub, card).text)
    assert "Closed by" in table(now(hub, card))


def test_a_problem_that_zabbix_does_not_let_close_stays_open(hub, zabbix):
    (trigger,) = zabbix.api("trigger.get", output=["triggerid"], filter={"description": "Orders are stuck"})
    zabbix.api("trigger.update", triggerid=trigger["triggerid"], manual_close=0)
    card = problem_card(hub, zabbix, 3)
    hub.click(1, card, "Close")
    hub.click(1, hub.shown("1")[-1], "Yes")
    assert "does not allow to close" in hub.shown("1")[-1].text
    assert "Close" in now(hub, card).buttons


def problem_card(hub: HubHarness, zabbix: Zabbix, value: int) -> Any:
    """Send a value until there is a new card: at first the server does not know all of the configuration yet."""
    wait_until(lambda: zabbix.sends(HOST, KEY, 0) and not zabbix.api("problem.get", output=["eventid"]))
    before = len(hub.shown("1"))
    wait_until(lambda: zabbix.sends(HOST, KEY, value) and len(hub.shown("1")) > before)
    return hub.shown("1")[-1]


def now(hub: HubHarness, card: Any) -> Any:
    """Return the card as it is by now."""
    return next(message for message in hub.shown("1") if message.id == card.id)


def calls(hub: HubHarness) -> list[Any]:
    return [row for row in hub.events if row.instance == "zabbix"]


def _problem(zabbix: Zabbix) -> Any:
    (problem,) = zabbix.api("problem.get", output="extend", selectAcknowledges="extend")
    return problem


def table(card: Any) -> dict[str, str]:
    grid = next((block["GRID"] for block in card.attach["BLOCKS"] if "GRID" in block), [])
    return {row["NAME"]: row["VALUE"] for row in grid}


def wait_until(found: Callable[[], Any], *, seconds: float = 30) -> Any:
    """Wait for something that another process brings about, and return it."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, f"did not happen within {seconds} seconds"
        time.sleep(0.05)
    return value


def _media_type(hub: HubHarness) -> str:
    plugin = hub.app.registry.instance("zabbix").plugin
    assert isinstance(plugin, ZabbixPlugin)
    (command,) = plugin.cli_commands()
    return CliRunner().invoke(command).output


def _introduce(zabbix: Zabbix, media_type: str) -> None:
    """Do what the README tells an administrator to do."""
    rules = {"mediaTypes": {"createMissing": True, "updateExisting": True}}
    assert zabbix.api("configuration.import", format="yaml", source=media_type, rules=rules) is True
    (found,) = zabbix.api("mediatype.get", filter={"name": "Bitrix24 notification hub"})
    media = {"mediatypeid": found["mediatypeid"], "sendto": "user:1", "period": "1-7,00:00-24:00"}
    user = zabbix.api(
        "user.create",
        username="bitrix24",
        passwd="only-for-tests-7",
        roleid="3",
        usrgrps=[{"usrgrpid": "7"}],
        medias=[media],
    )["userids"][0]
    group = zabbix.api("hostgroup.create", name="Shop")["groupids"][0]
    host = zabbix.api("host.create", host=HOST, name="Shop 1", groups=[{"groupid": group}])["hostids"][0]
    zabbix.api("item.create", hostid=host, name="Stuck orders", key_=KEY, type=2, value_type=3)
    zabbix.api(
        "trigger.create",
        description="Orders are stuck",
        expression=f"last(/{HOST}/{KEY})>0",
        opdata="stuck: {ITEM.LASTVALUE}",
        priority=4,
        manual_close=1,
        tags=[{"tag": "scope", "value": "availability"}],
    )
    send = {"opmessage": {"default_msg": 1, "mediatypeid": found["mediatypeid"]}}
    zabbix.api(
        "action.create",
        name="Tell Bitrix24",
        eventsource=0,
        esc_period="1h",
        operations=[{"operationtype": 0, "opmessage_usr": [{"userid": user}], **send}],
        recovery_operations=[{"operationtype": 11, "opmessage": {"default_msg": 1}}],
        update_operations=[{"operationtype": 12, "opmessage": {"default_msg": 1}}],
    )
