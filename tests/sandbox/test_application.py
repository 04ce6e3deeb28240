"""The local application: tokens, what it may call, how it is installed, and the events it hears."""

import httpx
import pytest

ENDED = "http://127.0.0.1:9/nobody"


class App:
    """An application's client, as a careful author writes it."""

    def __init__(self, sandbox, user_id=1):
        self.sandbox = sandbox
        self.tokens = self.ask(grant_type="authorization_code", code=sandbox.authorize(user_id)).json()

    def ask(self, **params):
        own = {key: self.sandbox.application[key] for key in ("client_id", "client_secret")}
        return httpx.get(f"{self.sandbox.url}/oauth/token/", params={**own, **params})

    def refresh(self, token=None):
        return self.ask(grant_type="refresh_token", refresh_token=token or self.tokens["refresh_token"])

    def call(self, method, **params):
        endpoint = self.tokens["client_endpoint"]
        return httpx.post(f"{endpoint}{method}", json={**params, "auth": self.tokens["access_token"]})

    def result(self, method, **params):
        answer = self.call(method, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]


@pytest.fixture
def app(sandbox):
    return App(sandbox)


def refusal(answer):
    return answer.status_code, answer.json()["error"]


@pytest.fixture
def installed(sandbox, posted):
    """An installed application whose handler is told of everything asked for."""
    url, received = posted
    form = sandbox.install_app(url) and received.get(timeout=60)[1]
    app = App(sandbox)

    def bind(*events):
        for event in events:
            assert app.result("event.bind", event=event, handler=url) is True
        return app, received, form

    return bind


# Tokens


def test_a_code_gives_a_pair_once(app, sandbox):
    code = sandbox.authorize(27)

    assert app.ask(grant_type="authorization_code", code=code).json()["user_id"] == 27
    assert refusal(app.ask(grant_type="authorization_code", code=code)) == (400, "invalid_grant")


def test_a_refresh_token_works_once_and_the_new_one_takes_its_place(app):
    renewed = app.refresh().json()

    assert renewed["client_endpoint"] == app.tokens["client_endpoint"]
    assert refusal(app.refresh()) == (400, "invalid_grant")
    assert app.refresh(renewed["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"client_secret": "guess"}, (401, "invalid_client")),
        ({"client_id": "guess"}, (401, "invalid_client")),
        ({"refresh_token": "guess"}, (400, "invalid_grant")),
        ({"grant_type": "password"}, (400, "invalid_request")),
    ],
)
def test_the_oauth_server_refuses_what_is_wrong(app, given, refused):
    right = {"grant_type": "refresh_token", "refresh_token": app.tokens["refresh_token"]}

    assert refusal(app.ask(**{**right, **given})) == refused


def test_an_access_token_expires(app, sandbox):
    assert app.result("profile")["ID"] == "1"
    sandbox.clock.advance(3601)

    assert refusal(app.call("profile")) == (401, "expired_token")
    app.tokens = app.refresh().json()
    assert app.result("profile")["ID"] == "1"


@pytest.mark.parametrize(("auth", "error"), [("", "NO_AUTH_FOUND"), ("guess", "invalid_token")])
def test_without_a_token_of_the_application_nothing_is_answered(sandbox, auth, error):
    asked = httpx.get(f"{sandbox.url}/rest/profile.json", params={"auth": auth})

    assert refusal(asked) == (401, error)


# What an application may do


def test_the_application_says_who_it_is(app, sandbox):
    shown = app.result("app.info")

    assert (shown["CODE"], shown["STATUS"]) == (sandbox.application["client_id"], "L")


def test_a_bot_of_the_application_needs_no_token_and_is_nobody_elses(app, webhook):
    bot = app.result("imbot.v2.Bot.register", fields={"code": "own", "properties": {"name": "Own"}})["bot"]
    sent = app.result(
        "imbot.v2.Chat.Message.send", botId=bot["id"], dialogId="27", fields={"message": "hello"}
    )

    assert sent["id"]
    assert webhook.refusal("imbot.v2.Bot.unregister", botId=bot["id"], botToken="x")[0] == 403


