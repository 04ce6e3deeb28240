"""Each preset makes the right card of what its sender sends."""

from __future__ import annotations

import json

import pytest

from hub.plugin import Mode, Severity, plain

from .conftest import PAYLOADS, SENDERS

#: preset, payload → kind, title, url, a row or none
CARDS = [
    ("amocrm", "lead-added.form", "amocrm.lead.new", "New lead: Шкафы для склада", ("Amount", "128000")),
    ("amocrm", "lead-won.form", "amocrm.lead.won", "Deal won: Шкафы для склада", ("Amount", "128000")),
    ("amocrm", "lead-lost.form", "amocrm.lead.lost", "Deal lost: 7341", ("Amount", "128000")),
    (
        "amocrm",
        "lead-moved-raw-brackets.form",
        "amocrm.lead.stage",
        "Deal moved to another stage: Chairs",
        None,
    ),
    ("amocrm", "lead-deleted.form", "amocrm.lead.deleted", "Lead 7342 was deleted", None),
    (
        "amocrm",
        "contact-added.form",
        "amocrm.contact.new",
        "New contact: Мария Образцова",
        ("E-mail", "maria@mail.example"),
    ),
    (
        "amocrm",
        "company-among-contacts.form",
        "amocrm.company.new",
        "New company: ООО Копыта",
        ("Phone", "+70000000077"),
    ),
    (
        "amocrm",
        "lead-reassigned.form",
        "amocrm.lead.responsible",
        "Responsible person changed: Шкафы для склада",
        None,
    ),
    ("amocrm", "lead-restored.form", "amocrm.lead.restored", "Lead Стеллажи is back", None),
    (
        "amocrm",
        "incoming-from-chat.form",
        "amocrm.incoming",
        "New incoming lead: Глеб Примеров",
        ("Phone", "+70000000078"),
    ),
    ("amocrm", "message-came.form", "amocrm.message", "Message of Глеб", None),
    (
        "amocrm",
        "task-added.form",
        "amocrm.task.new",
        "New task: Перезвонить",
        ("Due", "2026-11-22T19:00:00+00:00"),
    ),
    ("amocrm", "note-by-hand.form", "amocrm.note.new", "New note on lead 7341", None),
    ("hubspot", "deal-created.json", "hubspot.deal.new", "New deal 660011", None),
    ("pipedrive", "deal-created.json", "pipedrive.deal.new", "New deal: Витрины", ("Amount", "310000 RUB")),
    ("pipedrive", "deal-won.json", "pipedrive.deal.won", "Deal won: Витрины", ("Amount", "310000 RUB")),
    ("pipedrive", "deal-lost.json", "pipedrive.deal.lost", "Deal lost: Витрины", ("Reason", "дорого")),
    ("pipedrive", "lead-created.json", "pipedrive.lead.new", "New lead: Запрос цены", ("Amount", "5000 EUR")),
    (
        "pipedrive",
        "version-1-stage.json",
        "pipedrive.deal.stage",
        "Deal moved to another stage: Витрины",
        None,
    ),
    ("pipedrive", "deal-deleted.json", "pipedrive.deal.deleted", "Deal was deleted: Витрины", None),
    ("pipedrive", "version-1-deal-deleted.json", "pipedrive.deal.deleted", "Deal was deleted: Витрины", None),
    (
        "pipedrive",
        "organization-created.json",
        "pipedrive.organization.new",
        "New company: ООО Копыта",
        None,
    ),
    (
        "pipedrive",
        "activity-created.json",
        "pipedrive.activity.new",
        "New activity: Позвонить",
        ("Due", "2026-11-23 09:30"),
    ),
    (
        "retailcrm",
        "order-complete.form",
        "retailcrm.order",
        "Order 5120C: Выполнен",
        ("Amount", "17250.50 RUB"),
    ),
    (
        "tilda",
        "request.form",
        "tilda.form",
        "Request from the site: Мария Образцова",
        ("Вопрос", "Есть ли доставка?"),
    ),
    ("tilda", "order-paid.form", "tilda.order.paid", "Order 10077 is paid", ("Amount", "9000")),
    ("tilda", "cart-not-paid.form", "tilda.order.new", "New order 10078, not paid yet", ("Amount", "1400")),
    ("github", "push.json", "github.push", "maria pushed to roga/site", ("Branch", "refs/heads/main")),
    (
        "github",
        "push-as-form.form",
        "github.push",
        "maria pushed to roga/site",
        ("Branch", "refs/heads/main"),
    ),
    (
        "github",
        "pull-request-opened.json",
        "github.pull_request.opened",
        "maria opened roga/site#12: Cart",
        None,
    ),
    (
        "github",
        "pull-request-merged.json",
        "github.pull_request.merged",
        "maria merged roga/site#12: Cart",
        None,
    ),
    ("github", "issue-closed.json", "github.closed", "maria closed roga/site#9: Typo", None),
    ("github", "workflow-failed.json", "github.workflow.failed", "roga/site: tests failed on main", None),
    ("github", "release.json", "github.release", "roga/site: release v2", None),
    ("grafana", "firing.json", "grafana.firing", "Checkout is slow", None),
    ("grafana", "resolved.json", "grafana.resolved", "Resolved: Checkout is slow", None),
    ("uptime-kuma", "down.json", "uptime-kuma.down", "Shop is down", None),
    ("uptime-kuma", "up.json", "uptime-kuma.up", "Shop is up again", None),
    ("uptime-kuma", "test.json", "uptime-kuma.message", "Webhook Testing", None),
    ("sentry", "alert.json", "sentry.alert", "KeyError: price", ("Rule", "Errors in the cart")),
    ("sentry", "issue-resolved.json", "sentry.issue.closed", "Closed: KeyError: price", None),
    ("sentry", "metric-critical.json", "sentry.metric", "Critical: Errors of the cart", None),
    ("sentry", "metric-resolved.json", "sentry.metric.resolved", "Resolved: Errors of the cart", None),
    ("cloudevents", "structured.json", "cloudevents.event", "example.stock.low: sku/77", ("left", "3")),
    ("cloudevents", "binary.json", "cloudevents.event", "example.stock.low: чашки", ("sku", "78")),
    ("standard-webhooks", "invoice-paid.json", "standard-webhooks.event", "invoice.paid", ("total", "70.00")),
]


