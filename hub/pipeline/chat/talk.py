"""Small talk: text that is no command, the answer "No", and a comment that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable

from hub.pipeline.act.answers import DECLINE
from hub.pipeline.act.incoming import COMMENT, HINT
from hub.pipeline.act.refusal import Refused
from hub.plugin import Command, CommandCall, Reply, T, Who, lines


class Talk:
    """Answers where there is nothing to do."""

    def commands(self) -> Iterable[Command]:
        """Return ``/comment``, and what answers plain text and "No"."""
        yield Command(
            name=COMMENT,
            summary="Comment on a card",
            usage="text",
            handler=self._comment,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )
        yield Command(
            name=HINT, summary="Answer plain text", handler=self._hint, who=Who.ANYONE, idempotent=True
        )
        yield Command(name=DECLINE, summary="Do not do it", handler=self._decline, idempotent=True)

    def _comment(self, call: CommandCall) -> Reply:
        """Say why the comment went to no plugin; those that can take one get it instead of us."""
        if not call.text:
            raise Refused(T("Write the comment behind it: /comment text"), "there is no text")
        if call.notification is None:
            raise Refused(T("There is no card here to comment on."), "the dialog shows no card")
        raise Refused(T("This card takes no comments."), "its plugin has no command 'comment'")

    def _hint(self, call: CommandCall) -> Reply:
        return Reply(text=T("I only understand commands; /help lists them."))

    def _decline(self, call: CommandCall) -> Reply:
        if call.notification is None:
            return Reply()
        question = call.notification
        settled = {"actions": (), "text": lines(question.text, T("Not done."))}
        return Reply(notification=question.model_copy(update=settled))
