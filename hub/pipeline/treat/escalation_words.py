"""What a card says of its escalation: who was told when, and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.bitrix24.dialogs import is_person
from hub.pipeline.folding_words import HUB
from hub.pipeline.treat.watching import Told, Watch
from hub.plugin import Action, Moment, Notification, Person, ProblemState, T, Value, field, lines

#: The built-in command behind the button, and the arguments that name what it stops. A plugin whose cards have a
#: command of this name has such a button of its own.
ACKNOWLEDGE = "acknowledge"
WATCH, BEGAN = "watch", "began"

_COMMAND = f"{HUB}:{ACKNOWLEDGE}"
_TOLD, _DONE = T("Told"), T("Acknowledged")
_MOST_NAMES = 5


def with_words(
    notification: Notification, id: str, watch: Watch, person: Callable[[str], Person]
) -> Notification:
    """Return the card with what is known now, in the place of what it said before.

    Where a card says itself by whom it is acknowledged, or has a button of its own for it, the hub adds none.
    """
    says_it = notification.problem is ProblemState.ACKNOWLEDGED
    ours = (_TOLD,) if says_it else (_TOLD, _DONE)
    fields = tuple(row for row in notification.fields if row.name not in ours)
    actions = tuple(action for action in notification.actions if action.command != _COMMAND)
    if len(watch.told) > 1:
        fields += (field(_TOLD, lines(*(_line(told, person) for told in watch.told))),)
    if watch.goes_on and not any(action.command == ACKNOWLEDGE for action in actions):
        args = {WATCH: id, BEGAN: watch.beginning.at.isoformat()}
        button = Action(label=T("Acknowledge"), command=_COMMAND, args=args, style="primary")
        actions = (button, *actions)
    if (done := watch.acknowledged) and done.by and all(row.name != _DONE for row in fields):
        said = T("{who}, {when}", who=person(done.by), when=Moment(at=done.at))
        fields += (field(_DONE, said),)
    return notification.model_copy(update={"fields": fields, "actions": actions})


def _line(told: Told, person: Callable[[str], Person]) -> Value:
    names: list[Value] = list(_names(told, person))
    if len(names) == 1:
        return T("{when}: {who}", when=Moment(at=told.at), who=names[0])
    return lines(T("{when}:", when=Moment(at=told.at)), *names)


def _names(told: Told, person: Callable[[str], Person]) -> Iterator[Value]:
    for dialog in told.dialogs[:_MOST_NAMES]:
        yield person(dialog) if is_person(dialog) else T("chat {number}", number=dialog.removeprefix("chat"))
    if (more := len(told.dialogs) - _MOST_NAMES) > 0:
        yield T("… and {n} more", "… and {n} more", n=more)
