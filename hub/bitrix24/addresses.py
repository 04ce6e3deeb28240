"""Which addresses may be trusted with what proves who calls."""

from __future__ import annotations

import ipaddress

import httpx

#: Where applications get new tokens; there is one for most of the world and one for the rest.
_OAUTH_SERVERS = ("https://oauth.bitrix.info", "https://oauth.bitrix24.tech")


def read_url(text: str) -> httpx.URL:
    """Read an address; what is none is empty."""
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        return httpx.URL("")


def is_loopback(host: str) -> bool:
    """Say whether *host* is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(url: httpx.URL) -> bool:
    """Say whether nobody on the way can read what goes to *url*."""
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))


def origin_of(url: httpx.URL) -> str:
    """Return scheme, host and port."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def moved_to(url: str, location: str) -> httpx.URL | None:
    """Return the portal's new address for the call that *url* was, or None when the redirect cannot be trusted.

    What does not keep path and method is a login page or somebody else.
    """
    source = httpx.URL(url)
    try:
        target = source.join(location)
    except httpx.InvalidURL:
        return None
    same_path = target.path.rstrip("/") == source.path.rstrip("/")
    same_host = (target.scheme, target.netloc) == (source.scheme, source.netloc)
    own_machine = is_loopback(source.host) and is_loopback(target.host)
    is_as_safe = target.scheme == "https" or (target.scheme == "http" and own_machine)
    if not same_path or same_host or target.query or target.userinfo or not is_as_safe:
        return None
    return target


def rest_endpoint(portal: str) -> str:
    """Return where an application calls the portal with this host name, in clear text only on this machine."""
    host = read_url(f"https://{portal}").host
    return f"{'http' if is_loopback(host) else 'https'}://{portal}/rest/"


def is_endpoint_of(portal: str, endpoint: str) -> bool:
    """Say whether *endpoint*, which somebody sent, is where the portal with this host name is called."""
    return read_url(endpoint) == read_url(rest_endpoint(portal))


def oauth_server(server_endpoint: str, portal: str) -> str:
    """Return the OAuth server to give the application's secret to.

    Args:
        server_endpoint: what the portal named; only an official server is believed, or one on this machine
            when the portal itself is there.
        portal: the portal's host name, from the settings.
    """
    named = read_url(server_endpoint)
    if named.host and not named.userinfo and is_private(named):
        on_this_machine = is_loopback(named.host) and is_loopback(read_url(f"https://{portal}").host)
        if origin_of(named) in _OAUTH_SERVERS or on_this_machine:
            return origin_of(named)
    return _OAUTH_SERVERS[0]
