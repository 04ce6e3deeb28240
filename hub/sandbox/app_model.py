"""What the portal keeps about its local application and who subscribed to events."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hub.sandbox.model import Record


class Application(Record):
    """The installed local application; there is one at most."""

    user_id: int = Field(description="Who installed it.")
    application_token: str = Field(repr=False)
    version: int = 1
    finished: bool = Field(True, description="Off until the install page calls `BX24.installFinish()`.")


class Grant(BaseModel):
    """A token of the application, or a code that can be exchanged for a pair of them."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(repr=False)
    kind: Literal["access", "refresh", "code"]
    user_id: int
    expires_at: datetime


class Binding(Record):
    """A handler of the application for one event."""

    event: str
    handler: str
    auth_type: int = Field(0, description="User whose tokens come with the event; 0: whoever acted.")


class OutgoingWebhook(Record):
    """An outgoing webhook somebody made by hand."""

    url: str
    token: str = Field(repr=False)
    events: tuple[str, ...]