@pytest.mark.parametrize(("preset", "payload", "kind", "title", "row"), CARDS)
def test_a_call_is_told_in_the_words_of_its_preset(make_sender, preset, payload, kind, title, row):
    (card,) = make_sender(preset, to=["user:17"]).told(payload)

    assert (card.kind, plain(card.title), card.to) == (kind, title, ("user:17",))
    rows = [(plain(each.name), plain(each.value)) for each in card.fields]
    assert row is None or row in rows


def test_every_payload_of_a_preset_has_its_expectation():
    told = {(preset, payload) for preset, payload, *_ in CARDS}
    several = {
        ("amocrm", "two-leads-at-once.form"),
        ("hubspot", "deal-won-amount-and-contact.json"),
        ("hubspot", "all-kinds-of-events.json"),
    }
    files = {
        (preset, f.name)
        for preset in SENDERS
        for f in (PAYLOADS / preset).iterdir()
        if f.suffix != ".headers"
    }
    assert files == told | several


def test_a_call_with_several_events_is_several_cards(make_sender):
    leads = make_sender("amocrm").told("two-leads-at-once.form")
    changes = make_sender("hubspot").told("deal-won-amount-and-contact.json")

    assert [card.thread for card in leads] == ["lead:7341", "lead:7343"]
    assert [card.kind for card in changes] == [
        "hubspot.deal.won",
        "hubspot.deal.changed",
        "hubspot.contact.new",
    ]


def test_what_has_no_card_among_several_events_is_left_out(make_sender):
    told = make_sender("hubspot").told("all-kinds-of-events.json")

    assert [(card.kind.removeprefix("hubspot."), plain(card.title)) for card in told] == [
        ("deal.stage", "Deal 660012: dealstage is now 88001"),
        ("deal.deleted", "Deal 660013 was deleted"),
        ("deal.restored", "Deal 660014 is back"),
        ("deal.merged", "Deal 660015 was merged with others into 660017"),
        ("company.new", "New company 550011"),
        ("ticket.new", "New ticket 440011"),
    ]
    assert told[-1].url == "https://app.hubspot.com/contacts/51515151/record/0-5/440011"


def test_a_change_that_comes_with_a_win_does_not_hide_it(make_sender):
    won, amount, _ = make_sender("hubspot").told("deal-won-amount-and-contact.json")
    assert won.thread == "deal:660011" != amount.thread


def test_what_people_write_is_a_card_of_its_own(make_sender):
    told = [make_sender("amocrm").told(name)[0] for name in ("message-came.form", "note-by-hand.form")]
    assert [(card.thread, plain(card.text)) for card in told] == [
        ("", "Когда привезёте?"),
        ("", "Просит скидку"),
    ]


@pytest.mark.parametrize(
    ("name", "was", "other"),
    [
        ("message-came.form", b"=incoming", b"=outgoing"),
        ("note-by-hand.form", b"note_type%5D=4", b"note_type%5D=10"),
    ],
)
def test_own_messages_and_notes_of_programs_are_not_told(make_sender, name, was, other):
    body = (PAYLOADS / "amocrm" / name).read_bytes()
    assert was in body
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert not make_sender("amocrm").accept(body.replace(was, other), **form).items


