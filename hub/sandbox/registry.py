"""What a REST method is, and the table of all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.sandbox.bot_events import BotEvents
from hub.sandbox.errors import RestError
from hub.sandbox.faults import Fault, Kind
from hub.sandbox.messenger import Messenger
from hub.sandbox.model import Json
from hub.sandbox.parameters import Parameter
from hub.sandbox.portal import Portal


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whose credentials a request carries."""

    user_id: int
    scopes: frozenset[str]
    key: str  # limits are counted per key
    application: str = ""  # client_id; empty: an incoming webhook calls


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One execution of a method. Handlers run with the portal's lock held."""

    portal: Portal
    messenger: Messenger
    events: BotEvents
    registry: "Registry"
    caller: Caller
    method: str
    params: dict[str, Any]
    warn: Callable[[str], None]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or *default* when absent or null."""
        value = self.params.get(name)
        return default if value is None else value

    def strike(self, kind: Kind) -> Fault | None:
        """Return the fault of *kind* that strikes this command."""
        dialogs = [str(self.params[name]) for name in ("dialogId", "DIALOG_ID") if self.params.get(name)]
        for name in ("messageId", "MESSAGE_ID"):
            message = self.portal.messages.get(self.params.get(name) or 0)
            dialogs += [message.dialog] if message is not None else []
        return self.portal.faults.strike(kind, methods=[self.method], dialogs=dialogs)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A result with `total` and `next` beside it."""

    result: Any
    total: int
    next: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one command came to: the body without `time`, and the times."""

    call_id: int
    status: int
    body: Json
    time: Json


Handler = Callable[[Invocation], Any]
Refusal = tuple[str, str, int]

#: What incoming webhooks get from methods that need an application.
WRONG_AUTH: Refusal = ("WRONG_AUTH_TYPE", "Current authorization type is denied for this method", 403)
NO_APPLICATION: Refusal = ("ACCESS_DENIED", "Application context required", 400)


@dataclass(frozen=True, kw_only=True)
class Method:
    """A REST method. `scope` empty: needs none; `refusal`: incoming webhooks always get it."""

    name: str
    scope: str
    parameters: tuple[Parameter, ...]
    ignore_case: bool
    handler: Handler
    refusal: Refusal | None = None


def method(
    name: str,
    *parameters: Parameter,
    scope: str = "",
    ignore_case: bool = False,
    refusal: Refusal | None = None,
) -> Callable[[Handler], Method]:
    """Turn a handler into the method *name* with these declared parameters."""

    def declare(handler: Handler) -> Method:
        return Method(
            name=name,
            scope=scope,
            parameters=parameters,
            ignore_case=ignore_case,
            handler=handler,
            refusal=refusal,
        )

    return declare


class Registry:
    """All methods by name, whatever its case."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._methods: Mapping[str, Method] = {method.name.lower(): method for method in methods}

    def find(self, name: str) -> Method:
        """Return the method called *name*.

        Raises:
            RestError: `ERROR_METHOD_NOT_FOUND`
        """
        found = self._methods.get(name.lower())
        if found is None:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", status=404)
        return found

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._methods

    def __iter__(self) -> Iterator[Method]:
        return iter(self._methods.values())
