"""Who drives the exchange and is not 1C, or sends what no 1C sends."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.testing import InstalledPlugin, running_hub
from hub_plugin_onec import OnecPlugin
from hub_plugin_onec.exchange.commerceml import orders
from hub_plugin_onec.exchange.files import FileRefused
from hub_plugin_onec.exchange.session import Sessions
from hub_plugin_onec.exchange.unpack import unpack

from .conftest import SETTINGS, credentials
from .exchange import Client, basic, order, zipped

ZONE = ZoneInfo("Europe/Moscow")
DOCTYPES = {
    "bomb": b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>',
    "file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "remote": b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = {"plugins": {"onec": {**SETTINGS, "to": ["user:27"]}}}
    plugins = [InstalledPlugin("onec", OnecPlugin)]
    with running_hub(settings, plugins=plugins, folder=tmp_path_factory.mktemp("hub")) as hub:
        yield Client(hub)


@pytest.fixture
def onec(running: Client) -> Iterator[Client]:
    """A client that has logged in; afterwards no call may have ended badly and no file may be left over."""
    client = Client(running.hub)
    client.begin()
    yield client
    assert not running.hub.rings.failed
    assert {event.state for event in running.hub.events} <= {"processed", "ignored"}


def test_a_wrong_password_is_refused_in_the_words_of_1c_and_asked_for_again(onec):
    before = len(onec.hub.events)
    for headers in ({}, basic("Администратор:guess"), {"Authorization": "Basic %%"}):
        answer = onec.call("checkauth", headers=headers)
        assert (answer.status_code, answer.text.splitlines()[0]) == (401, "failure")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert len(onec.hub.events) == before


@pytest.mark.parametrize("mode", ["init", "file", "import", "query", "success", "", "CHECKAUTH"])
def test_no_step_is_taken_without_the_cookie(onec, mode):
    before = len(onec.hub.events)
    session, _, signature = onec.cookie.partition("=")[2].rpartition("-")
    far = f"99999999999-{session.partition('-')[2]}"
    for cookie in (
        "",
        "HUBSESS=",
        f"HUBSESS={session}-{'0' * 64}",
        f"HUBSESS={far}-{signature}",
        "A=b" * 9000,
    ):
        # the password alone is for checkauth only
        answer = onec.call(mode, "orders.xml", b"x", headers={"Cookie": cookie, **credentials()}, sessid="")
        assert (answer.status_code, answer.text.splitlines()[0]) in {(401, "failure")}
    assert len(onec.hub.events) == before


def test_a_sessid_of_another_session_is_refused(onec):
    assert onec.call("init", sessid=f"{onec.sessid}0").status_code == 401
    assert onec.call("init", sessid="").status_code == 200


def test_an_old_cookie_is_refused(onec):
    onec.hub.clock.move(timedelta(minutes=59))
    assert onec.call("init").status_code == 200
    onec.hub.clock.move(timedelta(minutes=2))
    assert onec.call("init").status_code == 401


def test_a_cookie_is_good_for_its_instance_and_password_only():
    at = datetime(2026, 11, 22, tzinfo=UTC)
    session = Sessions("onec", "one").begin(at).rpartition("-")[0]
    signatures = {Sessions(name, word)._signature(session) for name in "ab" for word in ("one", "two")}
    assert len(signatures) == 4


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/tmp/x.xml", "C:\\x.xml", "a\x00b", "%2e%2e/", "я" * 200]
)
def test_a_sent_name_is_never_a_path(onec, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert onec.call("file", name, order("1")).text == "success\n"
    assert onec.call("import", name).text == "success\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "query"),
    [
        ("file", {}),
        ("file", {"filename": "n" * 201}),
        ("file", {"filename": "x.xml", "type": "catalog"}),
        ("init", {"type": "catalog"}),
        ("checkauth", {"type": ""}),
        ("deactivate", {}),
        ("file\nimport", {}),
    ],
)
def test_what_is_no_step_is_answered_and_nothing_is_kept(onec, mode, query):
    before = len(onec.hub.events)
    answer = onec.call(mode, body=b"<a/>", headers=dict(credentials()), **query)
    assert (answer.status_code, answer.text.splitlines()[0]) == (200, "failure")
    assert len(onec.hub.events) == before


def test_other_methods_are_not_allowed(onec):
    assert onec.hub.receive("onec", path="exchange?type=sale&mode=file", method="DELETE").status_code == 405


def test_the_address_of_the_exchange_is_none_for_json(onec):
    before = len(onec.hub.events)
    event = '{"event": "custom", "id": "1", "title": "x"}'
    for headers in (credentials(), {"Cookie": onec.cookie}):
        answer = onec.hub.receive("onec", event, path="exchange", method="PUT", headers=dict(headers))
        assert answer.text.startswith("failure\n")
    assert len(onec.hub.events) == before


def test_a_part_that_is_too_large_is_refused(onec):
    before = len(onec.hub.events)
    assert onec.call("file", "orders.xml", b"x" * (1024 * 1024 + 1)).status_code == 413
    assert len(onec.hub.events) == before


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param(order()[:-30], "not well-formed XML, or not whole", id="cut"),
        pytest.param(b"\x00\x01\x02", "not well-formed", id="bytes"),
        pytest.param("<КоммерческаяИнформация>".encode("cp1251"), "not well-formed", id="undeclared-1251"),
        pytest.param(b'<?xml version="1.0" encoding="utf-7"?><a/>', "not well-formed", id="odd-encoding"),
        pytest.param(b"<html><body>login</body></html>", "no CommerceML", id="html"),
        pytest.param(DOCTYPES["file"] + order().partition(b"?>")[2], "DOCTYPE", id="doctype"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 50, "damaged or not whole", id="no-archive"),
        pytest.param(zipped(("orders.xml", order()))[:-10], "damaged or not whole", id="cut-archive"),
        pytest.param(zipped(("orders.xml", b"0" * 20_000_000)), "unpacks to more", id="zip-bomb"),
        pytest.param(
            zipped(*((f"{n}.xml", b"") for n in range(200))), "more than 100 files", id="many-files"
        ),
        pytest.param(zipped(("orders.zip", zipped(("orders.xml", order())))), "no XML file", id="no-xml"),
        pytest.param(zipped(("a.xml", zipped(("b.xml", b"0" * 99)))), "not well-formed", id="zip-in-zip"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_failure_with_its_reason(onec, sent, told):
    shown = len(onec.hub.shown("27"))
    said = onec.exchange(sent)
    assert said.startswith("failure\n")
    assert told in said
    assert len(onec.hub.shown("27")) == shown
    assert not leftovers(onec)


def leftovers(onec: Client) -> list[str]:
    store = onec.hub.app.registry.instance("onec").plugin.ctx.store
    return [key for prefix in ("exchange-file:", "exchange-piece:") for key, _ in store.scan(prefix)]


def test_an_import_of_nothing_is_a_failure(onec):
    assert onec.call("import", "orders.xml").text.startswith("progress\n")
    assert onec.call("import", "orders.xml").text == "failure\nno such file was sent in this session\n"


def test_a_flood_of_parts_fills_no_store(onec):
    part = b" " * 1024 * 1024
    for _ in range(10):
        assert onec.call("file", "orders.xml", part, settle=False).text == "success\n"
        onec.hub.clock.move(timedelta(milliseconds=1))
    onec.hub.settle()
    assert "larger than 8388608 bytes" in onec.call("import", "orders.xml").text
    assert not leftovers(onec)


@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES)
def test_no_doctype_is_read(doctype):
    with pytest.raises(FileRefused, match="DOCTYPE"):
        list(orders(doctype + order().partition(b"?>")[2], ZONE))


@pytest.mark.parametrize("inside", [b"<a/>" * 400_001, b"<a>" * 1_000], ids=["wide", "deep"])
def test_xml_that_is_too_wide_or_too_deep_is_refused(inside):
    root = "КоммерческаяИнформация".encode()
    with pytest.raises(FileRefused, match="too large or nested too deeply"):
        list(orders(b"<" + root + b">" + inside, ZONE))


@pytest.mark.parametrize(
    "piece", ["0", "<a", "<a b='", "<!--", "<?a ", "<![CDATA["], ids=lambda piece: piece.strip("<!?[' ")
)
def test_a_piece_without_end_is_given_up_before_it_takes_time(piece):
    root = "<КоммерческаяИнформация>" if piece != "0" else ""
    began = time.thread_time()
    with pytest.raises(FileRefused):
        list(orders(f"{root}{piece}{'0' * 16_000_000}".encode(), ZONE))
    assert time.thread_time() - began < 0.5


def test_an_archive_that_lies_about_its_sizes_or_is_encrypted_is_refused():
    honest = zipped(("orders.xml", b"0" * 1000))
    lie = honest.replace((1000).to_bytes(4, "little"), (1).to_bytes(4, "little"))
    locked = bytearray(honest)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[honest.index(mark) + place] |= 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as into:
        into.writestr("orders.xml", b"0" * 1000)
    for archive in (lie, bytes(locked), packed.getvalue()):
        with pytest.raises(FileRefused):
            list(unpack(archive))


@given(st.binary(max_size=200), st.integers(0, 400), st.sampled_from([b"", b"PK\x03\x04"]))
def test_any_bytes_are_orders_or_a_refusal(noise, place, start):
    archive = zipped(("orders.xml", order()))
    for whole in (start + noise, archive[:place] + noise + archive[place:], order()[:place] + noise):
        try:
            for xml in unpack(whole):
                list(orders(xml, ZONE))
        except FileRefused:
            pass


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=50),
    st.decimals(0, 10**9, places=2),
)
def test_names_and_amounts_are_read_exactly(name, amount):
    kept = name.replace("&", "&amp;").replace("<", "&lt;").replace("\ufffe", "").replace("\uffff", "")
    xml = order(
        "7", more=f"<Контрагенты><Контрагент><Наименование>{kept}</Наименование></Контрагент></Контрагенты>"
    )
    (found,) = orders(xml.replace(b"10.00", str(amount).encode()), ZONE)
    assert (found.customer, found.amount) == (
        name.replace("\ufffe", "").replace("\uffff", "").strip(),
        amount,
    )


def test_a_cookie_is_no_secret_that_is_kept(onec):
    onec.exchange(order("303"))
    value = onec.cookie.rpartition("-")[2]
    assert not any(value in str(event.request) or value in event.key for event in onec.hub.events)
    assert not any(value.encode() in (event.body or b"") for event in onec.hub.events)
