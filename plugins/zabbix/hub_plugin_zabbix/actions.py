"""What the buttons and ``/comment`` do in Zabbix."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from hub.plugin import Command, CommandCall, Context, PermanentFailure, Person, Reply, RetryLater, T
from hub_plugin_zabbix.api import Operation, ZabbixApi
from hub_plugin_zabbix.book import Book, Page
from hub_plugin_zabbix.call import Subject
from hub_plugin_zabbix.deeds import Deed, Did, shortened
from hub_plugin_zabbix.messages import ACKNOWLEDGE, CLOSE, SUPPRESS, Offers, card

#: The timer that brings the button back when a suppression is over.
SUPPRESSION = "suppression"

_LENGTH = timedelta(hours=1)
#: Characters that Zabbix keeps of a message.
_MESSAGE = 2000


class EventArgs(BaseModel):
    """Which problem a button is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str


class Actions:
    """Does in Zabbix what people ask for in chat; its answer decides what the card says."""

    def __init__(self, ctx: Context, api: ZabbixApi, book: Book) -> None:
        self._ctx = ctx
        self._api = api
        self._book = book

    def commands(self) -> Iterable[Command]:
        """Declare the commands."""
        for name, summary, handler in (
            (ACKNOWLEDGE, "Acknowledge a problem in Zabbix", self._acknowledge),
            (CLOSE, "Close a problem in Zabbix", self._close),
            (SUPPRESS, "Suppress a problem in Zabbix for an hour", self._suppress),
        ):
            yield Command(name=name, summary=summary, handler=handler, args_model=EventArgs)
        yield Command(name="comment", summary="Comment on a problem in Zabbix", handler=self._comment)

    @property
    def offers(self) -> Offers:
        """What buttons make sense."""
        return Offers(act=True, suppress=self._api.can_suppress)

    def _acknowledge(self, call: CommandCall) -> Reply | None:
        person = self._person(call)
        self._api.act(_event(call), Operation.ACKNOWLEDGE, _signature(person))
        return self._told(call, _event(call), self._deed(person, Did.ACKNOWLEDGE))

    def _close(self, call: CommandCall) -> Reply | None:
        person = self._person(call)
        self._api.act(_event(call), Operation.CLOSE, _signature(person))
        return self._told(call, _event(call), self._deed(person, Did.CLOSE))

    def _suppress(self, call: CommandCall) -> Reply | None:
        person, event, until = self._person(call), _event(call), self._ctx.clock.now() + _LENGTH
        self._api.act(event, Operation.SUPPRESS, _signature(person), until=until)
        self._ctx.timers.set(SUPPRESSION, event, until)
        deed = self._deed(person, Did.SUPPRESS).model_copy(update={"until": until})
        return self._told(call, event, deed)

    def _comment(self, call: CommandCall) -> Reply | None:
        thread = "" if call.notification is None else call.notification.thread
        subject, _, event = thread.partition(":")
        if subject != Subject.PROBLEM:
            raise PermanentFailure("only problems of triggers can be commented; reply to the card of one")
        if not (words := call.text.strip()):
            raise PermanentFailure("write what you want to say behind /comment")
        person = self._person(call)
        message = f"{_signature(person)}: {words}"[:_MESSAGE]
        self._api.act(event, Operation.MESSAGE, message)
        deed = Deed(
            at=self._ctx.clock.now(),
            by=person,
            did=(Did.COMMENT,),
            comment=shortened(words),
            sent=shortened(message),
        )
        reply = self._told(call, event, deed) or Reply()
        return reply.model_copy(update={"text": T("The comment is in Zabbix.")})

    def _told(self, call: CommandCall, event: str, deed: Deed) -> Reply | None:
        """Note the deed, and return the card's new words; the hub finds some for a problem long forgotten."""
        page: Page | None = self._book.note(event, deed, call.id)
        if page is None or call.notification is None:
            return None
        return Reply(
            notification=card(
                page, key=f"{event}:{call.id}", offers=self.offers, labels=call.notification.labels
            )
        )

    def _deed(self, person: Person, did: Did) -> Deed:
        return Deed(at=self._ctx.clock.now(), by=person, did=(did,), sent=_signature(person))

    def _person(self, call: CommandCall) -> Person:
        try:
            name = self._ctx.portal.user(call.actor).name
        except (RetryLater, PermanentFailure):
            name = call.actor  # the portal shows the name of whoever is mentioned by id
        return Person(name=name[:100], id=call.actor)


def _event(call: CommandCall) -> str:
    return EventArgs.model_validate(call.args).event


def _signature(person: Person) -> str:
    """Return how Zabbix is told who it was: it shows the token's user as the author."""
    return f"{person.name} (Bitrix24)"
