"""Cards that a route sends to a group chat."""

import pytest

PAVEL, VERA, EMMA, SVETLANA = 31, 27, 33, 37
CHAT = "chat1157"


@pytest.fixture(scope="module")
def lasting_settings(lasting_settings):
    return {**lasting_settings, "routes": [{"match": {"kind": "tasks.*"}, "to": ["chat:1157"]}]}


def test_a_chat_gets_one_card_however_many_take_part(either):
    people = {"CREATED_BY": PAVEL, "RESPONSIBLE_ID": VERA, "ACCOMPLICES": [EMMA], "AUDITORS": [SVETLANA]}
    task = either.add(by=PAVEL, TITLE="Contract", **people)
    either.tell()
    assert [card.text[:3] for card in either.hub.shown(CHAT)] == ["[b]"]

    either.change(task, by=PAVEL, DEADLINE="2026-12-24T12:00:00+03:00")
    either.tell()
    assert [card.text[:1] for card in either.hub.shown(CHAT)] == ["↓", "["]

    either.comment(task, "Hello", by=PAVEL)
    either.tell()
    assert either.hub.shown(CHAT)[-1].text == "[b]Павел Волков commented: Contract[/b]"
    assert len(either.hub.shown(CHAT)) == 3
