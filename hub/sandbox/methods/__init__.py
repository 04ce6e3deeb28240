"""The portal's REST methods, one file per subject. A new method is one decorated function in one of them."""

from hub.sandbox.methods import (
    application,
    bots,
    bots_v1,
    calendar,
    chats,
    chats_v1,
    commands,
    commands_v1,
    crm,
    crm_activities,
    crm_items,
    crm_lists,
    dialogs,
    events,
    messages,
    messages_v1,
    notify,
    system,
    tasks,
    tasks_actions,
    users,
)
from hub.sandbox.options import Options
from hub.sandbox.registry import Method, Registry

_MODULES = (
    application,
    bots,
    bots_v1,
    calendar,
    chats,
    chats_v1,
    commands,
    commands_v1,
    crm,
    crm_activities,
    crm_items,
    crm_lists,
    dialogs,
    events,
    messages,
    messages_v1,
    notify,
    system,
    tasks,
    tasks_actions,
    users,
)


def all_methods(options: Options) -> Registry:
    """Return every method a portal with *options* has."""
    declared = [
        value for module in _MODULES for value in vars(module).values() if isinstance(value, Method)
    ] + system.not_emulated()
    offered = {"imbot.v2.": options.bots_v2, "crm.item.": options.crm_items}
    missing = tuple(prefix for prefix, there in offered.items() if not there)
    return Registry(method for method in declared if not method.name.startswith(missing))
