"""x."""

from hub.sandbox.portal import Portal


def settle_crm(portal: Portal) -> None:
    """x."""
