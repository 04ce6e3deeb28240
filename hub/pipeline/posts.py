"""Posts: what the portal posts is proved to be its own, committed and answered. Nothing else happens here."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from hub.bitrix24 import UnreadableEvent
from hub.bitrix24.errors import PortalError
from hub.bitrix24.event_bodies import BodyUnreadable, TypeUnknown, read_body
from hub.bitrix24.portal_events import NotAnEvent, event_name, is_for_a_bot
from hub.observe.counts import IntakeCounts
from hub.pipeline.accept import TRY_AGAIN
from hub.pipeline.courtesy import Courtesy
from hub.pipeline.credentials_in_events import without_credentials
from hub.pipeline.crossing import Crossing
from hub.pipeline.folding_words import HUB
from hub.pipeline.installation import InstallRefused
from hub.pipeline.proof import Proof, claim_of
from hub.pipeline.refusals import Refusals
from hub.plugin import Answer, Clock
from hub.storage.database import AWAY
from hub.storage.insert import WriteFailed
from hub.storage.states import InboxKind
from hub.storage.writer import InboxWriter, NewRow, WriterFull

log = structlog.get_logger("hub.posts")

#: What the portal says about the application itself; it has to take effect before the next event comes.
_ABOUT_THE_APPLICATION = frozenset({"ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL"})


@dataclass(frozen=True, kw_only=True)
class Post:
    """A request as it came; it holds secrets."""

    body: bytes = field(repr=False)
    content_type: str  #: without parameters, in small letters
    query: str = field(repr=False)
    client: str
    received_at: datetime


class Posts:
    """Turns a post of the portal into one committed row.

    The portal never repeats an event, whatever it is answered, so equal bodies are different events.

    Args:
        about_application: takes what was posted about the application itself, tokens and all, on a thread of its own,
            once it has checked by itself that the portal said so.
        ring: told after the commit that there is something to process; neither blocks nor fails.
    """

    def __init__(
        self,
        *,
        proof: Proof,
        writer: InboxWriter,
        about_application: Callable[[Mapping[str, Any]], object],
        ring: Callable[[str], None],
        counts: IntakeCounts,
        courtesy: Courtesy,
        clock: Clock,
    ) -> None:
        self._proof = proof
        self._about_application = about_application
        self._ring = ring
        self._counts = counts
        self._courtesy = courtesy
        self._crossing = Crossing(writer.submit)
        self._refusals = Refusals(log, clock)

    async def take(self, post: Post) -> Answer:
        """Return what the portal gets; 200 means that the event is committed."""
        with self._courtesy:
            try:
                form, name, proved = await asyncio.to_thread(self._read, post)
            except (BodyUnreadable, NotAnEvent) as exc:
                self._counts.rejected(HUB, "payload")
                self._refusals.tell("portal event not readable", client=post.client, reason=str(exc))
                return Answer(status=415 if isinstance(exc, TypeUnknown) else 400, body=f"{exc}\n")
            except AWAY as exc:
                return self._not_stored(type(exc).__name__)
            if name in _ABOUT_THE_APPLICATION and (refused := await self._about(form, name)):
                return refused
            if not (proved or name in _ABOUT_THE_APPLICATION):
                self._counts.rejected(HUB, "signature")
                self._refusals.tell(
                    "portal event refused", client=post.client, reason="its token is not known"
                )
                return Answer(status=403, body="the application token is not known\n")
            return await self._keep(post, form, name)

    def _read(self, post: Post) -> tuple[Mapping[str, Any], str, bool]:
        form = read_body(post.body, post.content_type)
        name = event_name(form)
        return form, name, self._proof.holds(claim_of(form, post.query), for_bot=is_for_a_bot(name))

    async def _keep(self, post: Post, form: Mapping[str, Any], name: str) -> Answer:
        try:
            await self._crossing.commit([_row(post, form, name)])
        except (WriterFull, WriteFailed) as exc:
            return self._not_stored(f"{exc or type(exc).__name__}")
        self._counts.kept(HUB, 1, 0)
        self._ring(HUB)
        return Answer()

    async def _about(self, form: Mapping[str, Any], name: str) -> Answer | None:
        """Let it take effect, which also proves it: an update brings its own new token. Return what refuses it."""
        try:
            await asyncio.to_thread(self._about_application, form)
        except (InstallRefused, UnreadableEvent, PortalError) as exc:
            status = exc.status if isinstance(exc, InstallRefused) else 400
            self._counts.rejected(HUB, "signature")
            self._refusals.tell(
                "application event refused", portal_event=name, reason=f"{type(exc).__name__}: {exc}"
            )
            return TRY_AGAIN if status == 503 else Answer(status=status, body="not accepted\n")
        return None

    def _not_stored(self, error: str) -> Answer:
        self._counts.rejected(HUB, "storage")
        log.error("portal event not stored", error=error)
        return TRY_AGAIN


def _row(post: Post, form: Mapping[str, Any], name: str) -> NewRow:
    kept = without_credentials(form)
    return NewRow(
        instance=HUB,
        kind=InboxKind.PORTAL_EVENT,
        key=f"post:{name}:{uuid.uuid4().hex}",
        received_at=post.received_at,
        request=json.dumps({"via": "post", "client": post.client, "event": name}),
        body=json.dumps(kept, ensure_ascii=False).encode(),
    )
