"""The standard tests of a source pass for a good one and catch each kind of bad one."""

from __future__ import annotations

import hashlib
import json
import socket
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.plugin import (
    Answer,
    InboundEvent,
    InvalidPayload,
    InvalidSignature,
    Item,
    ItemOutcome,
    Notification,
    Plugin,
    PluginSettings,
    Receipt,
    Source,
    bearer_token,
    hookimpl,
    path_secret,
)
from hub.testing import SourceContract
from hub.testing.requests import damaged, headers_of

PAYLOADS = Path(__file__).parent / "payloads"
ORDER = PAYLOADS / "order-paid.json"


class ShopSettings(PluginSettings):
    token: SecretStr


class ShopPlugin(Plugin[ShopSettings]):
    """A good source; the bad ones below override one step."""

    api_version = "1.0"
    settings_model = ShopSettings
    inline = True

    @hookimpl
    def sources(self):
        yield Source(
            verify=self.verify,
            accept=self.accept,
            parse=self.parse,
            notify=self.notify,
            keep_headers=("x-shop",),
            inline=self.inline,
        )

    def verify(self, request):
        bearer_token(self.settings.token)(request)

    def accept(self, request):
        return Receipt(items=[Item(key=hashlib.sha256(request.body).hexdigest())])

    def parse(self, request):
        if b"order" not in request.body:
            raise InvalidPayload("no order in the body")
        shop = request.header("x-shop") or "main"
        yield InboundEvent(event_id="1", title=f"Order of {shop}", occurred_at=request.received_at)

    def notify(self, events):
        return [Notification(key=event.title, title=event.title) for event in events]


class ShopContract(SourceContract):
    plugin_class = ShopPlugin
    settings = {"token": "s3cret-of-the-shop"}
    payloads = PAYLOADS

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return {"Authorization": "Bearer s3cret-of-the-shop"}


class TestAGoodSource(ShopContract):
    """Every standard test, for each kind of payload file."""


class HookPlugin(ShopPlugin):
    @hookimpl
    def sources(self):
        verify = path_secret(self.settings.token)
        path = "{kind}/{secret:path}"
        yield Source(path=path, verify=verify, parse=self.parse, notify=self.notify, accept=self.accept)


class TestASourceWithItsSecretInThePath(SourceContract):
    plugin_class = HookPlugin
    settings = {"token": "s3cret-of-the-path"}
    payloads = PAYLOADS
    source_path = "{kind}/{secret:path}"
    path_params = {"kind": "order", "secret": "s3cret-of-the-path"}

    def forged(self, request):
        yield type(request)(**{**vars(request), "path_params": {"kind": "order", "secret": "guess"}})


def contract_for(**overrides):
    """Return the contract of a shop of which some steps are replaced."""
    plugin = type("BadPlugin", (ShopPlugin,), overrides)
    return type("BadContract", (ShopContract,), {"plugin_class": plugin})()


def reads_first(self, request):
    json.loads(request.body)
    bearer_token(self.settings.token)(request)


def tells_the_secret(self, request):
    if request.header("authorization") != f"Bearer {self.settings.token.get_secret_value()}":
        raise InvalidSignature(f"expected {self.settings.token.get_secret_value()}")


def blames_itself(self, request):
    if request.header("authorization") != f"Bearer {self.settings.token.get_secret_value()}":
        raise InvalidSignature(status=500)


def lets_everybody_in(self, request):
    return None


@pytest.mark.parametrize("verify", [reads_first, tells_the_secret, blames_itself, lets_everybody_in])
def test_bad_verifiers_are_caught(verify):
    contract = contract_for(verify=verify)
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        contract.test_missing_or_wrong_credentials_are_refused_before_anything_is_read(ORDER)


def random_key(self, request):
    return Receipt(items=[Item(key=uuid.uuid4().hex)])


def key_with_time(self, request):
    return Receipt(items=[Item(key=request.received_at.isoformat())])


def one_key_twice(self, request):
    return Receipt(items=[Item(key="a"), Item(key="a")])


def endless_key(self, request):
    return Receipt(items=[Item(key="a" * 501)])