def test_a_second_binding_of_the_same_handler_is_refused(app):
    assert app.result("event.bind", event="onCrmLeadAdd", handler=ENDED) is True
    assert refusal(app.call("event.bind", event="ONCRMLEADADD", handler=ENDED)) == (400, "ERROR_CORE")
    assert [row["event"] for row in app.result("event.get")] == ["ONCRMLEADADD"]
    assert app.result("event.unbind", event="ONCRMLEADADD", handler=ENDED) == {"count": 1}
    assert app.result("event.unbind", event="ONCRMLEADADD", handler=ENDED) == {"count": 0}


def test_events_nobody_knows_and_handlers_nobody_reaches_are_refused(app):
    assert refusal(app.call("event.bind", event="ONNOTHING", handler=ENDED)) == (400, "ERROR_EVENT_NOT_FOUND")
    assert app.result("event.bind", event="ONCRMLEADADD", handler="ftp://x") is False
    assert "ONTASKADD" in app.result("events", SCOPE="task")


def test_who_is_no_administrator_binds_for_himself_only(sandbox):
    app = App(sandbox, user_id=27)

    assert refusal(app.call("event.bind", event="ONCRMLEADADD", handler=ENDED, auth_type=31))[0] == 403
    assert app.result("event.bind", event="ONCRMLEADADD", handler=ENDED) is True
    assert app.result("event.get")[0]["auth_type"] == "27"


# Installing


def test_installing_posts_a_pair_that_works_at_the_sandbox_itself(sandbox, posted):
    url, received = posted
    assert sandbox.install_app(url).status_code == 200

    _, form = received.get(timeout=60)
    auth = form["auth"]
    asked = httpx.post(f"{auth['client_endpoint']}profile", json={"auth": auth["access_token"]})
    assert (form["event"], asked.json()["result"]["ID"]) == ("ONAPPINSTALL", "1")
    assert auth["domain"] == sandbox.application["portal"]
    assert auth["application_token"]


def test_a_framed_application_is_silent_until_its_page_has_finished(sandbox, posted):
    url, received = posted
    sandbox.install_app(url, framed=True)
    path, form = received.get(timeout=60)
    app = App(sandbox)
    app.result("event.bind", event="ONCRMLEADADD", handler=url)
    sandbox.add("lead", TITLE="too early")
    assert app.result("app.info")["INSTALLED"] is False

    sandbox.finish_install()
    lead = sandbox.add("lead", TITLE="in time")
    assert "DOMAIN=127.0.0.1" in path
    assert form["PLACEMENT"] == "DEFAULT"
    assert received.get(timeout=60)[1]["data"]["FIELDS"]["ID"] == str(lead)


def test_an_update_drops_handlers_and_may_bring_another_application_token(installed, sandbox, posted):
    _, received, form = installed("ONCRMLEADADD")
    sandbox.update_app(posted[0], new_token=True)
    updated = received.get(timeout=60)[1]

    assert (updated["data"]["VERSION"], updated["data"]["PREVIOUS_VERSION"]) == ("2", "1")
    assert updated["auth"]["application_token"] != form["auth"]["application_token"]
    assert sandbox.bindings() == []


def test_with_the_application_its_tokens_and_bots_go(installed, sandbox, webhook):
    app, received, form = installed("ONAPPUNINSTALL")
    app.result("imbot.v2.Bot.register", fields={"code": "own", "properties": {"name": "Own"}})
    sandbox.uninstall_app(clean=True)
    told = received.get(timeout=60)[1]

    assert told["auth"]["application_token"] == form["auth"]["application_token"]
    assert "access_token" not in told["auth"]
    assert refusal(app.call("profile")) == (401, "invalid_token")
    assert webhook.result("imbot.v2.Bot.list", botToken="x")["bots"] == []


# Events


