"""The transport: addresses, bodies, envelopes, refusals."""

import httpx
import pytest

from hub.sandbox import Sandbox


def test_answers_carry_the_documented_times(webhook):
    answer = webhook.http.post("profile").json()

    assert answer["result"]["ID"] == "1"
    assert set(answer["time"]) == {
        "start",
        "finish",
        "duration",
        "processing",
        "date_start",
        "date_finish",
        "operating",
        "operating_reset_at",
    }


@pytest.mark.parametrize("method", ["profile", "profile.json", "PROFILE", "Profile.json"])
def test_method_names_have_no_case_and_an_optional_suffix(webhook, method):
    assert webhook.result(method)["ADMIN"] is True


def test_query_form_and_json_say_the_same(webhook):
    by_query = webhook.http.get("user.get", params={"FILTER[ID]": "27"}).json()["result"]
    by_form = webhook.http.post("user.get", data={"FILTER[ID]": "27"}).json()["result"]
    by_json = webhook.result("user.get", FILTER={"ID": 27})

    assert by_query == by_form == by_json
    assert by_json[0]["NAME"] == "Вера"


def test_php_keys_nest_lists_and_maps(webhook):
    lead = webhook.http.post(
        "crm.lead.add",
        content="fields[TITLE]=Заявка&fields[PHONE][0][VALUE]=%2B7&fields[PHONE][0][VALUE_TYPE]=WORK".encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    ).json()["result"]

    stored = webhook.result("crm.lead.get", id=lead)
    assert (stored["TITLE"], stored["PHONE"]) == ("Заявка", [{"VALUE": "+7", "VALUE_TYPE": "WORK"}])


@pytest.mark.parametrize(
    ("method", "refusal"),
    [
        ("no.such.method", (404, "ERROR_METHOD_NOT_FOUND")),
        ("event.bind", (403, "WRONG_AUTH_TYPE")),
        ("event.offline.get", (403, "WRONG_AUTH_TYPE")),
        ("app.info", (400, "ACCESS_DENIED")),
        ("crm.deal.get", (400, "ERROR_REQUIRED_PARAMETERS_MISSING")),
        ("imbot.v2.Chat.Message.send", (400, "BOT_ID_REQUIRED")),
    ],
)
def test_refusals_have_their_documented_code_and_status(webhook, method, refusal):
    assert webhook.refusal(method) == refusal


def test_a_wrong_secret_is_refused(webhook, sandbox):
    answer = webhook.http.get(f"{sandbox.url}/rest/1/guess/profile")

    assert (answer.status_code, answer.json()["error"]) == (401, "INVALID_CREDENTIALS")


def test_a_webhook_dies_with_the_person_who_made_it(webhook, sandbox):
    sandbox.change_person(1, active=False)

    assert webhook.refusal("profile") == (401, "INVALID_CREDENTIALS")


def test_a_missing_scope_is_refused_and_method_get_knows(start):
    sandbox: Sandbox = start(scopes={"imbot"})
    asked = httpx.post(f"{sandbox.webhook_url}method.get", json={"name": "crm.deal.get"}).json()["result"]
    answer = httpx.post(f"{sandbox.webhook_url}crm.deal.get", json={"id": 1201})

    assert asked == {"isExisting": True, "isAvailable": False}
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


def test_mistyped_parameters_are_refused(webhook):
    assert webhook.refusal("im.user.get", ID="abc") == (400, "ERROR_ARGUMENT")


def test_broken_json_is_refused(webhook):
    answer = webhook.http.post("profile", content=b"{", headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]) == (400, "INVALID_REQUEST")


def test_unknown_parameters_are_ignored_and_noted(webhook, sandbox):
    webhook.result("im.user.get", ID=27, Nickname="x")

    assert sandbox.warnings() == ["im.user.get: parameter Nickname is not known and was ignored"]


def test_the_log_holds_every_call_with_its_outcome(webhook, sandbox):
    webhook.result("profile")
    webhook.refusal("crm.deal.get", id=1)

    assert [(call.method, call.status, call.error) for call in sandbox.calls()] == [
        ("profile", 200, None),
        ("crm.deal.get", 400, ""),
    ]
    assert len(sandbox.calls("PROFILE")) == 1


def test_method_get_knows_lower_case_names_only(webhook):
    assert webhook.result("method.get", name="imbot.v2.bot.register") == {
        "isExisting": True,
        "isAvailable": True,
    }
    assert webhook.result("method.get", name="imbot.v2.Bot.register")["isExisting"] is False
    assert webhook.result("method.get", name="imbot.v9.bot.register")["isExisting"] is False


@pytest.mark.parametrize("header", [{"host": "portal.evil.example"}, {"origin": "https://evil.example"}])
def test_foreign_pages_are_kept_out(webhook, header):
    assert webhook.http.get("profile", headers=header).status_code == 403


def test_a_portal_without_version_two_says_so(start):
    sandbox: Sandbox = start(bots_v2=False)
    answer = httpx.post(f"{sandbox.webhook_url}method.get", json={"name": "imbot.v2.bot.register"}).json()

    assert answer["result"]["isExisting"] is False
