"""Orders of a CommerceML document, versions 2.03 to 3.1; no DOCTYPE, so no entities and nothing to fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from hub_plugin_onec import values
from hub_plugin_onec.exchange.files import FileRefused
from hub_plugin_onec.record import MOST_ITEMS, Kind, Record

_ROOT, _DOCUMENT = "КоммерческаяИнформация", "Документ"
_ORDER = "заказ товара"
#: What the site's delivery is called among the goods.
_DELIVERY = "ORDER_DELIVERY"
#: What 1C writes for no date, in Latin and in Cyrillic.
_NO_DATE = ("", "T", "Т")
_MOST_ELEMENTS = 400_000
_DEEPEST = 30
#: Bytes of one tag, comment or text; with longer ones the parser begins anew at each piece it is given.
_LONGEST_PIECE = 512 * 1024
_LONGEST = 2_000


def orders(xml: bytes, zone: tzinfo) -> Iterator[Record]:
    """Yield the orders of a document, each as ``order.cancelled`` or ``order.status``; ``id`` is its ``Ид``.

    Documents of other kinds (payments, shipments) and those without a name are left out.

    Raises:
        FileRefused: no CommerceML, not well-formed, with a DOCTYPE, or far too large, deep or long.
    """
    path: list[Element] = []
    count = 0
    document: Element | None = None
    source = _Source(xml)
    try:
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            source.silent = 0
            if event == "start":
                count += 1
                if not path and _name(element) != _ROOT:
                    raise FileRefused("the file is no CommerceML")
                if len(path) >= _DEEPEST or count > _MOST_ELEMENTS:
                    raise FileRefused("the XML is too large or nested too deeply")
                path.append(element)
                if document is None and _name(element) == _DOCUMENT:
                    document = element
                continue
            path.pop()
            if document is not None and element is document:
                yield from _read(_Node(document), zone)
                document = None
            if document is None:
                element.clear()  # what was read is not needed any more
    except DefusedXmlException as exc:
        raise FileRefused("the XML has a DOCTYPE or entities, which are not read") from exc
    except (ParseError, LookupError, ValueError) as exc:
        raise FileRefused("the file is not well-formed XML, or not whole") from exc


class _Source(BytesIO):
    """A document as a parser reads it; *silent* are the bytes since anything was found in it."""

    silent = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.silent += len(piece)
        if self.silent > _LONGEST_PIECE:
            raise FileRefused(f"the XML has a tag, comment or text of more than {_LONGEST_PIECE} bytes")
        return piece


def _read(document: _Node, zone: tzinfo) -> Iterator[Record]:
    id = document.text("Ид") or document.text("Номер")
    if not id or document.text("ХозОперация").lower() not in ("", _ORDER):
        return
    marks = document.requisites()
    date, time = document.text("Дата"), document.text("Время")
    customer = document.customer()
    yield Record(
        id=id,
        kind=Kind.ORDER_CANCELLED if _is_cancelled(marks) else Kind.ORDER_STATUS,
        at=values.moment(f"{date[:10]} {time}" if time else date, zone),
        number=document.text("Номер") or id,
        customer=customer.text("Наименование") or customer.text("ПолноеНаименование"),
        phone=customer.contact("телефон"),
        email=customer.contact("почта"),
        amount=values.number(document.text("Сумма")),
        currency=values.currency(document.text("Валюта")),
        status=marks.get("статус заказа", ""),
        items=tuple(_items(document)),
        details=document.text("Комментарий"),
        paid=values.flag(marks.get("заказ оплачен")) or marks.get("дата оплаты по 1с", "") not in _NO_DATE,
        shipped=marks.get("дата отгрузки по 1с", "") not in _NO_DATE,
    )


def _is_cancelled(marks: Mapping[str, str]) -> bool:
    return any(values.flag(marks.get(name)) for name in ("отменен", "отменён", "пометкаудаления"))


def _items(document: _Node) -> Iterator[str]:
    for item in document.below("Товары", "Товар")[:MOST_ITEMS]:
        name, quantity = item.text("Наименование"), values.number(item.text("Количество"))
        if name and quantity is not None and item.text("Ид") != _DELIVERY:
            yield f"{name} × {quantity.normalize():f}"
        elif name:
            yield name


class _Node:
    """An element whose fields are children or, as some write them, attributes; namespaces are left out."""

    def __init__(self, element: Element) -> None:
        self._children: dict[str, list[Element]] = {}
        for child in element:
            self._children.setdefault(_name(child), []).append(child)
        self._attributes = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}

    def text(self, name: str) -> str:
        children = self._children.get(name)
        found = (children[0].text if children else self._attributes.get(name)) or ""
        return values.text(found[:_LONGEST])

    def below(self, group: str, name: str) -> list[_Node]:
        return [
            _Node(each) for outer in self._children.get(group, ()) for each in outer if _name(each) == name
        ]

    def requisites(self) -> dict[str, str]:
        """Return the values of ``ЗначенияРеквизитов`` by name in lower case; empty dates are empty."""
        found = self.below("ЗначенияРеквизитов", "ЗначениеРеквизита")
        return {each.text("Наименование").lower(): _filled(each.text("Значение")) for each in found}

    def customer(self) -> _Node:
        """Return the buyer among the parties, else the first of them."""
        parties = self.below("Контрагенты", "Контрагент")
        buyers = [party for party in parties if party.text("Роль").lower() == "покупатель"]
        return next(iter(buyers or parties), _Node(Element("none")))

    def contact(self, kind: str) -> str:
        found = self.below("Контакты", "Контакт")
        texts = (each.text("Значение") for each in found if kind in each.text("Тип").lower())
        return next(filter(None, texts), "")


def _filled(text: str) -> str:
    return "" if text.startswith("0001-01-01") else text


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
