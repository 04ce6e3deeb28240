"""Deliver: claim due rows, compose their calls, send them, record each outcome, again."""
