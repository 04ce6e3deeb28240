"""Plugins from installed to active; the only place that calls plugin code.

Imports ``hub.plugin`` and ``hub.settings`` and nothing else of the hub.

``Registry.load(settings.plugins, make_context, builtin={…}, secret_key_present=…, clock=…) -> Registry``
    Never raises for what a plugin does; tests pass ``entry_points=[…]`` (objects with ``name dist load()``).
Look-ups
    ``instances()``, ``instance(name) -> Instance`` (``.name .status .reason .declared .settings .provides``),
    ``match_source(instance, path, method) -> SourceMatch(source, path_params)`` or ``NotServed``:
    ``UnknownInstance``/``UnknownPath`` 404, ``MethodNotAllowed(.allowed)`` 405, ``Unavailable(.status)`` 503;
    ``portal_sources(event=None)``, ``resolver(scheme)``, ``command(instance, name)``, ``commands()``,
    ``jobs()``, ``job(instance, name)``, ``timer(instance, name)`` give
    ``Declared(instance, item)``, or ``None`` where there is none.
Calls, through ``registry.guard``
    ``guard.call(instance, calls.PARSE, source.parse, request, object_id=row.id) -> tuple[InboundEvent, …]``
    in one of the instance's four threads, with the caller's context variables; ``await guard.call_async(…)``
    is the same for the event loop; ``guard.inline(…)`` runs here and now, for quick CPU-only ``verify`` and
    ``accept`` as long as ``guard.is_quick(…)``; ``guard.submit(…).result()`` begins and waits apart;
    ``guard.try_out(…)`` waits for nothing. ``calls.VERIFY ACCEPT ANSWER PARSE NOTIFY COALESCE CATCH_UP RESOLVE
    COMMAND JOB TIMER CHECK`` say what must come back (checked, generators consumed)
    and how long it may take. Raises the plugin's own ``PluginError``, or ``CallFailed``: ``BudgetExceeded``,
    ``HeldUp`` (a ``BudgetExceeded`` of a call that waited in ``with outside():``), ``PoolExhausted``,
    ``PluginBug``; those are logged and counted already. A call that was given up may still
    be running: what it does late must find its unit of work closed.
Failing
    Five failures of one hook in a row within a minute, all threads stuck, or a failed ``startup`` make an
    instance ``failing``; ``may_try(instance)`` is then true for one caller every 30 s. Ask it before work is
    taken up (rows, jobs, timers), not for what somebody waits for (requests, clicks, addresses).
    ``rests(instance)`` says, before any work is looked for, that it would be false.
Hooks of all
    ``edit(notification) -> Edited(notification, edits)``, ``delivery_finished(instance, delivery)``,
    ``startup()``, ``retry_startups()``, ``subscribe(instance)``, ``shutdown(within)``.
For somebody to write down
    ``guard.counters.drain() -> [HookCount]`` and ``status_changes() -> [StatusChange]``: new since last time.
"""

from hub.registry import calls
from hub.registry.calls import Call
from hub.registry.counters import HookCount
from hub.registry.discovery import EntryPoint
from hub.registry.editing import Edit, Edited
from hub.registry.errors import (
    BudgetExceeded,
    CallFailed,
    HeldUp,
    MethodNotAllowed,
    NotServed,
    PluginBug,
    PoolExhausted,
    Unavailable,
    UnknownInstance,
    UnknownPath,
)
from hub.registry.guard import Guard, Pending
from hub.registry.instances import Declarations, Declared, Instance, Status, StatusChange
from hub.registry.outside import outside
from hub.registry.registry import Registry, SourceMatch

__all__ = [
    "BudgetExceeded",
    "Call",
    "CallFailed",
    "Declarations",
    "Declared",
    "Edit",
    "Edited",
    "EntryPoint",
    "Guard",
    "HeldUp",
    "HookCount",
    "Instance",
    "MethodNotAllowed",
    "NotServed",
    "Pending",
    "PluginBug",
    "PoolExhausted",
    "Registry",
    "SourceMatch",
    "Status",
    "StatusChange",
    "Unavailable",
    "UnknownInstance",
    "UnknownPath",
    "calls",
    "outside",
]
