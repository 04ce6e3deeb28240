"""Malformed and doubled declarations break their plugin and say what is wrong."""

from datetime import timedelta

import click
import pytest

from hub.plugin import Command, HealthCheck, Job, PortalSource, Resolver, Source, Timer, Who, hookimpl
from hub.registry import Status

from .conftest import Base, install


async def _async(*_):
    return ()


def _nothing(*_):
    return ()


def _source(**changed):
    return Source(**{"verify": _nothing, "parse": _nothing, "notify": _nothing} | changed)


def _portal(**changed):
    fields = {"events": ("ONCRMLEADADD",), "coalesce": str, "notify": _nothing, "catch_up": _nothing}
    return PortalSource(**fields | changed)


def _command(**changed):
    return Command(**{"name": "ack", "summary": "Acknowledge", "handler": _nothing} | changed)


def _job(**changed):
    return Job(**{"name": "report", "cron": "0 3 * * *", "run": _nothing} | changed)


def _declaring(hook, *things):
    return type("Declaring", (Base,), {hook: hookimpl(lambda self: iter(things))})


@pytest.mark.parametrize(
    ("hook", "things", "reason"),
    [
        ("sources", [_source(path="{a}/{a}")], "source path '{a}/{a}' is malformed: Duplicated param name a"),
        (
            "sources",
            [_source(path="{a:colour}")],
            "source path '{a:colour}' is malformed: Unknown path convertor",
        ),
        ("sources", [_source(methods=())], "source '': methods must be a tuple of words in capitals"),
        ("sources", [_source(methods="POST")], "source '': methods must be a tuple of words in capitals"),
        ("sources", [_source(methods=("post",))], "source '': methods must be a tuple of words in capitals"),
        ("sources", [_source(verify=None)], "source '': verify must be a function"),
        ("sources", [_source(parse=_async)], "source '': parse is asynchronous"),
        ("sources", [_source(keep_headers="x-id")], "source '': keep_headers must be a tuple of names"),
        ("sources", [_source(max_body=0)], "source '': max_body must be a number of bytes"),
        (
            "sources",
            [_source(path="a"), _source(path="/a/")],
            "source POST /in/x/a is declared 2 times; keep one",
        ),
        ("sources", [_source(path="{a}"), _source(path="{b}")], "source POST /in/x/{} is declared 2 times"),
        (
            "portal_sources",
            [_portal(events=())],
            "portal source: events must be a tuple of names in capitals",
        ),
        ("portal_sources", [_portal(events=("onLead",))], "portal source: events must be a tuple of names"),
        ("portal_sources", [_portal(settle=timedelta(-1))], "portal source ONCRMLEADADD: settle must be"),
        ("portal_sources", [_portal(catch_up_every=5)], "portal source ONCRMLEADADD: catch_up_every must be"),
        (
            "resolvers",
            [Resolver(scheme="On Call", resolve=_nothing)],
            "resolver scheme 'On Call' is malformed",
        ),
        (
            "resolvers",
            [Resolver(scheme="a", resolve=_nothing)] * 2,
            "resolver a is declared 2 times; keep one",
        ),
        ("commands", [_command(name="Ack it")], "command name 'Ack it' is malformed"),
        ("commands", [_command(summary="")], "command 'ack' has no summary"),
        ("commands", [_command(usage=("a", "b"))], "command 'ack': usage must be a string"),
        ("commands", [_command(who="anyone at all")], "command 'ack': who must be one of Who"),
        ("commands", [_command(handler=_async)], "command 'ack': handler is asynchronous"),
        ("commands", [_command(), _command(who=Who.ADMIN)], "command ack is declared 2 times; keep one"),
        (
            "jobs",
            [_job(cron="every night")],
            "job 'report': cron 'every night' is malformed; write five fields",
        ),
        ("jobs", [_job(cron="0 0 3 * * *")], "job 'report': cron '0 0 3 * * *' is malformed"),
        ("jobs", [_job(cron=None)], "job 'report': cron None is malformed"),
        ("jobs", [_job(missed="never")], "job 'report': missed must be 'once' or 'skip'"),
        (
            "portal_sources",
            [_portal(), _portal(settle=timedelta(seconds=5))],
            "portal source that begins with ONCRMLEADADD is declared 2 times; keep one",
        ),
        ("jobs", [_job(), _job()], "job report is declared 2 times; keep one"),
        ("timers", [Timer(name="t", handler=None)], "timer 't': handler must be a function"),
        ("timers", [Timer(name="t", handler=_nothing)] * 2, "timer t is declared 2 times; keep one"),
        (
            "health_checks",
            [HealthCheck(name="h", check=_nothing, timeout=5)],
            "health check 'h': timeout must be",
        ),
        ("cli_commands", [click.Command(None)], "a CLI command has no name; give it one"),
        ("cli_commands", [click.Command("a")] * 2, "CLI command a is declared 2 times; keep one"),
        ("cli_commands", [print], "cli_commands() must return only Command, not builtin_function_or_method"),
        ("sources", [_source(), "more"], "sources() must return only Source, not str"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_declaration_that_cannot_work_breaks_the_plugin(load, hook, things, reason):
    instance = load(install("x", _declaring(hook, *things))).instance("x")

    assert instance.status is Status.BROKEN
    assert instance.reason.startswith(reason)


def test_all_that_is_wrong_is_told_at_once(load):
    instance = load(install("x", _declaring("jobs", _job(cron="?"), _job(missed="?")))).instance("x")

    assert "cron '?' is malformed" in instance.reason
    assert "missed must be" in instance.reason
    assert "declared 2 times" in instance.reason


@pytest.mark.parametrize("result", [None, 5, "text", _source()], ids=["nothing", "a-number", "text", "one"])
def test_a_declaration_that_returns_something_else_breaks_the_plugin(load, result):
    plugin = type("Wrong", (Base,), {"sources": hookimpl(lambda self: result)})

    assert load(install("x", plugin)).instance("x").reason.startswith("sources() must return several Source")


def test_a_generator_that_raises_late_breaks_the_plugin(load):
    class Late(Base):
        @hookimpl
        def sources(self):
            yield _source()
            raise LookupError("gone")

    instance = load(install("x", Late)).instance("x")

    assert (instance.status, instance.reason) == (Status.BROKEN, "sources() raised LookupError: gone")


@pytest.mark.parametrize(
    "hook",
    ["sources", "portal_sources", "resolvers", "commands", "jobs", "timers", "health_checks", "cli_commands"],
)
def test_raising_in_any_declaration_breaks_only_that_plugin(load, hook):
    def raise_(self):
        raise RuntimeError(hook)

    registry = load(install("bad", type("Bad", (Base,), {hook: hookimpl(raise_)})), install("good", Base))

    assert registry.instance("bad").reason == f"{hook}() raised RuntimeError: {hook}"
    assert registry.instance("good").status is Status.ACTIVE


def test_one_path_may_have_a_source_for_each_method(load):
    plugin = _declaring("sources", _source(methods=("GET",)), _source(methods=("POST",)))

    assert load(install("x", plugin)).instance("x").status is Status.ACTIVE


def test_what_an_instance_provides_is_listed(load):
    class Rich(Base):
        @hookimpl
        def sources(self):
            return [_source(), _source(path="{endpoint}")]

        @hookimpl
        def portal_sources(self):
            return [_portal(events=("ONTASKADD", "ONTASKUPDATE"))]

        @hookimpl
        def resolvers(self):
            return [Resolver(scheme="moon", resolve=_nothing)]

        @hookimpl
        def commands(self):
            return [_command()]

        @hookimpl
        def jobs(self):
            return [_job()]

    assert load(install("x", Rich)).instance("x").provides == {
        "sources": ["/in/x", "/in/x/{endpoint}"],
        "portal_sources": ["ONTASKADD", "ONTASKUPDATE"],
        "resolvers": ["moon"],
        "commands": ["ack"],
        "jobs": ["report"],
    }