def test_what_people_do_in_the_crm_is_told(installed, sandbox):
    _, received, _ = installed(
        "ONCRMLEADADD", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY", "ONCRMLEADDELETE"
    )
    lead = sandbox.add("lead", by=27, TITLE="Call back")
    sandbox.remove("lead", lead)
    sandbox.change("deal", 1202, by=31, STAGE_ID="C1:NEW")
    told = [received.get(timeout=60)[1] for _ in range(4)]

    assert [(form["event"], form["data"]["FIELDS"]["ID"]) for form in told] == [
        ("ONCRMLEADADD", str(lead)),
        ("ONCRMLEADDELETE", str(lead)),
        ("ONCRMDEALUPDATE", "1202"),
        ("ONCRMDEALMOVETOCATEGORY", "1202"),
    ]
    assert told[3]["data"]["FIELDS"] == {"ID": "1202", "CATEGORY_ID": "1", "STAGE_ID": "C1:NEW"}
    assert told[0]["auth"]["access_token"]


def test_a_robot_brings_no_tokens(installed, sandbox):
    _, received, _ = installed("ONCRMDEALUPDATE")
    sandbox.change("deal", 1201, by=None, TITLE="by a robot")

    assert "access_token" not in received.get(timeout=60)[1]["auth"]


def test_tasks_say_undefined_where_there_is_nothing(installed, sandbox):
    _, received, _ = installed("ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE", "ONTASKCOMMENTADD")
    task = sandbox.add("task", by=31, TITLE="New", RESPONSIBLE_ID=27)
    sandbox.change("task", task, by=31, TITLE="Newer")
    sandbox.comment(task, "Done?", by=31)
    sandbox.set_options(new_task_card=True)
    sandbox.comment(task, "In the chat", by=31)
    sandbox.remove("task", task)
    added, changed, old, new, gone = (received.get(timeout=60)[1]["data"] for _ in range(5))

    assert (added["FIELDS_BEFORE"], added["FIELDS_AFTER"]["ID"]) == ("undefined", str(task))
    assert (added["IS_ACCESSIBLE_BEFORE"], added["IS_ACCESSIBLE_AFTER"]) == ("N", "undefined")
    assert changed["FIELDS_BEFORE"]["ID"] == changed["FIELDS_AFTER"]["ID"] == str(task)
    assert old["FIELDS_AFTER"].keys() == {"ID", "TASK_ID"}
    assert new["FIELDS_AFTER"]["ID"] == "0"
    assert sandbox.messages()[-1].id == int(new["FIELDS_AFTER"]["MESSAGE_ID"])
    assert (gone["FIELDS_AFTER"], gone["IS_ACCESSIBLE_AFTER"]) == ("undefined", "N")


def test_an_outgoing_webhook_hears_of_its_events_with_its_own_token(sandbox, posted, webhook):
    url, received = posted
    sandbox.outgoing_webhook(url, "hook-token", ["ONCRMLEADADD"])
    webhook.result("crm.deal.update", id=1201, fields={"TITLE": "not asked for"})
    lead = webhook.result("crm.lead.add", fields={"TITLE": "x"})
    _, form = received.get(timeout=60)

    assert (form["event"], form["data"]["FIELDS"]["ID"]) == ("ONCRMLEADADD", str(lead))
    assert form["auth"]["application_token"] == "hook-token"
    assert "access_token" not in form["auth"]


def test_events_come_twice_merged_and_in_another_order_on_request(installed, sandbox):
    _, received, _ = installed("ONCRMLEADUPDATE", "ONCRMDEALUPDATE")
    sandbox.set_options(repeat_events=2, merge_events=True, reverse_events=True)
    with sandbox.holding_events():
        for title in ("a", "b"):
            sandbox.change("lead", 901, TITLE=title)
        sandbox.change("deal", 1201, TITLE="c")
    order = [received.get(timeout=60)[1]["event"] for _ in range(4)]

    assert order == ["ONCRMDEALUPDATE"] * 2 + ["ONCRMLEADUPDATE"] * 2


def test_the_application_can_ask_for_a_test_event(installed):
    app, received, _ = installed("ONAPPTEST")

    assert app.result("event.test", any="here") == 1
    assert received.get(timeout=60)[1]["data"]["QUERY"]["any"] == "here"


def test_another_process_can_have_the_application_installed(api, sandbox, posted):
    url, received = posted

    assert api.post("install", json={"url": url}).json() == {"status": 200, "body": ""}
    assert received.get(timeout=60)[1]["event"] == "ONAPPINSTALL"
    assert api.post("install", json={"url": ENDED}).status_code == 502
