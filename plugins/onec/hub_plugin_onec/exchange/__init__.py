"""The site exchange of 1C (CommerceML, ``type=sale``): orders arrive as files, in steps."""

from hub_plugin_onec.exchange.steps import FILE_LIMIT, TIMER, Exchange

__all__ = ["FILE_LIMIT", "TIMER", "Exchange"]
