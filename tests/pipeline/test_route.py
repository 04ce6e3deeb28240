"""Route and resolve: who gets a notification, and why."""

import pytest
from echo import EchoPlugin

from hub.pipeline.route import decide
from hub.plugin import Notification, PermanentFailure, Plugin, PluginSettings, Recipient, Resolver, hookimpl
from hub.settings import Route
from hub.testing import InstalledPlugin

FACT = Notification(
    key="k",
    kind="crm.lead.new",
    title="t",
    severity="error",
    labels={"team": "infra", "host": "web-1"},
    to=("user:1",),
)


def route(to=("chat:7",), mode="replace", goes_on=False, **match):
    return Route.model_validate({"match": match, "to": to, "mode": mode, "continue": goes_on})


@pytest.mark.parametrize(
    ("match", "matches"),
    [
        ({}, True),
        ({"instance": "echo"}, True),
        ({"instance": ["zabbix", "echo"]}, True),
        ({"instance": "zabbix"}, False),
        ({"instance": "e*"}, True),
        ({"kind": "crm.lead.*"}, True),
        ({"kind": "crm.deal.*"}, False),
        ({"severity": "error"}, True),
        ({"severity": ["critical", "error"]}, True),
        ({"severity": "critical"}, False),
        ({"labels": {"team": "infra"}}, True),
        ({"labels": {"team": ["web", "infra"], "host": "web-?"}}, True),
        ({"labels": {"team": "infra", "host": "db-*"}}, False),
        ({"labels": {"unknown": "*"}}, False),
        ({"instance": "echo", "severity": "info"}, False),
    ],
    ids=str,
)
def test_a_route_matches_when_every_condition_holds(match, matches):
    assert decide([route(**match)], "echo", FACT).addresses == (("chat:7",) if matches else ("user:1",))


def test_the_first_match_wins():
    decision = decide(
        [route(["chat:7"], instance="zabbix"), route(["chat:8"]), route(["chat:9"])], "echo", FACT
    )

    assert (decision.addresses, decision.rules, decision.reason) == (("chat:8",), (2,), "route 2")


def test_a_route_that_continues_leaves_the_rest_to_those_below():
    routes = [route(["chat:7"], goes_on=True), route(["chat:8"], mode="add"), route(["chat:9"])]

    assert decide(routes, "echo", FACT).addresses == ("chat:7", "chat:8")


def test_add_keeps_whom_the_plugin_named_and_each_only_once():
    assert decide([route(["chat:7", "user:1"], mode="add")], "echo", FACT).addresses == ("user:1", "chat:7")


def test_drop_ends_it_even_after_a_route_that_continues():
    decision = decide([route(["chat:7"], goes_on=True), route((), mode="drop")], "echo", FACT)

    assert (decision.dropped, decision.addresses, decision.reason) == (True, (), "dropped by route 2")


# in a running hub


class DutyPlugin(Plugin[PluginSettings]):
    """Resolves ``duty:`` as the rest says."""

    api_version = "1.0"

    @hookimpl
    def resolvers(self):
        yield Resolver(scheme="duty", resolve=self._resolve)

    def _resolve(self, rest, notification):
        match rest:
            case "nobody":
                return []
            case "bug":
                raise ValueError("boom")
            case "wrong":
                raise PermanentFailure("duty:wrong is no roster; write duty:infra")
            case "late":
                return ["user:17"]
        return [Recipient(kind="user", id="17", reason="on duty"), Recipient(kind="user", id="27")]


class OldPlugin(DutyPlugin):
    """Would resolve ``old:``, but is made for another hub."""

    api_version = "2.0"


@pytest.fixture(scope="module")
def lasting_plugins():
    return [
        InstalledPlugin("echo", EchoPlugin),
        InstalledPlugin("duty", DutyPlugin),
        InstalledPlugin("old", OldPlugin),
    ]


@pytest.fixture(scope="module")
def lasting_settings():
    return {
        "bot": {"fallback": "user:19"},
        "routes": [
            {"match": {"labels": {"drop": "yes"}}, "mode": "drop"},
            {"match": {"labels": {"chat": "*"}}, "to": ["user:27"], "mode": "add"},
        ],
    }


def recipients(hub):
    return {row.dialog: row.recipient for row in hub.deliveries}


def test_no_route_leaves_it_to_whom_the_plugin_named(hub, tell):
    tell("a", to=["user:17"])

    assert list(recipients(hub)) == ["17"]
    assert hub.notifications[0].decision["route"] == "no route matched; the notification's own recipients"


def test_nobody_named_is_the_fallback_with_a_reason(hub, tell):
    tell("a", to=[])

    assert recipients(hub) == {"19": "fallback: nobody else is responsible"}
    assert hub.notifications[0].decision["route"] == "no route matched and the notification names nobody"


def test_what_is_dropped_is_kept_with_the_route_that_said_so(hub, tell):
    tell("a", labels={"drop": "yes"})

    assert (hub.deliveries, hub.notifications[0].reason) == ([], "dropped by route 1 (label drop=yes)")
    assert hub.events[0].state == "processed"


def test_each_dialog_gets_it_once_whatever_led_there(hub, tell):
    tell("a", to=["user:17", "duty:infra", "email:vera@company.example"], labels={"chat": "yes"})

    assert recipients(hub) == {
        "17": "user 17; on duty",
        "27": "duty:infra; has the e-mail address vera@company.example; user 27",
    }
    assert [len(hub.shown(dialog)) for dialog in ("17", "27")] == [1, 1]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("pager:1", "pager:1: no active plugin resolves pager: addresses"),
        ("old:1", "old:1: no active plugin resolves old: addresses"),
        ("nonsense", "nonsense: no active plugin resolves nonsense: addresses"),
        ("duty:nobody", "duty:nobody: there is nobody active behind it"),
        ("duty:bug", "ValueError: boom"),
        ("duty:wrong", "duty:wrong: duty:wrong is no roster; write duty:infra"),
        ("duty:late", "must return only Recipient, not str"),
        ("user:41", "user:41: there is nobody active behind it"),
        ("user:4711", "user:4711: "),
        ("email:gone@company.example", "there is nobody active behind it"),
    ],
)
def test_an_address_that_leads_nowhere_is_the_fallbacks_with_the_reason(hub, tell, address, why):
    tell("a", to=[address])

    ((dialog, reason),) = recipients(hub).items()
    assert dialog == "19"
    assert reason.startswith("fallback: ") and why in reason
    assert hub.notifications[0].decision["problems"] != []
    assert len(hub.shown("19")) == 1


def test_an_address_that_leads_nowhere_takes_nothing_from_the_others(hub, tell):
    tell("a", to=["user:17", "pager:1"])

    assert list(recipients(hub)) == ["17", "19"]
