"""The bell: what reaches a person whom the bot cannot write to."""

from __future__ import annotations

from typing import Any

from hub.bitrix24.calls import Call


def notification(user: str, text: str, tag: str, *, client_id: str | None) -> Call:
    """Return the call that shows *text* in the user's notifications.

    Args:
        tag: a new notification with the tag of an older one replaces it.
        client_id: whose tags they are with a webhook, which has none otherwise; not secret.
    """
    params: dict[str, Any] = {"USER_ID": int(user), "MESSAGE": text, "TAG": tag}
    if client_id is not None:
        params["CLIENT_ID"] = client_id
    return Call("im.notify.system.add", params)
