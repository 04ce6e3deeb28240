"""``/lang``: the language in which the bot writes to a dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hub.pipeline.act.refusal import Refused
from hub.pipeline.chat.place import check_may_change
from hub.plugin import Command, CommandCall, Reply, Who
from hub.storage.preferences import Preferences

#: Said in the language that was chosen, whatever another process still believes.
_CHOSEN = {"en": "From now on I write in English here.", "ru": "Теперь я пишу здесь по-русски."}
_CHOICE = "English: /lang en\nРусский: /lang ru"


class LanguageChoice:
    """Keeps what the readers of a dialog choose."""

    def __init__(self, preferences: Preferences, is_admin: Callable[[str], bool]) -> None:
        self._preferences = preferences
        self._is_admin = is_admin

    def commands(self) -> Iterable[Command]:
        """Return ``/lang``."""
        yield Command(
            name="lang",
            summary="The language I write in",
            usage="en / ru",
            handler=self._lang,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )

    def _lang(self, call: CommandCall) -> Reply:
        language = call.text.strip().lower()
        if not language:
            return Reply(text=_CHOICE)
        if language not in _CHOSEN:
            raise Refused(_CHOICE, "that is no language of the hub")
        check_may_change(call, self._is_admin)
        self._preferences.choose_language(call.dialog, language)
        return Reply(text=_CHOSEN[language])
