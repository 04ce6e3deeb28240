"""Heartbeats: jobs that report to ``/in/heartbeat/NAME``; when one stays away, somebody is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from hub.plugin import (
    Answer,
    Duration,
    EventKind,
    InboundEvent,
    InboundRequest,
    Item,
    Mode,
    Moment,
    Notification,
    Plugin,
    PluginSettings,
    Receipt,
    Severity,
    Source,
    T,
    Timer,
    TimerFired,
    bearer_token,
    field,
    hookimpl,
)

_SILENT = "silent"
#: After the hub itself was down, a job has so long to report before it counts as silent.
_GRACE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Heart:
    """A job that must report.

    Attributes:
        within: how long it may be silent.
        to: who is told when it is.
    """

    token: SecretStr
    within: timedelta
    to: tuple[str, ...] = ()


class HeartbeatPlugin(Plugin[PluginSettings]):
    """Arms a timer with every report; when it fires, the job was silent for too long."""

    api_version = "1.0"
    hearts: Mapping[str, Heart] = {}

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare one address for each job; what is sent there does not matter."""
        for name, heart in self.hearts.items():
            yield Source(
                path=name,
                methods=("GET", "POST"),
                verify=bearer_token(heart.token),
                accept=_accept,
                parse=_parse,
                notify=self._beat,
            )

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare the timer of silence, where a job must report."""
        return (Timer(name=_SILENT, handler=self._silence),) if self.hearts else ()

    @hookimpl
    def startup(self) -> None:
        """Wait for jobs that have not reported yet; what came due while the hub was down gets a little longer."""
        now = self.ctx.clock.now()
        for name, heart in self.hearts.items():
            if self.ctx.store.get(f"silent:{name}") is not None:
                continue
            said = self.ctx.store.get(f"beat:{name}")
            if said is None:
                self.ctx.store.set(f"beat:{name}", now.isoformat())
            last = now if said is None else datetime.fromisoformat(str(said))
            self.ctx.timers.set(_SILENT, name, max(last + heart.within, now + min(_GRACE, heart.within)))

    def _beat(self, events: Sequence[InboundEvent]) -> Iterable[Notification]:
        for event in events:
            name, at = event.event_id, event.occurred_at
            heart = self.hearts.get(name)
            if heart is None:
                continue
            last = self.ctx.store.get(f"beat:{name}")
            if last is not None and datetime.fromisoformat(str(last)) > at:
                continue  # an older one that was processed late
            self.ctx.store.set(f"beat:{name}", at.isoformat())
            self.ctx.timers.set(_SILENT, name, at + heart.within)
            since = self.ctx.store.get(f"silent:{name}")
            if since is not None:
                self.ctx.store.delete(f"silent:{name}")
                yield _recovered(name, heart, datetime.fromisoformat(str(since)), at)

    def _silence(self, fired: TimerFired) -> Iterable[Notification]:
        name, now = fired.key, self.ctx.clock.now()
        heart = self.hearts.get(name)
        if heart is None or self.ctx.store.get(f"silent:{name}") is not None:
            return
        last = datetime.fromisoformat(str(self.ctx.store.get(f"beat:{name}") or now.isoformat()))
        if last + heart.within > now:
            return  # it reported while this was on its way
        self.ctx.store.set(f"silent:{name}", last.isoformat())
        yield Notification(
            key=f"silent:{name}:{last.isoformat()}",
            kind="heartbeat.silent",
            title=T("{name} has not reported", name=name),
            severity=Severity.CRITICAL,
            fields=(
                field(T("Last report"), Moment(at=last)),
                field(T("Expected every"), Duration(length=heart.within)),
            ),
            labels={"heartbeat": name},
            to=heart.to,
            thread=f"heartbeat:{name}:{last.isoformat()}",
            loud=True,
            occurred_at=now,
        )


def heartbeat_plugin(hearts: Mapping[str, Heart]) -> type[HeartbeatPlugin]:
    """Return the plugin for *hearts*, by name."""
    return type("HeartbeatPlugin", (HeartbeatPlugin,), {"hearts": dict(hearts), "__module__": __name__})


def _accept(request: InboundRequest) -> Receipt:
    """Keep that somebody reported, each second once, and nothing of what they said."""
    key = f"{_name(request)}:{request.received_at:%Y-%m-%dT%H:%M:%S}"
    return Receipt(items=(Item(key=key, body=b"", group=_name(request)),), answer=Answer(body="ok\n"))


def _parse(request: InboundRequest) -> Iterable[InboundEvent]:
    yield InboundEvent(
        event_id=_name(request),
        kind=EventKind.MESSAGE,
        severity=Severity.INFO,
        title="reported",
        occurred_at=request.received_at,
    )


def _name(request: InboundRequest) -> str:
    return request.path.rstrip("/").rpartition("/")[2]


def _recovered(name: str, heart: Heart, since: datetime, at: datetime) -> Notification:
    return Notification(
        key=f"reported:{name}:{since.isoformat()}",
        kind="heartbeat.recovered",
        title=T("{name} reports again", name=name),
        severity=Severity.INFO,
        fields=(field(T("Was silent for"), Duration(length=at - since)),),
        labels={"heartbeat": name},
        to=heart.to,
        thread=f"heartbeat:{name}:{since.isoformat()}",
        mode=Mode.UPDATE,
        occurred_at=at,
    )
