"""The HTTP protocol of one connection, with heads of a bounded size, which uvicorn leaves to a proxy."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request line with its headers, give or take what one read from the network brings.
MOST_OF_A_HEAD = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection that goes on and on without coming to a body, or going on with one.

    So it is with heads, and also with the extensions of chunks and with trailers.
    """

    _dry = 0

    def data_received(self, data: bytes) -> None:
        self._dry += len(data)
        before = self._dry
        super().data_received(data)
        if self._dry == before > MOST_OF_A_HEAD:
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._dry = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._dry = 0
        super().on_body(body)
