"""People, structure and CRM dictionaries, from the portal and from the cache."""

import json
from datetime import timedelta

import httpx
import pytest

from hub.bitrix24 import (
    Cached,
    Currency,
    Department,
    Directory,
    MemoryCache,
    PortalUser,
    Reads,
    Stage,
)
from hub.bitrix24.errors import AccessRefused, CredentialsDead, NotFound, Unreachable

DOWN = httpx.ConnectError("refused")


class JsonCache:
    """Keeps values as a database would: as JSON text, with a clock of the test."""

    def __init__(self, clock) -> None:
        self.clock = clock
        self.rows: dict[str, tuple[float, str]] = {}

    def get(self, key: str) -> Cached | None:
        if key not in self.rows:
            return None
        at, value = self.rows[key]
        return Cached(json.loads(value), timedelta(seconds=self.clock() - at))

    def put(self, key: str, value: object) -> None:
        self.rows[key] = (self.clock(), json.dumps(value))


@pytest.fixture(params=["memory", "json"])
def cache(request, clock):
    return MemoryCache(clock=clock) if request.param == "memory" else JsonCache(clock)


@pytest.fixture
def directory(client, cache):
    return Directory(Reads(client), cache)


def person(user_id: str, **changes: object) -> dict:
    row = {
        "ID": user_id,
        "ACTIVE": True,
        "NAME": "Vera",
        "LAST_NAME": "Sample",
        "EMAIL": f"user{user_id}@portal.example",
        "TIME_ZONE": "Europe/Berlin",
        "TIMESTAMP_X": {},
        "UF_DEPARTMENT": [7],
        "WORK_POSITION": "Manager",
    }
    return row | changes


def people(*rows: dict):
    """Answer user.get as a portal does: by id, address or department."""

    def answer(params):
        wanted = params["FILTER"]
        fits = {
            "ID": lambda row: row["ID"],
            "EMAIL": lambda row: row["EMAIL"],
        }
        if "UF_DEPARTMENT" in wanted:
            return [row for row in rows if int(wanted["UF_DEPARTMENT"]) in row["UF_DEPARTMENT"]]
        ((field, value),) = wanted.items()
        return [row for row in rows if fits[field](row) == value]

    return answer


def structure(*rows: tuple) -> list[dict]:
    """Departments as (id, parent, head)."""
    return [
        {"ID": str(number), "NAME": f"D{number}", "SORT": 500}
        | ({"PARENT": str(parent)} if parent else {})
        | ({"UF_HEAD": str(head)} if head is not None else {})
        for number, parent, head in rows
    ]


def test_a_user_is_read_once_and_then_remembered(directory, portal):
    portal.answers["user.get"] = people(person("27"))

    first, second = directory.user("27"), directory.user("27")

    assert first == second
    assert first == PortalUser(
        id="27",
        name="Vera Sample",
        email="user27@portal.example",
        active=True,
        departments=("7",),
        time_zone="Europe/Berlin",
        position="Manager",
    )
    assert len(portal.requests) == 1


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"ACTIVE": False}, "active", False),
        ({"ACTIVE": "N"}, "active", False),
        ({"ACTIVE": "Y"}, "active", True),
        ({"UF_DEPARTMENT": False}, "departments", ()),
        ({"UF_DEPARTMENT": [7, 9]}, "departments", ("7", "9")),
        ({"TIME_ZONE": ""}, "time_zone", ""),
        ({"NAME": "", "LAST_NAME": ""}, "name", "user27@portal.example"),
        ({"NAME": "", "LAST_NAME": "", "EMAIL": ""}, "name", "user 27"),
        ({"NAME": "Vera", "LAST_NAME": None}, "name", "Vera"),
    ],
)
def test_odd_rows_of_users_are_read(changes, field, expected):
    assert getattr(PortalUser.of(person("27", **changes)), field) == expected


def test_people_are_read_together_and_only_those_who_are_not_known(directory, portal):
    portal.answers["user.get"] = people(*(person(str(number)) for number in range(1, 81)))
    directory.user("7")
    portal.requests.clear()

    found = directory.users([*map(str, range(1, 81)), "7", "999"])

    assert list(found) == ["7", *(str(number) for number in range(1, 81) if number != 7)]
    assert portal.methods == ["batch", "batch"]
    portal.requests.clear()
    assert (directory.users(["1", "80"]).keys(), portal.methods) == ({"1", "80"}, [])


def test_people_who_are_known_from_before_do_while_the_portal_is_silent(directory, portal, clock):
    portal.answers["user.get"] = people(person("27"), person("31"))
    directory.users(["27", "31"])
    clock.now += 3600
    portal.answers["batch"] = portal.answers["user.get"] = DOWN

    assert directory.users(["27", "31"]).keys() == {"27", "31"}
    with pytest.raises(Unreachable):
        directory.users(["27", "33"])


