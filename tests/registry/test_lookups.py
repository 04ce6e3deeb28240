"""Who takes this request, address, event, command."""

import pytest

from hub.plugin import Command, Job, PortalSource, Resolver, Source, Timer, hookimpl
from hub.registry import MethodNotAllowed, Status, Unavailable, UnknownInstance, UnknownPath

from .conftest import Base, install


def _nothing(*_):
    return ()


def _source(path="", *methods):
    return Source(path=path, methods=methods or ("POST",), verify=_nothing, parse=_nothing, notify=_nothing)


class _Everything(Base):
    @hookimpl
    def sources(self):
        yield _source("", "POST")
        yield _source("exchange", "GET")
        yield _source("exchange", "POST", "PUT")
        yield _source("{endpoint}/hook")
        yield _source("files/{name:path}")
        yield _source("orders/{number:int}")

    @hookimpl
    def portal_sources(self):
        yield PortalSource(
            events=("ONTASKADD", "ONTASKUPDATE"), coalesce=str, notify=_nothing, catch_up=_nothing
        )

    @hookimpl
    def resolvers(self):
        yield Resolver(scheme="moon", resolve=_nothing)

    @hookimpl
    def commands(self):
        yield Command(name="ack", summary="Acknowledge", handler=_nothing)

    @hookimpl
    def jobs(self):
        yield Job(name="report", cron="0 3 * * *", run=_nothing)

    @hookimpl
    def timers(self):
        yield Timer(name="remind", handler=_nothing)


@pytest.fixture
def registry(load):
    return load(install("x", _Everything), install("off", _Everything), tables={"off": {"enabled": False}})


@pytest.mark.parametrize(
    ("method", "path", "matched", "captured"),
    [
        ("POST", "", "", {}),
        ("POST", "/", "", {}),
        ("GET", "exchange", "exchange", {}),
        ("PUT", "exchange/", "exchange", {}),
        ("POST", "team/hook", "{endpoint}/hook", {"endpoint": "team"}),
        ("POST", "team/hook/", "{endpoint}/hook", {"endpoint": "team"}),
        ("POST", "files/a/b.txt", "files/{name:path}", {"name": "a/b.txt"}),
        ("POST", "orders/17", "orders/{number:int}", {"number": "17"}),
    ],
)
def test_a_request_finds_its_source(registry, method, path, matched, captured):
    found = registry.match_source("x", path, method)

    assert (found.source.path, found.path_params) == (matched, captured)


def test_another_method_says_which_are_allowed(registry):
    with pytest.raises(MethodNotAllowed) as caught:
        registry.match_source("x", "exchange", "DELETE")

    assert caught.value.allowed == ("GET", "POST", "PUT")


@pytest.mark.parametrize("path", ["nowhere", "orders/abc", "exchange//", "hook"])
def test_a_path_nobody_declared_is_unknown_and_the_others_are_told(registry, path):
    with pytest.raises(UnknownPath, match="no source at this path, only /in/x"):
        registry.match_source("x", path, "POST")


def test_an_instance_nobody_installed_is_unknown(registry):
    with pytest.raises(UnknownInstance, match="there is no plugin 'y'; 'hub plugins list' shows all"):
        registry.match_source("y", "", "POST")


def test_an_instance_that_cannot_work_is_unavailable(registry):
    with pytest.raises(Unavailable) as caught:
        registry.match_source("off", "", "POST")

    assert caught.value.status is Status.DISABLED


def test_a_failing_instance_still_takes_requests(registry):
    registry.guard.breaker.trip("x", "notify", "no luck")

    assert registry.match_source("x", "", "POST").source.path == ""
    assert registry.instance("x").reason == "no luck"


def test_the_rest_is_found_by_name(registry):
    assert registry.resolver("moon").item.scheme == "moon"
    assert registry.command("x", "ack").item.name == "ack"
    assert registry.timer("x", "remind").item.name == "remind"
    assert [each.item.name for each in registry.jobs()] == ["report"]
    assert registry.job("x", "report").item.name == "report"
    assert [each.item.name for each in registry.commands()] == ["ack"]


def test_what_does_not_exist_is_none(registry):
    assert registry.resolver("sun") is registry.command("x", "nack") is registry.timer("x", "forget") is None
    assert registry.command("off", "ack") is None
    assert registry.job("x", "nightly") is None


def test_every_instance_that_declared_an_event_is_told(load):
    registry = load(install("x", _Everything), tables={"y": {"use": "x"}})

    # the resolver's scheme is claimed by both, so neither may work
    assert registry.portal_sources("ONTASKADD") == ()

    class Listener(Base):
        portal_sources = _Everything.portal_sources

    registry = load(install("x", Listener), tables={"y": {"use": "x"}})
    assert [each.instance.name for each in registry.portal_sources("ONTASKADD")] == ["x", "y"]
    assert registry.portal_sources("ONCRMLEADADD") == ()
    assert len(registry.portal_sources()) == 2
