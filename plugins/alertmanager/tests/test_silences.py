"""What a click does in Alertmanager, what the card says, and how both stay true."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta

import httpx
import pytest

from hub.plugin import CommandCall, Mode, PermanentFailure, ProblemState, RetryLater, plain
from hub.testing import FakeUser
from hub_plugin_alertmanager.silence_words import UNSILENCE

from .silences_api import SilencesApi, exactly

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SILENCES = ["Silence 1 h", "Silence 4 h", "Until resolved"]
AUTH = {"api_username": "hub", "api_password": "ap1-passw0rd"}


@pytest.fixture
def sender(make_sender):
    """An Alertmanager with an API, and somebody who clicks."""
    sender = make_sender(api_url="http://am.example:9093/am/", to=["user:17"], **AUTH)
    sender.api = SilencesApi(sender.ctx.clock.now)
    sender.ctx.http = httpx.Client(transport=httpx.MockTransport(sender.api))
    sender.ctx.portal.add(FakeUser(id="17", name="Ольга Петрова"))
    sender.plugin = type(sender.plugin)(sender.plugin.settings, sender.ctx)
    return sender


@pytest.fixture
def fire(sender, changed):
    """Let the alerts of a payload fire, as Alertmanager lists and sends them."""

    def fire(payload="replica-lags.json"):
        alerts = json.loads(changed(payload))["alerts"]
        sender.api.firing = [(each["fingerprint"], each["labels"]) for each in alerts]
        return sender.send(payload)

    return fire


def click(sender, card, label, id="a1"):
    (action,) = [each for each in card.actions if plain(each.label) == label]
    return act(sender, card, action, id)


def act(sender, card, action, id="a1"):
    handler = next(each.handler for each in sender.plugin.commands() if each.name == action.command)
    args = dict(action.args)
    return handler(CommandCall(id=id, actor="17", args=args, dialog="chat1157", notification=card))


def look(sender, after=MINUTE):
    """Let a minute pass and the job run, and return what it tells."""
    sender.ctx.clock.move(after)
    (job,) = sender.plugin.jobs()
    return list(job.run())


def timers(sender):
    """Fire what is due and return what that tells."""
    handlers = {each.name: each.handler for each in sender.plugin.timers()}
    return [told for fired in sender.ctx.timers.due() for told in handlers[fired.name](fired)]


def labels_of(card):
    return [plain(each.label) for each in card.actions if each.command]


def row(card):
    return next((plain(each.value) for each in card.fields if plain(each.name) == "Silenced"), "")


# What a click does


@pytest.mark.parametrize(("label", "hours"), [("Silence 1 h", 1), ("Silence 4 h", 4)])
def test_a_silence_has_exactly_the_labels_of_the_alert_and_says_who_and_from_where(
    sender, fire, label, hours
):
    card = fire()
    assert labels_of(card) == SILENCES
    reply = click(sender, card, label)

    (made,) = sender.api.active
    assert made["matchers"] == exactly(**dict(sorted(sender.api.firing[0][1].items())))
    assert datetime.fromisoformat(made["endsAt"]) == sender.ctx.clock.now() + hours * HOUR
    assert made["createdBy"] == "Ольга Петрова"
    assert made["comment"] == "from Bitrix24, dialog chat1157, click a1"
    told = reply.notification
    assert row(told) == f"until {(sender.ctx.clock.now() + hours * HOUR).isoformat()} (Ольга Петрова)"
    assert labels_of(told) == [UNSILENCE.capitalize()]
    assert (told.thread, told.mode, told.problem) == (card.thread, Mode.UPDATE, ProblemState.ACKNOWLEDGED)


def test_the_card_of_a_group_silences_the_labels_of_the_group(sender, fire):
    click(sender, fire("two-probes-fail.json"), "Silence 1 h")
    (made,) = sender.api.active
    assert made["matchers"] == exactly(dc="spb")


def test_a_group_without_labels_is_refused_and_nothing_is_silenced(sender, changed):
    card = sender.send(changed("two-probes-fail.json", groupLabels={}))
    with pytest.raises(PermanentFailure, match="would silence everything"):
        click(sender, card, "Silence 1 h")
    assert sender.api.asked == []


def test_the_api_is_asked_with_its_own_credentials(sender, fire):
    click(sender, fire(), "Silence 1 h")
    assert {who for _, _, who in sender.api.asked} == {"Basic aHViOmFwMS1wYXNzdzByZA=="}


def test_an_alert_that_alertmanager_does_not_list_is_not_silenced(sender, fire):
    card = fire()
    sender.api.firing = []
    with pytest.raises(PermanentFailure, match="lists no such alert"):
        click(sender, card, "Silence 1 h")
    assert sender.api.silences == {}


def test_cards_of_grafana_and_without_an_api_have_no_such_buttons(sender, make_sender):
    assert labels_of(sender.send("grafana-checkout-slow.json")) == []
    assert labels_of(make_sender().send("replica-lags.json")) == []


def test_a_button_of_what_the_card_no_longer_shows_silences_nothing_else(sender, fire, changed):
    old = fire()
    alert = json.loads(changed("replica-lags.json"))["alerts"][0]
    other = alert | {"fingerprint": "00ff", "labels": alert["labels"] | {"instance": "pg-9"}}
    sender.send(changed("replica-lags.json", alerts=[other]))
    with pytest.raises(PermanentFailure, match="knows no such alert"):
        click(sender, old, "Silence 1 h")


# Clicks that come twice


def test_a_repeated_click_makes_one_silence(sender, fire):
    card = fire()
    first, again = click(sender, card, "Silence 1 h"), click(sender, card, "Silence 1 h")
    assert len(sender.api.silences) == 1
    assert row(first.notification) == row(again.notification)


def test_a_click_whose_answer_got_lost_finds_its_own_silence(sender, fire):
    card = fire()
    sender.api.failure["POST"] = httpx.ReadTimeout("no answer")
    with pytest.raises(httpx.ReadTimeout):
        click(sender, card, "Until resolved")
    sender.api.failure.clear()
    reply = click(sender, card, "Until resolved")
    assert len(sender.api.silences) == 1
    assert row(reply.notification) == "until resolved (Ольга Петрова)"
    assert reply.text == ""


def test_two_people_on_two_buttons_at_once_make_one_silence(sender, fire):
    card, replies = fire(), []
    clicks = [
        threading.Thread(target=lambda n=n, label=label: replies.append(click(sender, card, label, f"a{n}")))
        for n, label in enumerate(SILENCES)
    ]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(sender.api.silences) == 1
    assert sorted(plain(each.text)[:23] for each in replies) == ["", *["It is silenced already,"] * 2]
    assert all(each.private for each in replies if each.text)


def test_a_silence_made_in_alertmanager_is_shown_to_who_wants_another(sender, fire):
    card = fire()
    sender.api.add(exactly(**sender.api.firing[0][1]), sender.ctx.clock.now() + 2 * HOUR, "boris")
    reply = click(sender, card, "Silence 1 h")
    assert len(sender.api.silences) == 1
    assert "(boris)" in row(reply.notification)


# The end of a silence


def test_unsilence_ends_it_there_and_the_buttons_are_back(sender, fire):
    silenced = click(sender, fire(), "Silence 4 h").notification
    reply = click(sender, silenced, "Unsilence", "a2")
    assert sender.api.active == []
    assert labels_of(reply.notification) == SILENCES
    assert row(reply.notification) == ""
    assert sender.ctx.timers.armed == {}


def test_unsilencing_what_is_over_already_says_so(sender, fire):
    silenced = click(sender, fire(), "Silence 4 h").notification
    (id,) = sender.api.silences
    sender.api.expire(id)
    sender.ctx.clock.move(timedelta(seconds=1))
    reply = click(sender, silenced, "Unsilence", "a2")
    assert plain(reply.text) == "The silence was over already."
    assert labels_of(reply.notification) == SILENCES


def test_when_it_expires_the_buttons_come_back_once(sender, fire):
    click(sender, fire(), "Silence 1 h")
    sender.ctx.clock.move(HOUR - timedelta(seconds=1))
    assert timers(sender) == []
    sender.ctx.clock.move(timedelta(seconds=1))
    (told,) = timers(sender)
    assert labels_of(told) == SILENCES
    assert (told.mode, told.loud, told.problem) == (Mode.UPDATE, False, ProblemState.OPEN)
    assert look(sender) == []


def test_news_of_the_group_keep_the_silence_on_the_card(sender, fire, changed):
    click(sender, fire("two-probes-fail.json"), "Silence 1 h")
    card = sender.send("third-probe-fails-one-recovers.json")
    assert "(Ольга Петрова)" in row(card)
    assert card.problem is ProblemState.ACKNOWLEDGED


# Until resolved


def test_until_resolved_goes_on_while_it_fires_and_is_ended_when_it_is_over(sender, fire):
    click(sender, fire(), "Until resolved")
    for _ in range(20):
        look(sender, HOUR)
        assert len(sender.api.active) == 1
        assert timers(sender) == []
    assert len(sender.api.silences) == 1

    sender.api.firing = []
    told = [card for _ in range(7) for card in look(sender)]
    assert sender.api.active == []
    (card,) = told
    assert plain(card.title).startswith("Resolved: ")
    assert (card.problem, labels_of(card)) == (ProblemState.OVER, [])
    assert timers(sender) == []


def test_without_the_hub_a_silence_until_resolved_ends_within_hours(sender, fire):
    click(sender, fire(), "Until resolved")
    (made,) = sender.api.active
    assert datetime.fromisoformat(made["endsAt"]) - sender.ctx.clock.now() == 6 * HOUR


def test_an_alertmanager_that_has_just_restarted_resolves_nothing(sender, fire):
    click(sender, fire(), "Until resolved")
    firing, sender.api.firing = sender.api.firing, []
    for _ in range(4):
        assert look(sender) == []
    sender.api.firing = firing
    assert [look(sender) for _ in range(10)] == [[]] * 10
    assert len(sender.api.active) == 1


def test_one_that_was_ended_in_alertmanager_is_not_made_anew(sender, fire):
    click(sender, fire(), "Until resolved")
    (id,) = sender.api.silences
    sender.api.expire(id)
    (card,) = look(sender, 5 * HOUR)
    assert labels_of(card) == SILENCES
    assert len(sender.api.silences) == 1


# The end of what is silenced


def test_the_end_of_a_silenced_alert_is_told_though_alertmanager_says_nothing(sender, fire):
    click(sender, fire(), "Silence 1 h")
    look(sender)
    sender.api.firing = []
    told = [card for _ in range(7) for card in look(sender)]
    assert [card.kind for card in told] == ["alertmanager.resolved"]


def test_it_is_told_too_when_the_silence_was_ended_before_anybody_looked(sender, fire):
    silenced = click(sender, fire(), "Silence 1 h").notification
    click(sender, silenced, "Unsilence", "a2")
    sender.api.firing = []
    assert [card.kind for _ in range(7) for card in look(sender)] == ["alertmanager.resolved"]


def test_an_alert_that_was_never_silenced_is_left_to_alertmanager(sender, fire):
    fire()
    sender.api.firing = []
    assert [look(sender) for _ in range(10)] == [[]] * 10


def test_what_comes_back_after_such_an_end_rings_even_with_its_old_start(sender, fire):
    first = fire()
    click(sender, first, "Until resolved")
    sender.api.firing = []
    for _ in range(7):
        look(sender)
    again = fire()
    assert again.loud
    assert again.key != first.key
    assert labels_of(again) == SILENCES
    assert sender.told("replica-lags-reminder.json") == []


# What happens in Alertmanager itself


def test_a_silence_made_there_shows_within_a_minute_and_its_end_too(sender, fire):
    fire("two-probes-fail.json")
    id = sender.api.add(exactly(job="blackbox"), sender.ctx.clock.now() + HOUR, "boris")
    (card,) = look(sender)
    assert "(boris)" in row(card)
    assert labels_of(card) == []  # it may silence other things as well
    assert look(sender) == []

    sender.api.expire(id)
    (card,) = look(sender)
    assert (row(card), labels_of(card)) == ("", SILENCES)


def test_one_about_exactly_the_card_can_be_ended_from_it(sender, fire):
    fire()
    sender.api.add(exactly(**sender.api.firing[0][1]), sender.ctx.clock.now() + HOUR)
    (card,) = look(sender)
    click(sender, card, "Unsilence")
    assert sender.api.active == []


def test_one_that_expires_there_brings_the_buttons_back_on_time(sender, fire):
    fire()
    sender.api.add(exactly(dc="spb"), sender.ctx.clock.now() + 10 * MINUTE)
    look(sender)
    sender.ctx.clock.move(9 * MINUTE)
    (card,) = timers(sender)
    assert labels_of(card) == SILENCES


def test_when_some_of_a_group_are_silenced_the_card_counts_them(sender, fire):
    fire("two-probes-fail.json")
    _, labels = sender.api.firing[0]
    sender.api.add(exactly(**labels), sender.ctx.clock.now() + HOUR)
    (card,) = look(sender)
    assert (row(card), labels_of(card)) == ("1 of 2", SILENCES)


def test_a_silence_of_the_chat_that_is_ended_there_shows(sender, fire):
    click(sender, fire(), "Silence 4 h")
    (id,) = sender.api.silences
    sender.api.expire(id)
    (card,) = look(sender)
    assert labels_of(card) == SILENCES


def test_without_open_cards_nobody_is_asked(sender):
    sender.send("replica-caught-up.json")
    assert look(sender) == []
    assert sender.api.asked == []


# An Alertmanager that is away or refuses


@pytest.mark.parametrize(
    ("failure", "answer", "error", "told"),
    [
        pytest.param(httpx.ConnectError("no"), None, RetryLater, "cannot be reached", id="down"),
        pytest.param(httpx.ReadTimeout("no"), None, RetryLater, "does not answer", id="hangs"),
        pytest.param(None, httpx.Response(503), RetryLater, "busy", id="starting"),
        pytest.param(None, httpx.Response(502), RetryLater, "does not answer", id="bad-gateway"),
        pytest.param(None, httpx.Response(401), PermanentFailure, "api_password", id="credentials"),
        pytest.param(None, httpx.Response(404), PermanentFailure, "check api_url", id="not-there"),
        pytest.param(None, httpx.Response(302), PermanentFailure, "check api_url", id="login-page"),
        pytest.param(None, httpx.Response(200, text="<html>"), PermanentFailure, "check api_url", id="page"),
        pytest.param(
            None, httpx.Response(400, json="silence invalid: x"), PermanentFailure, "says: silence", id="400"
        ),
    ],
)
def test_an_alertmanager_that_cannot_is_told_clearly_and_the_card_stays(
    sender, fire, failure, answer, error, told
):
    card = fire()
    silenced = click(sender, card, "Silence 1 h").notification
    before = list(sender.ctx.store.scan())
    sender.api.answer = answer
    if failure:
        sender.api.failure["*"] = failure
    with pytest.raises(error, match=told) as refusal:
        click(sender, silenced, "Unsilence", "a2")
    with pytest.raises(error, match=told):
        click(sender, card, "Silence 4 h", "a3")
    assert look(sender) == []
    assert "ap1-passw0rd" not in str(refusal.value)
    assert list(sender.ctx.store.scan()) == before


def test_a_silence_that_cannot_be_made_longer_is_tried_again(sender, fire):
    click(sender, fire(), "Until resolved")
    sender.api.failure["POST"] = httpx.ConnectError("no")
    look(sender, 4 * HOUR)
    sender.api.failure.clear()
    look(sender)
    (made,) = sender.api.active
    assert datetime.fromisoformat(made["endsAt"]) - sender.ctx.clock.now() == 6 * HOUR


def test_after_an_outage_beyond_its_length_the_buttons_are_back(sender, fire):
    click(sender, fire(), "Until resolved")
    sender.api.failure["*"] = httpx.ConnectError("no")
    look(sender, 6 * HOUR)
    (card,) = timers(sender)
    assert labels_of(card) == SILENCES


def test_the_health_check_says_whether_it_answers(sender):
    (check,) = sender.plugin.health_checks()
    assert check.check().message == "Alertmanager 0.25.0 answers"
    sender.api.answer = httpx.Response(401)
    assert not check.check().ok


# Hostile senders


def test_a_group_too_large_to_be_remembered_is_told_without_buttons(sender, changed):
    alert = json.loads(changed("replica-lags.json"))["alerts"][0]
    huge = {f"label{n}": "x" * 1000 for n in range(100)}
    card = sender.send(changed("replica-lags.json", alerts=[alert | {"labels": huge}], commonLabels=huge))
    assert labels_of(card) == []


def test_words_of_any_length_are_cut(sender, changed):
    alert = json.loads(changed("replica-lags.json"))["alerts"][0]
    words = {"summary": "x" * 100_000, "description": "y" * 100_000, "runbook_url": f"http://a/{'z' * 9000}"}
    card = sender.send(changed("replica-lags.json", alerts=[alert | {"annotations": words}]))
    assert (len(plain(card.title)), len(plain(card.text))) == (500, 4000)
    assert labels_of(card) == SILENCES
