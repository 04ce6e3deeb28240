"""The sample notifications that come with the plugin are the story of one payment."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from hub.plugin import plain

SAMPLES = files("hub_plugin_payments") / "samples"


def test_the_sample_payment_comes_and_a_part_of_it_goes_back(make_shop):
    shop = make_shop(**tomllib.loads((SAMPLES / "settings.toml").read_text(encoding="utf-8")))
    told = []
    for name in ("paid.json", "refunded-in-part.json"):
        told.append(shop.tell(shop.request("tbank/confirmed.json", (SAMPLES / name).read_bytes())))
    assert len({card.thread for card in told}) == 1
    assert [plain(card.title) for card in told] == [
        "Paid: order 10482, 4599.00 RUB",
        "Partly refunded: order 10482, 599.00 RUB of 4599.00 RUB",
    ]