def test_an_unknown_user_is_not_found(directory, portal):
    portal.answers["user.get"] = []

    with pytest.raises(NotFound, match="'27'"):
        directory.user("27")


def test_an_ignored_filter_does_not_make_somebody_else_the_user(directory, portal):
    portal.answers["user.get"] = [person("1"), person("2")]

    with pytest.raises(NotFound):
        directory.user("27")
    with pytest.raises(NotFound):
        directory.user_by_email("vera@portal.example")
    assert directory.users_of_department("5") == ()


def test_people_are_read_again_after_ten_minutes(directory, portal, clock):
    portal.answers["user.get"] = people(person("27"))
    directory.user("27")
    clock.now += 601
    portal.answers["user.get"] = people(person("27", ACTIVE=False))

    assert directory.user("27").active is False


@pytest.mark.parametrize(
    "trouble",
    [DOWN, httpx.ReadTimeout("slow"), httpx.Response(401, json={"error": "INVALID_CREDENTIALS"})],
    ids=["unreachable", "unknown", "credentials"],
)
def test_while_the_portal_is_silent_a_week_old_entry_is_used(directory, portal, clock, trouble):
    portal.answers["user.get"] = people(person("27"))
    directory.user("27")
    portal.answers["user.get"] = trouble

    clock.now += 6 * 86400
    assert directory.user("27").id == "27"


def test_an_older_entry_is_not_used(directory, portal, clock):
    portal.answers["user.get"] = people(person("27"))
    directory.user("27")
    portal.answers["user.get"] = DOWN

    clock.now += 8 * 86400
    with pytest.raises(Unreachable):
        directory.user("27")


def test_without_an_entry_the_portals_error_is_raised(directory, portal):
    portal.answers["user.get"] = httpx.Response(401, json={"error": "INVALID_CREDENTIALS"})

    with pytest.raises(CredentialsDead):
        directory.user("27")


def test_a_portal_that_refuses_is_not_silent(directory, portal, clock, error):
    portal.answers["user.get"] = people(person("27"))
    directory.user("27")
    clock.now += 601
    portal.answers["user.get"] = error("insufficient_scope", status=403)

    with pytest.raises(AccessRefused):
        directory.user("27")


def test_an_entry_of_another_shape_is_read_anew(client, portal, clock):
    cache = JsonCache(clock)
    cache.put("user:27", {"name": "of another version"})
    portal.answers["user.get"] = people(person("27"))

    assert Directory(Reads(client), cache).user("27").name == "Vera Sample"


def test_a_user_is_found_by_address_whatever_its_case(directory, portal):
    portal.answers["user.get"] = [
        person("1", EMAIL="vera@portal.example", ACTIVE=False),
        person("2", EMAIL="Vera@Portal.example"),
    ]

    assert directory.user_by_email(" VERA@portal.example ").id == "2"


def test_only_active_people_belong_to_a_department(directory, portal):
    portal.answers["user.get"] = people(
        person("1"), person("2", ACTIVE=False), person("3", UF_DEPARTMENT=[9])
    )

    assert [user.id for user in directory.users_of_department("7")] == ["1"]


def test_a_department_with_those_below_is_read_in_one_request(directory, portal):
    portal.answers["department.get"] = structure((1, None, None), (7, 1, None), (8, 7, None), (9, 1, None))
    portal.answers["user.get"] = people(
        person("1", UF_DEPARTMENT=[7, 8]), person("2", UF_DEPARTMENT=[8]), person("3", UF_DEPARTMENT=[9])
    )

    found = directory.users_of_department("7", recursive=True)

    assert sorted(user.id for user in found) == ["1", "2"]
    assert portal.methods == ["department.get", "batch"]


def test_a_large_department_is_read_page_by_page(directory, portal):
    def answer(params):
        start = int(params.get("start", 0))
        rows = [person(str(n)) for n in range(start, min(start + 50, 70))]
        return httpx.Response(200, json={"result": rows, "total": 70} | ({"next": 50} if start == 0 else {}))

    portal.answers["user.get"] = answer

    assert len(directory.users_of_department("7")) == 70


def test_departments_have_parents_and_heads(directory, portal):
    portal.answers["department.get"] = [
        {"ID": "1", "NAME": "R&amp;D", "UF_HEAD": "0"},
        {"ID": "7", "NAME": "Sales", "PARENT": "1", "UF_HEAD": 31},
    ]

    assert directory.departments() == (
        Department(id="1", name="R&D"),
        Department(id="7", name="Sales", parent="1", head="31"),
    )
    assert directory.department("7").name == "Sales"


