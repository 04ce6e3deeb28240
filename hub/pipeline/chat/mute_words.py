"""What somebody wrote behind ``/mute``, and what they are told of their mutes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from hub.pipeline.act.refusal import Refused
from hub.pipeline.muting import ALL
from hub.plugin import Moment, Person, T, Value, Words
from hub.settings import parse_duration
from hub.storage.chat_tables import Mute

_LONGEST = timedelta(days=30)
_CRITICAL = "critical"
_MOST_CHARACTERS = 100
#: Characters of a duration; Python itself reads no number of thousands of digits.
_MOST_OF_A_DURATION = 20


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to be muted."""

    length: timedelta
    what: str
    critical: bool


def read_wish(text: str, sources: Collection[str]) -> Wish:
    """Read ``2h``, ``2h zabbix``, ``1d crm.lead.* critical``.

    Args:
        sources: the instances there are; a word that cannot be a kind has to be one of them.

    Raises:
        Refused: it is anything else.
    """
    duration, *words = text.lower().split()
    critical = words[-1:] == [_CRITICAL]
    words = words[:-1] if critical else words
    if len(words) > 1:
        raise Refused(how(), "more was typed than a duration, a source or kind, and 'critical'")
    return Wish(length=_length(duration), what=_what(words[0], sources) if words else ALL, critical=critical)


def how() -> Words:
    """Return how muting works."""
    return T(
        "/mute 2h mutes everything for two hours, /mute 1d name only one source, /mute 30m crm.lead.* one kind of"
        " message. Put the word critical behind it to mute what is critical, too. /unmute ends it."
    )


def begun(mute: Mute) -> Words:
    """Return what it means that *mute* has begun."""
    values: dict[str, Value] = {"what": _named(mute.what), "until": Moment(at=mute.until)}
    if mute.critical:
        return T(
            "Muted until {until}: {what}, what is critical, too. Answers, and changes of cards that are shown, go on.",
            **values,
        )
    return T(
        "Muted until {until}: {what}. What is critical comes nevertheless; answers, and changes of cards that are"
        " shown, go on.",
        **values,
    )


def listed(mutes: Sequence[Mute], person: Callable[[str], Person] | None) -> Iterator[Value]:
    """Return one line for each mute.

    Args:
        person: somebody by user id, where it is not clear who muted.
    """
    if not mutes:
        yield T("Nothing is muted here.")
    for mute in mutes:
        values: dict[str, Value] = {"what": _named(mute.what), "until": Moment(at=mute.until)}
        if mute.critical:
            line = T("Muted until {until}: {what}, what is critical, too.", **values)
        else:
            line = T("Muted until {until}: {what}.", **values)
        yield line if person is None else T("{line} ({who})", line=line, who=person(mute.actor))


def ended(what: str) -> Words:
    """Return what it means that a mute has ended, or with :data:`ALL` all of them."""
    return T("No longer muted: {what}. What came meanwhile is not sent.", what=_named(what))


def _what(what: str, sources: Collection[str]) -> str:
    if len(what) > _MOST_CHARACTERS:
        raise Refused(T("That is too long to be a source or a kind."), f"{len(what)} characters")
    if what in sources or "." in what or "*" in what:
        return what
    reason = "there is no such source"
    near = get_close_matches(what, sources, n=1)
    if near:
        raise Refused(T("There is no source {what}; did you mean {near}?", what=what, near=near[0]), reason)
    names = ", ".join(sorted(sources))
    raise Refused(T("There is no source {what}; there are: {names}.", what=what, names=names), reason)


def _named(what: str) -> Value:
    return T("everything") if what == ALL else what


def _length(word: str) -> timedelta:
    try:
        length = parse_duration(word if len(word) <= _MOST_OF_A_DURATION else "")
    except ValueError as exc:
        raise Refused(how(), "the first word is no duration") from exc
    if length > _LONGEST:
        raise Refused(T("At most 30 days can be muted."), f"{length} is longer than {_LONGEST}")
    return length
