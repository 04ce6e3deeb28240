"""Servers that tests start for themselves: private, on free ports, gone when the session ends."""
