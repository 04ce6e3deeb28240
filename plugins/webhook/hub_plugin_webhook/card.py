"""From a body to cards: conditions, values, and the words on each card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from hub.plugin import (
    Action,
    EventKind,
    FieldRow,
    InboundEvent,
    Mode,
    Notification,
    Severity,
    T,
    Text,
    Words,
    field,
    plain,
)
from hub_plugin_webhook.failures import MappingFailed
from hub_plugin_webhook.mapping import Card, Compiled, Row
from hub_plugin_webhook.templates import cut
from hub_plugin_webhook.typed import moment, money, number, time_of

#: A call of more events is not read; HubSpot sends up to 100.
_MOST_EVENTS = 200
_MOST_ROWS = 30
_TITLE, _TEXT, _VALUE, _NAME, _URL, _LABEL = 500, 4000, 1000, 100, 2000, 200
#: What identifies a thing may be long, for example all alerts of a group; it is then hashed, not cut.
_IDENTITY, _LONGEST_KEY = 100_000, 400
_REPEATED_WITHIN = timedelta(minutes=10)


class MappedEvent(InboundEvent):
    """One event with its card; ``notify`` gets the very objects that ``parse`` returns."""

    card: Notification


@dataclass(frozen=True, kw_only=True)
class Found:
    """One event of a call, and the card that is meant for it."""

    card: Card
    scope: Mapping[str, Any]
    key: str
    has_own_key: bool
    thread: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call as a mapping sees it."""

    body: Any
    headers: Mapping[str, str]
    endpoint: str
    received_at: datetime


def events_of(call: Call, mapping: Compiled) -> list[Found]:
    """Return the events that the mapping has a card for, each identity once.

    Raises:
        MappingFailed: the mapping does not fit the body; the text says which key.
    """
    scope = {"body": call.body, "item": call.body, "headers": call.headers, "endpoint": call.endpoint}
    with _at(f"{mapping.at}.ignore"):
        if mapping.ignore.holds(scope):
            return []
    found: dict[str, Found] = {}
    for item in _items(scope, mapping):
        whole = _with_values({**scope, "item": item}, mapping)
        card = _first(mapping, whole)
        if card is not None:
            event = _found(card, whole, call)
            found.setdefault(event.key, event)
    return list(found.values())


def tell(found: Found, mapping: Compiled, call: Call, to: tuple[str, ...]) -> MappedEvent:
    """Return the event with its card.

    Raises:
        MappingFailed: the mapping does not fit the body; the text says which key.
    """
    card, scope, settings = found.card, found.scope, found.card.settings
    with _at(f"{mapping.at}.occurred_at"):
        occurred_at = time_of(mapping.occurred_at.find(dict(scope))) or call.received_at
    with _at(f"{card.at}.title"):
        title = card.title.say(scope, limit=_TITLE)
    with _at(f"{card.at}.text"):
        text = card.text.say(scope, limit=_TEXT)
    with _at(f"{card.at}.severity"):
        severity = Severity.read(card.severity.write(scope, limit=_LABEL) or "info")
    with _at(f"{card.at}.url"):
        url = _web(card.url.write(scope, limit=_URL))
    labels = dict(_labels(card, scope))
    notification = Notification(
        key=found.key,
        kind=settings.kind,
        title=title if plain(title) else T("A message without words"),
        text=text,
        severity=severity,
        url=url,
        fields=tuple(islice(_rows(card, scope), _MOST_ROWS)),
        actions=tuple(_actions(card, scope)),
        labels=labels,
        to=tuple(_addresses(card, scope)) or to,
        thread=found.thread,
        mode=Mode(settings.mode) if found.thread else Mode.OPEN,
        loud=settings.loud,
        occurred_at=occurred_at,
    )
    return MappedEvent(
        event_id=found.key,
        kind=EventKind(settings.event),
        severity=severity,
        title=plain(notification.title),
        text=plain(text),
        occurred_at=occurred_at,
        url=url or None,
        labels=labels,
        card=notification,
    )


