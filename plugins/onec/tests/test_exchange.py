"""The site exchange of 1C over HTTP: the real app and a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.testing import InstalledPlugin, running_hub
from hub_plugin_onec import OnecPlugin

from .conftest import PAYLOADS, SETTINGS, credentials
from .exchange import ORDER, Client, order, zipped


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = {"hub": {"language": "ru"}, "plugins": {"onec": {**SETTINGS, "to": ["user:27"]}}}
    plugins = [InstalledPlugin("onec", OnecPlugin)]
    with running_hub(settings, plugins=plugins, folder=tmp_path_factory.mktemp("hub")) as hub:
        yield Client(hub)


@pytest.fixture
def onec(running: Client) -> Client:
    """A 1C that has not logged in yet."""
    return Client(running.hub)


def cards(onec: Client, number: str) -> list[str]:
    shown = [card for card in onec.hub.shown("27") if f"аказ {number}" in card.text]
    return [f"{card.text}\n{card.attach}".replace("\\xa0", " ") for card in shown]


def test_1c_is_led_through_the_steps_line_by_line(onec):
    before = len(onec.hub.events)
    answer = onec.call("checkauth", headers=dict(credentials()))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    first, name, value, sessid, at = onec.begin()
    assert (first, name, sessid, at) == (
        "success",
        "HUBSESS",
        f"sessid={value.rpartition('-')[0]}",
        "timestamp=" + str(int(onec.hub.clock.now().timestamp())),
    )
    assert onec.call("init").text == "zip=yes\nfile_limit=1048576\n"
    assert onec.call("init", version="2.08").text.splitlines()[2:] == [sessid, "version=2.10"]
    orders = onec.call("query")
    assert orders.headers["content-type"] == "application/xml"
    assert orders.text.splitlines()[1] == '<КоммерческаяИнформация ВерсияСхемы="2.10"/>'
    assert onec.call("success").text == "success\n"
    assert len(onec.hub.events) == before


def test_an_order_is_a_card_and_is_told_once_however_often_it_is_sent(onec):
    said = [onec.exchange(ORDER), onec.exchange(ORDER)]
    (card,) = cards(onec, "417")

    assert said == ["success\n", "success\n"]
    assert "Новый заказ 417" in card
    assert "Ольга Образцова" in card
    assert "Оплачен" in card


def test_a_changed_order_is_edited_into_its_card(onec):
    seen = []
    for change in (
        {},
        {"status": "Собран"},
        {"status": "Собран", "paid": True},
        {"status": "Принят"},
        {"status": "Собран"},
    ):
        onec.exchange(order("52", **change))
        (card,) = cards(onec, "52")
        seen.append(card.splitlines()[0])
    assert [line.partition("аказ ")[2].removesuffix("[/b]") for line in seen] == [
        "52",
        "52: Собран",
        "52 оплачен",
        "52: Принят",
        "52: Собран",
    ]


def test_an_order_has_one_card_with_what_1c_code_posts(onec):
    onec.exchange(order("61"))
    body = '{"event": "order.status", "id": "s-1", "number": "61", "status": "Отгружен"}'
    assert onec.hub.receive("onec", body, headers=credentials()).status_code == 200
    (card,) = cards(onec, "61")
    assert "Заказ 61: Отгружен" in card


@pytest.mark.parametrize("cuts", [2, 7])
def test_a_file_may_come_in_parts(onec, cuts):
    whole = order(f"7{cuts}", more=f"<Комментарий>{'слово ' * 20_000}</Комментарий>")
    size = len(whole) // cuts + 1
    assert onec.exchange(*(whole[n : n + size] for n in range(0, len(whole), size))) == "success\n"
    assert len(cards(onec, f"7{cuts}")) == 1


def test_equal_parts_all_count(onec):
    head, tail = order("75", more="<Комментарий>@</Комментарий>").split(b"@")
    onec.begin()
    for part in (head, b" " * 100, b"", b" " * 100, b"equal", tail):
        onec.hub.clock.move(timedelta(milliseconds=1))
        assert onec.call("file", "orders.xml", part).text == "success\n"
    assert onec.call("import", "orders.xml").text == "success\n"
    assert "equal" in cards(onec, "75")[0]


def test_an_archive_is_unpacked_whatever_its_files_are_called(onec):
    archive = zipped(
        ("picture.png", b"\x89PNG"), ("../../etc/orders.xml", order("81")), ("b/offers.XML", order("82"))
    )
    half = len(archive) // 2
    onec.begin()
    for part in (archive[:half], archive[half:]):
        assert onec.call("file", "v8_1.zip", part).text == "success\n"
    # 1C asks for the import of what is inside
    said = [onec.call("import", "orders.xml").text for _ in range(2)]
    assert said == ["progress\nthe file is being read\n", "success\n"]
    assert len(cards(onec, "81")) == len(cards(onec, "82")) == 1


def test_who_never_asks_for_the_import_is_read_all_the_same(onec):
    whole = order("91")
    onec.begin()
    end = len(whole) - 5  # the last part alone does not look like the end of a file
    assert [onec.call("file", "orders.xml", p).text for p in (whole[:end], whole[end:])] == ["success\n"] * 2
    assert cards(onec, "91") == []
    onec.hub.move(timedelta(minutes=2))
    assert len(cards(onec, "91")) == 1
    assert onec.call("import", "orders.xml").text == "success\n"


def test_a_whole_file_is_read_at_once_without_an_import(onec):
    onec.begin()
    onec.call("file", "orders.xml", order("95"))
    assert len(cards(onec, "95")) == 1


def test_orders_are_read_in_windows_1251_and_in_the_odd_forms_of_the_wild(onec):
    sent = (PAYLOADS / "exchange" / "odd-orders.xml").read_bytes()
    assert onec.exchange(sent) == "success\n"
    (cancelled,), (shipped,) = cards(onec, "501"), cards(onec, "00УТ-000502")
    assert "Заказ 501 отменён" in cancelled
    assert "Стол & стул <комплект>" in cancelled
    assert "23 000,50" in cancelled
    assert "ООО «Образец»" in cancelled
    assert "Отгружен" in shipped
    assert "Оплачен" not in shipped

    in_1251 = (PAYLOADS / "exchange" / "order-paid-windows-1251.xml").read_bytes()
    sent = in_1251.replace(b"<\xc8\xe4>417<", b"<\xc8\xe4>1251<").replace(b">417<", b">1251<")
    assert onec.exchange(sent) == "success\n"
    assert "Ольга Образцова" in cards(onec, "1251")[0]


def test_sessions_side_by_side_do_not_mix_their_files(onec):
    other = Client(onec.hub)
    onec.begin()
    other.begin()
    one, two = order("101"), order("102")
    for client, part in ((onec, one[:100]), (other, two[:100]), (onec, one[100:]), (other, two[100:])):
        client.call("file", "orders.xml", part)
    assert [onec.call("import", "orders.xml").text, other.call("import", "orders.xml").text] == [
        "success\n"
    ] * 2
    assert len(cards(onec, "101")) == len(cards(onec, "102")) == 1


def test_a_name_can_be_used_again_in_a_session(onec):
    onec.begin()
    for number in ("111", "112"):
        onec.call("file", "orders.xml", order(number))
        assert onec.call("import", "orders.xml").text == "success\n"
        assert len(cards(onec, number)) == 1


def test_a_large_file_is_told_part_by_part_while_1c_waits(onec, monkeypatch):
    monkeypatch.setattr("hub_plugin_onec.exchange.steps._AT_ONCE", 2)
    head, document, tail = order("@").partition("<Документ>".encode())
    document, end, tail = (document + tail).partition("</Документ>".encode())
    numbers = [f"12{n}" for n in range(5)]
    documents = b"".join(document.replace(b"@", number.encode()) + end for number in numbers)
    archive = zipped(("orders.xml", head + documents + tail))
    onec.begin()
    onec.call("file", "large.zip", archive, settle=False)
    assert onec.call("import", "orders.xml", settle=False).text.startswith("progress\n")
    onec.hub.settle()
    assert [len(cards(onec, number)) for number in numbers] == [1] * 5
    assert onec.call("import", "orders.xml").text == "success\n"
