"""Commands and mentions in what people write."""

from __future__ import annotations

import re

#: A path such as ``/etc/passwd`` is no command.
_COMMAND = re.compile(r"/([\w-]{1,64})(?:\s+(.*))?", re.DOTALL)
_NEXT = re.compile(r"\n[ \t]*/")
_MENTION = re.compile(r"\s*\[user=([0-9]{1,19})[^\]\n]{0,20}\][^\[\]]{0,200}\[/user\]", re.IGNORECASE)


def typed_command(text: str) -> tuple[str, str] | None:
    """Return name and parameters of the command that *text* begins with; None when it is none.

    Lines that follow belong to the parameters, up to one that begins with a slash again.
    """
    match = _COMMAND.fullmatch(text.strip())
    if match is None:
        return None
    return match[1], _NEXT.split(match[2] or "", maxsplit=1)[0].strip()


def all_params(command: str, params: str, text: str) -> str:
    """Return *params* of a typed *command* with the further lines of *text*, which the portal leaves out."""
    typed = typed_command(text)
    if typed is not None and typed[0] == command and typed[1].startswith(params):
        return typed[1]
    return params


def without_mention(text: str, bot: str) -> str:
    """Return a message to a group without the mention of *bot* in front, or the comma left of it."""
    match = _MENTION.match(text)
    if match and match[1] == bot:
        text = text[match.end() :]
    return text.lstrip(" ,\t\n").rstrip()
