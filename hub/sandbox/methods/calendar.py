"""`calendar.accessibility.get`: who is away."""

from datetime import timedelta

from hub.sandbox.model import Json
from hub.sandbox.parameters import array, string
from hub.sandbox.registry import Invocation, method

_DATE = "%d.%m.%Y"


@method(
    "calendar.accessibility.get",
    array("users", missing="100"),
    string("from", missing="100"),
    string("to", missing="100"),
    scope="calendar",
)
def accessibility(call: Invocation) -> Json:
    found: Json = {}
    for user in call.params["users"]:
        person = call.portal.people.get(int(user))
        until = person.absent_until if person else None
        if until is None or until.date().isoformat() < call.params["from"]:
            found[str(user)] = []
            continue
        since = until - timedelta(days=14)
        found[str(user)] = [
            {
                "ID": "1213",
                "NAME": "Отпуск",
                "DATE_FROM": since.strftime(_DATE),
                "DATE_TO": until.strftime(_DATE),
                "DATE_FROM_TS_UTC": str(int(since.timestamp())),
                "DATE_TO_TS_UTC": str(int(until.timestamp())),
                "~USER_OFFSET_FROM": 0,
                "~USER_OFFSET_TO": 0,
                "DT_SKIP_TIME": "Y",
                "TZ_FROM": "Europe/Moscow",
                "TZ_TO": "Europe/Moscow",
                "ACCESSIBILITY": "absent",
                "IMPORTANCE": "normal",
                "EVENT_TYPE": "",
            }
        ]
    return found
