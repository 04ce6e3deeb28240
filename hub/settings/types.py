"""Types of single settings: durations, sizes, rates, addresses, URLs that hold secrets.

Their errors say what to write instead and never repeat what was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, PlainSerializer, SecretStr

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:\d+[smhdw])+")
_RATE = re.compile(r"(\d+)/(.+)")
#: More than anybody reads; the moments of the latest so many are kept for each reader.
_MOST_OF_A_RATE = 1_000
_ADDRESS = re.compile(r"[a-z][a-z0-9-]*:\S(?:.*\S)?")
_WEEKDAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(rf"{_WEEKDAY}(?:-{_WEEKDAY})?(?:,{_WEEKDAY}(?:-{_WEEKDAY})?)*(?: {_TIME}-{_TIME})?")
_LISTEN = re.compile(r"(?:\[[0-9a-f:]+\]|[\w.-]*):\d{1,5}")

#: ``/rest/<user id>/<secret>/``; what calls the portal accepts the same.
_WEBHOOK_PATH = re.compile(r"/rest/[0-9]+/[A-Za-z0-9_-]+/?")


class Wrong(ValueError):
    """What is wrong with a value and what to write instead, in words that do not repeat it."""


@dataclass(frozen=True)
class Rate:
    """At most *count* within *per*."""

    count: int
    per: timedelta

    def __str__(self) -> str:
        return f"{self.count}/{format_duration(self.per)}"


class Dsn(SecretStr):
    """Where a server is; shown without user name and password."""

    def _display(self) -> str:
        scheme, separator, rest = self.get_secret_value().partition("://")
        return f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}"


def parse_duration(value: str) -> timedelta:
    """Read ``26h``, ``15m``, ``3d``, ``1w`` or ``1h30m``.

    Raises:
        Wrong: it is anything else, or longer than a thousand weeks.
    """
    if not _DURATION.fullmatch(value):
        raise Wrong("is not a duration; write for example '90s', '15m', '26h', '3d' or '1w'")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", value))
    if not 0 < seconds <= 1_000 * _SECONDS["w"]:
        raise Wrong("is not a usable duration; it must be longer than nothing and at most 1000w")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Write a duration as :func:`parse_duration` reads it; fractions of a second are dropped."""
    left, parts = int(value.total_seconds()), []
    for unit in reversed(_SECONDS):
        number, left = divmod(left, _SECONDS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    return parse_duration(value if isinstance(value, str) else "")


def _rate(value: object) -> Rate | None:
    if value is None or value == "":
        return None
    if isinstance(value, Rate):
        return value
    parts = _RATE.fullmatch(value) if isinstance(value, str) else None
    if parts is None or int(parts[1]) < 1:
        raise Wrong("is not a rate; write for example '30/1m', or nothing to switch it off")
    if int(parts[1]) > _MOST_OF_A_RATE:
        raise Wrong(f"allows too many; a rate has at most {_MOST_OF_A_RATE} in its time, for example '30/1m'")
    return Rate(int(parts[1]), parse_duration(parts[2]))


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise Wrong("is not an address; write for example 'user:17', 'chat:1157' or 'oncall:infra'")
    return value


def _hours(value: str) -> str:
    if value and not _HOURS.fullmatch(value):
        raise Wrong("is not a part of the week; write for example 'mon-fri 09:00-18:00' or 'sat,sun'")
    return value


def _listen(value: str) -> str:
    if value and not (_LISTEN.fullmatch(value) and int(value.rpartition(":")[2]) <= 65_535):
        raise Wrong("is not an address to listen on; write for example '127.0.0.1:9100'")
    return value


def _public_url(value: str) -> str:
    if value and not _is_url(value, "http", "https"):
        raise Wrong("is not a URL; write for example 'https://hub.example.org'")
    return value.rstrip("/")


def _portal(value: str) -> str:
    host = value.removeprefix("https://").rstrip("/").lower()
    if host and not re.fullmatch(r"[a-z0-9.-]+(:\d{1,5})?", host):
        raise Wrong("is not the portal's host name; write for example 'company.bitrix24.com'")
    return host


def _webhook_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if not url:
        return value
    base = _parsed(url)
    if not _WEBHOOK_PATH.fullmatch(base.path) or base.query or base.userinfo or not base.host:
        raise Wrong(
            "is not an incoming webhook; copy it from the portal, it looks like"
            " 'https://portal.example/rest/1/secret/'"
        )
    if base.scheme == "http" and not _is_loopback(base.host):
        raise Wrong("would send the secret in clear text; use https (http only to this machine)")
    if base.scheme not in {"http", "https"}:
        raise Wrong("is not a web address; it must start with https://")
    return SecretStr(url.rstrip("/") + "/")


def _database_url(value: Dsn) -> Dsn:
    if not re.match(r"sqlite:///.|postgresql://.", value.get_secret_value()):
        raise Wrong("is not a database; write 'sqlite:///hub.db' or 'postgresql://user:password@host/name'")
    return value


def _broker_url(value: Dsn) -> Dsn:
    url = value.get_secret_value()
    if url and not re.match(r"(redis|rediss|amqp|amqps)://.", url):
        raise Wrong("is not a broker; write 'redis://host:6379/0' or 'amqp://host', or nothing for embedded")
    return value


def _parsed(url: str) -> httpx.URL:
    """Read an address as the client that calls it will; what is none is empty."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        return httpx.URL("")


def _is_url(value: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(format_duration, return_type=str, when_used="json")
]
Size = Annotated[ByteSize, Field(gt=0)]
OptionalRate = Annotated[
    Rate | None,
    BeforeValidator(_rate),
    PlainSerializer(lambda rate: str(rate or ""), return_type=str, when_used="json"),
]
Address = Annotated[str, AfterValidator(_address)]


def _dialog_address(text: str) -> str:
    if not re.fullmatch(r"(user|chat):[1-9][0-9]*", text):
        raise ValueError("must be one person or one chat by number; write 'user:1' or 'chat:1157'")
    return text


#: ``user:1`` or ``chat:1157``: known without asking anybody, so that it works when nothing else does.
DialogAddress = Annotated[str, AfterValidator(_dialog_address)]
WeekHours = Annotated[str, AfterValidator(_hours)]
Listen = Annotated[str, AfterValidator(_listen)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
PortalHost = Annotated[str, AfterValidator(_portal)]
WebhookUrl = Annotated[SecretStr, AfterValidator(_webhook_url)]
_Shown = PlainSerializer(str, return_type=str, when_used="json")
DatabaseUrl = Annotated[Dsn, AfterValidator(_database_url), _Shown]
BrokerUrl = Annotated[Dsn, AfterValidator(_broker_url), _Shown]
