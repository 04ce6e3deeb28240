"""Languages: who reads, which words, how values look.

* :class:`Reader`: a language and a zone; everything below is shown for one.
* :class:`Catalogues`: ``catalogues.of(package, language)`` returns the :class:`Catalogue` of a plugin's
  package on top of the core's; ``catalogue.template(id, plural, n)`` returns the words to fill in.
* :mod:`hub.i18n.format`: numbers, money, moments and durations for a reader.

English needs no catalogue: message ids are the English words. Another language is a folder
``locale/<language>/LC_MESSAGES`` with ``.po`` files in the package; they are compiled in memory.
"""

from hub.i18n.catalogues import CORE, Catalogue, Catalogues
from hub.i18n.reader import LANGUAGES, Reader

__all__ = ["CORE", "LANGUAGES", "Catalogue", "Catalogues", "Reader"]
