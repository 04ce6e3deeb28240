"""The buttons below a message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from hub.pipeline.render.limits import Limits, serialised_size
from hub.pipeline.render.text import Writer
from hub.pipeline.render.urls import safe_url
from hub.plugin import Action, Notification, Words

#: The one command that the hub registers at the portal; its parameter says which stored action is meant.
COMMAND = "hub"

_NEW_ROW: Mapping[str, str] = {"TYPE": "NEWLINE"}
_PER_ROW = 3
_ROW_LABELS = 42

Button = Mapping[str, str]


def keyboard(
    notification: Notification,
    writer: Writer,
    limits: Limits,
    *,
    command_params: Callable[[int], str],
    open_label: Words,
) -> tuple[Button, ...]:
    """Return a flat list of buttons with row breaks: the actions, then one that opens the url.

    An action whose url may not be a link has no button. When there is no room for all, the last
    actions are left out.
    """
    made = (
        _button(action, writer, limits, params=command_params(number) if action.command else "")
        for number, action in enumerate(notification.actions)
    )
    buttons = [button for button in made if button]
    opening = _opening(notification, buttons, writer.label(open_label, limit=limits.button))
    buttons = buttons[: limits.buttons - len(opening)]
    while buttons and serialised_size(_in_rows([*buttons, *opening])) > limits.keyboard:
        buttons.pop()
    return _in_rows([*buttons, *opening])


def _button(action: Action, writer: Writer, limits: Limits, *, params: str) -> Button | None:
    label = writer.label(action.label, limit=limits.button)
    if action.command:
        target = {"COMMAND": COMMAND, "COMMAND_PARAMS": params, "BLOCK": "Y"}
        label = label or writer.label(action.command, limit=limits.button)
    elif url := safe_url(action.url):
        target = {"LINK": url}
        label = label or writer.label(url, limit=limits.button)
    else:
        return None
    return {"TEXT": label, **target, "BG_COLOR_TOKEN": action.style, "DISPLAY": "LINE"}


def _opening(notification: Notification, buttons: Iterable[Button], label: str) -> list[Button]:
    url = safe_url(notification.url) if notification.url else None
    if not url or any(button.get("LINK") == url for button in buttons):
        return []
    return [{"TEXT": label, "LINK": url, "BG_COLOR_TOKEN": "base", "DISPLAY": "LINE"}]


def _in_rows(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """Return *buttons* with a break before each that would make its row too wide."""
    placed: list[Button] = []
    count = width = 0
    for button in buttons:
        length = len(button["TEXT"])
        if count and (count == _PER_ROW or width + length > _ROW_LABELS):
            placed.append(_NEW_ROW)
            count = width = 0
        placed.append(button)
        count, width = count + 1, width + length
    return tuple(placed)
