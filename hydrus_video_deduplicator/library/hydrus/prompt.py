"""Connections that acknowledge at once.

A server that sends the head and the body of an answer apart waits with the body until the head is
acknowledged, which Linux puts off by 40 ms: 20 calls a second instead of 1000. Hydrus sends both
together; servers made with Python's `http.server`, and some proxies, do not.
"""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Only Linux has it. The kernel forgets it again and again, so it is set for every answer."""


class _Prompt(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3 itself
        if QUICKACK is not None and self.sock is not None:
            self.sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        return super().getresponse()


class _PromptTLS(_Prompt, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Prompt


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _PromptTLS


class PromptAdapter(HTTPAdapter):
    """An adapter whose connections acknowledge at once."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by the base class."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
