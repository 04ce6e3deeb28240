"""What people did about a problem, in Zabbix or in chat, and how it stands after all of that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Person
from hub_plugin_zabbix.call import Update, ZabbixCall

#: Characters that are kept of a comment.
_COMMENT = 300
_COMMENTS_SHOWN = 3
#: Severities can be renamed, so their names must not be read as deeds.
_SEVERITY_WORDS = re.compile(r"changed severity from .+? to .+?(?=, | and |$)")


class Did(StrEnum):
    """What can be done about a problem."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    COMMENT = "comment"
    SEVERITY = "severity"
    CLOSE = "close"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"


class Deed(BaseModel):
    """Something that somebody did.

    Attributes:
        comment: what they said about it.
        until: the end of a suppression; ``None`` = until somebody ends it.
        sent: what the hub told Zabbix for somebody in chat, by which Zabbix's own news of it is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    by: Person
    did: tuple[Did, ...]
    comment: str = ""
    severity: str = ""
    until: AwareDatetime | None = None
    sent: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a problem stands.

    Attributes:
        comments: the latest, oldest first.
    """

    acknowledged: Deed | None = None
    suppressed: Deed | None = None
    closed: Deed | None = None
    severity: Deed | None = None
    comments: tuple[Deed, ...] = ()


def deed_of(call: ZabbixCall, zone: ZoneInfo, received_at: datetime) -> Deed:
    """Return what an update says that somebody did in Zabbix."""
    update = call.update
    did = _from_json(update) if update else _from_words(call.event_update_action)
    if call.event_update_message:
        did.append(Did.COMMENT)
    return Deed(
        at=call.updated_at(zone) or received_at,
        by=Person(name=(call.user_fullname or call.user_username)[:100]),
        did=tuple(did),
        comment=shortened(call.event_update_message),
        severity=(call.event_update_severity or call.event_severity)[:100],
        until=_end(update.suppress_until if update else None),
    )


def shortened(text: str) -> str:
    """Return *text* as far as it is kept."""
    return text if len(text) <= _COMMENT else f"{text[: _COMMENT - 1]}…"


def together(in_zabbix: Iterable[Deed], in_chat: Sequence[Deed]) -> list[Deed]:
    """Return all deeds in their order; what Zabbix tells back of a deed in chat is not a second one."""
    echoes = {deed.sent for deed in in_chat}
    return sorted([*(d for d in in_zabbix if d.comment not in echoes), *in_chat], key=lambda deed: deed.at)


def standing(deeds: Iterable[Deed], now: datetime) -> Standing:
    """Return how things stand *now* after *deeds*."""
    acknowledged = suppressed = closed = severity = None
    comments: list[Deed] = []
    for deed in deeds:
        for did in deed.did:
            match did:
                case Did.ACKNOWLEDGE:
                    acknowledged = acknowledged or deed
                case Did.UNACKNOWLEDGE:
                    acknowledged = None
                case Did.SUPPRESS:
                    suppressed = deed
                case Did.UNSUPPRESS:
                    suppressed = None
                case Did.CLOSE:
                    closed = deed
                case Did.SEVERITY:
                    severity = deed
                case Did.COMMENT:
                    comments.append(deed)
    if suppressed and suppressed.until and suppressed.until <= now:
        suppressed = None
    return Standing(
        acknowledged=acknowledged,
        suppressed=suppressed,
        closed=closed,
        severity=severity,
        comments=tuple(comments[-_COMMENTS_SHOWN:]),
    )


def _from_json(update: Update) -> list[Did]:
    found = {
        Did.ACKNOWLEDGE: update.acknowledge,
        Did.UNACKNOWLEDGE: update.unacknowledge,
        Did.SEVERITY: update.severity is not None,
        Did.CLOSE: update.close,
        Did.SUPPRESS: update.suppress_until is not None,
        Did.UNSUPPRESS: update.unsuppress,
    }
    return [did for did, is_done in found.items() if is_done]


def _from_words(phrase: str) -> list[Did]:
    """Read ``acknowledged, changed severity from Warning to High and commented``."""
    without_names, changes = _SEVERITY_WORDS.subn("", phrase)
    words = set(re.findall(r"[a-z]+", without_names.lower()))
    found = {
        Did.ACKNOWLEDGE: "acknowledged" in words,
        Did.UNACKNOWLEDGE: "unacknowledged" in words,
        Did.SEVERITY: changes > 0,
        Did.CLOSE: "closed" in words,
        Did.SUPPRESS: "suppressed" in words,
        Did.UNSUPPRESS: "unsuppressed" in words,
    }
    return [did for did, is_done in found.items() if is_done]


def _end(seconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
