"""Seeing what the hub does: structured logs without secrets."""
