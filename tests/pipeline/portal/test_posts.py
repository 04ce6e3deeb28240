"""Posts to ``/bitrix24/events``: the portal's own are kept, and of all others nothing."""

import json
import random
from datetime import timedelta

import pytest
import stored
import structlog
from pipeline.portal.conftest import MEMBER, TOKEN, auth, new_lead, post_form, told

from hub.bitrix24 import forms
from hub.pipeline.proof import handler_key
from hub.storage.tables import Fact

FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON = {"content-type": "application/json"}
_REFUSED = 'hub_requests_rejected_total{plugin="hub",reason="signature"}'
SECRETS = (TOKEN, "secret-access", "secret-refresh", "secret-client", "test-bot-token")

EVENT = {
    "event": "ONCRMLEADADD",
    "data": {
        "FIELDS": {"ID": "7", "TITLE": "Крыша"},
        "BOT": {
            "9": {"access_token": "secret-access", "AUTH": {"refresh_token": "secret-refresh"}, "BOT_ID": "9"}
        },
    },
    "ts": "1795500000",
    "auth": {
        "access_token": "secret-access",
        "refresh_token": "secret-refresh",
        "client_id": "secret-client",
        **auth(TOKEN),
    },
}


@pytest.fixture
def send(hub):
    def send(body, headers=FORM, query=""):
        return hub.client.post(f"/bitrix24/events{query}", content=body, headers=headers)

    return send


def posts(hub):
    """Return what was posted, without what has followed from it by now."""
    return [row for row in hub.events if row.instance == "hub"]


@pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
def test_an_event_is_kept_without_any_credential(hub, send, as_json):
    body = json.dumps(EVENT) if as_json else forms.encode(EVENT)
    assert send(body, JSON if as_json else FORM).status_code == 200

    (row,) = posts(hub)
    assert (row.instance, row.kind, row.request["via"]) == ("hub", "portal-event", "post")
    assert json.loads(row.body) == {
        "event": "ONCRMLEADADD",
        "data": {"FIELDS": {"ID": "7", "TITLE": "Крыша"}, "BOT": {"9": {"BOT_ID": "9"}}},
        "ts": "1795500000",
    }
    kept = stored.rows(hub.app.database)
    assert not any(secret in kept for secret in SECRETS)


def test_equal_posts_are_different_events(hub, send):
    for _ in range(2):
        send(forms.encode(EVENT))

    assert [row.duplicates for row in posts(hub)] == [0, 0]


@pytest.mark.parametrize(
    ("token", "query"),
    [
        (TOKEN, ""),
        ("customtest-bot-token", ""),
        ("", f"key={handler_key('test-bot-token')}"),
        ("whatever", f"a=b&key={handler_key('test-bot-token')}"),
    ],
    ids=["outgoing webhook", "bot of a webhook", "address of the handler", "address of the handler first"],
)
def test_what_proves_the_portal_lets_in(hub, token, query):
    assert post_form(hub, {**EVENT, "auth": auth(token)}, query).status_code == 200


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ({"auth": auth("another")}, ""),
        ({"auth": auth("")}, ""),
        ({"auth": "undefined"}, ""),
        ({"auth": {"application_token": {"x": TOKEN}}}, ""),
        ({"auth": auth("custom")}, ""),
        ({"auth": {}, "data": {"bot": {"auth": auth(TOKEN)}}}, ""),
        ({"auth": {}}, "key="),
        ({"auth": {}}, "key=customtest-bot-token"),
        ({"auth": {}}, "&".join(f"key={number}" for number in range(50))),
    ],
    ids=[
        "another",
        "empty",
        "no map",
        "a map",
        "no bot's",
        "not at the top",
        "no key",
        "another key",
        "many keys",
    ],
)
def test_without_proof_nothing_is_kept(hub, form, query):
    assert post_form(hub, {"event": "ONCRMLEADADD", **form}, query).status_code == 403
    assert hub.events == []


@pytest.mark.parametrize("name", ["ONAPPINSTALL", "ONAPPUPDATE", "OnAppUninstall"])
def test_a_hub_that_is_no_application_keeps_nothing_about_one(hub, name):
    claimed = {"access_token": "a", "refresh_token": "r", "client_endpoint": "https://portal.example/rest/"}
    form = {"event": name, "auth": auth("forged") | claimed}

    assert post_form(hub, form).status_code == 403
    assert hub.events == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("", FORM, 400),
        ("auth[application_token]=x", FORM, 400),
        ("event=&auth[application_token]=x", FORM, 400),
        ("event=A%20B", FORM, 400),
        ("[]", JSON, 400),
        ("{", JSON, 400),
        ("[" * 100_000, JSON, 400),
        ('{"event": {"a": 1}}', JSON, 400),
        ('{"event": "ONCRMLEADADD", "ts": ' + "9" * 5000 + "}", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        ("&".join(f"a{n}=1" for n in range(3000)), FORM, 400),
        ("a" + "[b]" * 50 + "=1", FORM, 400),
        ("<xml/>", {"content-type": "text/xml"}, 415),
        ("event=ONCRMLEADADD", {"content-type": "multipart/form-data; boundary=x"}, 415),
        ("a" * (1 << 20) + "b", FORM, 413),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str | bytes) else None,
)
def test_what_cannot_be_read_is_refused(hub, send, body, headers, status):
    assert send(body, headers).status_code == status
    assert hub.events == []


