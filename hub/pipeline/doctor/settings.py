"""Settings that are right in themselves and lead nowhere: plugins that lack one, addresses, names."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import chain

from pydantic import BaseModel

from hub.pipeline.doctor.finding import Finding, fail, ok
from hub.pipeline.doctor.schedules import conflicts
from hub.registry import Registry
from hub.settings import Match, Settings, addresses, did_you_mean, malformed, unknown_chat

_WILDCARDS = frozenset("*?[")
#: Statuses that no setting mends.
_NOT_WORKING = frozenset({"incompatible", "broken", "conflict"})


def plugin_problems(registry: Registry, only: Container[str] | None = None) -> Iterator[str]:
    """Return what is wrong with the settings of plugins, of all or of those named."""
    for instance in registry.instances():
        if instance.status == "misconfigured" and (only is None or instance.name in only):
            for problem in instance.reason.split("; plugins."):
                at = problem.removeprefix("plugins.")
                yield (
                    f"plugins.{at}"
                    if at.startswith((f"{instance.name}.", f"{instance.name}:"))
                    else f"plugins.{instance.name}: {at}"
                )


def misled(settings: Settings, registry: Registry) -> Iterator[str]:
    """Return the addresses and names of plugins that lead nowhere."""
    for place, address in chain(addresses(settings), _of_plugins(registry)):
        scheme = address.partition(":")[0]
        if registry.resolver(scheme) is None:
            yield f"{place}: no active plugin resolves {scheme}: addresses"
        elif wrong := malformed(address) or unknown_chat(address, settings.chats):
            yield f"{place}: {wrong}"
    for number, route in enumerate(settings.routes):
        yield from _unknown(f"routes[{number}].match.instance", route.match, registry)
    for number, period in enumerate(settings.maintenance):
        yield from _unknown(f"maintenance[{number}].match.instance", period.match, registry)
    yield from conflicts(settings)


def wrong_settings(problems: Iterable[str]) -> Iterator[Finding]:
    """Return a finding for each problem of the settings, ``key.path: what is wrong; what to do``."""
    for problem in problems:
        what, _, todo = problem.partition("; ")
        yield fail(
            "settings", what, todo or "change that setting; 'hub config check' says whether it is right"
        )


def settings_lead_somewhere(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Check the addresses and names in the settings."""
    found = list(wrong_settings(misled(settings, registry)))
    yield from found or [ok("settings", "are valid, and every address leads somewhere")]


def secret_key(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Check the key by which bodies and tokens are encrypted."""
    lacking = [each.name for each in registry.instances() if "HUB_SECRET_KEY" in each.reason]
    if settings.secret_keys:
        yield ok("secret key", f"HUB_SECRET_KEY is set ({len(settings.secret_keys)} keys)")
    elif lacking or settings.bitrix24.client_id:
        needs = ", ".join([*lacking, *(["the application"] if settings.bitrix24.client_id else [])])
        yield fail("secret key", f"HUB_SECRET_KEY is not set, and needed by {needs}", "'hub init' prints one")
    else:
        yield ok("secret key", "HUB_SECRET_KEY is not set, and nothing needs it")


def not_working(registry: Registry) -> Iterator[str]:
    """Return the plugins that do not work for a reason which no setting mends."""
    for instance in registry.instances():
        if instance.status in _NOT_WORKING:
            yield f"plugin {instance.name!r} is {instance.status}; 'hub plugins show {instance.name}' says why"


def _of_plugins(registry: Registry) -> Iterator[tuple[str, str]]:
    """Return the addresses under ``to``, the setting by which plugins name their own recipients, however deep."""
    for instance in registry.instances():
        if instance.status.serves and instance.settings is not None:
            yield from _below(instance.settings, f"plugins.{instance.name}")


def _below(value: object, place: str, *, is_to: bool = False) -> Iterator[tuple[str, str]]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _below(getattr(value, name), f"{place}.{name}", is_to=name == "to")
        case dict():
            for name, each in value.items():
                yield from _below(each, f"{place}.{name}")
        case list() | tuple():
            for number, each in enumerate(value):
                yield from _below(each, f"{place}[{number}]", is_to=is_to)
        case str() if is_to:
            yield place, value


def _unknown(place: str, match: Match, registry: Registry) -> Iterator[str]:
    known = {instance.name for instance in registry.instances()}
    for name in match.instance:
        if name not in known and not _WILDCARDS & set(name):
            yield f"{place}: there is no plugin {name!r}; {did_you_mean(name, known)}"
