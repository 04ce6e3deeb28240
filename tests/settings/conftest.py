"""A complete environment, and a way to load a file with it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hub.plugin import ConfigurationError
from hub.settings import Settings, load

COMPLETE = {
    "HUB_BITRIX24__WEBHOOK_URL": "https://portal.example/rest/1/s3cret/",
    "HUB_BOT__TOKEN": "b0t",
    "HUB_BOT__FALLBACK": "user:1",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def read() -> Callable[..., Settings]:
    def read(toml: str = "", environ: Mapping[str, str] | None = None) -> Settings:
        Path("hub.toml").write_text(toml, encoding="utf-8")
        return load(None, COMPLETE | dict(environ or {}))

    return read


@pytest.fixture
def problems(read: Callable[..., Settings]) -> Callable[..., list[str]]:
    def problems(toml: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            read(toml, environ)
        return list(caught.value.problems)

    return problems
