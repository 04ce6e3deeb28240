"""Schedules of ``[oncall.*]`` that are right in themselves and contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from hub.settings import OnCall, Settings, addresses, did_you_mean

_PEOPLE = ("user", "email", "head")


def conflicts(settings: Settings) -> Iterator[str]:
    """Return what never comes to pass, what contradicts itself, and addresses of schedules that do not exist."""
    for name, schedule in settings.oncall.items():
        place = f"oncall.{name}"
        yield from _layers(place, schedule)
        yield from _overrides(place, schedule)
        yield from _escalation(place, schedule)
    for place, address in addresses(settings):
        scheme, _, name = address.partition(":")
        if scheme == "oncall" and name.strip() not in settings.oncall:
            hint = f"; {did_you_mean(name.strip(), settings.oncall)}" if settings.oncall else ""
            yield f"{place}: there is no schedule {name!r}; write a table [oncall.{name}]{hint}"
        if place.startswith("oncall.") and ".escalation[" not in place and scheme not in _PEOPLE:
            yield f"{place}: is no person; write user:, email: or head:"


def _layers(place: str, schedule: OnCall) -> Iterator[str]:
    for (number, lower), (above, upper) in combinations(enumerate(schedule.layers), 2):
        begins = (upper.start.replace(tzinfo=None), lower.start.replace(tzinfo=None))
        if not upper.only and begins[0] <= begins[1]:
            yield (
                f"{place}.layers[{number}]: nobody of it is ever on call, because layers[{above}] wins at all times;"
                " give that one 'only', or put it first"
            )
            break


def _overrides(place: str, schedule: OnCall) -> Iterator[str]:
    for (number, one), (other, two) in combinations(enumerate(schedule.overrides), 2):
        if (one.starts.tzinfo is None) != (two.starts.tzinfo is None) or one.user == two.user:
            continue
        if one.starts < two.ends and two.starts < one.ends:
            yield (
                f"{place}.overrides[{other}]: overlaps overrides[{number}], which names somebody else;"
                " let one end where the other begins"
            )


def _escalation(place: str, schedule: OnCall) -> Iterator[str]:
    for number, (one, two) in enumerate(pairwise(schedule.escalation), start=1):
        if two.after <= one.after:
            yield f"{place}.escalation[{number}].after: must be later than the level before it"
