"""``hub routes explain`` and ``hub jobs``."""

import pytest

from cli.greeter import Greeter, Installed

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

    told = hub_json("routes", "explain", "--instance", "zabbix", *arguments)

    assert (told["addresses"], told["rules"]) == (addresses, rules)


def test_rules_behind_the_last_match_are_not_reached(hub_json, config):
    config(ROUTES)

    told = hub_json("routes", "explain", "--instance", "crm", "--severity", "critical")

    assert [(row["matches"], row["reached"]) for row in told["routes"]] == [
        (False, True),
        (True, True),
        (False, False),
    ]


def test_people_read_who_gets_it(hub, config):
    config(ROUTES)

    assert hub("routes", "explain", "--instance", "x", "--severity", "critical").stdout.endswith(
        "route 2: user:1\n"
    )


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
