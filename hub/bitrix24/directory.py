"""People, departments, stages and currencies of the portal, remembered for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from hub.bitrix24.cache import Cache, MemoryCache
from hub.bitrix24.calls import Call
from hub.bitrix24.errors import NotFound
from hub.bitrix24.reads import Reads
from hub.bitrix24.records import Currency, Department, PortalUser, Stage
from hub.bitrix24.remembered import Remembered

PEOPLE_FRESH = timedelta(minutes=10)
STRUCTURE_FRESH = timedelta(hours=1)

_USER = TypeAdapter(PortalUser)
_USERS = TypeAdapter(tuple[PortalUser, ...])
_DEPARTMENTS = TypeAdapter(tuple[Department, ...])
_STAGES = TypeAdapter(tuple[Stage, ...])
_CURRENCIES = TypeAdapter(tuple[Currency, ...])


class Directory:
    """Looks things up, from the cache while it is fresh.

    People stay fresh for 10 minutes, everything else for an hour. While the portal gives no
    answer, older entries are used, up to 7 days; without one the portal's error is raised. What
    does not exist raises `NotFound`.
    """

    def __init__(
        self, reads: Reads, cache: Cache | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reads = reads
        self._remembered = Remembered(cache or MemoryCache(), clock)

    def user(self, user_id: str) -> PortalUser:
        """Return a person, active or not."""

        def load() -> PortalUser:
            # checked again here and below: a filter that is not understood returns everybody
            for row in self._reads.list("user.get", {"FILTER": {"ID": user_id}}):
                if str(row.get("ID")) == user_id:
                    return PortalUser.of(row)
            raise NotFound(f"there is no user {user_id!r} in the portal", method="user.get")

        return self._remembered.value(f"user:{user_id}", PEOPLE_FRESH, _USER, load)

    def users(self, user_ids: Iterable[str]) -> Mapping[str, PortalUser]:
        """Return people, active or not, by id, those who are not known asked for together; strangers are left out."""

        def load(keys: Sequence[str]) -> Mapping[str, PortalUser]:
            wanted = [key.removeprefix("user:") for key in keys]
            answers = self._reads.many([Call("user.get", {"FILTER": {"ID": each}}) for each in wanted])
            rows = [row for answer in answers for row in answer.result if str(row.get("ID")) in wanted]
            return {f"user:{user.id}": user for user in map(PortalUser.of, rows)}

        keys = [f"user:{each}" for each in dict.fromkeys(user_ids)]
        found = self._remembered.values(keys, PEOPLE_FRESH, _USER, load)
        return {user.id: user for user in found.values()}

    def user_by_email(self, email: str) -> PortalUser:
        """Return the person with this address, an active one where several have it."""
        wanted = email.strip().casefold()

        def load() -> PortalUser:
            rows = self._reads.list("user.get", {"FILTER": {"EMAIL": email.strip()}})
            found = [user for user in map(PortalUser.of, rows) if user.email.casefold() == wanted]
            if not found:
                raise NotFound("no user of the portal has this e-mail address", method="user.get")
            return next((user for user in found if user.active), found[0])

        return self._remembered.value(f"email:{wanted}", PEOPLE_FRESH, _USER, load)

    def users_of_department(self, department_id: str, *, recursive: bool = False) -> tuple[PortalUser, ...]:
        """Return the active people of a department, with *recursive* those of all below it too."""
        wanted = [*self._downwards(department_id)] if recursive else [department_id]

        def load() -> tuple[PortalUser, ...]:
            people = {user.id: user for user in map(PortalUser.of, self._members(wanted))}
            return tuple(user for user in people.values() if user.active and {*wanted} & {*user.departments})

        key = f"people:{department_id}:{'all' if recursive else 'own'}"
        return self._remembered.value(key, PEOPLE_FRESH, _USERS, load)

    def departments(self) -> tuple[Department, ...]:
        """Return all departments."""
        return self._remembered.value("departments", STRUCTURE_FRESH, _DEPARTMENTS, self._load_departments)

    def department(self, department_id: str) -> Department:
        """Return one department."""
        return self._remembered.row(
            "departments",
            STRUCTURE_FRESH,
            _DEPARTMENTS,
            self._load_departments,
            lambda department: department.id == department_id,
        )

    def head_of_department(self, department_id: str) -> PortalUser | None:
        """Return who heads exactly this department, active or not; None when nobody does."""
        head = self.department(department_id).head
        return self.user(head) if head else None

    def supervisor_of(self, user_id: str) -> tuple[PortalUser, ...]:
        """Return the heads above a person: one for each of the person's departments, each once.

        Where the head is missing, inactive or the person, the department above counts; a person
        with nobody above gets nobody.
        """
        found: dict[str, PortalUser] = {}
        for department_id in self.user(user_id).departments:
            heads = map(self._active_head, self._upwards(department_id))
            above = next((head for head in heads if head is not None and head.id != user_id), None)
            if above is not None:
                found[above.id] = above
        return tuple(found.values())

    def stages(self, entity_id: str) -> tuple[Stage, ...]:
        """Return the stages of ``DEAL_STAGE``, ``DEAL_STAGE_5``, ``STATUS`` (leads) and so on, in order."""
        load = self._load_stages(entity_id)
        return self._remembered.value(f"stages:{entity_id}", STRUCTURE_FRESH, _STAGES, load)

    def stage(self, entity_id: str, stage_id: str) -> Stage:
        """Return one stage, e.g. ``C5:WON`` of ``DEAL_STAGE_5``."""
        load = self._load_stages(entity_id)
        return self._remembered.row(
            f"stages:{entity_id}", STRUCTURE_FRESH, _STAGES, load, lambda stage: stage.id == stage_id
        )

    def currency(self, code: str) -> Currency:
        """Return how a currency is written, e.g. ``EUR``."""
        return self._remembered.row(
            "currencies",
            STRUCTURE_FRESH,
            _CURRENCIES,
            self._load_currencies,
            lambda currency: currency.code == code,
        )

    def _load_departments(self) -> tuple[Department, ...]:
        return tuple(map(Department.of, self._reads.list("department.get")))

    def _load_stages(self, entity_id: str) -> Callable[[], tuple[Stage, ...]]:
        def load() -> tuple[Stage, ...]:
            rows = self._reads.list("crm.status.list", {"filter": {"ENTITY_ID": entity_id}})
            stages = [Stage.of(row) for row in rows if row.get("ENTITY_ID") == entity_id]
            return tuple(sorted(stages, key=lambda stage: stage.sort))

        return load

    def _load_currencies(self) -> tuple[Currency, ...]:
        return tuple(map(Currency.of, self._reads.list("crm.currency.list")))

    def _members(self, department_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        pages = [Call("user.get", {"FILTER": {"UF_DEPARTMENT": each}}) for each in department_ids]
        while pages:
            answers = self._reads.many(pages)
            for answer in answers:
                yield from answer.result
            pages = [
                Call(page.method, {**page.params, "start": answer.next})
                for page, answer in zip(pages, answers, strict=True)
                if answer.next is not None
            ]

    def _downwards(self, department_id: str) -> Iterator[str]:
        departments = self.departments()
        seen: set[str] = set()
        waiting = [department_id]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                yield current
                waiting += [department.id for department in departments if department.parent == current]

    def _upwards(self, department_id: str) -> Iterator[Department]:
        departments = {department.id: department for department in self.departments()}
        while (department := departments.pop(department_id, None)) is not None:  # each once, so no loop
            yield department
            department_id = department.parent

    def _active_head(self, department: Department) -> PortalUser | None:
        if not department.head:
            return None
        try:
            head = self.user(department.head)
        except NotFound:
            return None
        return head if head.active else None
