"""The sample calls that come with the plugin are the story of one problem."""

from __future__ import annotations

from importlib.resources import files

from hub.plugin import plain

SAMPLES = files("hub_plugin_zabbix") / "samples"


def test_the_sample_problem_begins_and_ends(sender):
    told = []
    for name in ("problem.json", "resolved.json"):
        body = (SAMPLES / name).read_bytes()
        assert sender.accept(body).items
        told.append(sender.send(body))
    assert len({card.thread for card in told}) == 1
    assert [card.kind for card in told] == ["zabbix.problem.open", "zabbix.problem.resolved"]
    assert plain(told[1].title) == f"Resolved: {plain(told[0].title)}"
