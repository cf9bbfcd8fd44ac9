"""Calls to the Hydrus Client API that survive what can happen to them.

Every call may be repeated: those that write (tags, relationships) state the result, so doing them
twice changes nothing more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

import hydrus_api  # type: ignore[import-untyped]
import requests

from hydrus_video_deduplicator.errors import (
    CallFailed,
    CannotConnect,
    HydrusGone,
    PermissionMissing,
)
from hydrus_video_deduplicator.library.hydrus.calls import in_words
from hydrus_video_deduplicator.library.hydrus.endpoint import LITTLE_PATIENCE, Endpoint
from hydrus_video_deduplicator.library.hydrus.release import Release
from hydrus_video_deduplicator.library.hydrus.session import HydrusSession
from hydrus_video_deduplicator.library.hydrus.trouble import (
    Busy,
    Dropped,
    Passing,
    UnknownHost,
    Unreachable,
    Unusable,
    check_status,
    trouble_of,
)
from hydrus_video_deduplicator.library.waiting import waiting
from hydrus_video_deduplicator.wording import counted

log = logging.getLogger(__name__)

T = TypeVar("T")

API_KEY_HEADER = "Hydrus-Client-API-Access-Key"
CHUNK_BYTES = 1 << 20
"""Read at a time from a body whose length is not trusted."""

CLIENT_API = "services → manage services → client api"
"""Where Hydrus has the settings of its Client API."""


@dataclass(frozen=True)
class FilePart:
    """Bytes of a file and the size of the whole of it, in bytes."""

    data: bytes
    total: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file is missing."""
        return len(self.data) == self.total


@dataclass
class _Troubles:
    """What a call has met so far.

    passing: number of attempts with a trouble that can pass.
    absent_since: when Hydrus was first seen to be away.
    """

    passing: int = 0
    absent_since: float | None = None


