"""Hooks that could not be called as meant are refused, and the author is told."""

import pytest

from hub.plugin import Job, Notification, hookimpl
from hub.registry import Status

from .conftest import Base, install


class _Unmarked(Base):
    def sources(self):
        return ()


class _NotEvenAMethod(Base):
    sources = ()


class _Async(Base):
    @hookimpl
    async def startup(self):
        pass


class _AsyncGenerator(Base):
    @hookimpl
    async def sources(self):
        yield None


class _Wrapper(Base):
    @hookimpl(wrapper=True)
    def startup(self):
        yield


class _OldWrapper(Base):
    @hookimpl(hookwrapper=True)
    def startup(self):
        yield


class _Misspelt(Base):
    @hookimpl
    def souces(self):
        return ()


class _MisspeltOptional(Base):
    @hookimpl(optionalhook=True)
    def edit_notifications(self, notification):
        return None


class _OtherArgument(Base):
    @hookimpl
    def edit_notification(self, message):
        return None


class _OneTooMany(Base):
    @hookimpl
    def edit_notification(self, notification, again):
        return None


class _NoneAtAll(Base):
    @hookimpl
    def edit_notification(self):
        return None


class _KeywordOnly(Base):
    @hookimpl
    def startup(self, *, fast):
        return None


class _Twice(Base):
    @hookimpl
    def jobs(self):
        return ()

    @hookimpl(specname="jobs")
    def more_jobs(self):
        return ()


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (_Unmarked, "sources overrides a hook and is not marked; put @hookimpl above it"),
        (_NotEvenAMethod, "sources overrides a hook and is not marked; put @hookimpl above it"),
        (_Async, "startup is asynchronous; write 'def' and not 'async def', hooks run in threads"),
        (_AsyncGenerator, "sources is asynchronous; write 'def' and not 'async def', hooks run in threads"),
        (_Wrapper, "startup is a hook wrapper; write a plain method, wrappers are not called"),
        (_OldWrapper, "startup is a hook wrapper; write a plain method, wrappers are not called"),
        (_Misspelt, "souces is marked @hookimpl and is no hook; did you mean 'sources'?"),
        (
            _MisspeltOptional,
            "edit_notifications is marked @hookimpl and is no hook; did you mean 'edit_notification'?",
        ),
        (_OtherArgument, "edit_notification has the wrong signature; it takes (self, notification)"),
        (_OneTooMany, "edit_notification has the wrong signature; it takes (self, notification)"),
        (_NoneAtAll, "edit_notification has the wrong signature; it takes (self, notification)"),
        (_KeywordOnly, "startup has the wrong signature; it takes (self)"),
        (_Twice, "jobs is implemented 2 times; keep one"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_hook_that_cannot_be_called_as_meant_breaks_the_plugin(load, plugin, reason):
    instance = load(install("x", plugin)).instance("x")

    assert (instance.status, instance.reason) == (Status.BROKEN, reason)


def test_a_hook_under_another_name_is_a_hook(load):
    class Named(Base):
        @hookimpl(specname="jobs")
        def nightly(self):
            yield Job(name="report", cron="0 3 * * *", run=lambda: ())

    assert load(install("x", Named)).instance("x").provides["jobs"] == ["report"]


def test_an_inherited_hook_counts(load):
    class Parent(Base):
        @hookimpl
        def jobs(self):
            yield Job(name="report", cron="0 3 * * *", run=lambda: ())

    class Child(Parent):
        pass

    assert load(install("x", Child)).instance("x").provides["jobs"] == ["report"]


def test_plugins_that_say_they_are_equal_are_told_apart(load):
    class Equal(Base):
        __hash__ = None

        def __eq__(self, other):
            return True

    registry = load(install("x", Equal), install("y", Equal))

    assert {each.status for each in registry.instances()} == {Status.ACTIVE}


def test_properties_of_a_plugin_are_not_run_to_look_for_hooks(load):
    class Lazy(Base):
        @property
        def expensive(self) -> Notification:
            raise AssertionError

    assert load(install("x", Lazy)).instance("x").status is Status.ACTIVE
