"""The floor of the doctor: the doctor, who looks at all the floors below."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hub.app.watch import WatchFloor
from hub.bitrix24 import OutgoingMessage, about
from hub.bitrix24.errors import Disconnected
from hub.pipeline.doctor import bot, database, events, live, plugins, portal, settings, work
from hub.pipeline.doctor.examine import Check, examine
from hub.pipeline.doctor.finding import Finding, Status
from hub.pipeline.folding_words import HUB
from hub.pipeline.render import reply
from hub.plugin import Notification, T
from hub.storage.backlog import read_backlog
from hub.worker.ping import ping_broker

_OPENING = 20.0
#: Where one of these fails, what comes after can only fail, too.
_FIRST = ("database", "credentials")
_OF_PLUGINS = plugins.LONGEST.total_seconds() + 5
_LIVE = 30.0


class CheckupFloor(WatchFloor):
    """Checks, in the order in which they build on each other."""

    def checkup(self, *, live: bool = False) -> Iterator[Finding]:
        """Look at everything; nothing is changed, and only *live* writes a message: to the fallback.

        The portal is asked for more only when it lets us in, and nothing works without the database.
        """
        for checks in (self._ground, self._own, self._door, self._rooms, self._left):
            found = list(examine(list(checks()), self._shut_out))
            yield from found
            if any(each.check in _FIRST and each.status is Status.FAIL for each in found):
                return
        if live:
            yield from examine(list(self._live()), self._shut_out)

    def _shut_out(self, error: Disconnected) -> str:
        return self.portal_watch.advice(error)

    def _ground(self) -> Iterator[Check]:
        yield Check(name="database", find=self._open_database, within=_OPENING)
        url = self.settings.hub.broker_url.get_secret_value()
        yield Check(name="broker", find=lambda: database.broker(ping_broker(url)))

    def _open_database(self) -> Iterator[Finding]:
        """Open everything once, before several threads do so side by side."""
        yield from database.database(self.database, self.can_commit)
        _ = self.registry, self._quick_client, self.bot, self.limiter, self.budget
        _ = self.plugin_statuses, self.ledger, self.portal_watch, self.named_chat_rows
        if self.database.is_sqlite:
            yield from database.disk(self.database.path)

    def _own(self) -> Iterator[Check]:
        yield Check(
            name="settings",
            find=lambda: settings.settings_lead_somewhere(self.settings, self.registry),
        )
        yield Check(name="secret key", find=lambda: settings.secret_key(self.settings, self.registry))
        yield Check(
            name="plugins",
            find=lambda: plugins.plugins(self.registry, self.plugin_statuses.all(), self.settings.plugins),
            within=_OF_PLUGINS,
        )
        yield Check(name="hub", find=lambda: work.running(self.plugin_statuses.all()))
        yield Check(
            name="waiting", find=lambda: work.waiting(read_backlog(self.database), self.portal_watch.read())
        )
        yield Check(
            name="ledger",
            find=lambda: work.ledger(self.ledger.last(), self.clock.now(), is_running=self._is_running()),
        )

    def _door(self) -> Iterator[Check]:
        yield Check(
            name="credentials",
            find=lambda: portal.credentials(
                self._quick_client,
                application=self.is_application,
                needs_admin=bool(self.subscriptions.wanted()),
            ),
        )

    def _scopes(self) -> Iterator[Finding]:
        has_schedules = bool(self.settings.oncall)
        return portal.scopes(self._quick_client, self.subscriptions.wanted(), has_schedules=has_schedules)

    def _rooms(self) -> Iterator[Check]:
        client, table = self._quick_client, self.settings.bot
        yield Check(name="scopes", find=self._scopes)
        yield Check(name="clock", find=lambda: portal.clocks(client, self.clock))
        yield Check(name="bot api", find=lambda: bot.api(self.bot, table.api))
        yield Check(name="bot", find=lambda: bot.registration(self.bot, table.code, table.type))
        if table.events == "fetch":
            yield Check(name="clicks", find=self._queue)
        yield Check(name="subscriptions", find=self._subscriptions)
        if self.is_application:
            yield Check(name="event path", find=self._event_path)

    def _left(self) -> Iterator[Check]:
        yield Check(name="limits", find=lambda: portal.budgets(self.limiter.level(), self.budget.used()))

    def _live(self) -> Iterator[Check]:
        yield Check(name="repeats", find=self._repeats, within=_LIVE)
        yield Check(
            name="chats", find=lambda: live.chats(self.named_chat_rows.all(), self._is_in), within=_LIVE
        )

    def _queue(self) -> Iterator[Finding]:
        if self.bot.api() == "v2":
            yield from bot.queue(self._quick_client, self.bot, self.bot_token)

    def _subscriptions(self) -> Iterator[Finding]:
        wanted = self.subscriptions.wanted()
        if self.is_application:
            return events.subscriptions(self._quick_client, wanted, self.subscriptions.handler)
        has_tokens = bool(self.settings.bitrix24.application_tokens)
        return events.outgoing_webhook(wanted, self.heard.latest, has_tokens=has_tokens)

    def _event_path(self) -> Iterator[Finding]:
        if self._is_running():
            yield from events.path(self._quick_client, self.heard.latest, self.clock.now())

    def _repeats(self) -> Iterator[Finding]:
        dialog = self.resolve.fallback("doctor").dialog
        return live.repeats(self.client, self.bot.dialect(), dialog, self._test_message(dialog))

    def _test_message(self, dialog: str) -> OutgoingMessage:
        words = T("This is a test by the hub's doctor. It was sent twice and must be seen once.")
        reader = self.readers.of(dialog)
        return reply(
            Notification(key="doctor", title=words),
            reader=reader,
            catalogue=self.readers.catalogue(HUB, reader.language),
            link_base=self.portal_base,
        )

    def _is_in(self, chat: str) -> bool:
        found = self.bot.find()
        is_member = partial(about.is_in_chat, self._quick_client, self.bot.api())
        return found is not None and is_member(found.id, self.bot_token, chat)

    def _is_running(self) -> bool:
        return bool(self.plugin_statuses.all())
