"""``hub routes explain`` and ``hub jobs``."""

import pytest

from cli.greeter import Greeter, Installed
from hub.sandbox import Sandbox

ROUTES = """\
[[routes]]
match = { instance = "zabbix", labels = { team = "infra" } }
to = ["chat:1157"]
mode = "add"
continue = true

[[routes]]
match = { severity = ["critical"] }
to = ["user:1"]

[[routes]]
match = { kind = "noise.*" }
mode = "drop"
"""
ROUTED = [Installed("zabbix", Greeter), Installed("crm", Greeter)]
PLUGINS = [Installed("greeter", Greeter), Installed("second", Greeter)]


@pytest.mark.parametrize(
    ("arguments", "addresses", "rules"),
    [
        pytest.param(("--label", "team=infra", "--to", "user:9"), ["user:9", "chat:1157"], [1], id="added"),
        pytest.param(("--label", "team=infra", "--severity", "critical"), ["user:1"], [1, 2], id="goes on"),
        pytest.param(("--kind", "noise.much"), [], [3], id="dropped"),
        pytest.param(("--to", "user:9"), ["user:9"], [], id="no match"),
    ],
)
def test_routes_are_explained(hub_json, config, arguments, addresses, rules):
    config(ROUTES)

    told = hub_json("routes", "explain", "--instance", "zabbix", *arguments, plugins=ROUTED)

    assert (told["addresses"], told["rules"]) == (addresses, rules)


def test_rules_behind_the_last_match_are_not_reached(hub_json, config):
    config(ROUTES)

    told = hub_json("routes", "explain", "--instance", "crm", "--severity", "critical", plugins=ROUTED)

    assert [(row["matches"], row["reached"]) for row in told["routes"]] == [
        (False, True),
        (True, True),
        (False, False),
    ]


def test_people_read_who_gets_it(hub, config):
    config(ROUTES)

    told = hub("routes", "explain", "--instance", "crm", "--severity", "critical", plugins=ROUTED).stdout

    assert told.endswith("route 2 (severity critical): user:1\n")


def test_what_no_rule_takes_shows_who_the_fallback_is(hub, config):
    told = hub("routes", "explain", "--instance", "crm", plugins=ROUTED).stdout

    assert told.endswith(": user:1 (bot.fallback)\n")


def test_routes_of_an_unknown_plugin_are_a_no_with_the_name_that_is_near(hub, config):
    done = hub("routes", "explain", "--instance", "zabix", plugins=ROUTED)

    assert (done.exit_code, "did you mean 'zabbix'?" in done.stderr) == (1, True)


def test_the_portal_says_who_is_behind_an_address_when_asked(hub_json, config, folder):
    with Sandbox.running() as portal:
        text = (folder / "hub.toml").read_text()
        (folder / "hub.toml").write_text(
            text.replace("http://127.0.0.1:9/rest/1/portal-secret/", portal.webhook_url)
        )

        told = hub_json(
            "routes", "explain", "--instance", "crm", "--to", "user:17", "--resolve", plugins=ROUTED
        )

    assert told["recipients"] == [{"dialog": "17", "reason": "user 17"}]


def test_a_portal_that_is_away_cannot_say_who_is_behind_an_address(hub, config):
    done = hub("routes", "explain", "--instance", "crm", "--to", "department:5", "--resolve", plugins=ROUTED)

    assert (done.exit_code, "portal" in done.stderr) == (1, True)


def test_a_label_needs_a_value(hub, config):
    assert hub("routes", "explain", "--instance", "x", "--label", "team").exit_code == 2


def test_jobs_are_listed_with_their_next_tick(hub_json, config):
    config('[plugins.greeter]\ntoken = "t"\n')

    (job,) = hub_json("jobs", "list", plugins=PLUGINS)

    assert (job["instance"], job["name"], job["cron"]) == ("greeter", "morning", "0 9 * * *")
    assert "T09:00:00" in job["next"]


def test_a_job_runs_when_asked(hub_json, config):
    config('[plugins.greeter]\ntoken = "t"\n')

    id = hub_json("jobs", "run", "morning", plugins=PLUGINS)["id"]

    assert [row["id"] for row in hub_json("events", "list", plugins=PLUGINS)] == [id]


@pytest.mark.parametrize(("name", "code"), [("morning", 2), ("second:morning", 0), ("evening", 1)])
def test_a_job_of_several_plugins_needs_the_plugins_name(hub, config, name, code):
    config('[plugins.greeter]\ntoken = "t"\n[plugins.second]\ntoken = "t"\n')

    assert hub("jobs", "run", name, plugins=PLUGINS).exit_code == code
