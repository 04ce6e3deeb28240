"""Proof: which secrets a post of the portal can be known by."""

import hmac
from dataclasses import dataclass

import pytest

from hub.pipeline import proof
from hub.pipeline.proof import Claim, Proof, claim_of, handler_key, handler_url


@dataclass(frozen=True)
class Application:
    member_id: str = "ours"
    application_token: str = "of the application"


def knows(claim, *, tokens=("of the webhook",), bot_token="b" * 40, installed=None, for_bot=False):
    proof = Proof(tokens=tokens, bot_token=bot_token, installed=lambda: installed)
    return proof.holds(claim, for_bot=for_bot)


@pytest.mark.parametrize(
    ("claim", "installed", "expected"),
    [
        (Claim(member_id="ours", application_token="of the application"), Application(), True),
        (Claim(member_id="other", application_token="of the application"), Application(), False),
        (Claim(member_id="ours", application_token="of the application"), None, False),
        (Claim(member_id="ours", application_token="of the webhook"), Application(), True),
        (Claim(member_id="other", application_token="of the webhook"), Application(), False),
        (Claim(member_id="anything", application_token="of the webhook"), None, True),
        (Claim(member_id="ours", application_token=""), Application(application_token=""), False),
        (Claim(application_token="custom" + "b" * 40), None, True),
        (Claim(application_token="custom"), None, False),
        (Claim(key=handler_key("b" * 40)), None, True),
        (Claim(key=handler_key("c" * 40)), None, False),
        (Claim(), Application(), False),
    ],
    ids=["application", "application of another portal", "none installed", "webhook", "webhook of another portal",
         "webhook alone", "empty", "bot", "half a bot", "address", "another address", "nothing"],
)  # fmt: skip
def test_only_what_the_portal_knows_proves_it(claim, installed, expected):
    assert knows(claim, installed=installed) is expected


@pytest.mark.parametrize(
    ("claim", "installed", "expected"),
    [
        (Claim(member_id="ours", application_token="of the webhook"), Application(), False),
        (Claim(application_token="of the webhook"), None, False),
        (Claim(member_id="ours", application_token="of the application"), Application(), True),
        (Claim(application_token="custom" + "b" * 40), None, True),
        (Claim(key=handler_key("b" * 40)), None, True),
    ],
    ids=["webhook", "webhook alone", "application", "bot", "address"],
)
def test_who_knows_the_token_of_an_outgoing_webhook_cannot_click_for_others(claim, installed, expected):
    assert knows(claim, installed=installed, for_bot=True) is expected


def test_a_hub_without_secrets_believes_nobody():
    for claim in (Claim(), Claim(application_token="custom"), Claim(key=handler_key(""))):
        assert not knows(claim, tokens=("",), bot_token="")


def test_every_secret_is_compared_in_constant_time(monkeypatch):
    compared, compare_digest = [], hmac.compare_digest

    def compare(one, other):
        compared.append(other)
        return compare_digest(one, other)

    monkeypatch.setattr(proof.hmac, "compare_digest", compare)
    knows(
        Claim(application_token="of the webhook"),
        tokens=("of the webhook", "another"),
        installed=Application(),
    )

    # the first that is right ends nothing
    assert {b"ours", b"of the application", b"of the webhook", b"another", b"custom" + b"b" * 40} <= set(
        compared
    )


def test_the_address_of_the_handler_proves_the_portal_and_hides_the_token():
    url = handler_url("https://hub.example.org/", "bot-token")
    address, _, query = url.partition("?")

    assert address == "https://hub.example.org/bitrix24/events"
    assert "bot-token" not in url
    assert knows(claim_of({}, query), bot_token="bot-token")


def test_without_a_public_address_there_is_no_handler():
    assert handler_url("", "bot-token") == ""


def test_secrets_are_not_shown():
    assert "secret" not in repr(Claim(member_id="m", application_token="secret", key="secret"))
