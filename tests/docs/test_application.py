"""The settings on the page about applications are settings."""

import re
from pathlib import Path

from applications import KEY

from hub.settings import load

PAGE = (Path(__file__).parents[2] / "docs/how-to/connect-an-application.md").read_text()


def test_the_settings_on_the_page_are_complete(tmp_path):
    file = tmp_path / "hub.toml"
    file.write_text("\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.S)))
    table = load(file, {"HUB_SECRET_KEY": KEY}).bitrix24

    assert (table.portal, table.client_secret.get_secret_value()) == ("company.bitrix24.com", "...")