def test_damaged_bodies_neither_break_the_hub_nor_leave_anything(hub, send):
    chance = random.Random(7)
    hub.clock.move(timedelta(hours=1))
    wholes = [(forms.encode({**EVENT, "auth": auth("forged-token")}), FORM)]
    wholes.append((json.dumps({**EVENT, "auth": auth("forged-token")}), JSON))
    with structlog.testing.capture_logs() as logs:
        answers = [send(_damaged(chance, text), headers).status_code for text, headers in wholes * 100]

    assert set(answers) <= {400, 403}
    assert hub.events == []
    kept = f"{logs}{stored.rows(hub.app.database)}"
    assert not any(secret in kept for secret in (*SECRETS, "forged-token"))
    assert len([log for log in logs if log["event"].startswith("portal event")]) == 1


def _damaged(chance, text):
    body = bytearray(text.encode())
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(body))
        match chance.randrange(3):
            case 0:
                body[place] = chance.randrange(256)
            case 1:
                del body[place : place + chance.randint(1, 40)]
            case _:
                body[place:place] = chance.choice(
                    [b"[", b"]", b"{", b"&", b"=", b"%00", b"\x00", b'"', b"[]", b"\xd8"]
                )
        if not body:
            break
    return bytes(body)


def test_strangers_cannot_fill_the_log(hub, post):
    hub.clock.move(timedelta(hours=2))
    with structlog.testing.capture_logs() as logs:
        for _ in range(20):
            post("1", token="another")
        hub.clock.move(timedelta(minutes=1))
        post("1", token="another")

    _, second = [log for log in logs if log["event"] == "portal event refused"]
    assert second["others_since_last"] == 19


def test_refusals_are_counted(hub, post):
    def counted():
        shown = hub.client.get("/metrics").text.splitlines()
        (line,) = [each for each in shown if each.startswith(_REFUSED)]
        return float(line.split()[-1])

    before = counted()
    post("1", token="another")

    assert counted() == before + 1


def test_an_address_with_a_slash_takes_events_and_no_other_method_does(hub, send):
    assert hub.client.post("/bitrix24/events/", content=forms.encode(EVENT), headers=FORM).status_code == 200
    assert hub.client.get("/bitrix24/events").status_code == 405


def test_while_the_database_is_away_the_portal_is_told_to_come_again(hub, send):
    rename = "ALTER TABLE {} RENAME TO {}"
    with hub.app.database.write() as session:
        session.connection().exec_driver_sql(rename.format("inbox", "away"))
    refused = send(forms.encode(EVENT))
    with hub.app.database.write() as session:
        session.connection().exec_driver_sql(rename.format("away", "inbox"))

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert send(forms.encode(EVENT)).status_code == 200


def test_a_test_of_the_portal_is_remembered_as_proof_that_posts_arrive(hub):
    post_form(hub, {"event": "ONAPPTEST", "data": {"QUERY": {"any": "1"}}, "auth": auth(TOKEN)})
    hub.settle()

    assert hub.app.heard.latest(["ONAPPTEST"]) == hub.clock.now()


def test_what_is_heard_is_written_at_most_once_a_minute(hub, post):
    start = hub.clock.now()
    for _ in range(3):
        hub.move(timedelta(seconds=25))
        post("1", settle=True)

    with hub.app.database.read() as session:
        heard = session.get(Fact, "heard:ONCRMLEADUPDATE").value
    assert heard == (start + timedelta(seconds=25)).isoformat()


def test_an_event_with_what_no_database_holds_is_kept(hub, send):
    lead = new_lead(hub.bitrix24)
    tree = {
        "event": "ONCRMLEADADD",
        "data": {"FIELDS": {"ID": lead, "A\0": "\ud800\0", "B": 1e999}},
        "auth": auth(TOKEN),
    }
    assert send(json.dumps(tree), JSON).status_code == 200
    hub.settle()
    hub.move(timedelta(seconds=2))

    assert told(hub) == [f"lead:{lead}:A lead"]


def test_the_name_of_the_portal_is_no_proof(hub):
    assert post_form(hub, {**EVENT, "auth": {"member_id": MEMBER}}).status_code == 403
