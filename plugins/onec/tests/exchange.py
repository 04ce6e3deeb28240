"""1C as it drives the site exchange, step by step."""

from __future__ import annotations

import base64
import io
import zipfile
from urllib.parse import urlencode

import httpx

from hub.testing import HubHarness

from .conftest import PAYLOADS, credentials

ORDER = (PAYLOADS / "exchange" / "order-paid.xml").read_bytes()


def order(id: str = "1", *, status: str = "Принят", paid: bool = False, more: str = "") -> bytes:
    """Return a file with one order."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация ВерсияСхемы="2.05"><Документ><Ид>{id}</Ид>'
        f"<Номер>{id}</Номер><ХозОперация>Заказ товара</ХозОперация><Сумма>10.00</Сумма>{more}"
        f"<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Статус заказа</Наименование>"
        f"<Значение>{status}</Значение></ЗначениеРеквизита><ЗначениеРеквизита><Наименование>Заказ оплачен"
        f"</Наименование><Значение>{str(paid).lower()}</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>"
        f"</Документ></КоммерческаяИнформация>"
    ).encode()


def zipped(*files: tuple[str, bytes]) -> bytes:
    """Return an archive of *files*."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        for name, content in files:
            into.writestr(name, content)
    return archive.getvalue()


class Client:
    """The exchange module of 1C."""

    def __init__(self, hub: HubHarness) -> None:
        self.hub = hub
        self.cookie = ""
        self.sessid = ""

    def call(
        self,
        mode: str,
        filename: str = "",
        body: bytes | None = None,
        *,
        headers: dict[str, str] | None = None,
        settle: bool = True,
        **query: str,
    ) -> httpx.Response:
        given = {"type": "sale", "mode": mode, "sessid": self.sessid, "filename": filename} | query
        path = f"exchange?{urlencode({name: value for name, value in given.items() if value})}"
        sent = {"Cookie": self.cookie} | (headers or {}) | {"content-type": "application/octet-stream"}
        method = "GET" if body is None else "POST"
        return self.hub.receive("onec", body or b"", path=path, headers=sent, method=method, settle=settle)

    def begin(self) -> list[str]:
        """Log in and return the lines of the answer."""
        lines = self.call("checkauth", headers=dict(credentials())).text.splitlines()
        self.cookie, self.sessid = f"{lines[1]}={lines[2]}", lines[3].partition("=")[2]
        return lines

    def exchange(self, *parts: bytes, filename: str = "orders.xml") -> str:
        """Do a whole exchange in a session of its own and return what the import says."""
        self.begin()
        for part in parts:
            assert self.call("file", filename, part).text == "success\n"
        for _ in range(3):
            said = self.call("import", filename).text
            if not said.startswith("progress"):
                return said
        raise AssertionError("the import goes on for ever")


def basic(pair: str) -> dict[str, str]:
    """Return the header of *pair*, ``name:password``."""
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
