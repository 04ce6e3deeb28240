"""The steps of the exchange as 1C takes them, answered line by line.

``checkauth`` and ``init`` need no memory. A ``file`` is kept piece by piece and read as soon as it is whole;
``import`` asks what became of it. Who never asks, as old versions of 1C do, is waited for two minutes.

Source: "Протокол обмена с сайтом", 1C-Bitrix and 1C:Enterprise documentation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo

from hub.plugin import Answer, Context, InboundRequest, Item, Receipt, TimerFired, Verifier
from hub_plugin_onec.exchange.changes import Orders
from hub_plugin_onec.exchange.commerceml import orders
from hub_plugin_onec.exchange.files import FileRefused, Files
from hub_plugin_onec.exchange.session import COOKIE, Sessions, in_words_of_1c
from hub_plugin_onec.exchange.unpack import unpack
from hub_plugin_onec.messages import OnecEvent, event_of
from hub_plugin_onec.record import Record

#: Bytes of one part of a file; 1C cuts its files accordingly.
FILE_LIMIT = 1024 * 1024
TIMER = "import"
_WAITED = timedelta(minutes=2)
#: Orders told in one go.
_AT_ONCE = 500
_LONGEST_NAME = 200
_VERSION = "2.10"
#: The hub has no orders of its own.
_NO_ORDERS = f'<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация ВерсияСхемы="{_VERSION}"/>\n'


class Exchange:
    """The exchange of one instance.

    Args:
        basic: checks name and password, which only ``checkauth`` has to bring.
    """

    def __init__(self, ctx: Context, *, basic: Verifier, password: str, zone: tzinfo) -> None:
        self._ctx = ctx
        self._basic = in_words_of_1c(basic)
        self._sessions = Sessions(ctx.name, password)
        self._files = Files(ctx.store)
        self._orders = Orders(ctx.store)
        self._zone = zone

    def verify(self, request: InboundRequest) -> None:
        """Accept name and password in ``checkauth``, and the session's cookie in every other step."""
        if request.query.get("mode") == "checkauth":
            self._basic(request)
        else:
            self._sessions.verify(request)

    def accept(self, request: InboundRequest) -> Receipt:
        """Answer a step; only parts of files, and the wish to read them, are kept."""
        if request.query.get("type") != "sale":
            return _failed("only orders are taken (type=sale); switch the upload of goods off")
        match request.query.get("mode", ""):
            case "checkauth":
                return self._begin(request.received_at)
            case "init":
                return self._agree(request)
            case "file":
                return self._take(request)
            case "import":
                return self._import(request)
            case "query":
                return Receipt(reason="query", answer=Answer(body=_NO_ORDERS, content_type="application/xml"))
            case "success":
                return _said("success")
            case _:
                return _failed("this step is not known")

    def parse(self, request: InboundRequest) -> Sequence[OnecEvent]:
        """Do what a step has left to a worker; see ``_kept`` for what the body holds."""
        head, _, data = request.body.partition(b"\n")
        step = json.loads(head)
        session, file = str(step["session"]), str(step["file"])
        if step["mode"] == "import":
            self._files.ask(session, file)
            return self._read_all(session, request.received_at)
        return self._append(session, file, data, request.received_at)

    def give_up_waiting(self, fired: TimerFired) -> Sequence[OnecEvent]:
        """Read what nobody asked to import."""
        return self._read_all(fired.key, self._ctx.clock.now())

    def _begin(self, at: datetime) -> Receipt:
        cookie = self._sessions.begin(at)
        session = cookie.rpartition("-")[0]
        return _said("success", COOKIE, cookie, f"sessid={session}", f"timestamp={int(at.timestamp())}")

    def _agree(self, request: InboundRequest) -> Receipt:
        lines = ["zip=yes", f"file_limit={FILE_LIMIT}"]
        if "version" in request.query:
            lines += [f"sessid={self._sessions.of(request)}", f"version={_VERSION}"]
        return _said(*lines)

    def _take(self, request: InboundRequest) -> Receipt:
        name = request.query.get("filename", "")
        if request.method != "POST" or not 0 < len(name) <= _LONGEST_NAME:
            return _failed(f"send files by POST with a filename of 1 to {_LONGEST_NAME} characters")
        if not request.body:
            return _said("success")
        session, file = self._sessions.of(request), _digest(name.encode())
        # every call appends, also one with the same bytes
        key = f"file:{session}:{file}:{request.received_at.timestamp():.6f}:{_digest(request.body)}"
        return Receipt(items=[_kept("file", session, file, key, request.body)], answer=_text("success"))

    def _import(self, request: InboundRequest) -> Receipt:
        file = _digest(request.query.get("filename", "").encode())
        session = self._sessions.of(request)
        told = self._files.told(session, file)
        if told is None:
            item = _kept("import", session, file, f"import:{session}:{file}")
            return Receipt(items=[item], answer=_text("progress", "the file is being read"))
        return _failed(told) if told else _said("success")

    def _append(self, session: str, file: str, data: bytes, at: datetime) -> Sequence[OnecEvent]:
        told = self._files.told(session, file)
        if told:
            return ()  # the rest of what was refused
        if told is not None:
            self._files.begin_again(session, file)
        try:
            whole = self._files.append(session, file, data)
        except FileRefused as exc:
            self._refuse(session, file, exc)
            return ()
        if whole is not None:
            # what is not whole after all may go on; if not, the import says so
            with suppress(FileRefused):
                return self._tell(session, file, list(self._records(whole)), at)
        self._ctx.timers.set(TIMER, session, at + _WAITED)
        return ()

    def _read_all(self, session: str, at: datetime) -> list[OnecEvent]:
        """Read what waits of the files of a session, or the beginning of it, and note what 1C wants to hear."""
        events: list[OnecEvent] = []
        for file in self._files.waiting(session):
            try:
                events += self._tell(session, file, list(self._records(self._files.whole(session, file))), at)
            except FileRefused as exc:
                self._refuse(session, file, exc)
                self._files.drop(session, file)
            if self._files.done(session, file):
                return events
        self._ctx.timers.cancel(TIMER, session)
        reasons = self._files.all_told(session)
        missing = "" if reasons else "no such file was sent in this session"
        for file in self._files.asked(session):
            if self._files.told(session, file) is None:
                self._files.note(session, file, next(filter(None, reasons), missing))
        return events

    def _tell(self, session: str, file: str, found: Sequence[Record], at: datetime) -> list[OnecEvent]:
        """Tell the next orders of a file. The rest waits for the timer, because a call has two seconds."""
        done = self._files.done(session, file)
        part = found[done : done + _AT_ONCE]
        if done + len(part) < len(found):
            self._files.mark(session, file, done + len(part))
            self._ctx.timers.set(TIMER, session, at)
        else:
            self._files.drop(session, file)
            self._files.note(session, file, "")
        return list(self._events(part, at))

    def _records(self, file: bytes) -> Iterator[Record]:
        for xml in unpack(file):
            yield from orders(xml, self._zone)

    def _events(self, found: Sequence[Record], at: datetime) -> Iterator[OnecEvent]:
        for order in found:
            change = self._orders.change(order)
            if change is not None:
                yield event_of(change, endpoint="", received_at=at)

    def _refuse(self, session: str, file: str, error: FileRefused) -> None:
        self._ctx.log.warning("a file of the exchange cannot be read: %s", error)
        self._files.note(session, file, str(error))


def _kept(mode: str, session: str, file: str, key: str, data: bytes = b"") -> Item:
    """Return an item: a line of JSON that says what to do, then the part of the file."""
    head = json.dumps({"mode": mode, "session": session, "file": file})
    return Item(key=key, body=head.encode() + b"\n" + data, group=f"exchange:{session}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _said(*lines: str) -> Receipt:
    return Receipt(reason=f"a step of the exchange: {lines[0]}", answer=_text(*lines))


def _failed(reason: str) -> Receipt:
    return Receipt(reason=f"a step of the exchange: {reason}", answer=_text("failure", reason))


def _text(*lines: str) -> Answer:
    return Answer(body="\n".join((*lines, "")))
