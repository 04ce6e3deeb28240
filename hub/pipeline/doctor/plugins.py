"""Plugins: the status of each, and what their own health checks say."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import timedelta

from hub.pipeline.doctor.finding import Finding, fail, ok, warn
from hub.plugin import Health, HealthCheck, PluginError
from hub.registry import CallFailed, Instance, Registry, Status, calls
from hub.registry.guard import Pending
from hub.storage.plugin_statuses import Told

#: No check of a plugin is waited for longer.
LONGEST = timedelta(seconds=10)


def plugins(registry: Registry, running: Mapping[str, Told], configured: Container[str]) -> Iterator[Finding]:
    """Check each plugin, as it is here and in the running hub.

    Args:
        running: what the processes of the hub tell, by instance.
        configured: names that have a table in the settings; what is only installed need not work.
    """
    asked = [
        (instance, check, _ask(registry, instance, check))
        for instance in registry.instances()
        if instance.status.serves
        for check in instance.declared.health_checks
    ]
    for instance in registry.instances():
        yield _status(instance, running.get(instance.name), is_meant=instance.name in configured)
    for instance, check, pending in asked:
        yield _health(f"plugin {instance.name}: {check.name}", check, pending)


def _status(instance: Instance, told: Told | None, *, is_meant: bool) -> Finding:
    name = f"plugin {instance.name}"
    advice = f"'hub plugins show {instance.name}' says more"
    if instance.status is Status.ACTIVE and told is not None and told.status == Status.FAILING:
        return warn(name, f"is failing in the running hub: {told.reason}", advice)
    match instance.status:
        case Status.ACTIVE:
            return ok(name, "active")
        case Status.DISABLED:
            return ok(name, "disabled by the settings")
        case Status.FAILING:
            return warn(name, f"is failing: {instance.reason}", advice)
        case Status.MISCONFIGURED if not is_meant:
            message = f"is installed and has no settings: {instance.reason}"
            return warn(
                name, message, f"write its table [plugins.{instance.name}], or 'enabled = false' there"
            )
        case status:
            return fail(name, f"is {status}: {instance.reason}", advice)


def _ask(registry: Registry, instance: Instance, check: HealthCheck) -> Pending[Health]:
    budget = min(check.timeout, LONGEST)
    return registry.guard.submit(instance.name, calls.CHECK, check.check, budget=budget, object_id=check.name)


def _health(name: str, check: HealthCheck, pending: Pending[Health]) -> Finding:
    advice = "see what the plugin says, and its README"
    try:
        health = pending.result()
    except (PluginError, CallFailed) as exc:
        found, message = False, str(exc)
    else:
        found, message = health.ok, health.message or ("fine" if health.ok else "not well")
    if found:
        return ok(name, message)
    return fail(name, message, advice) if check.critical else warn(name, message, advice)
