"""The composition root: the only package that knows everybody.

A house of floors, each standing on the ones below and each a file: ``storage``, ``portal``, ``plugins``,
``bot``, ``delivery``, ``pipeline``, ``keeping``, ``acting``, ``chat``, ``application``, ``listening``, ``watch``,
``checkup``, ``hub``. Nothing is opened before it is needed, so a command that lists events starts no worker.
"""

from hub.app.hub import Hub

__all__ = ["Hub"]
