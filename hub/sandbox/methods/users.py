"""People and departments: `user.*`, `im.user.get`, `department.get`, `im.department.managers.get`."""

from collections.abc import Callable
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.model import Department, Json, Person
from hub.sandbox.parameters import array, boolean, integer, mapping, string
from hub.sandbox.registry import Invocation, Page, method
from hub.sandbox.rows import page, sort_rows
from hub.sandbox.views import user_v1

_LISTING = (
    string("sort"),
    string("order"),
    boolean("ADMIN_MODE"),
    array("select"),
    string("IMAGE_RESIZE"),
    integer("start"),
)


@method("user.get", mapping("FILTER"), *_LISTING, integer("ID"), scope="user", ignore_case=True)
def get(call: Invocation) -> Page:
    found = list(call.portal.people)
    wanted = dict(call.get("FILTER", {}))
    if call.get("ID") is not None:
        wanted["ID"] = call.params["ID"]
    for name, value in wanted.items():
        test = _test(call, name.upper(), value)
        if test is not None:
            found = [person for person in found if test(person)]
    return _answer(call, found)


@method("user.search", mapping("FILTER"), *_LISTING, scope="user", ignore_case=True)
def search(call: Invocation) -> Page:
    wanted = call.get("FILTER", {})
    fields: dict[str, Callable[[Person], str]] = {
        "NAME": lambda person: person.first_name,
        "LAST_NAME": lambda person: person.last_name,
        "WORK_POSITION": lambda person: person.position,
        "FIND": lambda person: f"{person.name} {person.position} {person.email}",
    }
    found = [person for person in call.portal.people if person.active and not person.extranet]
    for name, value in wanted.items():
        read = fields.get(name.lstrip("%").upper())
        if read is None:
            call.warn(f"FILTER.{name} is not known and was ignored")
            continue
        found = [person for person in found if str(value).lower() in read(person).lower()]
    return _answer(call, found)


@method("user.current", scope="user", ignore_case=True)
def current(call: Invocation) -> Json:
    return user_row(call.portal.people[call.caller.user_id])


@method("im.user.get", integer("ID"), string("AVATAR_HR"), scope="im", ignore_case=True)
def im_user(call: Invocation) -> Json:
    user = call.portal.user(call.get("ID", call.caller.user_id))
    if user is None:
        raise RestError("USER_NOT_EXISTS", "User is not exists")
    return user_v1(user)


@method(
    "department.get",
    string("sort"),
    string("order"),
    *(integer(name) for name in ("SORT", "PARENT", "UF_HEAD", "START")),
    array("ID"),
    string("NAME"),
    scope="department",
    ignore_case=True,
)
def departments(call: Invocation) -> Page:
    rows = [_department(department) for department in call.portal.departments]
    for name in ("ID", "NAME", "PARENT", "UF_HEAD"):
        if (value := call.get(name)) is not None:
            allowed = {str(item) for item in (value if isinstance(value, list) else [value])}
            rows = [row for row in rows if str(row.get(name, "")) in allowed]
    return page(rows, call.get("START", 0), result=lambda part: part)


@method(
    "im.department.managers.get",
    array("ID", missing="INVALID_FORMAT"),
    string("USER_DATA"),
    scope="im",
    ignore_case=True,
)
def managers(call: Invocation) -> Json | list[Any]:
    found: Json = {}
    for department_id in call.params["ID"]:
        department = call.portal.departments.get(int(department_id))
        if department is not None:
            heads = [department.head] if department.head else []
            shown = [user_v1(call.portal.people[head]) for head in heads]
            found[str(department.id)] = shown if call.get("USER_DATA") == "Y" else heads
    return found or []


def user_row(person: Person) -> Json:
    """A person as `user.get` shows them."""
    return {
        "ID": str(person.id),
        "XML_ID": "",
        "ACTIVE": person.active,
        "NAME": person.first_name,
        "LAST_NAME": person.last_name,
        "SECOND_NAME": "",
        "EMAIL": person.email,
        "LAST_LOGIN": "2026-01-12T09:00:00+03:00",
        "DATE_REGISTER": "2024-07-15T00:00:00+03:00",
        "TIME_ZONE": person.time_zone,
        "IS_ONLINE": "N",
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": person.gender,
        "WORK_POSITION": person.position,
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": list(person.departments),
        "USER_TYPE": "extranet" if person.extranet else "employee",
    }


def _answer(call: Invocation, people: list[Person]) -> Page:
    rows = [user_row(person) for person in people]
    direction = call.get("order", "ASC")
    rows = sort_rows(rows, {call.get("sort", "ID"): direction})
    select = [str(name).upper() for name in call.get("select", [])]
    if select:
        rows = [{name: value for name, value in row.items() if name in {"ID", *select}} for row in rows]
    return page(rows, call.get("start", 0), result=lambda part: part)


def _test(call: Invocation, name: str, value: Any) -> Callable[[Person], bool] | None:
    values = {str(item).lower() for item in (value if isinstance(value, list) else [value])}
    match name.lstrip("@="):
        case "ID":
            return lambda person: str(person.id) in values
        case "ACTIVE":
            active = bool(values & {"true", "y", "1"})
            return lambda person: person.active is active
        case "EMAIL":
            return lambda person: person.email.lower() in values
        case "NAME":
            return lambda person: person.first_name.lower() in values
        case "LAST_NAME":
            return lambda person: person.last_name.lower() in values
        case "WORK_POSITION":
            return lambda person: person.position.lower() in values
        case "NAME_SEARCH":
            return lambda person: any(part in person.name.lower() for part in values)
        case "USER_TYPE":
            return lambda person: ("extranet" if person.extranet else "employee") in values
        case "UF_DEPARTMENT":
            return lambda person: any(str(department) in values for department in person.departments)
        case ">ID":
            lowest = max(int(item) for item in values)
            return lambda person: person.id > lowest
        case _:
            call.warn(f"FILTER.{name} is not known and was ignored")
            return None


def _department(department: Department) -> Json:
    row: Json = {"ID": str(department.id), "NAME": department.name, "SORT": 500}
    if department.parent is not None:
        row["PARENT"] = str(department.parent)
    if department.head is not None:
        row["UF_HEAD"] = str(department.head)
    return row
