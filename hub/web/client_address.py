"""Who sent a request, behind proxies that we trust."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import takewhile

#: Characters of ``X-Forwarded-For`` that are read, from its end; strangers write as many as they like.
_LONGEST = 1000


class ClientAddress:
    """Believes ``X-Forwarded-For`` only as far as trusted proxies wrote it."""

    def __init__(self, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
        self._trusted = tuple(trusted)
        self._of = lru_cache(maxsize=1024)(self._nearest)

    def of(self, peer: str, forwarded: str) -> str:
        """Return the nearest address that is no trusted proxy, of none but proxies the farthest; empty = unknown.

        What is no address ends the way: neither it nor anything before it can be believed.

        Args:
            peer: who is connected.
            forwarded: all its ``X-Forwarded-For``, joined by commas.
        """
        return self._of(peer, forwarded[-_LONGEST:])

    def _nearest(self, peer: str, forwarded: str) -> str:
        if not (_is_address(peer) and self._is_trusted(peer)):
            return peer
        hops = [hop.strip() for hop in forwarded.split(",")]
        known = [peer, *takewhile(_is_address, reversed([hop for hop in hops if hop]))]
        return next((address for address in known if not self._is_trusted(address)), known[-1])

    def _is_trusted(self, address: str) -> bool:
        return any(ip_address(address) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