def _items(scope: dict[str, Any], mapping: Compiled) -> list[Any]:
    if not mapping.each:
        return [scope["body"]]
    with _at(f"{mapping.at}.each"):
        found = mapping.each.find(scope)
        if isinstance(found, list) and len(found) > _MOST_EVENTS:
            raise MappingFailed(f"finds more than {_MOST_EVENTS} events; let the sender send fewer at once")
    return found if isinstance(found, list) else []


def _with_values(scope: dict[str, Any], mapping: Compiled) -> dict[str, Any]:
    """Return *scope* with the values; one may read those written above it."""
    for name, expression in mapping.values.items():
        with _at(f"{mapping.at}.values.{name}"):
            scope[name] = expression.find(scope)
    return scope


def _first(mapping: Compiled, scope: dict[str, Any]) -> Card | None:
    for card in mapping.cards:
        with _at(f"{card.at}.when"):
            if not card.when or card.when.holds(scope):
                return card
    return None


def _found(card: Card, scope: Mapping[str, Any], call: Call) -> Found:
    with _at(f"{card.at}.key"):
        own = card.key.write(scope, limit=_IDENTITY)
    with _at(f"{card.at}.thread"):
        thread = card.thread.write(scope, limit=_IDENTITY)
    below = f"{call.endpoint}:" if call.endpoint else ""
    return Found(
        card=card,
        scope=scope,
        key=_short(below + (own or _digest_of(scope["item"], call))),
        has_own_key=bool(own),
        thread=_short(below + thread) if thread else "",
    )


def _digest_of(item: object, call: Call) -> str:
    bucket = int(call.received_at.timestamp() // _REPEATED_WITHIN.total_seconds())
    try:
        text = json.dumps(item, sort_keys=True)
    except RecursionError as exc:
        raise MappingFailed("the body is nested too deeply") from exc
    return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}:{bucket}"


def _rows(card: Card, scope: Mapping[str, Any]) -> Iterator[FieldRow]:
    for row in card.rows:
        with _at(row.at):
            value = _value(row, scope)
        if value is not None and plain(value):
            yield field(Text(id=row.name), value)
    with _at(f"{card.at}.rows_of"):
        found = card.rows_of.find(dict(scope))
    without = {name.lower() for name in card.settings.rows_without}
    for name, given in found.items() if isinstance(found, dict) else ():
        shown = cut(str(given), _VALUE) if isinstance(given, str | int | float) else ""
        if shown and name.lower() not in without:
            yield field(cut(name, _NAME), shown)


def _value(row: Row, scope: Mapping[str, Any]) -> Words | None:
    data = dict(scope)
    if row.money:
        return money(row.money.find(data), row.currency.find(data))
    if row.number:
        return number(row.number.find(data))
    if row.moment:
        return moment(row.moment.find(data))
    return row.value.say(scope, limit=_VALUE)


def _actions(card: Card, scope: Mapping[str, Any]) -> Iterator[Action]:
    for button in card.buttons:
        with _at(f"{button.at}.url"):
            url = _web(button.url.write(scope, limit=_URL))
        if url:
            yield Action(label=Text(id=button.label), url=url)


def _labels(card: Card, scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if scope["endpoint"]:
        yield "endpoint", cut(scope["endpoint"], _LABEL)
    for name, template in card.labels.items():
        with _at(f"{card.at}.labels.{name}"):
            if value := template.write(scope, limit=_LABEL):
                yield name, value


def _addresses(card: Card, scope: Mapping[str, Any]) -> Iterator[str]:
    for place, template in enumerate(card.to):
        with _at(f"{card.at}.to[{place}]"):
            if address := template.write(scope, limit=_LABEL):
                yield address


def _web(url: str) -> str:
    """Return *url* when a browser should be sent there, else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    return url if is_web and url.isprintable() and not set(url) & set(' "<>\\[]') else ""


def _short(identity: str) -> str:
    if len(identity) <= _LONGEST_KEY:
        return identity
    return f"{identity[: _LONGEST_KEY - 50]}…{hashlib.sha256(identity.encode()).hexdigest()[:40]}"


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Name the key path in a failure."""
    try:
        yield
    except MappingFailed as exc:
        raise MappingFailed(f"{place}: {exc}") from exc
