"""From a provider's POST to a card in chat: the real app, a real database, YooKassa's API on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.fernet import Fernet

from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub_plugin_payments import PaymentsPlugin

from .conftest import CONTENT_TYPES, PAYLOADS, SETTINGS, YOOKASSA, signed

KEY = Fernet.generate_key().decode()
#: Everybody of them sees one provider only, so that the tests do not see each other's cards.
READERS = {"stripe": 27, "tbank": 17, "cloudpayments": 1, "yookassa": 23}


class YooKassaApi(BaseHTTPRequestHandler):
    """Knows what the payloads say."""

    def do_GET(self) -> None:
        known = [json.loads(file.read_bytes())["object"] for file in (PAYLOADS / "yookassa").iterdir()]
        found = [each for each in known if self.path.endswith(each["id"])]
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(json.dumps(found[0] if found else {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), YooKassaApi)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v3"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def hub(api) -> Iterator[HubHarness]:
    own = {name: {**SETTINGS[name], "to": [f"user:{user}"]} for name, user in READERS.items()}
    own["yookassa"]["api_url"] = api
    settings = {"secret_keys": [KEY], "plugins": {"payments": {**own, "to": ["user:1"]}}}
    with running_hub(settings, plugins=[InstalledPlugin("payments", PaymentsPlugin)]) as hub:
        yield hub
        assert hub.rings.failed == []
        assert hub.bitrix24.warnings() == []


def post(hub, name, body=None, **headers):
    """Send a payload as its provider does."""
    provider = name.partition("/")[0]
    path = "yookassa/path-secret-of-books" if provider == "yookassa" else name.rpartition("/")[0]
    body = (PAYLOADS / name).read_bytes() if body is None else body
    proof = signed(provider, body, hub.clock.now())
    content_type = CONTENT_TYPES[f".{name.rpartition('.')[2]}"]
    sent = {"content-type": content_type, "x-forwarded-for": YOOKASSA, **proof, **headers}
    return hub.receive("payments", body, path=path, headers=sent)


def card(hub, provider):
    """Return the one message that a reader has: what it says, and its table."""
    (message,) = hub.shown(str(READERS[provider]))
    table = next((block["GRID"] for block in message.attach["BLOCKS"] if "GRID" in block), [])
    return message, {row["NAME"]: row["VALUE"] for row in table}


def test_several_events_are_one_message_that_is_edited_taken_and_refunded(hub):
    for name in ("intent-succeeded", "charge-succeeded", "checkout-completed", "checkout-completed"):
        assert post(hub, f"stripe/{name}.json").status_code == 200
    message, table = card(hub, "stripe")
    assert "Paid: order A-2041" in message.text
    assert message.buttons == ["Take on", "Open at Stripe"]

    hub.click(READERS["stripe"], message, "Take on")
    message, taken = card(hub, "stripe")
    assert taken.keys() - table.keys() == {"Take on"}
    assert message.buttons == ["Open at Stripe"]

    hub.clock.move(timedelta(hours=1))
    post(hub, "stripe/charge-refunded-a-part.json")
    message, refunded = card(hub, "stripe")
    assert "Partly refunded: order A-2041" in message.text
    assert refunded["Take on"] == taken["Take on"]
    assert message.buttons == ["Open at Stripe"]


def test_both_notifications_of_a_one_step_payment_are_one_message(hub):
    for name in ("confirmed", "authorized"):
        answer = post(hub, f"tbank/{name}.json")
        assert (answer.status_code, answer.text) == (200, "OK")
    message, _ = card(hub, "tbank")
    assert "Paid: order 6041" in message.text


def test_yookassa_is_asked_over_the_network_before_it_is_believed(hub):
    assert post(hub, "yookassa/payment-succeeded.json").status_code == 200
    post(hub, "yookassa/refund-succeeded.json")
    assert "path-secret-of-books" not in str([row.request for row in hub.events])
    message, table = card(hub, "yookassa")
    assert "Partly refunded: order 4041" in message.text
    assert table["Customer"] == "oleg@reader.example"


def test_bodies_are_encrypted_where_they_are_kept_and_can_be_processed_again(hub):
    answer = post(hub, "cloudpayments/pay/completed.form")
    assert (answer.json(), answer.headers["content-type"]) == ({"code": 0}, "application/json")
    row = hub.events[-1]
    body = (PAYLOADS / "cloudpayments/pay/completed.form").read_bytes()
    kept = f"{row.body!r} {row.request!r}"
    assert all(word not in kept for word in ("irina", "tk_books_private", "220000", "1540", "Content-HMAC"))
    assert Fernet(KEY).decrypt(row.body) == body


@pytest.mark.parametrize(
    ("name", "changes", "status"),
    [
        ("stripe/checkout-completed.json", {"Stripe-Signature": "t=1,v1=0"}, 400),
        ("cloudpayments/pay/completed.form", {"Content-HMAC": "x"}, 401),
        ("yookassa/payment-succeeded.json", {"x-forwarded-for": "198.51.100.66"}, 403),
        ("yookassa/payment-succeeded.json", {"x-forwarded-for": f"{YOOKASSA}, 198.51.100.66"}, 403),
    ],
)
def test_what_is_forged_is_not_stored(hub, name, changes, status):
    before = len(hub.events)
    assert post(hub, name, **changes).status_code == status
    assert len(hub.events) == before


def test_a_provider_without_a_table_is_not_served(hub):
    assert post(hub, "robokassa/paid.form").status_code == 404
    assert post(hub, "cloudpayments/check/completed.form", b"x=1").status_code == 404


@pytest.mark.parametrize("name", ["tbank/confirmed.json", "cloudpayments/pay/completed.form"])
def test_a_flood_of_fields_is_refused_at_once(hub, name):
    before, began = len(hub.events), time.monotonic()
    flood = "&".join(f"Shp_{number}={'x' * 90}" for number in range(100_000)).encode()
    assert post(hub, name, flood).status_code == 413
    assert post(hub, name, flood[: 256 * 1024]).status_code in (403, 422)
    assert time.monotonic() - began < 5
    assert len(hub.events) == before + (name.startswith("cloud"))  # that one is signed, and unreadable