def test_links_lead_to_the_thing_itself(make_sender):
    urls = [
        make_sender(preset).told(payload)[0].url
        for preset, payload in [
            ("amocrm", "lead-added.form"),
            ("amocrm", "lead-deleted.form"),
            ("pipedrive", "deal-won.json"),
            ("sentry", "issue-resolved.json"),
        ]
    ]
    assert urls == [
        "https://roga.amocrm.ru/leads/detail/7341",
        "",
        "https://roga.pipedrive.com/deal/88",
        "https://roga.sentry.io/issues/4711/",
    ]


@pytest.mark.parametrize(
    ("preset", "problem", "recovery"),
    [
        ("grafana", "firing.json", "resolved.json"),
        ("uptime-kuma", "down.json", "up.json"),
        ("sentry", "metric-critical.json", "metric-resolved.json"),
    ],
)
def test_a_recovery_edits_the_card_of_its_problem(make_sender, preset, problem, recovery):
    (opened,), (ended,) = make_sender(preset).told(problem), make_sender(preset).told(recovery)

    assert opened.thread == ended.thread != ""
    assert (opened.mode, opened.severity, ended.mode) == (Mode.OPEN, Severity.CRITICAL, Mode.UPDATE)
    assert opened.key != ended.key


def test_cookies_and_tokens_are_neither_kept_nor_shown(make_sender):
    (cart,) = make_sender("tilda").accept("cart-not-paid.form").items
    (order,) = make_sender("retailcrm").accept("order-complete.form").items

    assert b"tildasid" not in cart.body
    assert b"%5B0%5D%5Bname%5D" in cart.body
    assert b"t0ken" not in order.body


def test_what_the_sender_left_unrendered_is_not_shown(make_sender):
    (card,) = make_sender("retailcrm").told("order-complete.form")
    assert "Responsible" not in [plain(row.name) for row in card.fields]


def test_the_test_call_of_tilda_is_answered_without_a_key_and_not_kept(make_sender):
    sender = make_sender("tilda")
    sender.prove = lambda body: {}
    receipt = sender.accept(b"test=test", **{"content-type": "application/x-www-form-urlencoded"})
    assert (receipt.items, receipt.answer.status) == ((), 200)


def test_a_ping_of_github_is_not_kept(make_sender):
    headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "d1"}
    assert not make_sender("github").accept(b'{"zen": "Keep it simple", "hook_id": 1}', **headers).items


def test_what_no_card_is_meant_for_is_answered_and_not_kept(make_sender):
    receipt = make_sender("pipedrive").accept(b'{"meta": {"action": "change", "entity": "note"}, "data": {}}')
    assert (receipt.items, receipt.answer.status) == ((), 200)


def test_own_cards_come_before_those_of_the_preset(make_sender):
    own = {"when": "item.was == 'add' && item.of == 'lead'", "title": "Call {name}", "kind": "our.lead"}
    sender = make_sender("amocrm", map={"cards": [own]})

    assert plain(sender.told("lead-added.form")[0].title) == "Call Шкафы для склада"
    assert sender.told("lead-won.form")[0].kind == "amocrm.lead.won"


def test_a_batch_of_cloudevents_is_a_card_for_each(make_sender):
    event = '{"specversion": "1.0", "id": "%s", "source": "/a", "type": "t.%s"}'
    body = f"[{event % (1, 1)}, {event % (2, 2)}, {event % (1, 1)}]".encode()
    told = make_sender("cloudevents").told(body, **{"content-type": "application/cloudevents-batch+json"})
    assert [(card.key, card.title) for card in told] == [("/a#1", "t.1"), ("/a#2", "t.2")]


def test_a_monitor_without_an_address_has_no_link(make_sender):
    down = (PAYLOADS / "uptime-kuma" / "down.json").read_bytes()
    urls = [
        make_sender("uptime-kuma").told(down.replace(b"https://shop.roga.example", address))[0].url
        for address in (b"https://shop.roga.example", b"https://", b"")
    ]
    assert urls == ["https://shop.roga.example", "", ""]


def test_what_becomes_of_a_deal_at_once_is_told_behind_its_beginning(make_sender):
    """Pipedrive's ids of events are not known to differ between what is created and changed in one go."""
    created, won = (
        (PAYLOADS / "pipedrive" / name).read_bytes() for name in ("deal-created.json", "deal-won.json")
    )
    meta = json.loads(created)["meta"]
    same = {**json.loads(won), "meta": {**meta, "action": "change"}}
    sender = make_sender("pipedrive")
    keys = [sender.accept(body).items[0].key for body in (created, json.dumps(same).encode())]
    assert len(set(keys)) == 2
