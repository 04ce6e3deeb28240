"""The portal's events: subscribed to what plugins want, and heard."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

from hub.bitrix24 import Client, about
from hub.pipeline.doctor.finding import Finding, fail, ok, warn
from hub.pipeline.heard import TEST

#: Returns when one of some events was last posted by the portal.
Heard = Callable[[Collection[str]], datetime | None]

#: A test is noted at most so often.
_JUST_NOW = timedelta(minutes=1)
_PATIENCE, _LOOK_AGAIN = 6.0, 0.2


def subscriptions(client: Client, wanted: Collection[str], handler: str) -> Iterator[Finding]:
    """Check that an application is subscribed to what plugins want.

    Args:
        handler: where the portal is to post; an address with more behind it counts, too.
    """
    if not wanted:
        yield ok("subscriptions", "no plugin wants to know of the portal's events")
        return
    bound = {
        event for event, address in about.subscriptions(client) if handler and address.startswith(handler)
    }
    missing = sorted(set(wanted) - bound)
    if missing:
        message = f"not subscribed to {', '.join(missing)}"
        yield fail(
            "subscriptions",
            message,
            "'hub subscribe' does it; it needs hub.public_url; until then they are polled",
        )
    else:
        yield ok("subscriptions", f"{len(set(wanted))} events come to {handler}")


def outgoing_webhook(wanted: Collection[str], heard: Heard, *, has_tokens: bool) -> Iterator[Finding]:
    """Say how the hub hears of the portal's events without an application."""
    if not wanted:
        yield ok("subscriptions", "no plugin wants to know of the portal's events")
        return
    last = heard(wanted)
    if last is not None:
        yield ok("subscriptions", f"an outgoing webhook was last heard at {last:%Y-%m-%d %H:%M} UTC")
    elif has_tokens:
        advice = (
            "look at the outgoing webhook's address and token in the portal; until then changes are polled"
        )
        yield warn("subscriptions", "an outgoing webhook is configured and was never heard", advice)
    else:
        yield ok(
            "subscriptions",
            "what changes at the portal is found by polling; an outgoing webhook would be quicker",
        )


def path(client: Client, heard: Heard, now: datetime) -> Iterator[Finding]:
    """Let the portal post a test, and wait for the running hub to hear it."""
    before = heard([TEST])
    if before is not None and now - before < _JUST_NOW:  # another one would not be noted
        yield ok("event path", f"what the portal posts arrives, the last test at {before:%H:%M:%S} UTC")
        return
    client.read("event.test", {"any": "hub doctor"})
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        last = heard([TEST])
        if last is not None and last != before:
            yield ok("event path", "what the portal posts arrives")
            return
        time.sleep(_LOOK_AGAIN)
    message = f"the portal's test did not arrive within {_PATIENCE:.0f} seconds"
    advice = "the portal must reach hub.public_url from outside, with a certificate of a public authority"
    yield warn("event path", message, advice)
