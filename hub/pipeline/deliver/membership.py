"""Membership: letting the bot into a chat that it was told to write to and is not in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from hub.bitrix24.errors import PortalError, Refused
from hub.plugin import Clock

log = structlog.get_logger("hub.deliver")

#: What was found holds for so long, however many rows want to know.
_HOLDS = timedelta(minutes=1)


class Admission(StrEnum):
    """What came of an attempt to get the bot into a chat."""

    IN = "in"
    OUT = "out"  #: nobody whom the hub can act as may take it in
    LATER = "later"  #: the portal did not say


@dataclass(frozen=True, kw_only=True)
class _Found:
    admission: Admission
    at: datetime


class Membership:
    """Asks the person whose webhook or application it is to take the bot in, once for each chat.

    Args:
        join: takes the bot into a dialog, quickly or not at all; ``None`` where no bot writes.
    """

    def __init__(self, join: Callable[[str], None] | None, clock: Clock) -> None:
        self._join = join
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, _Found] = {}

    def seek(self, dialogs: Iterable[str], refused_since: datetime) -> Mapping[str, Admission]:
        """Try to get into *dialogs*, from which requests were refused that went out at *refused_since*."""
        if self._join is None:
            return dict.fromkeys(dialogs, Admission.OUT)
        admissions: dict[str, Admission] = {}
        with self._lock:
            for dialog in dialogs:
                if Admission.LATER in admissions.values():  # the portal keeps us waiting: once is enough
                    admissions[dialog] = Admission.LATER
                else:
                    known = self._known(dialog, refused_since)
                    admissions[dialog] = known or self._enter(dialog, self._join)
        return admissions

    def _known(self, dialog: str, refused_since: datetime) -> Admission | None:
        found = self._found.get(dialog)
        if found is None or self._clock.now() - found.at >= _HOLDS:
            return None
        if found.admission is Admission.IN and refused_since > found.at:
            return Admission.OUT  # it is in, and was refused all the same
        return found.admission

    def _enter(self, dialog: str, join: Callable[[str], None]) -> Admission:
        try:
            join(dialog)
            admission = Admission.IN
            log.info("the bot was taken into a chat", dialog=dialog)
        except Refused as exc:
            admission = Admission.OUT
            log.warning(
                "the bot is not in a chat and cannot be taken in",
                dialog=dialog,
                reason=str(exc),
                advice="ask a member of the chat to invite the bot",
            )
        except PortalError as exc:
            log.warning("the bot is not in a chat; taken in later", dialog=dialog, reason=str(exc))
            return Admission.LATER
        now = self._clock.now()
        self._found = {name: known for name, known in self._found.items() if now - known.at < _HOLDS}
        self._found[dialog] = _Found(admission=admission, at=now)
        return admission
