"""What the portal makes of a keyboard: normalised, silently thinned out, or refused."""

import json
import re
from collections.abc import Callable
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.model import Json

#: Characters of JSON; more is `KEYBOARD_OVERSIZE`.
MAX_SIZE = 60_000

_LINK = re.compile(r"^(https?://|/)", re.IGNORECASE)
_ACTIONS = {"PUT", "SEND", "COPY", "CALL", "DIALOG"}
_TOKENS = {"primary", "secondary", "alert", "base"}
_COLORS = ("BG_COLOR", "TEXT_COLOR", "OFF_BG_COLOR", "OFF_TEXT_COLOR")
_HEX = re.compile(r"^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$")

Warn = Callable[[str], None]


def read_keyboard(raw: Any, *, bot_id: int, warn: Warn) -> tuple[Json, ...]:
    """Return the stored buttons of *raw*: a flat list, `{"BOT_ID", "BUTTONS"}`, or either as a JSON string.

    Buttons the portal would drop are dropped and told to *warn*.

    Raises:
        RestError: `KEYBOARD_ERROR` when no button is left, `KEYBOARD_OVERSIZE`.
    """
    data = _decoded(raw)
    if isinstance(data, dict):
        bot_id = _number(data.get("BOT_ID")) or bot_id
        data = data.get("BUTTONS")
    if not isinstance(data, list):
        raise _refused()
    buttons = tuple(button for item in data if (button := _button(item, bot_id, warn)) is not None)
    if not any("TEXT" in button for button in buttons):
        raise _refused()
    if len(json.dumps(buttons, ensure_ascii=False)) >= MAX_SIZE:
        raise RestError("KEYBOARD_OVERSIZE", "You have exceeded the maximum allowable size of keyboard")
    return buttons


def clears(raw: Any) -> bool:
    """Say whether *raw* asks to remove a keyboard or card: `"N"` or an empty value."""
    return raw in ("N", "", None, [], {}, False)


def _button(item: Any, bot_id: int, warn: Warn) -> Json | None:
    if not isinstance(item, dict):
        warn("keyboard: a button that is not an object was dropped (rows are made with TYPE NEWLINE)")
        return None
    if item.get("TYPE") == "NEWLINE":
        return {"TYPE": "NEWLINE"}
    text = str(item.get("TEXT") or "").strip()
    if not text:
        warn("keyboard: a button without TEXT was dropped")
        return None
    action = _action(item, text, warn)
    if action is None:
        return None
    button: Json = {"BOT_ID": bot_id, "TYPE": "BUTTON", "TEXT": text, **action}
    button["DISPLAY"] = "LINE" if item.get("DISPLAY") == "LINE" else "BLOCK"
    if item.get("BG_COLOR_TOKEN") in _TOKENS:
        button["BG_COLOR_TOKEN"] = item["BG_COLOR_TOKEN"]
    button["BLOCK"] = "Y" if item.get("BLOCK") == "Y" and "COMMAND" in action else "N"
    button["DISABLED"] = "Y" if item.get("DISABLED") == "Y" else "N"
    button["CONTEXT"] = item["CONTEXT"] if item.get("CONTEXT") in ("MOBILE", "DESKTOP") else "ALL"
    if _number(item.get("WIDTH")):
        button["WIDTH"] = _number(item["WIDTH"])
    button |= {name: item[name] for name in _COLORS if _HEX.match(str(item.get(name, "")))}
    return button


def _action(item: Json, text: str, warn: Warn) -> Json | None:
    """Return the one action that counts: LINK before ACTION before COMMAND."""
    given = [name for name in ("LINK", "FUNCTION", "APP_ID", "ACTION", "COMMAND") if item.get(name)]
    if len(given) > 1:
        warn(f"keyboard: button {text!r} has several actions, {given[0]} is used")
    if not given:
        warn(f"keyboard: button {text!r} without an action was dropped")
        return None
    name = given[0]
    if name == "LINK" and _LINK.match(str(item["LINK"])):
        return {"LINK": str(item["LINK"])}
    if name == "ACTION" and item["ACTION"] in _ACTIONS:
        return {"ACTION": item["ACTION"], "ACTION_VALUE": str(item.get("ACTION_VALUE", ""))}
    if name == "COMMAND":
        params = str(item.get("COMMAND_PARAMS", ""))
        return {"COMMAND": str(item["COMMAND"]).removeprefix("/"), "COMMAND_PARAMS": params}
    warn(f"keyboard: button {text!r} was dropped, its {name} is not valid")
    return None


def _decoded(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except json.JSONDecodeError as exc:
        raise _refused() from exc


def _number(value: Any) -> int:
    return int(value) if str(value or "").isdigit() else 0


def _refused() -> RestError:
    return RestError("KEYBOARD_ERROR", "Incorrect keyboard params")
