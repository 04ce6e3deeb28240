"""What ``hub config check`` finds: plugins that lack a setting, addresses and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from hub.settings import Match, addresses, did_you_mean, malformed

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.registry import Registry

_WILDCARDS = frozenset("*?[")
#: Statuses that no setting mends.
_NOT_WORKING = frozenset({"incompatible", "broken", "conflict"})


def plugin_problems(hub: Hub, only: Container[str] | None = None) -> Iterator[str]:
    """Return what is wrong with the settings of plugins, of all or of those named."""
    for instance in hub.registry.instances():
        if instance.status == "misconfigured" and (only is None or instance.name in only):
            for problem in instance.reason.split("; plugins."):
                at = problem.removeprefix("plugins.")
                yield (
                    f"plugins.{at}"
                    if at.startswith(f"{instance.name}.")
                    else f"plugins.{instance.name}: {at}"
                )


def problems(hub: Hub) -> Iterator[str]:
    """Return everything that is wrong with settings which are right in themselves."""
    yield from plugin_problems(hub)
    for place, address in chain(addresses(hub.settings), _of_plugins(hub.registry)):
        scheme = address.partition(":")[0]
        if hub.registry.resolver(scheme) is None:
            yield f"{place}: no active plugin resolves {scheme}: addresses"
        elif wrong := malformed(address):
            yield f"{place}: {wrong}"
    for number, route in enumerate(hub.settings.routes):
        yield from _unknown(f"routes[{number}].match.instance", route.match, hub.registry)
    for number, period in enumerate(hub.settings.maintenance):
        yield from _unknown(f"maintenance[{number}].match.instance", period.match, hub.registry)


def not_working(hub: Hub) -> Iterator[str]:
    """Return the plugins that do not work for a reason which no setting mends."""
    for instance in hub.registry.instances():
        if instance.status in _NOT_WORKING:
            yield f"plugin {instance.name!r} is {instance.status}; 'hub plugins show {instance.name}' says why"


def _of_plugins(registry: Registry) -> Iterator[tuple[str, str]]:
    """Return the addresses under ``to``, the setting by which plugins name their own recipients."""
    for instance in registry.instances():
        to = getattr(instance.settings, "to", ())
        if instance.status.serves and isinstance(to, (tuple, list)):
            for number, address in enumerate(to):
                yield f"plugins.{instance.name}.to[{number}]", str(address)


def _unknown(place: str, match: Match, registry: Registry) -> Iterator[str]:
    known = {instance.name for instance in registry.instances()}
    for name in match.instance:
        if name not in known and not _WILDCARDS & set(name):
            yield f"{place}: there is no plugin {name!r}; {did_you_mean(name, known)}"
