"""The hub: notifications for Bitrix24 chat."""

__version__ = "1.0.0"
