"""From a file as it was sent to the XML in it; an archive is read in memory and only as far as it may be large."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from hub_plugin_onec.exchange.files import FileRefused

_ZIP = b"PK\x03\x04"
#: Begins each entry in the directory of an archive.
_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 100
#: Bytes of all XML of a file.
MOST_UNPACKED = 16 * 1024 * 1024
_ENCRYPTED = 0x1


def unpack(data: bytes) -> Iterator[bytes]:
    """Yield the XML documents of a file: itself, or every ``*.xml`` of a zip.

    Raises:
        FileRefused: a damaged, encrypted or far too large archive, or one without XML.
    """
    if not data.startswith(_ZIP):
        yield data
        return
    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise FileRefused(f"the archive has more than {_MOST_ENTRIES} files")
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".xml")]
            if not entries:
                raise FileRefused("the archive has no XML file")
            for entry in entries:
                xml = _read(archive, entry, left)
                left -= len(xml)
                yield xml
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as exc:
        raise FileRefused("the archive is damaged or not whole") from exc


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileRefused("the archive is encrypted or packed in an unknown way")
    with archive.open(entry) as file:
        xml = file.read(left + 1)  # what the archive says of its sizes may be a lie
    if len(xml) > left:
        raise FileRefused(f"the archive unpacks to more than {MOST_UNPACKED} bytes")
    return xml
