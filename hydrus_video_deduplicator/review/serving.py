"""The page and its calls over HTTP: what comes in is checked here, what goes out is the desk's."""

import csv
import io
import json
import math
from collections.abc import Callable
from importlib.resources import files
from typing import Any, BinaryIO

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from hydrus_video_deduplicator.errors import (
    CallFailed,
    DeduplicatorError,
    FileGone,
    UnreadableVideo,
    UsageError,
)
from hydrus_video_deduplicator.frames.wrapping import HEAD_BYTES, container_of
from hydrus_video_deduplicator.library import Judgement, Library, Pair, Relation, pair_of
from hydrus_video_deduplicator.review import ranges
from hydrus_video_deduplicator.review.desk import Desk
from hydrus_video_deduplicator.review.guard import Guard, Pass
from hydrus_video_deduplicator.untrusted import as_cell, printable

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
"""Of the parts of the page."""

NEVER_KEPT = {"Cache-Control": "no-store"}
KEPT = {"Cache-Control": "private, max-age=3600"}

ALONE = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""Of the bytes of files: whatever they are, a browser that opens them alone runs nothing."""

MOST_BODY = 1 << 20
"""Bytes of a call. A decision is 300 bytes."""


def app_of(desk: Desk, library: Library, admission: Pass) -> Starlette:
    """The app that serves a desk to those whom the guard lets in."""
    serving = _Serving(desk, library)
    routes = [
        Route("/", serving.page),
        Route("/page/{name}", serving.page),
        Route("/media/{sha256}", serving.media),
        Route("/picture/{sha256}", serving.picture),
        Route("/api/overview", serving.answer(desk.overview)),
        Route("/api/state", serving.answer(desk.state)),
        Route("/api/summary", serving.answer(desk.summary)),
        Route("/api/card/{number:int}", serving.card),
        Route("/api/decisions.{form}", serving.decisions),
        Route("/api/decide", serving.call(lambda b: desk.decide(_judgements(b))), methods=["POST"]),
        Route("/api/withdraw", serving.call(lambda b: desk.withdraw(_pairs(b))), methods=["POST"]),
        Route("/api/undo", serving.call(lambda _: desk.undo()), methods=["POST"]),
        Route(
            "/api/advice", serving.call(lambda b: desk.take_advice(_numbers(b))), methods=["POST"]
        ),
        Route(
            "/api/apply",
            serving.call(lambda b: desk.apply(merges=_flag(b, "merges"))),
            methods=["POST"],
        ),
    ]
    return Starlette(
        routes=[Mount(admission.folder, routes=routes)],
        middleware=[Middleware(Guard, admission=admission)],
        exception_handlers={
            UsageError: _told(409),
            FileGone: _told(410),
            UnreadableVideo: _told(422),
            CallFailed: _told(502),
            DeduplicatorError: _told(502),
            OSError: _told(404),
            HTTPException: _http_error,
        },
    )


class _Serving:
    def __init__(self, desk: Desk, library: Library) -> None:
        self._desk = desk
        self._library = library
        self._page = {
            part.name: part.read_bytes()
            for part in files(__package__).joinpath("page").iterdir()
            if "." + part.name.rpartition(".")[2] in TYPES
        }

    def page(self, request: Request) -> Response:
        """A part of the page, by its name: nothing else in the folder can be named."""
        name = request.path_params.get("name", "index.html")
        if name not in self._page:
            raise HTTPException(404)
        kind = TYPES["." + name.rpartition(".")[2]]
        return Response(self._page[name], media_type=kind, headers={"Cache-Control": "no-cache"})

    def answer(self, ask: Callable[[], Any]) -> Callable[[Request], Response]:
        """What answers a question without a body."""
        return lambda request: JSONResponse(ask(), headers=NEVER_KEPT)

    def call(self, do: Callable[[Any], Any]) -> Callable[[Request], Any]:
        """What answers a call whose body is JSON."""

        async def answered(request: Request) -> Response:
            if request.headers.get("content-type") != "application/json":
                raise HTTPException(415)
            body = await _body(request)
            try:
                told = await run_in_threadpool(do, body)
            except (KeyError, TypeError, ValueError):
                raise HTTPException(400, "The request cannot be read.") from None
            return JSONResponse(told, headers=NEVER_KEPT)

        return answered

    def card(self, request: Request) -> Response:
        """All of a card; its files are looked at first."""
        number, examines = request.path_params["number"], "examined" in request.query_params
        return JSONResponse(self._desk.card(number, examines=examines), headers=NEVER_KEPT)

    def media(self, request: Request) -> Response:
        """The bytes of a file, or the requested part of them, read as they are sent."""
        file = self._library.source(self._known(request)).open()
        try:
            total = file.seek(0, io.SEEK_END)
            file.seek(0)
            kind = container_of(file.read(HEAD_BYTES)).mime
            extract = ranges.wanted(request.headers.get("range"), total)
        except BaseException:
            file.close()
            raise
        headers = {"Accept-Ranges": "bytes", **ALONE, **KEPT}
        if extract is None or request.method == "HEAD":
            file.close()
            headers |= {"Content-Range": f"bytes */{total}"} if extract is None else {}
            headers |= {} if extract is None else {"Content-Length": str(total)}
            return Response(None, 416 if extract is None else 200, headers, kind)
        headers |= {"Content-Length": str(extract.length)}
        if extract.is_part:
            headers |= {"Content-Range": f"bytes {extract.first}-{extract.last}/{total}"}
        return _FileResponse(file, extract, headers, kind)

    def picture(self, request: Request) -> Response:
        """The picture of a file at a moment, decoded by us."""
        try:
            time = float(request.query_params["t"])
            side = max(1, int(request.query_params.get("side", "640")))
            if not math.isfinite(time):
                raise ValueError("no moment")
        except (KeyError, ValueError):
            raise HTTPException(400, "The request cannot be read.") from None
        (picture,) = self._desk.looker.pictures(self._known(request), [max(0.0, time)], side)
        return Response(picture, media_type="image/jpeg", headers={**ALONE, **KEPT})

    def decisions(self, request: Request) -> Response:
        """What is decided, to be saved."""
        rows, form = self._desk.decisions(), request.path_params["form"]
        if form not in ("csv", "json"):
            raise HTTPException(404)
        text = json.dumps(rows, indent=1) if form == "json" else _as_csv(rows)
        kind = "application/json" if form == "json" else "text/csv; charset=utf-8"
        name = {"Content-Disposition": f'attachment; filename="decisions.{form}"'}
        return Response(text, media_type=kind, headers={**name, **NEVER_KEPT})

    def _known(self, request: Request) -> str:
        """The file that a request names: only those on the cards are served."""
        sha256: str = request.path_params["sha256"]
        if not self._desk.has(sha256):
            raise HTTPException(404)
        return sha256


class _FileResponse(StreamingResponse):
    """Sends a part of a file, and closes it also when the browser does not wait for the end."""

    def __init__(
        self, file: BinaryIO, extract: ranges.Extract, headers: dict[str, str], kind: str
    ) -> None:
        status = 206 if extract.is_part else 200
        super().__init__(ranges.read(file, extract), status, headers, kind)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _body(request: Request) -> Any:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_BODY:
            raise HTTPException(413)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):  # of lists within lists
        raise HTTPException(400, "The request cannot be read.") from None


def _judgements(body: Any) -> list[Judgement]:
    return [
        Judgement(
            _text(row["first"]),
            _text(row["second"]),
            Relation(row["relation"]),
            _flag(row, "deletes"),
        )
        for row in body["judgements"]
    ]


def _pairs(body: Any) -> list[Pair]:
    return [pair_of(_text(a), _text(b)) for a, b in body["pairs"]]


def _numbers(body: Any) -> list[int]:
    return [int(number) for number in body["cards"]]


def _flag(body: Any, name: str) -> bool:
    if not isinstance(body[name], bool):
        raise TypeError
    return bool(body[name])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    names = list(rows[0]) if rows else ["first", "second", "relation"]
    table = csv.DictWriter(text, names)
    table.writeheader()
    for row in rows:
        table.writerow({n: as_cell(v) if isinstance(v, str) else v for n, v in row.items()})
    return text.getvalue()


def _told(status: int) -> Callable[[Request, Exception], Response]:
    """Answers with what an error says."""
    return lambda request, error: JSONResponse({"error": printable(str(error))}, status, NEVER_KEPT)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, NEVER_KEPT)
