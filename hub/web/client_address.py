"""Who sent a request, behind proxies that we trust."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import Request


class ClientAddress:
    """Believes ``X-Forwarded-For`` only as far as trusted proxies wrote it."""

    def __init__(self, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
        self._trusted = tuple(trusted)

    def of(self, request: Request) -> str:
        """Return the nearest address that is no trusted proxy, of none but proxies the farthest; empty = unknown."""
        peer = request.client.host if request.client else ""
        hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
        way = [peer, *reversed([hop for hop in hops if hop])]
        return next((address for address in way if not self._is_trusted(address)), way[-1])

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)
