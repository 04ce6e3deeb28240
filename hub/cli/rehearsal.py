"""What a rehearsal says, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from hub.cli.output import print_fields, remark

if TYPE_CHECKING:
    from hub.bitrix24 import OutgoingMessage
    from hub.pipeline.rehearse import Rehearsal, Told


def as_data(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    answer = rehearsal.answer
    return {
        "answer": answer
        and {"status": answer.status, "content_type": answer.content_type, "body": _body(answer.body)},
        "error": rehearsal.error or None,
        "ignored": rehearsal.ignored or None,
        "events": [event.model_dump(mode="json") for event in rehearsal.events],
        "notifications": [_told(told) for told in rehearsal.told],
    }


def show(rehearsal: Rehearsal) -> None:
    """Print it for people: the answer, the events, and each notification with the whole card."""
    answer = rehearsal.answer
    if answer is not None:
        body = _body(answer.body).strip()
        click.echo(f"answer {answer.status}" + (f" {body}" if body else ""))
    for event in rehearsal.events:
        click.echo(f"\nevent {event.event_id}")
        labels = [f"{key}={value}" for key, value in event.labels.items()]
        shown = event.model_dump(
            mode="json", include={"kind", "severity", "title", "text", "occurred_at", "url"}
        )
        print_fields({**{f"  {key}": value for key, value in shown.items()}, "  labels": labels})
    for told in rehearsal.told:
        notification = told.notification
        click.echo(f"\nnotification {notification.key}")
        print_fields(
            {
                "  kind": notification.kind,
                "  severity": notification.severity.value,
                "  suppressed": notification.suppressed,
                "  route": told.decision.reason,
                "  to": [f"{each.dialog} ({each.reason})" for each in told.resolution.recipients],
                "  problems": told.resolution.problems,
            }
        )
        click.echo("  card")
        for line in _card(told.message):
            click.echo(f"    {line}")
    for said in (rehearsal.error, rehearsal.ignored):
        if said:
            remark(said)


def _told(told: Told) -> dict[str, Any]:
    return {
        **told.notification.model_dump(mode="json"),
        "edits": [edit._asdict() for edit in told.edits],
        "route": told.decision.reason,
        "addresses": list(told.decision.addresses),
        "recipients": [
            {"dialog": each.dialog, "kind": each.kind, "id": each.id, "reason": each.reason}
            for each in told.resolution.recipients
        ],
        "problems": list(told.resolution.problems),
        "rendered": {
            "message": told.message.text,
            "attach": told.message.attach,
            "keyboard": list(told.message.keyboard),
        },
    }


def _card(message: OutgoingMessage) -> Iterator[str]:
    """Return the card line by line, in the portal's own markup: text, table, buttons."""
    yield from message.text.splitlines()
    blocks: Any = message.attach["BLOCKS"] if isinstance(message.attach, Mapping) else message.attach or ()
    for block in blocks:
        yield from str(block.get("MESSAGE", "")).splitlines()
        rows = block.get("GRID", ())
        width = max((len(row["NAME"]) for row in rows), default=0)
        yield from (f"{row['NAME'].ljust(width)}  {row['VALUE']}" for row in rows)
    for button in message.keyboard:
        if "TEXT" in button:
            yield f"[{button['TEXT']}]  {button.get('LINK', '')}".rstrip()


def _body(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode(errors="replace")
