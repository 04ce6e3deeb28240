"""Treating: what becomes of a notification between addressing and planning.

In this order: ``maintenance`` (nobody is to be told), ``flapping`` (it was told too often), ``escalation`` (somebody
has to react). Each takes an addressed notification and returns another one; what they remember is kept in the store
of the hub itself, and committed with the row.
"""
