"""Where Hydrus is, with which key, and how patient to be with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from hydrus_video_deduplicator.errors import KeyRefused, UsageError

DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
API_KEY_FORM = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Patience:
    """Time-outs and retries of every call, in seconds unless named otherwise."""

    connect: float = 10.0
    """To make a connection. A LAN answers within milliseconds; a sleeping disk may not."""

    first_connect: float = 2.0
    """The same, as long as nothing has answered: a Hydrus that speaks http never answers the
    greeting of https, and the user is waiting."""

    read: float = 120.0
    """For the next bytes of an answer. Hydrus answers a search of a million files in about a
    minute, and does so only when the database is free."""

    attempts: int = 6
    """Number of times a call is made before its file or batch is set aside."""

    first_attempts: int = 3
    """Number of times the very first call is made: enough for a fault that passes, and few, as the
    address may be wrong and the user is waiting."""

    backoff: float = 0.5
    """Between the first two attempts; doubles each time, so all pauses together are 15 s."""

    absence: float = 120.0
    """For a Hydrus that was shut down in the middle of a run to come back."""

    poll: float = 2.0
    """Between two checks whether Hydrus is back."""


LITTLE_PATIENCE = Patience(connect=2.0, read=5.0)
"""For calls in parallel to a run, each of which is made once."""


@dataclass(frozen=True)
class Endpoint:
    """All that a process needs to talk to Hydrus. Picklable; its repr hides the API key."""

    url: str
    """As the user gives it: `http://localhost:45869`."""

    api_key: str = field(repr=False)
    """64 hexadecimal digits, or empty where none is needed yet."""

    verify: bool | str = True
    """True: the certificate must be valid. A path: it must be the certificate in that file, or be
    signed by one of the authorities there. False: any certificate is accepted."""

    patience: Patience = Patience()

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise UsageError(
                "The address of the Client API must look like http://localhost:45869 or"
                " https://example.org:45869, with no user, password or question mark in it."
            )
        if self.api_key and not API_KEY_FORM.fullmatch(self.api_key):
            raise KeyRefused(
                "The API key must be 64 hexadecimal digits. Copy it in Hydrus from services →"
                " review services → local → client api."
            )

    @property
    def address(self) -> str:
        """The address as messages show it: as the user typed it, without a slash at its end."""
        return self.url.rstrip("/")

    @property
    def identity(self) -> str:
        """The address in one normal form, however it is typed: names the library in the store."""
        parts = urlsplit(self.url)
        host = "localhost" if self.is_this_machine else str(parts.hostname)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"

    @property
    def is_this_machine(self) -> bool:
        """Whether what is sent to the address stays on this machine."""
        return urlsplit(self.url).hostname in LOOPBACK_NAMES

    @property
    def is_encrypted(self) -> bool:
        """Whether the address is https."""
        return urlsplit(self.url).scheme == "https"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where the port is no number
    except ValueError:
        return None
    return None if parts.username or parts.query or parts.fragment else parts
