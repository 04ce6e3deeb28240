"""Bad calls: changed, stale, doubled, re-serialised, too large. Refused, quickly, and nothing of them is read."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from hub.plugin import InvalidPayload, InvalidSignature

from .conftest import PAYLOADS, SENDERS

SIGNED = ["github", "grafana", "sentry", "hubspot", "standard-webhooks"]
FORM = {"content-type": "application/x-www-form-urlencoded"}


def a_payload(preset):
    return sorted(f.name for f in (PAYLOADS / preset).iterdir() if f.suffix == ".json")[0]


@pytest.mark.parametrize("preset", SIGNED)
def test_a_flipped_bit_is_refused(make_sender, preset):
    sender = make_sender(preset)
    request, verify = sender.request(a_payload(preset)), sender.source().verify
    chance = random.Random(1)
    for _ in range(50):
        place = chance.randrange(len(request.body))
        body = bytearray(request.body)
        body[place] ^= 1 << chance.randrange(8)
        with pytest.raises(InvalidSignature) as refusal:
            verify(replace(request, body=bytes(body)))
        assert refusal.value.status == 401


@pytest.mark.parametrize("preset", SIGNED)
def test_a_body_written_anew_by_a_proxy_is_refused(make_sender, preset):
    sender = make_sender(preset)
    request = sender.request(a_payload(preset))
    anew = json.dumps(json.loads(request.body), indent=1).encode()
    with pytest.raises(InvalidSignature):
        sender.source().verify(replace(request, body=anew))


@pytest.mark.parametrize("preset", [name for name in SENDERS if name not in ("amocrm", "retailcrm")])
def test_a_missing_or_doubled_proof_is_refused(make_sender, preset):
    sender = make_sender(preset)
    request, verify = (
        sender.request(a_payload(preset) if preset != "tilda" else "request.form"),
        sender.source().verify,
    )
    for name in sender.prove(request.body):
        without = tuple(pair for pair in request.headers if pair[0] != name.lower())
        with pytest.raises(InvalidSignature) as refusal:
            verify(replace(request, headers=without))
        assert refusal.value.status == 401
        with pytest.raises(InvalidSignature) as refusal:
            verify(replace(request, headers=(*request.headers, (name, "again"))))
        assert refusal.value.status == 400


@pytest.mark.parametrize("preset", ["hubspot", "standard-webhooks"])
@pytest.mark.parametrize("by", [timedelta(minutes=6), timedelta(minutes=-6)], ids=["stale", "early"])
def test_a_call_of_another_time_is_refused(make_sender, preset, by):
    sender = make_sender(preset)
    with pytest.raises(InvalidSignature, match="too old or in the future"):
        sender.source().verify(sender.later(sender.request(a_payload(preset)), by))


@pytest.mark.parametrize(
    ("preset", "payload", "account"),
    [("amocrm", "lead-added.form", "kopyta"), ("hubspot", "deal-created.json", "1")],
)
def test_a_call_of_another_account_is_refused(make_sender, preset, payload, account):
    sender = make_sender(preset, **{"account" if preset == "amocrm" else "portal_id": account})
    with pytest.raises(InvalidSignature, match="another account") as refusal:
        sender.source().verify(sender.request(payload))
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        pytest.param("application/json", b'{"title": ', 400, id="cut-json"),
        pytest.param("application/json", b'{"title": NaN}', 400, id="not-a-number"),
        pytest.param("application/json", b"[" * 1_000_000, 400, id="deep-json"),
        pytest.param("application/x-www-form-urlencoded", b"a=%ff", 400, id="form-not-utf-8"),
        pytest.param("application/x-www-form-urlencoded", b"a" + b"[b]" * 50 + b"=1", 400, id="deep-form"),
        pytest.param("application/xml", b"<a>" * 5_000, 400, id="deep-xml"),
        pytest.param("application/xml", b"<a>" + b"<b/>" * 200_000 + b"</a>", 400, id="much-xml"),
        pytest.param("application/xml", b"<a><b></a>", 400, id="broken-xml"),
        pytest.param(
            "application/xml", b'<?xml version="1.0" encoding="no-such"?><a/>', 400, id="odd-encoding"
        ),
        pytest.param("multipart/form-data", b"--x", 415, id="unknown-format"),
    ],
)
def test_an_unreadable_body_is_refused_quickly(make_sender, content_type, body, status):
    began = time.thread_time()
    with pytest.raises(InvalidPayload) as refusal:
        make_sender().accept(body, **{"content-type": content_type})
    assert refusal.value.status == status
    assert time.thread_time() - began < 1


def test_a_cut_body_is_told_with_the_place_where_it_ends(make_sender):
    with pytest.raises(InvalidPayload, match="not valid JSON, look at line 2, column 10"):
        make_sender().accept(b'{"id": 1,\n"title": ')


def test_a_body_that_has_to_prove_its_sender_is_told_why_it_cannot(make_sender):
    with pytest.raises(InvalidSignature, match="has to prove the sender: the body is not a form"):
        make_sender("amocrm").accept(b"leads=%ff")


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    ],
    ids=["bomb", "file", "remote"],
)
def test_xml_with_a_doctype_is_refused(make_sender, body):
    with pytest.raises(InvalidPayload, match="DOCTYPE"):
        make_sender().accept(body, **{"content-type": "text/xml"})


def test_a_form_of_ten_megabytes_and_a_hundred_thousand_keys_is_refused_at_once(make_sender):
    body = urlencode([(f"leads[add][{n}][name]", "x" * 70) for n in range(100_000)]).encode()
    assert len(body) > 9_000_000
    began = time.thread_time()
    with pytest.raises(InvalidPayload, match="at most 5000 fields"):
        make_sender().accept(body, **FORM)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("body", [b"{}", b'{"id": "1", "source": "/a", "specversion": "1.0"}', b"[]", b"1"])
def test_what_is_no_cloudevent_is_refused_with_422(make_sender, body):
    with pytest.raises(InvalidPayload) as refusal:
        make_sender("cloudevents").accept(body, **{"content-type": "application/cloudevents+json"})
    assert refusal.value.status == 422


@pytest.mark.parametrize("word", ["two words", "a/b", "a?b", "ключ"])
def test_a_path_secret_that_no_address_can_hold_is_refused(make_sender, word):
    with pytest.raises(ValidationError, match="may stand in the address"):
        make_sender("amocrm", path_secret=word)