def test_an_unknown_department_makes_the_table_be_read_once_more(directory, portal, clock):
    portal.answers["department.get"] = structure((1, None, None))
    directory.departments()
    clock.now += 120
    portal.answers["department.get"] = structure((1, None, None), (2, 1, None))

    assert directory.department("2").id == "2"

    for _ in range(3):
        with pytest.raises(NotFound):
            directory.department("3")
    assert portal.methods == ["department.get"] * 2


def test_the_head_of_a_department_is_who_is_entered_there(directory, portal):
    portal.answers["department.get"] = structure((1, None, 5), (2, 1, None))
    portal.answers["user.get"] = people(person("5", ACTIVE=False))

    head = directory.head_of_department("1")
    assert head is not None
    assert head.id == "5"
    assert directory.head_of_department("2") is None


@pytest.mark.parametrize(
    ("departments", "of_user", "expected"),
    [
        ([(1, None, 10), (2, 1, 20)], [2], ["20"]),
        ([(1, None, 10), (2, 1, None)], [2], ["10"]),
        ([(1, None, 10), (2, 1, 27)], [2], ["10"]),
        ([(1, None, 10), (2, 1, 30)], [2], ["10"]),
        ([(1, None, 10), (2, 1, 99)], [2], ["10"]),
        ([(1, None, 10), (2, 1, 0)], [2], ["10"]),
        ([(1, None, 10), (2, 1, 27), (3, 2, None), (4, 3, 30)], [4], ["10"]),
        ([(1, None, 10), (2, 1, 20), (3, 1, 21)], [2, 3], ["20", "21"]),
        ([(1, None, 10), (2, 1, 20), (3, 1, 20)], [2, 3], ["20"]),
        ([(1, None, 27), (2, 1, 20)], [1], []),
        ([(1, None, None)], [1], []),
        ([(1, 2, None), (2, 1, 27)], [1], []),
        ([(1, 1, None)], [1], []),
        ([(1, None, 10)], [], []),
        ([(1, None, 10)], [8], []),
        ([(2, 5, None)], [2], []),
    ],
    ids=[
        "own-head",
        "no-head",
        "the-user-is-head",
        "head-inactive",
        "head-unknown",
        "head-zero",
        "several-levels-up",
        "two-departments",
        "two-departments-one-head",
        "top-of-the-company",
        "nobody-anywhere",
        "loop-of-two",
        "loop-of-one",
        "no-department",
        "department-gone",
        "parent-gone",
    ],
)
def test_the_supervisor_is_the_next_active_head_above(directory, portal, departments, of_user, expected):
    portal.answers["department.get"] = structure(*departments)
    portal.answers["user.get"] = people(
        person("27", UF_DEPARTMENT=of_user),
        *(person(user_id) for user_id in ("10", "20", "21")),
        person("30", ACTIVE=False),
    )

    assert [user.id for user in directory.supervisor_of("27")] == expected


STAGES = [
    {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "C1:WON", "NAME": "Won", "SORT": "60", "SEMANTICS": "S"},
    {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "C1:NEW", "NAME": "New", "SORT": "10", "SEMANTICS": None},
    {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "C1:LOSE", "NAME": "Lost", "SORT": "70", "SEMANTICS": "F"},
    {"ENTITY_ID": "STATUS", "STATUS_ID": "NEW", "NAME": "Other", "SORT": "1", "SEMANTICS": None},
]


def test_stages_come_in_order_with_their_meaning(directory, portal):
    portal.answers["crm.status.list"] = STAGES

    assert directory.stages("DEAL_STAGE_1") == (
        Stage(id="C1:NEW", name="New", semantics="P", sort=10),
        Stage(id="C1:WON", name="Won", semantics="S", sort=60),
        Stage(id="C1:LOSE", name="Lost", semantics="F", sort=70),
    )
    assert directory.stage("DEAL_STAGE_1", "C1:WON").semantics == "S"
    assert len(portal.requests) == 1


def test_a_currency_says_how_amounts_are_written(directory, portal):
    portal.answers["crm.currency.list"] = [
        {
            "CURRENCY": "EUR",
            "FULL_NAME": "Euro",
            "FORMAT_STRING": "# &euro;",
            "DEC_POINT": ",",
            "THOUSANDS_SEP": "&nbsp;",
            "DECIMALS": "2",
            "BASE": "Y",
        },
        {"CURRENCY": "JPY", "FORMAT_STRING": "", "DEC_POINT": None, "THOUSANDS_SEP": None, "DECIMALS": 0},
    ]

    assert directory.currency("EUR") == Currency(
        code="EUR",
        name="Euro",
        template="# €",
        decimal_point=",",
        thousands_separator="\u00a0",
        decimals=2,
        base=True,
    )
    assert directory.currency("JPY") == Currency(code="JPY", decimals=0)
    with pytest.raises(NotFound):
        directory.currency("XXX")


def test_the_least_recently_used_values_are_forgotten_first(clock):
    cache = MemoryCache(2, clock=clock)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)

    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]
