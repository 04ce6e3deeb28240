"""Verifiers let in whoever knows the secret, and nobody else."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from hub.plugin import (
    InboundRequest,
    InvalidSignature,
    all_of,
    any_of,
    basic_auth,
    bearer_token,
    hmac_signature,
    path_secret,
)

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
KEY = SecretStr("k3y")


def request(*headers, body=b"{}", **fields):
    """Return a request with these headers."""
    return InboundRequest(
        method="POST", url="", path="/in/x", headers=headers, body=body, received_at=NOW, **fields
    )


def basic(text):
    return ("Authorization", "Basic " + base64.b64encode(text.encode()).decode())


def signed(text, name="X-Signature", prefix=""):
    return (name, prefix + hmac.new(b"k3y", text, hashlib.sha256).hexdigest())


def refusal(verify, sent):
    """Return the status with which *sent* is refused."""
    with pytest.raises(InvalidSignature) as caught:
        verify(sent)
    assert "k3y" not in str(caught.value)
    return caught.value.status


@pytest.mark.parametrize("header", ["Bearer k3y", "bearer k3y", "BEARER  k3y "])
def test_the_right_bearer_token_is_let_in(header):
    bearer_token(KEY)(request(("authorization", header)))


def test_a_bearer_token_may_hold_any_letters():
    bearer_token(SecretStr("пароль"))(request(("Authorization", "Bearer пароль".encode().decode("latin-1"))))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param([], 401, id="none"),
        pytest.param([("Authorization", "Bearer wrong")], 401, id="wrong"),
        pytest.param([("Authorization", "Bearer ")], 401, id="empty"),
        pytest.param([("Authorization", "k3y")], 401, id="no scheme"),
        pytest.param([("Authorization", "Basic k3y")], 401, id="other scheme"),
        pytest.param([("Authorization", "Bearer k3y"), ("authorization", "Bearer k3y")], 400, id="doubled"),
    ],
)
def test_any_other_bearer_token_is_refused(headers, status):
    assert refusal(bearer_token(KEY), request(*headers)) == status


def test_a_token_may_have_a_header_of_its_own():
    bearer_token(KEY, header="X-Token", scheme="")(request(("x-token", "k3y")))


def test_the_right_name_and_password_are_let_in():
    basic_auth("hub", SecretStr("p:w"))(request(basic("hub:p:w")))


@pytest.mark.parametrize(
    "header",
    [basic("hub:wrong"), basic("other:k3y"), ("Authorization", "Basic %%%"), ("Authorization", "Basic")],
)
def test_any_other_name_or_password_is_refused(header):
    assert refusal(basic_auth("hub", KEY), request(header)) == 401


def test_a_secret_in_the_path_is_let_in_and_a_wrong_one_looks_like_a_wrong_address():
    path_secret(KEY)(request(path_params={"secret": "k3y"}))

    assert refusal(path_secret(KEY), request(path_params={"secret": "no"})) == 404


def test_a_signed_body_is_let_in():
    hmac_signature(KEY, header="X-Signature")(request(signed(b"body"), body=b"body"))


def test_a_signature_may_have_a_prefix_and_be_base64():
    value = "sha256=" + base64.b64encode(hmac.digest(b"k3y", b"body", "sha256")).decode()
    verify = hmac_signature(KEY, header="X-Signature", encoding="base64", prefix="sha256=")

    verify(request(("X-Signature", value), body=b"body"))


@pytest.mark.parametrize("age", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)])
def test_a_signature_with_a_fresh_time_is_let_in(age):
    seconds = str(int((NOW - age).timestamp()))
    verify = hmac_signature(KEY, header="X-Signature", timestamp_header="X-Time")

    verify(request(("X-Time", seconds), signed(f"{seconds}:body".encode()), body=b"body"))


@pytest.mark.parametrize(
    "seconds",
    [str(int(NOW.timestamp()) - 301), str(int(NOW.timestamp()) + 301), "", "soon", "-1", "9" * 12, "9" * 30],
)
def test_a_signature_with_any_other_time_is_refused(seconds):
    verify = hmac_signature(KEY, header="X-Signature", timestamp_header="X-Time")
    sent = request(("X-Time", seconds), signed(f"{seconds}:body".encode()), body=b"body")

    assert refusal(verify, sent) == 401


@pytest.mark.parametrize("headers", [[], [signed(b"other")], [("X-Signature", "")], [("X-Signature", "é")]])
def test_a_body_that_is_not_signed_is_refused(headers):
    assert refusal(hmac_signature(KEY, header="X-Signature"), request(*headers, body=b"body")) == 401


def test_any_of_lets_in_what_one_verifier_accepts():
    verify = any_of([bearer_token(KEY), basic_auth("hub", KEY)])
    verify(request(basic("hub:k3y")))

    assert refusal(verify, request()) == 401


def test_all_of_lets_in_only_what_every_verifier_accepts():
    verify = all_of([bearer_token(KEY), hmac_signature(KEY, header="X-Signature")])
    bearer = ("Authorization", "Bearer k3y")
    verify(request(bearer, signed(b"{}")))

    assert refusal(verify, request(bearer)) == 401


@pytest.mark.parametrize("combine", [any_of, all_of])
def test_no_verifiers_at_all_are_a_mistake(combine):
    with pytest.raises(ValueError, match="at least one"):
        combine([])


def test_who_brings_no_basic_credentials_or_wrong_ones_is_asked_for_them():
    for headers in ((), (basic("hub:guess"),), (("Authorization", "Bearer x"),)):
        with pytest.raises(InvalidSignature) as found:
            basic_auth("hub", KEY)(request(*headers))
        assert found.value.answer.status == 401
        assert found.value.answer.headers["WWW-Authenticate"].startswith("Basic realm=")
