"""The floor of the sender: from outbox rows to the chat, and what people click back."""

from __future__ import annotations

from functools import cached_property

from hub.app.bot import BotFloor
from hub.bitrix24 import ChatsAsUser
from hub.pipeline.courtesy import Courtesy
from hub.pipeline.deliver.away import Away
from hub.pipeline.deliver.compose import Compose
from hub.pipeline.deliver.fallback import Fallback
from hub.pipeline.deliver.membership import Membership
from hub.pipeline.deliver.outage import Outage
from hub.pipeline.deliver.pace import Pace
from hub.pipeline.deliver.record import Record
from hub.pipeline.deliver.request import Requests
from hub.pipeline.deliver.sender import Sender
from hub.pipeline.fetching import Fetching
from hub.pipeline.installation import INSTALL_PATH
from hub.pipeline.named_chats import NamedChats
from hub.pipeline.portal_state import APPLICATION_MISSING, WEBHOOK_REFUSED, PortalWatch
from hub.pipeline.readers import Readers
from hub.pipeline.resolve import Resolve
from hub.worker.bell import Bell

#: Seconds within which equal rings become one: the rows that come together are claimed together.
_INTERVAL = 0.02


class DeliveryFloor(BotFloor):
    """What is sent, to whom, in which words."""

    #: Seconds in which a thread that has nothing more to do looks out for more.
    linger = 0.0

    @cached_property
    def bell(self) -> Bell:
        """The doorbell."""
        return Bell(_INTERVAL)

    @cached_property
    def courtesy(self) -> Courtesy:
        """Who goes first in this process."""
        return Courtesy()

    @cached_property
    def resolve(self) -> Resolve:
        """From addresses to people."""
        return Resolve(self.registry, self.registry.guard, self.settings.bot.fallback)

    @cached_property
    def named_chats(self) -> NamedChats:
        """Group chats of the settings."""
        return NamedChats(
            wanted=self.settings.chats,
            rows=self.named_chat_rows,
            resolve=self.resolve,
            chats=self.bot.chats,
            clock=self.clock,
        )

    def named_chat(self, name: str) -> str:
        """Return the number of a chat that the settings name, opened on first use."""
        return self.named_chats.number(name)

    @cached_property
    def away(self) -> Away:
        """Cards that stand for what was missed."""
        return Away(self.folding)

    @cached_property
    def readers(self) -> Readers:
        """Languages and zones of readers."""
        return Readers(
            registry=self.registry,
            directory=self.directory,
            catalogues=self.catalogues,
            preferences=self.preferences,
            language=self.settings.hub.language,
            zone=self.settings.hub.timezone,
        )

    def compose(self) -> Compose:
        """From outbox rows to portal calls; asks the portal for the bot."""
        return Compose(
            dialect=self.bot.dialect(),
            portal=self.portal_identity,
            bot=self.settings.bot.code,
            base_url=self.portal_base,
            fallback=self.resolve.fallback("the fallback itself").dialog,
            readers=self.readers,
            clock=self.clock,
        )

    @cached_property
    def portal_watch(self) -> PortalWatch:
        """How the portal is."""
        if not self.is_application:
            return PortalWatch(self.facts, credentials=WEBHOOK_REFUSED)
        path = f"{self.settings.hub.public_url or 'the address of this hub'}{INSTALL_PATH}"
        return PortalWatch(
            self.facts, credentials=APPLICATION_MISSING.format(path=path), trouble=self.vault.trouble
        )

    @cached_property
    def fetching(self) -> Fetching:
        """The bot's queue at the portal."""
        return Fetching(
            database=self.database,
            inbox=self.inbox,
            ids=self.ids,
            client=self.client,
            bot=self.bot,
            warmth=self.warmth,
            clock=self.clock,
            ring=self.bell.process,
        )

    @cached_property
    def sender(self) -> Sender:
        """From outbox rows to the chat."""
        pace = Pace(self.settings.bitrix24.rate)
        outage = Outage(self.portal_watch, self.clock)
        requests = Requests(
            client=self.client,
            bot=self.bot,
            record=Record(self.database, Fallback(self.ids), self.away, self.ids, self.metrics.deliveries),
            outbox=self.outbox,
            outage=outage,
            pace=pace,
            rider=self.fetching,
            warmth=self.warmth,
            membership=Membership(
                None if self.settings.bot.sender == "user" else self._take_bot_in, self.clock
            ),
            clock=self.clock,
        )
        return Sender(
            outbox=self.outbox,
            leases=self.leases,
            limiter=self.limiter,
            requests=requests,
            compose=self.compose,
            outage=outage,
            pace=pace,
            clock=self.clock,
            courtesy=self.courtesy,
            linger=self.linger,
        )

    def _take_bot_in(self, dialog: str) -> None:
        bot = self.bot.identity().id
        ChatsAsUser(self._quick_client, bot).join(dialog, bot)

    def ring_delivery(self) -> None:
        """Tell the sender that there is something to send: straight away where it is at work, else by the bell."""
        if not self.sender.wake():
            self.bell.deliver()
