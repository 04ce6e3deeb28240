"""A real Zabbix on this machine: server, database and the frontend that has the API."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict

from servers.process import find, free_port, listens, missing, running, scratch_folder

_SQL = Path("/usr/share/zabbix-server-pgsql")
_FRONTEND = Path("/usr/share/zabbix")
#: What the API does without.
_NOT_NEEDED = {"data", "assets", "js", "fonts", "audio", "COPYING"}
_DEBIANS_CONFIG = "/etc/zabbix/zabbix.conf.php"


class Zabbix:
    """A running Zabbix, as its administrator and its agents use it."""

    def __init__(self, url: str, trapper_port: int) -> None:
        self.url = url
        self._trapper = ("127.0.0.1", trapper_port)
        self._session = ""
        self._session = str(self.api("user.login", username="Admin", password="zabbix"))

    def api(self, method: str, *positional: Any, **params: Any) -> Any:
        """Return what the API says."""
        body = {"jsonrpc": "2.0", "method": method, "params": list(positional) or params, "id": 1}
        if self._session:
            body["auth"] = self._session
        answer = httpx.post(f"{self.url}/api_jsonrpc.php", json=body, timeout=30).json()
        assert "result" in answer, answer
        return answer["result"]

    def sends(self, host: str, key: str, value: object) -> bool:
        """Send a value as ``zabbix_sender`` does, and say whether the server took it."""
        data = json.dumps(
            {"request": "sender data", "data": [{"host": host, "key": key, "value": str(value)}]}
        ).encode()
        with socket.create_connection(self._trapper, timeout=10) as connection:
            connection.sendall(b"ZBXD\x01" + struct.pack("<II", len(data), 0) + data)
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        return b"processed: 1" in answer


@contextmanager
def serving(postgres: str) -> Iterator[Zabbix]:
    """Run a Zabbix on the empty database *postgres*."""
    server, php = find("zabbix_server", Path("/usr/sbin")), find("php")
    if server is None or php is None or not _FRONTEND.is_dir():
        missing("Zabbix; try `apt-get install zabbix-server-pgsql zabbix-frontend-php php-pgsql`")
    database = conninfo_to_dict(postgres)
    _fill(postgres)
    with scratch_folder("zabbix") as folder:
        trapper, web = _low_port(), free_port()
        for name in ("server", "web"):
            (folder / name).mkdir()
        config = folder / "server" / "zabbix.conf"
        config.write_text(_server_config(folder / "server", trapper, database))
        _copy_frontend(folder, database)
        url = f"http://127.0.0.1:{web}"
        env = {**os.environ, "PHP_CLI_SERVER_WORKERS": "2"}
        serve = [php, "-d", "post_max_size=16M", "-S", f"127.0.0.1:{web}", "-t", folder / "frontend"]
        with (
            running([server, "-f", "-c", config], ready=lambda: listens(trapper), folder=folder / "server"),
            running(serve, ready=lambda: listens(web), folder=folder / "web", env=env),
        ):
            yield Zabbix(url, trapper)


def _low_port() -> int:
    """Return a free port that the server takes: it knows none above 32767."""
    return next(port for port in random.sample(range(20000, 32768), 100) if not listens(port))


def _fill(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in ("schema", "images", "data"):
            statements = gzip.decompress((_SQL / f"{name}.sql.gz").read_bytes()).decode()
            connection.execute(statements.encode())


def _server_config(folder: Path, port: int, database: dict[str, Any]) -> str:
    few = ("Trappers", "DBSyncers", "Escalators", "Alerters", "Preprocessors", "LLDProcessors", "Timers")
    none = ("Pollers", "PollersUnreachable", "HTTPPollers", "Pingers", "Discoverers")
    lines = {
        "LogType": "console",
        "PidFile": folder / "pid",
        "SocketDir": folder,
        "ListenIP": "127.0.0.1",
        "ListenPort": port,
        "DBHost": database["host"],
        "DBPort": database["port"],
        "DBName": database["dbname"],
        "DBUser": database["user"],
        "DBPassword": database["password"],
        "AllowRoot": 1,
        "CacheUpdateFrequency": 1,
        **{f"Start{name}": 1 for name in few},
        **{f"Start{name}": 0 for name in none},
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _copy_frontend(folder: Path, database: dict[str, Any]) -> None:
    """Copy Debian's frontend, which reads its settings from ``/etc`` only."""
    settings = folder / "zabbix.conf.php"
    values = {"TYPE": "POSTGRESQL", "SERVER": database["host"], "PORT": database["port"], "SCHEMA": ""}
    values |= {"DATABASE": database["dbname"], "USER": database["user"], "PASSWORD": database["password"]}
    lines = [f"$DB['{name}'] = '{value}';" for name, value in values.items()]
    settings.write_text(
        "\n".join(["<?php", *lines, "$DB['ENCRYPTION'] = false;", "$DB['DOUBLE_IEEE754'] = true;"])
    )
    copy = folder / "frontend"
    shutil.copytree(_FRONTEND, copy, ignore=lambda at, _: _NOT_NEEDED if Path(at) == _FRONTEND else ())
    constant = copy / "include/classes/core/CConfigFile.php"
    constant.write_text(constant.read_text().replace(_DEBIANS_CONFIG, str(settings)))
