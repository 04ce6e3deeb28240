"""What people see: whole messages, in English and in Russian."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hub.pipeline.render import Limits, notice, one_line, plain_fallback
from hub.pipeline.render.limits import serialised_size
from hub.plugin import (
    Action,
    Duration,
    Moment,
    Money,
    Notification,
    Person,
    Severity,
    T,
    bold,
    code,
    field,
    lines,
    link,
)

PORTAL = "https://portal.example"

ALERT = Notification(
    key="zabbix:1",
    kind="zabbix.problem",
    title=T("{host}: disk is full", host="web1 [prod]"),
    text=lines(bold("/var at 99 %"), link("Runbook", "/docs/?q[]=disk"), code("df -h")),
    severity=Severity.CRITICAL,
    url="https://zabbix.example/tr_events.php?eventid=1",
    fields=(
        field("Since", Moment(at=datetime(2026, 11, 22, 9, 58, tzinfo=UTC))),
        field("Lasts", Duration(length=timedelta(hours=2, minutes=5))),
        field("Costs", Money(amount=Decimal(1250000), currency="RUB")),
        field("On call", Person(name="Ann Lee", id="17")),
        field("Comment", ""),
    ),
    actions=(
        Action(label="Acknowledge", command="ack", style="primary"),
        Action(label="Graph", url="/graph/"),
    ),
)


def test_an_alert_in_english(show):
    message = show(ALERT)

    assert message.text == "🔴 [b]web1 ［prod］: disk is full[/b]"
    assert message.attach == {
        "ID": 1,
        "COLOR": "#d92b2b",
        "COLOR_TOKEN": "alert",
        "BLOCKS": [
            {
                "MESSAGE": "[b]/var at 99 %[/b]\n"
                "[url=https://portal.example/docs/?q%5B%5D=disk]Runbook[/url]\n"
                "[code]df -h[/code]"
            },
            {
                "GRID": [
                    {"DISPLAY": "ROW", "NAME": "Since", "VALUE": "22 Nov 2026, 12:58"},
                    {"DISPLAY": "ROW", "NAME": "Lasts", "VALUE": "2 hr 5 min"},
                    {"DISPLAY": "ROW", "NAME": "Costs", "VALUE": "RUB\u00a01,250,000"},
                    {"DISPLAY": "ROW", "NAME": "On call", "VALUE": "[user=17]Ann Lee[/user]"},
                    {"DISPLAY": "ROW", "NAME": "Comment", "VALUE": "—"},
                ]
            },
        ],
    }
    assert message.keyboard == (
        {
            "TEXT": "Acknowledge",
            "COMMAND": "hub",
            "COMMAND_PARAMS": "a0",
            "BLOCK": "Y",
            "BG_COLOR_TOKEN": "primary",
            "DISPLAY": "LINE",
        },
        {"TEXT": "Graph", "LINK": "/graph/", "BG_COLOR_TOKEN": "base", "DISPLAY": "LINE"},
        {
            "TEXT": "Open",
            "LINK": "https://zabbix.example/tr_events.php?eventid=1",
            "BG_COLOR_TOKEN": "base",
            "DISPLAY": "LINE",
        },
    )
    assert message.url_preview is False


def test_the_bell_shows_the_same_alert_in_russian_as_text(readers):
    assert notice(ALERT, **readers["ru"]).splitlines() == [
        "🔴 [b]web1 ［prod］: disk is full[/b]",
        "[b]/var at 99 %[/b]",
        "[url=https://portal.example/docs/?q%5B%5D=disk]Runbook[/url]",
        "[code]df -h[/code]",
        "Since: 22 ноября 2026, 12:58",
        "Lasts: 2 ч 5 мин",
        "Costs: 1\u00a0250\u00a0000\u00a0₽",
        "On call: [user=17]Ann Lee[/user]",
        "Comment: —",
        "[url=https://portal.example/graph/]Graph[/url]",
        "[url=https://zabbix.example/tr_events.php?eventid=1]Открыть[/url]",
    ]


def test_a_refused_card_goes_out_as_text_without_card_and_buttons(show, readers):
    message = plain_fallback(show(ALERT), link_base=PORTAL)

    assert message.text == notice(ALERT, **readers["en"])
    assert message.attach is None
    assert message.keyboard == ()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "↓ web1 ［prod］: disk is full — moved below"),
        ("ru", "↓ web1 ［prod］: disk is full — перенесено ниже"),
    ],
)
def test_a_card_that_moved_leaves_one_line(readers, language, words):
    message = one_line(ALERT, **readers[language])

    assert message.text == words
    assert message.attach is None
    assert message.keyboard == ()


@pytest.mark.parametrize(
    ("severity", "kind", "text", "color"),
    [
        (Severity.CRITICAL, "x.problem", "🔴 [b]Title[/b]", "#d92b2b"),
        (Severity.ERROR, "x.problem", "🟠 [b]Title[/b]", "#e8701a"),
        (Severity.WARNING, "x.problem", "🟡 [b]Title[/b]", "#f2b200"),
        (Severity.INFO, "crm.lead.new", "[b]Title[/b]", "#29619b"),
        (Severity.CRITICAL, "zabbix.recovery", "✅ [b]Title[/b]", "#3aa655"),
        (Severity.INFO, "resolved", "✅ [b]Title[/b]", "#3aa655"),
    ],
    ids=["critical", "error", "warning", "info", "recovery", "resolved"],
)
def test_the_mark_and_the_bar_say_how_bad_it_is(show, severity, kind, text, color):
    message = show(Notification(key="k", kind=kind, title="Title", text="Text", severity=severity))

    assert message.text == text
    assert message.attach["COLOR"] == color


def test_without_text_and_fields_there_is_no_card(show):
    assert show(Notification(key="k", title="Hello")).attach is None


@pytest.mark.parametrize(
    ("notification", "text"),
    [
        (Notification(key="k", title=" \u200b\n", text="First\nsecond"), "[b]First second[/b]"),
        (Notification(key="k", title="", kind="crm.lead.new"), "[b]crm.lead.new[/b]"),
        (Notification(key="k", title="", kind=""), "[b]Notification[/b]"),
        (Notification(key="k", title=code("up == 0")), "[b]up == 0[/b]"),
        (Notification(key="k", title="one\r\n\r\n  two\tthree"), "[b]one two three[/b]"),
    ],
    ids=["invisible title", "kind", "nothing at all", "code would be a block", "several lines"],
)
def test_the_title_is_one_visible_line(show, notification, text):
    assert show(notification).text == text


def test_buttons_stand_three_in_a_row_and_fewer_when_they_are_long(show):
    labels = ("a", "b", "c", "d", "A rather long label of a button", "Another long one")
    actions = tuple(Action(label=label, command="do") for label in labels)

    keyboard = show(Notification(key="k", title="t", actions=actions)).keyboard

    rows = " ".join(button.get("TEXT", "|") for button in keyboard)
    assert rows == "a b c | d A rather long label of a button | Another long one"


def test_an_action_that_leads_to_the_same_place_makes_opening_superfluous(show):
    action = Action(label="Deal", url="/crm/deal/details/1/")

    message = show(Notification(key="k", title="t", url="/crm/deal/details/1/", actions=(action,)))

    assert [button["TEXT"] for button in message.keyboard] == ["Deal"]


def test_buttons_keep_the_number_of_their_action(show):
    actions = (
        Action(label="Bad", url="javascript:alert(1)"),
        Action(label="Good", command="do"),
    )

    (button,) = show(Notification(key="k", title="t", actions=actions)).keyboard

    assert button["COMMAND_PARAMS"] == "a1"


def test_a_button_without_words_shows_its_command(show):
    (button,) = show(Notification(key="k", title="t", actions=(Action(label="", command="ack"),))).keyboard

    assert button["TEXT"] == "ack"


@pytest.mark.parametrize(
    "long",
    [{"title": "x" * 301}, {"text": "x" * 6_001}, {"fields": (field("n", "x" * 1_001),)}],
    ids=["title", "text", "field"],
)
def test_what_is_cut_can_be_shown_in_full(show, long):
    notification = Notification(**{"key": "k", "title": "t", "url": "/crm/deal/details/1/", **long})

    (button,) = show(notification).keyboard

    assert button["TEXT"] == "Show in full"


def test_a_cut_title_ends_in_an_ellipsis_inside_its_limit(show):
    text = show(Notification(key="k", title="words " * 100)).text

    assert text.endswith("[/b]…")
    assert len(text) <= 300


def test_a_card_too_large_for_the_portal_is_cut_until_it_fits(show):
    emoji = Notification(
        key="k", title="t", text="🔥" * 9_000, fields=tuple(field("Поле", "Ж" * 900) for _ in range(60))
    )

    message = show(emoji)

    assert 10_000 < serialised_size(message.attach) <= 56_000


def test_a_keyboard_too_large_for_the_portal_loses_its_last_actions(show):
    actions = tuple(Action(label=f"Button {n}", url=f"/{n}/{'x' * 1_900}") for n in range(30))

    keyboard = show(Notification(key="k", title="t", url="/here/", actions=actions)).keyboard

    labels = [button["TEXT"] for button in keyboard if "TEXT" in button]
    assert serialised_size(keyboard) < 30_000
    assert labels[0] == "Button 0"
    assert labels[-1] == "Open"


def test_a_portal_with_smaller_limits_gets_smaller_messages(show):
    message = show(ALERT, limits=Limits(attach=200, buttons=2, button=5))

    assert message.attach is None
    assert [button["TEXT"] for button in message.keyboard] == ["Ackn…", "Show…"]
