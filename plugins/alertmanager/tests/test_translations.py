"""The Russian catalogue has all words of the plugin, and no others."""

import hub_plugin_alertmanager
from hub.testing import TranslationsContract


class TestTranslations(TranslationsContract):
    package = hub_plugin_alertmanager
