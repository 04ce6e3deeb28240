"""x."""

from hub.sandbox.portal import Portal


def settle_tasks(portal: Portal) -> None:
    """x."""
