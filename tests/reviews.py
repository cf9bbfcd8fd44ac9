"""The server of `review` in this process, and a browser without a window that asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import uvicorn
from pools import Threads

from hydrus_video_deduplicator.cli.reviewing import HOST, listening, server_of
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.report import Wanted
from hydrus_video_deduplicator.review.desk import Desk, Terms
from hydrus_video_deduplicator.review.guard import Pass
from hydrus_video_deduplicator.review.serving import app_of
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

WANTED = Wanted(threshold=0.6, kinds=frozenset(Kind), most=500, pictures=False)


@dataclass
class Served:
    """A desk that is served, and how to ask it as the page does."""

    desk: Desk
    admission: Pass
    address: str
    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """Where the page is, once the cookie is there."""
        return f"{self.admission.origin}{self.admission.folder}/"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        """The answer to a request of a path in the folder of the page. `_` in names is `-`."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie is not None:
            sent.setdefault("cookie", self.cookie)
        with closing(HTTPConnection(self.admission.host, timeout=60)) as connection:
            connection.request(method, f"{self.admission.folder}/{path}", body, sent)
            response = connection.getresponse()
            return response, response.read()

    def enter(self) -> None:
        """Turn the secret into the cookie."""
        response, _ = self.ask(self.address.partition(f"{self.admission.folder}/")[2])
        assert response.status == 303
        self.cookie = str(response.getheader("set-cookie")).partition(";")[0]

    def get(self, path: str) -> Any:
        """The JSON of an answer."""
        response, body = self.ask(path)
        assert response.status == 200, body
        return json.loads(body)

    def post(self, path: str, **body: Any) -> Any:
        """The JSON of the answer to a call."""
        response, answer = self.send(path, **body)
        assert response.status == 200, answer
        return json.loads(answer)

    def send(self, path: str, **body: Any) -> tuple[HTTPResponse, bytes]:
        """The answer to a call, also a refusal."""
        return self.ask(
            path,
            "POST",
            json.dumps(body).encode(),
            origin=self.admission.origin,
            content_type="application/json",
        )


@contextmanager
def served(library: Library, store: Store, terms: Terms | None = None) -> Iterator[Served]:
    """Serve the pairs of a store in a thread of this process."""
    with ThreadPoolExecutor(1) as executor, listening() as listener:
        crew = Crew(Threads(executor), time_limit=60)
        desk = Desk(WANTED, library, store, crew, terms or Terms())
        admission = Pass(f"{HOST}:{listener.getsockname()[1]}")
        server = server_of(app_of(desk, library, admission))
        thread = threading.Thread(target=_run, args=(server, listener))
        thread.start()
        try:
            yield Served(desk, admission, admission.address)
        finally:
            server.should_exit = True
            thread.join()


def _run(server: uvicorn.Server, listener: Any) -> None:
    server.run(sockets=[listener])
