"""Comments as plain text: quotes cut, markup taken off, one paragraph."""

from __future__ import annotations

import re

#: More than this of a comment is not even looked at.
_MOST = 20_000
_FRAGMENT = 300
_QUOTE = re.compile(r"\[quote[^\]]{0,200}\].*?(\[/quote\]|\Z)", re.IGNORECASE | re.DOTALL)
#: How the messenger quotes: between two lines of dashes.
_CHAT_QUOTE = re.compile(r"^-{20,}[ \t]*\n.*?(^-{20,}[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_QUOTED_LINE = re.compile(r"^\s*>>.*$", re.MULTILINE)
_TAG = re.compile(r"\[/?[a-z*]{1,20}(=[^\[\]]{0,500})?\]", re.IGNORECASE)


def fragment(text: str) -> str:
    """Return the beginning of what somebody wrote, without what they quoted."""
    own = text[:_MOST]
    for pattern in (_QUOTE, _CHAT_QUOTE, _QUOTED_LINE, _TAG):
        own = pattern.sub(" ", own) if pattern is not _TAG else pattern.sub("", own)
    own = " ".join(own.split())
    return own if len(own) <= _FRAGMENT else f"{own[: _FRAGMENT - 1].rstrip()}…"
