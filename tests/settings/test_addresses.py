"""What can be said of an address without asking the portal."""

import pytest

from hub.builtin.people import PeoplePlugin
from hub.plugin import PermanentFailure
from hub.settings.addresses import NUMBERED, malformed


class NobodyAsked(Exception):
    """The address was good enough to ask the portal."""


class Context:
    """A context whose portal must not be asked."""

    @property
    def portal(self):
        raise NobodyAsked


@pytest.mark.parametrize("scheme", NUMBERED)
@pytest.mark.parametrize("rest", ["1", "17", "0", "017", "ops", "oncall", "1.5", "-1", "1a", "\u0661"])
def test_the_settings_and_the_resolver_know_the_same_numbers(scheme, rest):
    resolve = {each.scheme: each.resolve for each in PeoplePlugin(None, Context()).resolvers()}[scheme]
    try:
        resolve(rest, None)
    except PermanentFailure as exc:
        assert malformed(f"{scheme}:{rest}") == str(exc)
    except NobodyAsked:
        assert malformed(f"{scheme}:{rest}") == ""
    else:
        assert malformed(f"{scheme}:{rest}") == ""


def test_an_address_of_a_plugin_is_its_own_business():
    assert malformed("oncall:anything") == ""
