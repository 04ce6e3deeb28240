"""What was seen of each object, and what the hub itself wrote, to tell what is new and who did it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Store
from hub_plugin_crm.entities import Entity
from hub_plugin_crm.items import Item

#: What nothing happened to for so long is met as if for the first time; that costs a look into its history.
_SEEN_FOR = timedelta(days=180)
#: So many rows of the history are remembered one by one.
_TOLD = 30


class Seen(BaseModel):
    """What an object was like when it was last looked at.

    Attributes:
        told: ids of its newest rows in the stage history that are told.
        floor: id up to which no row is news; of those above, all that are not ``told``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    funnel: str
    responsible: str
    moved_at: AwareDatetime | None
    updated_at: AwareDatetime | None
    told: tuple[int, ...] = ()
    floor: int = 0

    @classmethod
    def of(cls, item: Item, *, told: Sequence[int] = (), floor: int = 0) -> Seen:
        """Return the memory of *item*; rows that are dropped from what is told raise the floor."""
        dropped, kept = told[:-_TOLD], told[-_TOLD:]
        return cls(
            stage=item.stage,
            funnel=item.funnel,
            responsible=item.responsible,
            moved_at=item.moved_at,
            updated_at=item.updated_at,
            told=tuple(kept),
            floor=max((floor, *dropped)),
        )


class OwnWrite(BaseModel):
    """A change that somebody made through the hub; the portal says that the hub's own user made it.

    Attributes:
        heard: it has come back to us; the same value again is somebody else's doing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    actor: str
    heard: bool = False


class Memory:
    """Memory of one kind of object."""

    def __init__(self, store: Store, entity: Entity) -> None:
        self._store = store
        self._entity = entity

    def seen(self, id: str) -> Seen | None:
        """Return what was seen of an object."""
        found = self._store.get(f"seen:{self._entity.key(id)}")
        return None if found is None else Seen.model_validate(found)

    def see(self, id: str, seen: Seen) -> None:
        """Remember an object."""
        self._store.set(f"seen:{self._entity.key(id)}", seen.model_dump(mode="json"), ttl=_SEEN_FOR)

    def is_news(self, item: Item) -> bool:
        """Say whether an object changed since it was seen."""
        seen = self.seen(item.id)
        return seen is None or seen != Seen.of(item, told=seen.told, floor=seen.floor)

    def writes(self, id: str, field: str, value: str, *, actor: str) -> None:
        """Remember that *actor* is about to set a field through the hub: its echo may be quicker than its answer."""
        self._keep(id, field, OwnWrite(value=value, actor=actor), at_once=True)

    def did_not_write(self, id: str, field: str) -> None:
        """Remember that nothing came of it."""
        self._store.set(self._own_key(id, field), None, at_once=True)

    def who_wrote(self, id: str, field: str, value: str) -> str:
        """Return who set a field to this value through the hub; empty for nobody."""
        own = self._own(id, field)
        return own.actor if own is not None and own.value == value else ""

    def is_echo(self, id: str, field: str, value: str) -> bool:
        """Say whether a field that has changed to *value* was set through the hub, however long ago.

        Each write has one echo. It has none any more once the field has been seen to say something else.
        """
        own = self._own(id, field)
        if own is None or own.heard:
            return False
        self._keep(id, field, own.model_copy(update={"heard": True}))
        return own.value == value

    def _own(self, id: str, field: str) -> OwnWrite | None:
        found = self._store.get(self._own_key(id, field))
        return None if found is None else OwnWrite.model_validate(found)

    def _keep(self, id: str, field: str, own: OwnWrite, *, at_once: bool = False) -> None:
        self._store.set(self._own_key(id, field), own.model_dump(), ttl=_SEEN_FOR, at_once=at_once)

    def _own_key(self, id: str, field: str) -> str:
        return f"own:{self._entity.key(id)}:{field}"

    @property
    def told_up_to(self) -> int | None:
        """Id of the stage history up to which every row was handed on; ``None`` = nobody has looked yet."""
        found = self._store.get(f"moves:{self._entity.type_id}")
        return found if isinstance(found, int) else None

    @told_up_to.setter
    def told_up_to(self, move: int) -> None:
        self._store.set(f"moves:{self._entity.type_id}", move)

    @property
    def began_after(self) -> int | None:
        """Id of the newest object there was when the hub first looked; ``None`` = nobody has looked yet."""
        found = self._store.get(f"began:{self._entity.type_id}")
        return found if isinstance(found, int) else None

    @began_after.setter
    def began_after(self, id: int) -> None:
        self._store.set(f"began:{self._entity.type_id}", id)
