"""Names and address schemes that more than one plugin wants."""

import pytest

from hub.plugin import Resolver, hookimpl
from hub.registry import Status

from .conftest import Base, install


class _Moon(Base):
    @hookimpl
    def resolvers(self):
        yield Resolver(scheme="moon", resolve=lambda rest, n: ())


def test_a_scheme_claimed_twice_is_used_by_nobody(load):
    registry = load(install("a", _Moon), install("b", _Moon), install("c", Base))

    assert registry.instance("a").status is registry.instance("b").status is Status.CONFLICT
    assert registry.instance("a").reason == (
        "the address scheme 'moon' is claimed by b too; disable all but one with enabled = false"
    )
    assert registry.resolver("moon") is None
    assert registry.instance("c").status is Status.ACTIVE


def test_a_disabled_claimant_gives_the_scheme_free(load):
    registry = load(install("a", _Moon), install("b", _Moon), tables={"b": {"enabled": False}})

    assert registry.resolver("moon").instance.name == "a"


def test_a_scheme_of_the_hub_stays_with_the_hub(load):
    registry = load(install("a", _Moon), builtin={"people": _Moon})

    assert registry.instance("a").reason == (
        "the address scheme 'moon' belongs to the hub; the plugin has to choose another"
    )
    assert registry.resolver("moon").instance.name == "people"


def test_two_distributions_with_one_name_are_both_in_conflict(load):
    registry = load(install("x", Base, "dist-one"), install("x", Base, "dist-two"))

    assert [(each.distribution, each.status, each.reason) for each in registry.instances()] == [
        ("dist-one", Status.CONFLICT, "the name is claimed by dist-two 1.2.0 too; keep one of them"),
        ("dist-two", Status.CONFLICT, "the name is claimed by dist-one 1.2.0 too; keep one of them"),
    ]


def test_a_further_instance_of_a_doubled_plugin_is_in_conflict_too(load):
    registry = load(install("x", Base, "one"), install("x", Base, "two"), tables={"y": {"use": "x"}})

    assert registry.instance("y").reason == "plugin 'x' is claimed by one and two; uninstall one of them"


def test_a_table_that_takes_the_name_of_an_installed_plugin_is_in_conflict_with_it(load):
    registry = load(install("x", Base), install("y", Base), tables={"x": {"use": "y"}})

    assert {(each.plugin_name, each.status) for each in registry.instances()} == {
        ("x", Status.CONFLICT),
        ("y", Status.CONFLICT),
        ("y", Status.ACTIVE),
    }


def test_a_table_may_use_the_plugin_of_its_own_name(load):
    registry = load(install("x", Base), tables={"x": {"use": "x"}})

    assert [each.status for each in registry.instances()] == [Status.ACTIVE]


@pytest.mark.parametrize("name", ["serve", "plugins", "oncall", "heartbeat"])
def test_a_reserved_name_is_refused(load, name):
    registry = load(install(name, Base), install("x", Base))

    assert registry.instance(name).status is Status.CONFLICT
    assert registry.instance(name).reason == f"the name {name!r} belongs to the hub; choose another"
    assert registry.instance("x").status is Status.ACTIVE


def test_a_reserved_name_is_refused_in_a_table_too(load):
    registry = load(install("x", Base), tables={"serve": {"use": "x"}})

    assert registry.instance("serve").status is Status.CONFLICT


@pytest.mark.parametrize("name", ["Zabbix", "za_bbix", "-x", "x y", ""])
def test_a_malformed_name_is_refused(load, name):
    instance = load(install(name, Base)).instance(name)

    assert (instance.status, instance.reason) == (
        Status.BROKEN,
        "the name is malformed; use small letters, digits and hyphens",
    )


def test_a_built_in_plugin_may_have_a_reserved_name_and_gives_it_to_nobody(load):
    registry = load(install("oncall", Base), builtin={"oncall": Base})

    assert registry.instance("oncall").status is Status.ACTIVE
    assert [(each.distribution, each.status) for each in registry.instances()] == [
        ("bitrix24-hub", Status.ACTIVE),
        ("hub-plugin-oncall", Status.CONFLICT),
    ]


def test_a_built_in_plugin_takes_settings_from_its_table(load):
    assert (
        load(builtin={"help": Base}, tables={"help": {"enabled": False}}).instance("help").status
        is Status.DISABLED
    )


def test_no_table_can_put_another_plugin_in_place_of_a_built_in_one(load):
    registry = load(
        install("x", Base), builtin={"people": Base}, tables={"people": {"use": "x", "enabled": False}}
    )

    assert registry.instance("people").distribution == "bitrix24-hub"
    assert registry.instance("people").status is Status.ACTIVE
