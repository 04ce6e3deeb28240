"""Bitrix24's REST API, as far as a notification hub needs it; knows nothing of the hub.

Synchronous and safe to share between threads. Errors: `hub.bitrix24.errors`, one tree by what
to do next. Public interface::

    client = Client(IncomingWebhook(url, on_moved=...), limiter=LeakyBucket(rate, burst),
                    budget=OperatingBudget())
    Application(portal, client_id=, client_secret=, vault=)   # the same for an application; a Vault keeps its Tokens
    SharedBucket(RedisBucket(...), Bounds.of(rate, burst), errors=...)   # a limiter for several processes
    limiter.take()                                       # -> 0, or seconds after which to ask again
    client.call(method, params, priority=False, permitted=False)   # -> Answer(result, total, next, time)
    client.read(method, params)                          # the same, tried again on transient trouble
    execute(client, [Call(method, params), ...], halt=False, priority=False)
                                                         # -> [Done(answer) | Failed(error) | NotExecuted()]

    bot = BotV2(identity.id, token=..., client_id=...)   # BotDialect: pure translation to Calls
    bot.send(dialog, OutgoingMessage(text=, attach=, keyboard=), key)   -> Call
    bot.update(message_id, message)                      -> Call; clears what the message has not
    bot.message_id(done.result)                          -> str
    bot.notify(user, text, tag)                          -> Call
    bot.is_idempotent                                    # whether a send may be repeated with its key
    BotV1(identity.id, token=..., client_id=...)         # the same by the old API; not idempotent
    BotAsUser(identity.id, client_id=...)                # the same as the webhook's person; not idempotent
    template_id(portal=, bot=, instance=, key=, dialog=, generation=)   -> key of a send
    normalise("u27") == "27"                             # dialogs

    choose("auto", client)                               # -> "v2" or "v1", on top of:
    probe(client)                                        # -> Abilities(dialect, revision)
    BotSpec(..., commands=(BotCommand(name="hub", hidden=True), BotCommand(name="take", titles={"en": ...})))
    BotRegistrationV2(client).ensure(BotSpec(...))       # -> BotIdentity(id, code, type, changes)
    BotRegistrationV1(client).ensure(BotSpec(...))       # the same by the old API; needs a webhook_url

    chats = ChatsV2(client, identity.id, token=...)      # Chats; ChatsV1 alike, ChatsAsUser(client, identity.id)
    chats.create(title, users)                           # -> number of the chat
    chats.add(chat, users); chats.join(chat, bot_id)

    feed = EventFeed(identity.id, token)                 # the bot's queue: pure translation
    feed.call(offset, limit)                             # -> Call
    feed.read(done.result, offset)                       # -> FeedPage(events, next_offset, has_more)
    fetched_event(page.events[0].raw)                    # -> CommandGiven | MessageWritten | BotJoined | ...
    posted_events(forms.parse(body))                     # -> the same, for v2 and v1; one or more

    reads = Reads(client)                                # concurrent reads share a batch
    reads.read(method, params); reads.many(calls); reads.list(method, params, key="ID")
    Directory(reads, cache=MemoryCache())                # user, department, stages, currency ...
    forms.parse(body), forms.encode(params)              # PHP-style forms

    subscriptions.ensure(client, ["ONCRMLEADADD", ...], handler)    # of an application -> Changes
    read_install(form, query), read_app_event(form)      # what portals say about the application
"""

from hub.bitrix24.app_events import (
    AppEvent,
    AppInstalled,
    AppUninstalled,
    AppUpdated,
    InstallOffer,
    UnreadableEvent,
    read_app_event,
    read_install,
)
from hub.bitrix24.auth import Auth, IncomingWebhook
from hub.bitrix24.batch import execute
from hub.bitrix24.blocks import Bounds, Place
from hub.bitrix24.bot import BotDialect, BotIdentity, BotRegistration, OutgoingMessage
from hub.bitrix24.bot_as_user import BotAsUser
from hub.bitrix24.bot_events import (
    BotDeleted,
    BotEvent,
    BotJoined,
    CommandGiven,
    MessageWritten,
    Other,
    fetched_event,
    posted_events,
)
from hub.bitrix24.bot_spec import BotCommand, BotSpec
from hub.bitrix24.bot_v1 import BotV1
from hub.bitrix24.bot_v2 import BotV2
from hub.bitrix24.bucket import LeakyBucket
from hub.bitrix24.cache import Cache, Cached, MemoryCache
from hub.bitrix24.calls import Answer, Call, Done, Failed, NotExecuted, Outcome, Timing
from hub.bitrix24.chats import Chats, ChatsAsUser, ChatsV1, ChatsV2
from hub.bitrix24.client import Client
from hub.bitrix24.dialogs import normalise
from hub.bitrix24.directory import Directory
from hub.bitrix24.event_feed import EventFeed, FeedPage, FetchedEvent
from hub.bitrix24.idempotency import template_id
from hub.bitrix24.limits import Level, Limiter
from hub.bitrix24.oauth import Application, SingleToken, Tokens, Vault
from hub.bitrix24.operating import OperatingBudget
from hub.bitrix24.probe import Abilities, choose, probe
from hub.bitrix24.reads import Reads
from hub.bitrix24.records import Currency, Department, PortalUser, Stage
from hub.bitrix24.registration_v1 import BotRegistrationV1
from hub.bitrix24.registration_v2 import BotRegistrationV2
from hub.bitrix24.retry import Retry
from hub.bitrix24.shared_bucket import SharedBucket
from hub.bitrix24.subscriptions import Changes

__all__ = [
    "Abilities",
    "Answer",
    "AppEvent",
    "AppInstalled",
    "AppUninstalled",
    "AppUpdated",
    "Application",
    "Auth",
    "BotAsUser",
    "BotCommand",
    "BotDeleted",
    "BotDialect",
    "BotEvent",
    "BotIdentity",
    "BotJoined",
    "BotRegistration",
    "BotRegistrationV1",
    "BotRegistrationV2",
    "BotSpec",
    "BotV1",
    "BotV2",
    "Bounds",
    "Cache",
    "Cached",
    "Call",
    "Changes",
    "Chats",
    "ChatsAsUser",
    "ChatsV1",
    "ChatsV2",
    "Client",
    "CommandGiven",
    "Currency",
    "Department",
    "Directory",
    "Done",
    "EventFeed",
    "Failed",
    "FeedPage",
    "FetchedEvent",
    "IncomingWebhook",
    "InstallOffer",
    "LeakyBucket",
    "Level",
    "Limiter",
    "MemoryCache",
    "MessageWritten",
    "NotExecuted",
    "OperatingBudget",
    "Other",
    "Outcome",
    "OutgoingMessage",
    "Place",
    "PortalUser",
    "Reads",
    "Retry",
    "SharedBucket",
    "SingleToken",
    "Stage",
    "Timing",
    "Tokens",
    "UnreadableEvent",
    "Vault",
    "choose",
    "execute",
    "fetched_event",
    "normalise",
    "posted_events",
    "probe",
    "read_app_event",
    "read_install",
    "template_id",
]
