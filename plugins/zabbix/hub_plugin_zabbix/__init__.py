"""Zabbix problems as Bitrix24 messages, acknowledged, suppressed and closed from the chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from hub.plugin import (
    Command,
    Context,
    Health,
    HealthCheck,
    InboundEvent,
    Mode,
    Notification,
    Plugin,
    PluginError,
    Source,
    Timer,
    TimerFired,
    hookimpl,
)
from hub_plugin_zabbix.actions import SUPPRESSION, Actions
from hub_plugin_zabbix.api import ZabbixApi
from hub_plugin_zabbix.book import Book
from hub_plugin_zabbix.call import Phase, Subject
from hub_plugin_zabbix.deeds import deed_of
from hub_plugin_zabbix.media_type import media_type
from hub_plugin_zabbix.messages import Offers, card
from hub_plugin_zabbix.occasions import occasion
from hub_plugin_zabbix.parse import ZabbixEvent, accept, parser
from hub_plugin_zabbix.problem import problem_of
from hub_plugin_zabbix.settings import ZabbixSettings

#: A call is a few kilobytes.
_MAX_BODY = 256 * 1024


class ZabbixPlugin(Plugin[ZabbixSettings]):
    """One living card per problem, at ``/in/zabbix`` and ``/in/zabbix/{endpoint}``.

    With an API token the cards have buttons.
    """

    api_version = "1.0"
    settings_model = ZabbixSettings

    def __init__(self, settings: ZabbixSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        self._book = Book(ctx.store, ctx.clock)
        self._api: ZabbixApi | None = None
        self._actions: Actions | None = None
        if settings.api_token.get_secret_value():
            self._api = ZabbixApi(ctx.http, settings.api_base, settings.api_token, ctx.clock)
            self._actions = Actions(ctx, self._api, self._book)

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare where the media type posts to, with and without an endpoint."""
        verify, parse = self.settings.verifier(), parser(self.settings.zone)
        for path in ("", "{endpoint}"):
            yield Source(
                path=path,
                verify=verify,
                accept=accept,
                parse=parse,
                notify=self._notify,
                max_body=_MAX_BODY,
            )

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare the buttons and ``/comment``, which all need the API."""
        return self._actions.commands() if self._actions else ()

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare what happens at the end of a suppression, which Zabbix does not tell."""
        yield Timer(name=SUPPRESSION, handler=self._suppression_over)

    @hookimpl
    def health_checks(self) -> Iterable[HealthCheck]:
        """Declare the check of the API token."""
        if self._api:
            yield HealthCheck(name="zabbix-api", check=self._check)

    @hookimpl
    def cli_commands(self) -> Iterable[object]:
        """Declare ``media-type``."""

        @click.command("media-type")
        def print_media_type() -> None:
            """Print the media type to import into Zabbix, with this hub's address and token in it."""
            url = self.ctx.inbound_url()
            if not url.startswith("http"):
                raise click.ClickException("set hub.public_url: Zabbix has to know where the hub is")
            click.echo(media_type(url, self.settings), nl=False)

        yield print_media_type

    def _notify(self, events: Sequence[InboundEvent]) -> Iterator[Notification]:
        # the very objects that ``parse`` returned
        for event in events:
            if isinstance(event, ZabbixEvent):
                yield from self._tell(event)

    def _tell(self, event: ZabbixEvent) -> Iterator[Notification]:
        call, to = event.call, event.to or self.settings.to
        match call.subject:
            case Subject.PROBLEM | Subject.SERVICE | Subject.INTERNAL:
                yield self._problem(event, to)
            case Subject.DISCOVERY if not self._book.is_news(call.device, call.device_status, call.event_id):
                return
            case Subject.TEST:
                yield occasion(
                    call,
                    key=f"test:{event.received_at.timestamp()}",
                    at=event.received_at,
                    to=to,
                    labels=event.labels,
                )
            case _:
                yield occasion(call, key=call.key(), at=event.occurred_at, to=to, labels=event.labels)

    def _problem(self, event: ZabbixEvent, to: tuple[str, ...]) -> Notification:
        call, zone = event.call, self.settings.zone
        news = problem_of(call, zone=zone, frontend=self.settings.frontend, received_at=event.received_at)
        is_deed = call.phase is Phase.UPDATE and call.subject is Subject.PROBLEM
        page = self._book.learn(news, deed_of(call, zone, event.received_at) if is_deed else None)
        suppressed = page.standing.suppressed
        if suppressed and suppressed.until:
            self.ctx.timers.set(SUPPRESSION, call.event_id, suppressed.until)
        return card(
            page,
            key=call.key(),
            offers=self._offers,
            mode=Mode.OPEN if call.phase is Phase.PROBLEM else Mode.UPDATE,
            to=to,
            labels=event.labels,
            occurred_at=event.occurred_at,
        )

    def _suppression_over(self, fired: TimerFired) -> Iterator[Notification]:
        """Show the card with its button again, unless it is over or suppressed for longer meanwhile."""
        page = self._book.page(fired.key)
        if page and page.problem.resolved_at is None and page.standing.suppressed is None:
            key = f"{fired.key}:suppressed-until:{fired.due_at.isoformat()}"
            yield card(page, key=key, offers=self._offers, labels={})

    def _check(self) -> Health:
        assert self._api is not None
        try:
            return Health(ok=True, message=f"Zabbix {self._api.check()} takes the API token")
        except PluginError as exc:
            return Health(ok=False, message=str(exc))

    @property
    def _offers(self) -> Offers:
        return self._actions.offers if self._actions else Offers(act=False, suppress=False)
