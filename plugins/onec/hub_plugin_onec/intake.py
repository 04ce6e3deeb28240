"""From a call to items, one for each event of it, and the answer that 1C code can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import tzinfo

from hub.plugin import Answer, InboundRequest, InvalidPayload, Item, ItemOutcome, Receipt
from hub_plugin_onec.decode import read
from hub_plugin_onec.record import record_of

_MOST_EVENTS = 1000
_LONGEST_KEY = 500


def accept(request: InboundRequest, zone: tzinfo) -> Receipt:
    """Keep every event that can be read, and name those that cannot in the answer.

    Raises:
        InvalidPayload: not JSON (status 400), or no event in it can be read (status 422).
    """
    body = read(request)
    batch = body if isinstance(body, list) else [body]
    if not batch or len(batch) > _MOST_EVENTS:
        raise InvalidPayload(f"send 1 to {_MOST_EVENTS} events in a call", status=422)
    endpoint = request.path_params.get("endpoint", "")
    items: dict[str, Item] = {}
    errors: list[dict[str, str]] = []
    for place, raw in enumerate(batch):
        try:
            record = record_of(raw, zone)
        except InvalidPayload as exc:
            if len(batch) == 1:
                raise
            errors.append({"id": _name(raw, place), "message": str(exc)})
            continue
        thing = record.basis or record.number
        key = f"{endpoint}:{record.kind}:{record.id}"[-_LONGEST_KEY:]
        group = f"{endpoint}:{thing}"[:_LONGEST_KEY] if thing else None
        items.setdefault(key, Item(key=key, body=_written(raw), group=group))
    if not items:
        raise InvalidPayload(
            f"none of the {len(batch)} events can be read: {errors[0]['message']}", status=422
        )

    def answer(outcomes: Sequence[ItemOutcome]) -> Answer:
        duplicates = outcomes.count(ItemOutcome.DUPLICATE)
        accepted = len(outcomes) - duplicates
        return Answer.json({"accepted": accepted, "duplicates": duplicates, "errors": errors})

    return Receipt(items=tuple(items.values()), answer=answer)


def _name(raw: object, place: int) -> str:
    """Return what tells the event in an answer: its id, else its place in the batch."""
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:100] if isinstance(found, str) and found else f"#{place + 1}"


def _written(raw: object) -> bytes:
    try:
        return json.dumps(raw).encode()
    except RecursionError as exc:
        raise InvalidPayload("the event is nested too deeply") from exc
