"""Settings for every installed plugin in a demo, and requests ready to be sent to it."""

from __future__ import annotations

import json
import re
import secrets
import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from itertools import product
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, HttpUrl, SecretStr
from pydantic.fields import FieldInfo

from hub.cli.demo_samples import brought_up_to, portal_samples, sample_files, sample_settings
from hub.cli.session import Session
from hub.clock import SystemClock
from hub.plugin import ENTRY_POINT_GROUP, InboundRequest, PluginError, Source
from hub.registry import CallFailed, Guard, Registry, calls
from hub.settings import INSTANCE_NAME, load

_JSON = {"Content-Type": "application/json"}
#: What curl prints behind the answer, which may be empty.
_ANSWERED = r"answered %{http_code}\n"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A request that the plugin takes; ``file`` holds its body."""

    method: str
    path: str
    headers: Mapping[str, str]
    file: Path


@dataclass(frozen=True, kw_only=True)
class PortalCall:
    """A call that does at the portal what the plugin tells of; ``file`` holds its body."""

    method: str
    file: Path


@dataclass(frozen=True, kw_only=True)
class DemoPlugin:
    """A plugin, what to send to it, and what to do at the portal."""

    name: str
    secrets: Mapping[str, str]
    samples: tuple[Sample, ...] = ()
    calls: tuple[PortalCall, ...] = ()

    def commands(self, hub: str, webhook: str) -> Iterator[str]:
        """Return a curl command for each sample and each call.

        Args:
            hub: where it listens, without a slash at the end.
            webhook: the portal's address for calls, with one.
        """
        for sample in self.samples:
            yield _curl(sample.method, sample.headers, sample.file, f"{hub}{sample.path}")
        for call in self.calls:
            yield _curl("POST", _JSON, call.file, f"{webhook}{call.method}")


class DemoPlugins:
    """All installed plugins, each with just enough settings to work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._began = SystemClock().now()
        self._installed = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
        guard = Guard(SystemClock())
        self._values = {point.name: _values(point, guard) for point in self._installed}

    def settings(self) -> str:
        """Return the tables for ``hub.toml``."""
        return "".join(
            f"\n[plugins.{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())
            for name, values in self._values.items()
            if values
        )

    def prepare(self, session: Session, config: Path, environ: Mapping[str, str]) -> list[DemoPlugin]:
        """Return the plugins that can be tried; only samples that they really take are kept."""
        with session.scratch(load(config, environ)) as hub:
            found = [
                DemoPlugin(
                    name=point.name,
                    secrets={
                        key: value
                        for key, value in self._values[point.name].items()
                        if isinstance(value, str)
                    },
                    samples=tuple(self._samples(hub.registry, point)),
                    calls=tuple(self._calls(point)),
                )
                for point in self._installed
            ]
            return [each for each in found if each.calls or hub.registry.instance(each.name).declared.sources]

    def _samples(self, registry: Registry, point: EntryPoint) -> Iterator[Sample]:
        sources = registry.instance(point.name).declared.sources
        for name, recorded in sample_files(point):
            body = brought_up_to(self._began, recorded)
            for source, headers in product(sources, _ways_in(self._values[point.name])):
                request = _request(point.name, source, headers, body)
                if _is_taken(registry, point.name, source, request):
                    file = self._written(f"{point.name}-{name}", body)
                    yield Sample(method=request.method, path=request.path, headers=headers, file=file)
                    break

    def _calls(self, point: EntryPoint) -> Iterator[PortalCall]:
        for method, body in portal_samples(point):
            yield PortalCall(method=method, file=self._written(f"{point.name}-{method}.json", body))

    def _written(self, name: str, body: bytes) -> Path:
        file = self._folder / name
        file.write_bytes(body)
        return file


def _values(point: EntryPoint, guard: Guard) -> dict[str, Any]:
    """Return what has to be set: secrets, a token where there is one, names and addresses, what the samples need.

    Nothing for a plugin that cannot work; the hub itself says what is wrong with it.
    """
    if not re.fullmatch(INSTANCE_NAME, point.name):
        return {}
    try:
        plugin = guard.call(point.name, calls.LOAD, point.load)
    except (PluginError, CallFailed):
        return {}
    model = getattr(plugin, "settings_model", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    fields: Mapping[str, FieldInfo] = model.model_fields
    needed = {
        name: _value(point.name, name, info)
        for name, info in fields.items()
        if info.is_required() or (name == "token" and _takes(info, SecretStr))
    }
    return needed | sample_settings(point)


def _value(plugin: str, name: str, info: FieldInfo) -> str:
    if _takes(info, SecretStr):
        return secrets.token_urlsafe(18)
    if _takes(info, HttpUrl):
        return f"https://{plugin}.example"
    return name


def _curl(method: str, headers: Mapping[str, str], file: Path, url: str) -> str:
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    how = [] if method == "POST" else ["-X", method]
    return shlex.join(["curl", *how, *given, "--data-binary", f"@{file}", "-w", _ANSWERED, url])


def _toml(value: object) -> str:
    """Return *value* on one line, as JSON writes all but tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _takes(info: FieldInfo, kind: type[Any]) -> bool:
    return kind in (info.annotation, *get_args(info.annotation))


def _ways_in(values: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Return headers that may let a request in."""
    if "token" in values:
        yield {"Authorization": f"Bearer {values['token']}", **_JSON}
    if "username" in values and "password" in values:
        login = b64encode(f"{values['username']}:{values['password']}".encode()).decode()
        yield {"Authorization": f"Basic {login}", **_JSON}
    yield dict(_JSON)


def _request(name: str, source: Source, headers: Mapping[str, str], body: bytes) -> InboundRequest:
    path = f"/in/{name}/{source.path.strip('/')}".rstrip("/")
    return InboundRequest(
        method=source.methods[0],
        url=f"http://127.0.0.1{path}",
        path=path,
        headers=tuple(headers.items()),
        body=body,
        received_at=SystemClock().now(),
    )


def _is_taken(registry: Registry, name: str, source: Source, request: InboundRequest) -> bool:
    try:
        registry.guard.call(name, calls.VERIFY, source.verify, request)
        receipt = registry.guard.call(name, calls.ACCEPT, source.accept, request)
    except (PluginError, CallFailed):
        return False
    return bool(receipt.items)