class Connection:
    """One process's connection to Hydrus: every call goes through `ask` or `tell`.

    A call is repeated, with growing pauses, when Hydrus is busy (503), fails (500), is out of
    bandwidth (429, 509), or when the connection is dropped, stalls, or brings half an answer or
    no JSON. When Hydrus stops answering altogether it is waited for.

    Calls raise `CallFailed` naming the call, or what ends the run: `CannotConnect` at the very
    first call, for which little is waited; later `HydrusGone`, `KeyRefused`, `PermissionMissing`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        reached: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make no call yet. `reached` says that Hydrus is known to answer at the endpoint."""
        self.endpoint = endpoint
        self._session = HydrusSession(endpoint, reached=reached)
        self._api = hydrus_api.Client(endpoint.api_key or None, endpoint.url, self._session)
        self._reached = reached
        self._sleep = sleep
        self._now = now

    def __repr__(self) -> str:
        return f"Connection({self.endpoint.address})"

    def beside(self) -> Connection:
        """Another one to the same Hydrus, for a thread that should not wait for its calls."""
        return Connection(replace(self.endpoint, patience=LITTLE_PATIENCE), reached=True)

    def connect(self) -> Release:
        """See whether Hydrus answers, and which. Raises `CannotConnect`, saying what to do."""
        self._warn_of_readers()
        try:
            return self.ask("get_api_version", Release.from_answer)
        except (CallFailed, PermissionMissing) as error:
            # this call needs no key: refused, it is this machine that may not connect
            self._refuse_address(str(error))

    def _warn_of_readers(self) -> None:
        """Say, once in a run, that others may read the key on its way."""
        where = self.endpoint.address
        if not self.endpoint.is_encrypted and not self.endpoint.is_this_machine:
            log.warning(
                "WARNING: %s is another machine without https: the API key is sent unencrypted",
                where,
            )
        if self.endpoint.is_encrypted and self.endpoint.verify is False:
            log.warning(
                "WARNING: --insecure: the certificate of %s is not verified. Anyone in between can"
                " read the API key. Safer: --verify-cert PATH",
                where,
            )

    def ask(self, call: str, read: Callable[[Any], T], **arguments: object) -> T:
        """What `read` makes of the answer to the hydrus-api method named `call`.

        `read` says by `KeyError`, `TypeError`, `ValueError` or `AttributeError` that the answer
        has not the shape that it should have: `CallFailed`.
        """

        def once() -> Any:
            return getattr(self._api, call)(**arguments)

        return self._read(call, self.repeat(call, once), read)

    @staticmethod
    def _read(call: str, answer: Any, read: Callable[[Any], T]) -> T:
        try:
            return read(answer)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # the error's own text would quote the answer at length
            kind = type(error).__name__
        raise CallFailed(f"{in_words(call)}: Hydrus sent an unexpected answer ({kind})")

    def tell(self, call: str, **arguments: object) -> None:
        """Make the call of hydrus-api that is named so and has no answer."""
        self.repeat(call, lambda: getattr(self._api, call)(**arguments))

    def tell_anew(self, call: str, attempts: Iterator[Mapping[str, object]]) -> None:
        """As `tell`, where each attempt has arguments of its own, until there are none.

        For calls that may have been done although the attempt broke off.
        """

        def once() -> None:
            arguments = next(attempts, None)
            if arguments is not None:
                getattr(self._api, call)(**arguments)

        self.repeat(call, once)

    def post(self, path: str, read: Callable[[Any], T], **body: object) -> T:
        """As `ask`, for a call that hydrus-api has no method for."""
        return self._read(path, self.repeat(path, lambda: self._send(path, body)), read)

    def attempt(
        self, path: str, read: Callable[[Any], T], body: Mapping[str, object] | None = None
    ) -> T:
        """What `read` makes of the answer to a single attempt at a call.

        Without a body, it is a GET. Whatever goes wrong is `CallFailed`.
        """
        try:
            answer = self._send(path, body)
        except Exception as error:
            trouble = trouble_of(path, error, self.endpoint.api_key)
        else:
            return self._read(path, answer, read)
        if isinstance(trouble, CallFailed):
            raise trouble
        raise CallFailed(f"{in_words(path)}: {trouble}")

    def _send(self, path: str, body: Mapping[str, object] | None) -> Any:
        response = self._session.request(
            "GET" if body is None else "POST",
            self._api.api_url + path,
            json=body,
            headers={API_KEY_HEADER: self.endpoint.api_key},
        )
        check_status(path, response, self.endpoint.api_key)
        return response.json() if response.content else None

    def file_part(self, sha256: str, first: int, last: int, *, limit: int) -> FilePart:
        """The bytes `first` to `last` of a file, or the whole of it if Hydrus ignores the range.

        Hydrus v681 answers a range that starts past the end with the whole file, and one whose
        `last` is just the file's size with a byte too few: ask only for bytes that exist. More
        than `limit` bytes are not taken: `CallFailed`.
        """

        def once() -> FilePart:
            with self._session.get(
                f"{self._api.api_url}/get_files/file",
                params={"hash": sha256},
                headers={API_KEY_HEADER: self.endpoint.api_key, "Range": f"bytes={first}-{last}"},
                stream=True,
            ) as response:
                check_status("get_file", response, self.endpoint.api_key)
                return _part(response, last - first + 1, limit)

        return self.repeat("get_file", once)

    def repeat(self, call: str, once: Callable[[], T]) -> T:
        """The result of `once`, which is done again after troubles that can pass."""
        troubles = _Troubles()
        while True:
            with waiting() as wait:
                try:
                    result = once()
                except Exception as error:
                    self._get_over(call, error, troubles)
                    wait.in_vain = True
                    continue
            if troubles.absent_since is not None:
                log.warning("Hydrus is answering again")
            self._reached = True
            return result

    def _get_over(self, call: str, error: Exception, troubles: _Troubles) -> None:
        """Wait until a new attempt makes sense. If none does, raises what the error stands for."""
        patience = self.endpoint.patience
        trouble = trouble_of(call, error, self.endpoint.api_key)
        if not isinstance(trouble, (Passing, Unreachable, Unusable)):
            raise trouble from None
        troubles.passing += isinstance(trouble, Passing)
        if isinstance(trouble, Unusable) or self._never_came(trouble, troubles.passing):
            self._refuse(trouble)
        if isinstance(trouble, Unreachable):
            troubles.absent_since = self._await_return(troubles.absent_since)
        elif troubles.passing >= patience.attempts:
            attempts = counted(troubles.passing, "attempt")
            raise CallFailed(f"{in_words(call)}: {trouble} ({attempts})") from None
        else:
            self._sleep(patience.backoff * 2 ** (troubles.passing - 1))

    def _never_came(self, trouble: Exception, attempts: int) -> bool:
        """Whether it is time to believe that no Hydrus is at the address."""
        if self._reached:
            return False
        return isinstance(trouble, Unreachable) or attempts >= self.endpoint.patience.first_attempts

    def _await_return(self, absent_since: float | None) -> float:
        patience = self.endpoint.patience
        if absent_since is None:
            absent_since = self._now()
            log.warning(
                "Hydrus no longer answers at %s; waiting up to %.0f seconds for it",
                self.endpoint.address,
                patience.absence,
            )
        elif self._now() - absent_since >= patience.absence:
            raise HydrusGone(
                f"Hydrus stopped answering at {self.endpoint.address} and has not come back for"
                f" {patience.absence:.0f} seconds. Finished work is kept; run again later."
            )
        self._sleep(patience.poll)
        return absent_since

    def _refuse(self, trouble: Exception) -> NoReturn:
        if isinstance(trouble, Busy):
            raise CannotConnect(
                f"The Hydrus at {self.endpoint.address} is busy: {trouble}. Run again later."
            ) from None
        if isinstance(trouble, Unusable):
            raise CannotConnect(
                f"Something answers at {self.endpoint.address}, but {trouble}."
            ) from None
        where, nearby = self.endpoint.address, self.endpoint.is_this_machine
        if isinstance(trouble, UnknownHost):
            raise CannotConnect(f"The name in {where} is unknown. Check --api-url.") from None
        if isinstance(trouble, Unreachable):
            others = "" if nearby else ", tick 'allow non-local connections'"
            raise CannotConnect(
                f"Nothing answers at {where}. Is Hydrus running? In {CLIENT_API}, tick 'run the"
                f" client api?'{others} and compare 'local port' with --api-url."
            ) from None
        if isinstance(trouble, Dropped) and not self.endpoint.is_encrypted:
            raise CannotConnect(
                f"What answers at {where} drops the connection. If 'use https' is ticked in"
                f" {CLIENT_API}, begin the address with https://."
            ) from None
        if self.endpoint.is_encrypted and not isinstance(trouble, Dropped):
            raise CannotConnect(
                f"What answers at {where} does not speak TLS: {trouble}. Unless 'use https' is"
                f" ticked in {CLIENT_API}, begin the address with http://."
            ) from None
        self._refuse_address(str(trouble))

    def _refuse_address(self, reason: str) -> NoReturn:
        raise CannotConnect(
            f"What answers at {self.endpoint.address} is not a Hydrus Client API: {reason}."
            f" Compare the address and its port with 'local port' in {CLIENT_API}."
        ) from None


def _part(response: requests.Response, wanted: int, limit: int) -> FilePart:
    """The body of an answer to a request for `wanted` bytes."""
    if response.status_code == requests.codes.partial_content:
        data = _body(response, wanted)
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        if len(data) != wanted or not total.isdecimal():
            raise requests.ConnectionError("not the requested part")
        return FilePart(data, int(total))
    data = _body(response, limit)
    return FilePart(data, len(data))


def _body(response: requests.Response, limit: int) -> bytes:
    data = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        data += chunk
        if len(data) > limit:
            raise CallFailed(
                f"reading the file: it is larger than {limit} bytes, and Hydrus or a proxy in front"
                " of it does not send parts of a file"
            )
    return bytes(data)
