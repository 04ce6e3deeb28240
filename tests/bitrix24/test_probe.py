"""Which bot API a portal offers, and which one is used."""

import pytest

from hub.bitrix24 import choose, probe
from hub.bitrix24.errors import AccessRefused


def exists(*methods: str):
    return lambda params: {"isExisting": params["name"] in methods, "isAvailable": params["name"] in methods}


@pytest.mark.parametrize(
    ("methods", "dialect"),
    [
        (("imbot.v2.chat.message.send", "imbot.message.add"), "v2"),
        (("imbot.message.add",), "v1"),
        ((), None),
    ],
)
def test_the_newest_bot_api_is_chosen(client, portal, methods, dialect):
    portal.answers["method.get"] = exists(*methods)
    portal.answers["imbot.v2.Revision.get"] = {"rest": 36, "web": 130}

    found = probe(client)

    assert found.dialect == dialect
    assert found.revision == (36 if dialect == "v2" else None)


def test_a_portal_that_cannot_be_asked_has_no_bot_api(client, portal, error):
    portal.answers["method.get"] = error("ERROR_METHOD_NOT_FOUND", status=404)

    assert probe(client).dialect is None


@pytest.mark.parametrize(
    ("methods", "dialect"),
    [(("imbot.v2.chat.message.send", "imbot.message.add"), "v2"), (("imbot.message.add",), "v1")],
)
def test_left_to_itself_the_hub_uses_the_newest(client, portal, methods, dialect):
    portal.answers["method.get"] = exists(*methods)
    portal.answers["imbot.v2.Revision.get"] = {"rest": 36}

    assert choose("auto", client) == dialect


@pytest.mark.parametrize("wanted", ["v1", "v2"])
def test_what_the_settings_name_is_used_without_asking(client, portal, wanted):
    assert choose(wanted, client) == wanted
    assert portal.requests == []


def test_credentials_without_bots_are_told_what_they_lack(client, portal):
    portal.answers["method.get"] = exists()

    with pytest.raises(AccessRefused, match="scope 'imbot'"):
        choose("auto", client)
