"""Signatures against independent oracles and published values."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from hub.plugin import InvalidSignature
from hub_plugin_webhook.hubspot import hubspot_signature
from hub_plugin_webhook.standard_webhooks import check_of, standard_webhooks

from .conftest import KEY, digest

FIVE_MINUTES = timedelta(minutes=5)


@pytest.mark.parametrize("secret", [f"whsec_{KEY}", KEY], ids=["prefixed", "bare"])
@pytest.mark.parametrize("names", ["webhook", "svix"])
def test_what_the_reference_library_signs_is_let_in(make_sender, secret, names):
    request = make_sender().request(b'{"type": "a"}')
    signature = Webhook(secret).sign("msg_1", request.received_at, request.body.decode())
    seconds = str(int(request.received_at.timestamp()))
    headers = {"id": "msg_1", "timestamp": seconds, "signature": f"v1a,x v1,{KEY} {signature}"}
    signed = replace(request, headers=tuple((f"{names}-{name}", value) for name, value in headers.items()))

    verify = standard_webhooks(SecretStr(secret), tolerance=FIVE_MINUTES)
    verify(signed)
    with pytest.raises(InvalidSignature):
        verify(replace(signed, body=b'{"type": "b"}'))


def test_a_public_key_lets_in_what_its_private_key_signs_and_nothing_else(make_sender):
    private = Ed25519PrivateKey.from_private_bytes(b"private key of the sender 32 byt")
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    request = make_sender().request(b'{"type": "a"}')
    seconds = str(int(request.received_at.timestamp()))

    def sent(*signatures):
        headers = {"id": "msg_1", "timestamp": seconds, "signature": " ".join(signatures)}
        return replace(request, headers=tuple((f"webhook-{name}", value) for name, value in headers.items()))

    signed = base64.b64encode(private.sign(f"msg_1.{seconds}.".encode() + request.body)).decode()
    verify = standard_webhooks(SecretStr(f"whpk_{public}"), tolerance=FIVE_MINUTES)
    verify(sent(f"v1,{KEY}", "v1a,", "v1a,%", f"v1a,{public}", f"v1a,{signed}"))
    # a public key is known to many: a digest made with it proves nothing
    digest_of_key = Webhook(public).sign("msg_1", request.received_at, request.body.decode())
    for forged in (f"v1,{signed}", signed, digest_of_key, f"v1a,{signed[:-4]}AAA="):
        with pytest.raises(InvalidSignature):
            verify(sent(forged))
    with pytest.raises(InvalidSignature):
        verify(replace(sent(f"v1a,{signed}"), body=b'{"type": "b"}'))


@pytest.mark.parametrize("secret", ["whpk_", f"whpk_{KEY[:20]}", "whpk_%%", "whsec_%%"])
def test_what_is_no_key_is_told_at_start(secret):
    with pytest.raises(ValueError, match="is no"):
        check_of(SecretStr(secret))


def test_the_published_value_of_hubspot_is_let_in(make_sender):
    request = replace(
        make_sender().request(b"{'example_field':'example_value'}"),
        url="https://www.example.com/webhook_uri",
        received_at=datetime.fromtimestamp(1693657560, UTC),
        headers=(
            ("X-HubSpot-Request-Timestamp", "1693657560000"),
            ("X-HubSpot-Signature-v3", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
        ),
    )
    hubspot_signature(SecretStr("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"), tolerance=FIVE_MINUTES)(request)


def test_the_published_value_of_github_is_let_in(make_sender):
    sender = make_sender("github", secret="It's a Secret to Everybody")
    published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    sender.source().verify(sender.request(b"Hello, World!", **{"X-Hub-Signature-256": published}))


def test_a_home_made_signature_is_described_in_the_settings(make_sender):
    how = {
        "header": "X-Sig",
        "prefix": "v0=",
        "encoding": "base64",
        "timestamp_header": "X-At",
        "separator": ".",
    }
    sender = make_sender(secret="key", signature=how)
    body, at = b'{"title": "x"}', "1795341900"
    sent = {"X-Sig": f"v0={digest('key', at.encode() + b'.' + body, 'base64')}", "X-At": at}
    sender.source().verify(sender.request(body, **sent))
    with pytest.raises(InvalidSignature, match="too old"):
        sender.source().verify(sender.request(body, **sent | {"X-At": "1795341000"}))


def test_everything_that_is_set_has_to_be_right(make_sender):
    sender = make_sender(secret="key", signature={"header": "X-Sig"})
    with pytest.raises(InvalidSignature, match="X-Sig is missing"):
        sender.source().verify(sender.request(b"{}"))
