"""Reading lists longer than a page.

Where a method can filter by its key, pages are asked for as "key above the last one seen, without
counting": that is fast and neither skips nor repeats rows that change meanwhile. Elsewhere pages
are asked for by offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hub.bitrix24.calls import Answer
from hub.bitrix24.errors import OutcomeUnknown, Refused

#: Rows per page; the portal fixes it.
PAGE = 50

#: Methods that take ``filter {">KEY": n}``, ``order {KEY: "ASC"}`` and ``start: -1``.
_BY_KEY = frozenset(
    {
        "crm.activity.list",
        "crm.company.list",
        "crm.contact.list",
        "crm.deal.list",
        "crm.item.list",
        "crm.lead.list",
        "crm.stagehistory.list",
    }
)

ReadPage = Callable[[str, Mapping[str, Any]], Answer]


def rows(read: ReadPage, method: str, params: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """Yield every row of a list method, asking for the next page when it is needed.

    Args:
        key: name of the numeric identifier in filter, order and rows. A filter ``>KEY`` in *params*
            says where to start. ``crm.item.list`` writes it in lower case.

    Raises:
        ValueError: *params* hold an order although the method is paged by key.
        PortalError: a page could not be read.
    """
    if method.lower() in _BY_KEY:
        return _by_key(read, method, params, "id" if method.lower() == "crm.item.list" else key)
    return _by_offset(read, method, params)


def _by_key(read: ReadPage, method: str, params: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    above = f">{key}"
    wanted = dict(params.get("filter") or {})
    if params.get("order"):
        raise ValueError(f"{method} is read in the order of {key}, leave 'order' out")
    last = int(wanted.get(above, 0))
    while True:
        page = _rows_of(method, read(method, _page_params(params, wanted | {above: last}, key)).result)
        for row in page:
            number = _number(method, row, key)
            if number <= last:
                # filters that a method does not know are ignored: without this check, for ever
                raise Refused(f"{method} does not keep to the filter {above!r}", method=method)
            last = number
            yield row
        if len(page) < PAGE:
            return


def _by_offset(read: ReadPage, method: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    start = "START" if method.lower() == "department.get" else "start"
    offset: int | None = 0
    while offset is not None:
        # not all of these methods know pages, so the first is asked for without a word about it
        answer = read(method, {**params, start: offset} if offset else params)
        yield from _rows_of(method, answer.result)
        offset = answer.next if answer.next is not None and answer.next > offset else None


def _page_params(params: Mapping[str, Any], wanted: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {**params, "filter": wanted, "order": {key: "ASC"}, "start": -1}


def _rows_of(method: str, result: object) -> Sequence[dict[str, Any]]:
    """Return the rows, which some methods wrap: ``{"items": […]}``, ``{"tasks": […]}``."""
    if isinstance(result, Mapping):
        result = next((value for value in result.values() if isinstance(value, list)), None)
    if not isinstance(result, list):
        raise OutcomeUnknown(f"{method}: an answer without rows", method=method)
    return result


def _number(method: str, row: Mapping[str, Any], key: str) -> int:
    try:
        return int(row[key])
    except (KeyError, TypeError, ValueError):
        raise Refused(f"{method}: a row without {key!r}, add it to 'select'", method=method) from None
