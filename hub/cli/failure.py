"""Errors of the hub as the command line tells them."""

from __future__ import annotations

import click
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hub.bitrix24.errors import PortalError
from hub.plugin import ConfigurationError, HubError

#: Errors that are told and not shown as a traceback.
EXPECTED: tuple[type[Exception], ...] = (HubError, PortalError, SQLAlchemyError)


class WrongSettings(click.ClickException):
    """The operator has to change something."""

    exit_code = 2


def failure(error: Exception) -> click.ClickException:
    """Return what to tell about *error*: exit code 2 for wrong settings, else 1."""
    match error:
        case ConfigurationError(problems=(_, _, *_) as problems):
            return WrongSettings("\n  ".join(["the settings are wrong", *problems]))
        case ConfigurationError():
            return WrongSettings(str(error))
        case DBAPIError(orig=orig):  # its own text repeats the statement and its values
            return click.ClickException(f"the database does not answer: {' '.join(str(orig).split())}")
        case SQLAlchemyError():
            return click.ClickException(f"the database cannot be used: {type(error).__name__}")
        case PortalError():
            return click.ClickException(f"the portal: {error}")
        case _:
            return click.ClickException(str(error))
