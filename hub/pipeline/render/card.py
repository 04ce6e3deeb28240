"""The card below the title: text and a table, with a coloured bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.pipeline.render.limits import Limits, serialised_size
from hub.pipeline.render.look import look_of
from hub.pipeline.render.text import Writer
from hub.plugin import FieldRow, Notification

_NO_VALUE = "—"


@dataclass(frozen=True, kw_only=True)
class Card:
    """The ``attach`` of a message, None when there is nothing to show, and whether it was cut."""

    attach: Mapping[str, Any] | None
    cut: bool


def card(notification: Notification, writer: Writer, limits: Limits) -> Card:
    """Return the card of *notification*; what does not fit is cut evenly."""
    look = look_of(notification)
    for divisor in (1, 2, 4, 8, 16):
        blocks, cut = _blocks(notification, writer, limits.shrunk(divisor))
        if not blocks:
            return Card(attach=None, cut=cut)
        attach = {"ID": 1, "COLOR": look.color, "COLOR_TOKEN": look.tone, "BLOCKS": blocks}
        if serialised_size(attach) <= limits.attach:
            return Card(attach=attach, cut=cut)
    return Card(attach=None, cut=True)


def _blocks(
    notification: Notification, writer: Writer, limits: Limits
) -> tuple[list[Mapping[str, Any]], bool]:
    text = writer.markup(notification.text, limit=limits.text)
    rows, cut = _rows(notification.fields[: limits.fields], writer, limits)
    blocks: list[Mapping[str, Any]] = []
    if text.bb:
        blocks.append({"MESSAGE": text.bb})
    if rows:
        blocks.append({"GRID": rows})
    return blocks, text.cut or cut or len(notification.fields) > limits.fields


def _rows(
    fields: tuple[FieldRow, ...], writer: Writer, limits: Limits
) -> tuple[list[Mapping[str, str]], bool]:
    rows: list[Mapping[str, str]] = []
    cut = False
    for field in fields:
        name = writer.label(field.name, limit=limits.name)
        value = writer.markup(field.value, limit=limits.value)
        cut = cut or value.cut
        if name or value.bb:
            rows.append({"DISPLAY": "ROW", "NAME": name, "VALUE": value.bb or _NO_VALUE})
    return rows, cut
