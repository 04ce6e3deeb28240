"""What a portal says about the application is read, and nothing of it is believed."""

from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bitrix24 import (
    AppInstalled,
    AppUninstalled,
    AppUpdated,
    UnreadableEvent,
    forms,
    read_app_event,
    read_install,
)

AUTH = {
    "auth[domain]": "portal.example",
    "auth[scope]": "imbot im crm",
    "auth[access_token]": "acc3ss",
    "auth[refresh_token]": "r3fresh",
    "auth[expires_in]": "3600",
    "auth[server_endpoint]": "https://oauth.bitrix.info/rest/",
    "auth[status]": "L",
    "auth[client_endpoint]": "https://portal.example/rest/",
    "auth[member_id]": "feedface",
    "auth[application_token]": "appl1cation",
}
INSTALL = {"event": "ONAPPINSTALL", "data[VERSION]": "1", "data[ACTIVE]": "Y", "ts": "1767250000", **AUTH}
UNINSTALL = {
    "event": "ONAPPUNINSTALL",
    "data[LANGUAGE_ID]": "en",
    "data[CLEAN]": "1",
    "auth[member_id]": "feedface",
    "auth[application_token]": "appl1cation",
}
FRAME = {
    "AUTH_ID": "acc3ss",
    "AUTH_EXPIRES": "3600",
    "REFRESH_ID": "r3fresh",
    "SERVER_ENDPOINT": "https://oauth.bitrix.info/rest/",
    "APPLICATION_TOKEN": "appl1cation",
    "APPLICATION_SCOPE": "imbot,im,crm",
    "member_id": "feedface",
    "status": "L",
    "PLACEMENT": "DEFAULT",
}
QUERY = {"DOMAIN": "portal.example", "PROTOCOL": "1", "LANG": "en", "APP_SID": "x"}


def parsed(fields):
    return forms.parse(urlencode(fields))


def test_both_ways_of_installing_offer_the_same():
    posted = read_install(parsed(INSTALL), {})
    framed = read_install(parsed(FRAME), QUERY)

    assert posted.access_token == framed.access_token == "acc3ss"
    assert posted.client_endpoint == framed.client_endpoint == "https://portal.example/rest/"
    assert posted.scopes == framed.scopes == ("imbot", "im", "crm")
    assert posted.expires_in == framed.expires_in == timedelta(hours=1)
    assert (posted.framed, framed.framed) == (False, True)


def test_events_are_told_apart():
    updated = read_app_event(parsed({**INSTALL, "event": "OnAppUpdate"}))
    uninstalled = read_app_event(parsed(UNINSTALL))

    assert isinstance(read_app_event(parsed(INSTALL)), AppInstalled)
    assert isinstance(updated, AppUpdated)
    assert uninstalled == AppUninstalled(application_token="appl1cation", member_id="feedface", clean=True)
    assert read_app_event(parsed({"event": "ONCRMLEADADD"})) is None


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "client_endpoint", "application_token"])
def test_a_missing_field_is_named(missing):
    fields = {name: value for name, value in INSTALL.items() if name != f"auth[{missing}]"}
    with pytest.raises(UnreadableEvent, match=missing):
        read_install(parsed(fields), {})


@pytest.mark.parametrize("missing", ["REFRESH_ID", "APPLICATION_TOKEN", "member_id"])
def test_a_missing_field_of_a_frame_is_named(missing):
    with pytest.raises(UnreadableEvent, match=missing):
        read_install(parsed({name: value for name, value in FRAME.items() if name != missing}), QUERY)


def test_a_frame_without_its_query_is_unreadable():
    with pytest.raises(UnreadableEvent, match="DOMAIN"):
        read_install(parsed(FRAME), {})


def test_no_repr_shows_a_secret():
    told = f"{read_install(parsed(INSTALL), {})!r} {read_app_event(parsed(UNINSTALL))!r}"

    assert not any(secret in told for secret in ("acc3ss", "r3fresh", "appl1cation"))


@given(
    st.dictionaries(
        st.sampled_from([*INSTALL, *FRAME, "auth", "data", "auth[x][y]"]),
        st.sampled_from(["", "ONAPPINSTALL", "ONAPPUPDATE", "9" * 40, "\ud800x", "x" * 3000]),
    )
)
def test_whatever_comes_is_read_or_refused(fields):
    form = forms.parse(urlencode(fields, errors="replace"))
    with suppress(UnreadableEvent):
        read_install(form, form)