@pytest.mark.parametrize("accept", [random_key, key_with_time, one_key_twice, endless_key])
def test_bad_keys_are_caught(accept):
    with pytest.raises(AssertionError):
        contract_for(accept=accept).test_a_repeat_has_the_same_keys(ORDER)


def scolds_repeats(self, request):
    def answer(outcomes):
        return Answer(status=409 if ItemOutcome.DUPLICATE in outcomes else 200)

    return Receipt(items=[Item(key="a")], answer=answer)


def test_an_answer_that_makes_senders_repeat_for_ever_is_caught():
    with pytest.raises(AssertionError):
        contract_for(accept=scolds_repeats).test_a_repeat_is_answered_with_success_too(ORDER)


def connects(self, request):
    socket.create_connection(("127.0.0.1", 9), timeout=1).close()


def remembers(self, request):
    self.ctx.store.set("seen", 1)
    return Receipt(items=[Item()])


def asks_the_portal(self, request):
    self.ctx.portal.answers["profile"] = {}
    self.ctx.portal.call("profile")
    return Receipt(items=[Item()])


@pytest.mark.parametrize("accept", [connects, remembers, asks_the_portal])
def test_work_in_the_event_loop_is_caught(accept, monkeypatch):
    with pytest.raises(AssertionError):
        contract_for(accept=accept).test_verify_and_accept_neither_connect_nor_remember(ORDER, monkeypatch)


def computes(self, request):
    end = time.thread_time() + 0.002
    while time.thread_time() < end:
        pass
    return Receipt(items=[Item()])


def test_slow_accepting_in_the_event_loop_is_caught():
    with pytest.raises(AssertionError):
        contract_for(accept=computes).test_verify_and_accept_are_quick_enough_for_the_event_loop(ORDER)


def test_slow_accepting_outside_the_event_loop_is_fine():
    contract = contract_for(accept=computes, inline=False)
    with pytest.raises(pytest.skip.Exception):
        contract.test_verify_and_accept_are_quick_enough_for_the_event_loop(ORDER)


def notify_with_random_key(self, events):
    return [Notification(key=uuid.uuid4().hex, title="t")]


def notify_with_one_key(self, events):
    return [Notification(key="k", title="t"), Notification(key="k", title="u")]


def notify_with_a_dict(self, events):
    return [{"key": "k", "title": "t"}]


def notify_with_the_unstorable(self, events):
    return [Notification.model_construct(key="k", title="t", to=["user:17"], severity="terrible")]


@pytest.mark.parametrize(
    "notify",
    [notify_with_random_key, notify_with_one_key, notify_with_a_dict, notify_with_the_unstorable],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_bad_notifications_are_caught(notify):
    with pytest.raises((AssertionError, ValueError)):
        contract_for(notify=notify).test_payloads_become_valid_notifications_with_stable_keys(ORDER)


def parse_trustfully(self, request):
    order = json.loads(request.body)
    return [InboundEvent(event_id=order["id"], title="t", occurred_at=request.received_at)]


def parse_telling_the_secret(self, request):
    raise InvalidPayload(f"cannot read this with {self.settings.token.get_secret_value()}")


@pytest.mark.parametrize("parse", [parse_trustfully, parse_telling_the_secret])
def test_a_parser_that_cannot_take_damage_is_caught(parse):
    with pytest.raises((AssertionError, ValueError, LookupError, TypeError)):
        contract_for(parse=parse).test_damaged_bodies_are_refused_or_understood_but_never_crash(ORDER)


def test_settings_that_show_their_values_in_errors_are_caught():
    class TalkativeSettings(ShopSettings):
        model_config = {"hide_input_in_errors": False}
        city: str

    contract = contract_for(settings_model=TalkativeSettings)
    type(contract).settings = {"token": "s3cret-of-the-shop", "city": "Tver"}
    with pytest.raises(AssertionError, match="secret"):
        contract.test_wrong_settings_are_told_without_their_values()


def test_headers_beside_a_payload_are_sent_with_it():
    assert headers_of(PAYLOADS / "order-by-form.form") == {
        "content-type": "application/x-www-form-urlencoded",
        "x-shop": "spb",
    }


def test_damage_is_the_same_each_time():
    assert list(damaged(b"body")) == list(damaged(b"body"))
