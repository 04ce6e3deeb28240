"""How one sandbox is set up."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

#: Every scope the sandbox's methods know, which is what a fully ticked incoming webhook has.
ALL_SCOPES = frozenset({"im", "imbot", "crm", "task", "tasks", "user", "department", "calendar", "timeman"})


class Options(BaseModel):
    """Settings of one emulated portal; the defaults suit tests: no limits, nothing kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: str = Field("sandbox-secret", description="Secret of the incoming webhook.")
    webhook_user: int = Field(1, description="User the incoming webhook acts as.")
    scopes: frozenset[str] = Field(ALL_SCOPES, description="Scopes ticked on the incoming webhook.")
    client_id: str = Field("local.5a9db0c5a9db05.41893025", description="The local application's client_id.")
    client_secret: str = Field("sandbox-client-secret", repr=False, description="Its client_secret.")
    token_lifetime: float = Field(3600, gt=0, description="Seconds for which an access token works.")
    state_file: Path | None = Field(None, description="SQLite file that keeps the portal over restarts.")
    rate: float | None = Field(None, gt=0, description="Requests drained per second; none: no rate limit.")
    burst: int = Field(50, gt=0, description="Requests above the drain before 503.")
    operating: float | None = Field(
        None, gt=0, description="Seconds of execution per method and 10 minutes; none: no limit."
    )
    language: str = Field("ru", description="The portal's language, sent with bot events.")
    empty_chat_in_private_clicks: bool = Field(
        False, description='Deliver `"chat": []` for clicks in private dialogs, as older revisions do.'
    )
    private_join_events: bool = Field(
        False, description="Tell a bot of the first message of a private dialog as of joining a chat."
    )
    sparse_events: bool = Field(
        False, description="Leave everything out of bot events that the portal does not promise."
    )
    new_task_card: bool = Field(
        False, description="Comments of tasks are messages of the task's chat, as since tasks 25.700.0."
    )
    repeat_events: int = Field(1, ge=1, description="How often each event of CRM and tasks is posted.")
    merge_events: bool = Field(False, description="Drop an event that equals one that still waits.")
    reverse_events: bool = Field(False, description="Post the newest of the waiting events first.")
    idempotency: bool = Field(True, description="Honour `templateId`; off: a portal too old for it.")
    crm_items: bool = Field(
        True, description="Whether `crm.item.*` exists; portals that were not updated lack it."
    )
    bots_v2: bool = Field(True, description="Offer `imbot.v2.*`; off: a portal that only has version 1.")
