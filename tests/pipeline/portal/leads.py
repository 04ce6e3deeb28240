"""A plugin that watches the leads of the portal, and misbehaves on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from hub.plugin import (
    CatchUp,
    Notification,
    Plugin,
    PluginSettings,
    PortalObject,
    PortalSource,
    hookimpl,
)

PAGE = 5


class LeadsPlugin(Plugin[PluginSettings]):
    """Tells each lead by the title that it has when it is read back; a title that is a time says when it happened.

    Attributes:
        notified: the ids in each call of ``notify``.
        looked_from: the cursor of each call of ``catch_up``.
        in_notify, in_catch_up, in_coalesce: called first, so that a test can raise, wait or store something there;
            a page that ``in_catch_up`` returns is the one that is found.
    """

    api_version = "1.0"

    def __init__(self, settings: PluginSettings, ctx) -> None:
        super().__init__(settings, ctx)
        self.notified: list[list[str]] = []
        self.looked_from: list[str | None] = []
        self.in_notify: Callable[[Sequence[PortalObject]], object] = _nothing
        self.in_catch_up: Callable[[str | None], object] = _nothing
        self.in_coalesce: Callable[[PortalObject], object] = _nothing
        self.words: dict[str, object] = {}
        self.lock = threading.Lock()

    @hookimpl
    def portal_sources(self) -> Iterable[PortalSource]:
        yield PortalSource(
            events=("ONCRMLEADADD", "ONCRMLEADUPDATE"),
            coalesce=self._coalesce,
            notify=self._notify,
            catch_up=self._catch_up,
        )

    def _coalesce(self, lead: PortalObject) -> str:
        self.in_coalesce(lead)
        return f"lead:{lead.id}"

    def _notify(self, leads: Sequence[PortalObject]) -> Iterable[Notification]:
        with self.lock:
            self.notified.append([lead.id for lead in leads])
        self.in_notify(leads)
        for id in dict.fromkeys(lead.id for lead in leads):
            title = str(self.ctx.portal.call("crm.lead.get", {"id": id})["TITLE"])
            fields = {"occurred_at": _moment(title), "to": ("user:1",), **self.words}
            yield Notification(key=f"lead:{id}:{title}", title=title, **fields)

    def _catch_up(self, cursor: str | None) -> CatchUp:
        with self.lock:
            self.looked_from.append(cursor)
        page = self.in_catch_up(cursor)
        if isinstance(page, CatchUp):
            return page
        after = {} if cursor is None else {">ID": cursor}
        order = {"ID": "DESC" if cursor is None else "ASC"}
        params = {"filter": after, "order": order, "select": ["ID"]}
        ids = [str(lead["ID"]) for lead in self.ctx.portal.call("crm.lead.list", params)]
        if cursor is None:
            return CatchUp(objects=(), cursor=ids[0] if ids else "0")
        found = ids[:PAGE]
        return CatchUp(
            objects=[PortalObject(kind="lead", id=id) for id in found],
            cursor=found[-1] if found else cursor,
            more=len(ids) > PAGE,
        )


def _moment(title: str) -> datetime | None:
    try:
        return datetime.fromisoformat(title)
    except ValueError:
        return None


def _nothing(_: object) -> None:
    pass
