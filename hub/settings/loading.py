"""``hub.toml`` and the environment, read into :class:`Settings`.

Written by hand and not with the sources of pydantic-settings: those merge before anybody
can ask where a value came from, ignore variables they do not know, cannot read ``ZABBIX_DC2`` as
``zabbix-dc2``, always read the process's own environment, and stop at the first value that is not JSON.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import BaseModel, SecretStr

from hub.plugin import ConfigurationError
from hub.settings.environment import NOT_SETTINGS, Misplaced, candidates, place, variable
from hub.settings.model import Origin, Settings, Tables
from hub.settings.plugins import PluginTable
from hub.settings.problems import did_you_mean, key_path, validate

DEFAULT_FILE = Path("hub.toml")
_NOWHERE = {
    "bitrix24": {"webhook_url": "http://127.0.0.1:9/rest/1/nowhere/"},
    "bot": {"fallback": "user:1", "token": "nobody"},
}


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of *path*, overridden by *environ*.

    Args:
        path: what ``--config`` says; else ``HUB_CONFIG``, else ``hub.toml`` where that is a file.

    Raises:
        ConfigurationError: with every problem there is, one line each, none of them with a value.
    """
    values, origins, problems = _gathered(path, environ)
    keys: tuple[SecretStr, ...] = ()
    try:
        keys = secret_keys(environ)
    except ConfigurationError as exc:
        problems += exc.problems
    values.setdefault("bot", {})
    problems += _contradictions(values, has_key="HUB_SECRET_KEY" in environ)
    try:
        tables = validate(Tables, values)
    except ConfigurationError as exc:
        problems += exc.problems
    if problems:
        raise ConfigurationError(*dict.fromkeys(problems))
    return Settings(**dict(tables), secret_keys=keys, origins=origins)


def load_plugins(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return settings with the usable tables of plugins and nothing else that was written.

    With them plugins can be checked while the rest is wrong; the portal in them is nowhere.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    values, _, _ = _gathered(path, environ)
    tables = values.get("plugins")
    usable: dict[str, PluginTable] = {}
    for name, table in tables.items() if isinstance(tables, dict) else ():
        with suppress(ConfigurationError):
            usable |= validate(Tables, {**_NOWHERE, "plugins": {name: table}}).plugins
    keys: tuple[SecretStr, ...] = ()
    with suppress(ConfigurationError):
        keys = secret_keys(environ)
    return Settings(**dict(validate(Tables, {**_NOWHERE})) | {"plugins": usable}, secret_keys=keys)


def secret_keys(environ: Mapping[str, str]) -> tuple[SecretStr, ...]:
    """Return the Fernet keys of ``HUB_SECRET_KEY``; the first one encrypts, all of them decrypt.

    Raises:
        ConfigurationError: one of them is not a Fernet key.
    """
    keys = [key.strip() for key in environ.get("HUB_SECRET_KEY", "").split(",") if key.strip()]
    problems = []
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            problems.append(f"HUB_SECRET_KEY: key {number} is not a Fernet key; 'hub init' prints one")
    if problems:
        raise ConfigurationError(*problems)
    return tuple(SecretStr(key) for key in keys)


def _gathered(
    path: Path | None, environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Origin], list[str]]:
    """Return what was written, where each key comes from, and what has no place in it."""
    values, problems = _read(path, environ), list[str]()
    origins: dict[str, Origin] = {key_path(keys): "file" for keys in _leaves(values)}
    for name in candidates(environ):
        try:
            origins[key_path(place(values, name, environ[name], Tables.model_fields))] = "env"
        except Misplaced as exc:
            hint = f"; {did_you_mean(name, _known_variables())}" if str(exc) == "not a setting" else ""
            problems.append(f"{name}: {exc}{hint}")
    return values, origins, problems


def _read(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    chosen = path or (Path(environ["HUB_CONFIG"]) if environ.get("HUB_CONFIG") else None)
    file = chosen or DEFAULT_FILE
    if chosen is None and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: no such file; 'hub init' writes one") from None
    except OSError as exc:
        raise ConfigurationError(f"{file}: cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as exc:
        raise ConfigurationError(f"{file}: {_syntax(str(exc))}") from None


def _syntax(message: str) -> str:
    """Return where TOML breaks off; quoted pieces of the file are left out."""
    said, _, place_ = message.rpartition(" (at ")
    what = re.sub(r"\s*(?:\(.*\)|'.*'|\".*\")", "", said)
    return f"not valid TOML at {place_.rstrip(')')}: {what[:1].lower()}{what[1:]}"


def _contradictions(values: Mapping[str, Any], *, has_key: bool) -> Iterator[str]:
    portal, bot = (
        table if isinstance(table := values.get(name, {}), dict) else {} for name in ("bitrix24", "bot")
    )
    needed = ("portal", "client_id", "client_secret")
    given = [key for key in needed if portal.get(key)]
    if portal.get("webhook_url"):
        if given:
            yield (
                f"bitrix24.{given[0]}: stands beside webhook_url; keep either the webhook,"
                " or portal, client_id and client_secret"
            )
        elif not bot.get("token"):
            yield "bot.token: is missing; with a webhook the bot needs one, 'hub init' writes it"
    elif not given:
        yield (
            "bitrix24.webhook_url: is missing; set it, or portal, client_id and client_secret"
            " of a local application"
        )
    else:
        for key in needed:
            if key not in given:
                yield f"bitrix24.{key}: is missing; a local application needs {', '.join(needed)}"
        if not has_key:
            yield "HUB_SECRET_KEY: is missing; an application's tokens are encrypted, 'hub init' prints a key"


def _leaves(values: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*at, key))
        else:
            yield (*at, key)


def _known_variables() -> Iterator[str]:
    yield from NOT_SETTINGS
    for table, field in Tables.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            for key in field.annotation.model_fields:
                yield variable((table, key))
        else:
            yield variable((table,))
