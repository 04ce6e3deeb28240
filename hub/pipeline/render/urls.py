"""Which urls may become links, and in which spelling."""

from __future__ import annotations

import re

import httpx

from hub.pipeline.render.neutralise import REFERENCE

#: Longer ones are shown as text; a page that needs more has another way in.
_LONGEST = 2000

_ENCODED = str.maketrans({char: f"%{ord(char):02X}" for char in "[]'\"<>\\^`{|}"})


def safe_url(url: str) -> str | None:
    """Return *url* in a spelling that cannot end a tag early, or None when it may not be a link.

    Allowed are ``http(s)://host…`` without a user name in it, and ``/…`` of the portal itself. What has
    a meaning in BB code is percent-encoded, international names become ASCII.
    """
    if len(url) > _LONGEST or not url.isprintable():
        return None
    try:
        parsed = httpx.URL(url)
        spelled = str(parsed)
    except (httpx.InvalidURL, UnicodeError):
        return None
    relative = not parsed.scheme and not parsed.host and re.match(r"/(?![/\\])", url)
    absolute = parsed.scheme in ("http", "https") and _is_host(parsed) and not parsed.userinfo
    if not (relative or absolute) or len(spelled) > _LONGEST:
        return None
    return _without_references(spelled.translate(_ENCODED))


def absolute_url(url: str, base: str) -> str:
    """Return a safe *url* with the portal's address in front where it is relative."""
    return base.rstrip("/") + url if url.startswith("/") else url


def _is_host(url: httpx.URL) -> bool:
    return re.fullmatch(rb"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", url.raw_host) is not None


def _without_references(url: str) -> str:
    """Percent-encode the first character of what an HTML decoder would read as a character reference."""
    return re.sub(
        rf"{REFERENCE.pattern}(#?)(.)",
        lambda found: f"&{found[1]}%{ord(found[2]):02X}",
        url,
        flags=re.IGNORECASE,
    )
