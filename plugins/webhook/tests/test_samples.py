"""The sample call that comes with the plugin becomes a message without any mapping."""

from __future__ import annotations

from importlib.resources import files


def test_the_sample_is_told(make_sender):
    body = (files("hub_plugin_webhook") / "samples" / "backup.json").read_bytes()
    assert [card.title for card in make_sender().told(body)] == ["The nightly backup failed"]
