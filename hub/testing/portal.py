"""A portal for plugin tests: people and departments in dictionaries, answers by method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import JsonValue

from hub.plugin import PermanentFailure, RetryLater

Params = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class FakeUser:
    """An employee."""

    id: str
    name: str
    email: str = ""
    active: bool = True
    departments: tuple[str, ...] = ()
    time_zone: str = ""


@dataclass(frozen=True, kw_only=True)
class FakeDepartment:
    """A department; ``head`` is a user id or empty, ``parent`` empty at the root."""

    id: str
    name: str
    head: str = ""
    parent: str = ""


@dataclass(frozen=True, kw_only=True)
class FakeStage:
    """A stage of leads or deals."""

    id: str
    name: str
    semantics: str = "P"


@dataclass(frozen=True, kw_only=True)
class FakeCurrency:
    """A currency written as ``1250.50 RUB``."""

    code: str

    def format(self, amount: Decimal) -> str:
        """Return the amount with the currency's code."""
        return f"{amount} {self.code}"


class FakePortal:
    """A ``Portal`` for tests.

    Attributes:
        answers: what ``call`` returns (or ``list`` yields) for a method: a value, or a function of the
            parameters.
        calls: every method that was called, with its parameters, in order.
        is_away: while true everything raises ``RetryLater``.
        chats: numbers of the chats that the settings name.
    """

    def __init__(self, address: str = "https://portal.example") -> None:
        self.address = address
        self.answers: dict[str, JsonValue | Callable[[Params], JsonValue]] = {}
        self.calls: list[tuple[str, Params]] = []
        self.is_away = False
        self.chats: dict[str, str] = {}
        self._users: dict[str, FakeUser] = {}
        self._departments: dict[str, FakeDepartment] = {}
        self._stages: dict[str, dict[str, FakeStage]] = {}

    def add(self, *things: FakeUser | FakeDepartment) -> None:
        """Put people and departments into the portal; one with the same id is replaced."""
        for thing in things:
            if isinstance(thing, FakeUser):
                self._users[thing.id] = thing
            else:
                self._departments[thing.id] = thing

    def add_stages(self, entity: str, *stages: FakeStage) -> None:
        """Set the stages of ``STATUS``, ``DEAL_STAGE`` or ``DEAL_STAGE_{funnel}``."""
        self._stages[entity] = {stage.id: stage for stage in stages}

    def call(self, method: str, params: Params | None = None) -> JsonValue:
        """Return the prepared answer of *method*.

        Raises:
            PermanentFailure: none was prepared.
        """
        self._reach()
        self.calls.append((method, params or {}))
        if method not in self.answers:
            raise PermanentFailure(f"no answer prepared; set portal.answers[{method!r}]")
        answer = self.answers[method]
        return answer(params or {}) if callable(answer) else answer

    def many(self, method: str, each: Sequence[Params]) -> Sequence[JsonValue | PermanentFailure]:
        """Return the prepared answer of *method* for each of the parameters."""
        return [self._result(method, params) for params in each]

    def call_v3(self, method: str, params: Params | None = None, *, idempotency_key: str) -> JsonValue:
        """Return the prepared answer of *method*, as ``call`` does."""
        return self.call(method, params)

    def list(
        self, method: str, params: Params | None = None, *, key: str = "ID"
    ) -> Iterator[Mapping[str, JsonValue]]:
        """Yield the rows of the prepared answer in ascending order of *key*."""
        rows = self.call(method, params)
        if not isinstance(rows, list):
            raise TypeError(f"portal.answers[{method!r}] must be a list of rows")
        found = [row for row in rows if isinstance(row, dict)]
        yield from sorted(found, key=lambda row: int(str(row[key])))

    def user(self, id: str) -> FakeUser:
        """Return a person.

        Raises:
            PermanentFailure: there is no such person.
        """
        self._reach()
        if id not in self._users:
            raise PermanentFailure(f"user {id} does not exist")
        return self._users[id]

    def users(self, ids: Iterable[str]) -> Mapping[str, FakeUser]:
        """Return those of the people who were added."""
        self._reach()
        return {id: self._users[id] for id in ids if id in self._users}

    def user_by_email(self, email: str) -> FakeUser | None:
        """Return the person with this address, in any case of letters."""
        self._reach()
        return next((user for user in self._users.values() if user.email.lower() == email.lower()), None)

    def department(self, id: str) -> FakeDepartment:
        """Return a department.

        Raises:
            PermanentFailure: there is no such department.
        """
        self._reach()
        if id not in self._departments:
            raise PermanentFailure(f"department {id} does not exist")
        return self._departments[id]

    def members(self, department: str) -> Sequence[FakeUser]:
        """Return the active people of a department and those below it."""
        inside = {self.department(department).id}
        while below := {d.id for d in self._departments.values() if d.parent in inside} - inside:
            inside |= below
        return [user for user in self._users.values() if user.active and inside & set(user.departments)]

    def head(self, department: str) -> FakeUser | None:
        """Return the active head of exactly this department, or ``None``."""
        head = self._users.get(self.department(department).head)
        return head if head and head.active else None

    def supervisor(self, user: str) -> FakeUser | None:
        """Return the head of the user's department, going up while that is empty, inactive or the user."""
        heads = (self._head(department, other_than=user) for department in self.user(user).departments)
        return next((head for head in heads if head), None)

    def named_chat(self, name: str) -> str:
        """Return the number under which the chat stands in ``chats``.

        Raises:
            PermanentFailure: it does not.
        """
        self._reach()
        if name not in self.chats:
            known = ", ".join(sorted(self.chats)) or "none"
            raise PermanentFailure(
                f"'chat:{name}' cannot be resolved: the settings name no such chat, only: {known}; a chat that the"
                " portal has already is written by its number, for example 'chat:1157'"
            )
        return self.chats[name]

    def stages(self, entity: str) -> Mapping[str, FakeStage]:
        """Return the stages that were added for *entity*."""
        self._reach()
        return self._stages.get(entity, {})

    def stage(self, entity: str, id: str) -> FakeStage:
        """Return one of the stages that were added for *entity*.

        Raises:
            PermanentFailure: it was not added.
        """
        if id not in self.stages(entity):
            raise PermanentFailure(f"there is no stage {id} of {entity}")
        return self._stages[entity][id]

    def currency(self, code: str) -> FakeCurrency:
        """Return how to write amounts of a currency: with its code."""
        self._reach()
        return FakeCurrency(code=code)

    def url(self, path: str) -> str:
        """Return the absolute address of a portal-relative *path*."""
        return f"{self.address}/{path.lstrip('/')}"

    def _head(self, department: str, *, other_than: str) -> FakeUser | None:
        while department:
            here = self.department(department)
            head = self._users.get(here.head)
            if head and head.active and head.id != other_than:
                return head
            department = here.parent
        return None

    def _result(self, method: str, params: Params) -> JsonValue | PermanentFailure:
        try:
            return self.call(method, params)
        except PermanentFailure as exc:
            return exc

    def _reach(self) -> None:
        if self.is_away:
            raise RetryLater("the portal cannot be reached")
