"""What went wrong with one attempt at a call, classified by what can be done about it."""

from __future__ import annotations

import hydrus_api  # type: ignore[import-untyped]
import requests
import urllib3

from hydrus_video_deduplicator.errors import (
    CallFailed,
    DeduplicatorError,
    FileGone,
    KeyRefused,
    PermissionMissing,
)
from hydrus_video_deduplicator.library.hydrus.calls import in_words
from hydrus_video_deduplicator.library.hydrus.session import Redirected
from hydrus_video_deduplicator.untrusted import printable

TEXT_LENGTH = 300
"""Characters of an error text of Hydrus that are passed on; an unforeseen error of v681 comes with
a traceback of many thousand."""

PASSING_STATUSES = frozenset({500, 502, 504})
"""HTTP statuses that may be gone at the next attempt: unforeseen errors, of Hydrus or a proxy."""

BUSY_STATUSES = frozenset({429, 503, 509})
"""HTTP statuses of a Hydrus that has no time. v681: 503 while its database is locked and while it
shuts down, 509 when the bandwidth that its user allows the Client API is used up."""

REFUSING_STATUSES = frozenset({401, 403, 419})
"""HTTP statuses about the key: none given, not allowed, session expired."""

NOT_IN_CLIENT = "FileMissingException"
"""What v681 names the error (404) that a file has been deleted, or never was there. One that should
be there and is not on its disk is a `NotFoundException`."""

SAID_TO_A_LIMITED_KEY = ("permission to search everything", "permission to see all files")
"""What v681 and v682 say (403) to a key with a tag filter, whatever it allows."""

LIMITED_KEY = (
    "The API key may search only some tags, but this program has to search all files. In Hydrus:"
    " services → review services → local → client api → edit the key, and let it search all tags;"
    " or get a new key with request-key --save and leave its tag filter as it is."
)

HOW_TO_VERIFY = (
    "Hydrus makes its own certificate, client.crt in its database directory: pass it with"
    " --verify-cert PATH. With --insecure any certificate is accepted, so anyone between here"
    " and Hydrus can read the key"
)


class Passing(Exception):
    """May be gone at the next attempt."""


class Busy(Passing):
    """Hydrus is there and has no time."""


class Dropped(Passing):
    """The connection was closed in the middle."""


class Unreachable(Exception):
    """Nobody listens at the address."""


class UnknownHost(Unreachable):
    """No machine is known by the name in the address; it may be the network that is away."""


class Unusable(Exception):
    """Something listens, but no attempt to talk to it can succeed."""


class Refused(CallFailed):
    """Hydrus understood the call but will not do it: repeating it would not help."""

    def __init__(self, message: str, status: int = 0, said: str = "") -> None:
        """`status` is the HTTP status, 400 to 499; `said` the message without what was called."""
        super().__init__(message)
        self.status = status
        self.said = said


def trouble_of(call: str, error: Exception, secret: str) -> Exception:
    """The trouble behind an error of one attempt. `secret` is kept out of its text."""
    match error:
        case hydrus_api.APIError():
            return _of_status(call, error.response, secret)
        case hydrus_api.ConnectionError():
            return _of_transport(error.__cause__ or error)
        case requests.RequestException() | urllib3.exceptions.HTTPError() | OSError():
            return _of_transport(error)
        case _:
            return error


def check_status(call: str, response: requests.Response, secret: str) -> None:
    """Raise the trouble that an answer other than success stands for."""
    if not response.ok:
        raise _of_status(call, response, secret)


def _of_status(call: str, response: requests.Response, secret: str) -> Exception:
    kind, text = _error_kind(response), _error_text(response, secret)
    status, said = response.status_code, f"Hydrus answered {response.status_code}: {text}"
    if status in BUSY_STATUSES:
        return Busy(said)
    if status in PASSING_STATUSES:
        return Passing(said)
    if status in REFUSING_STATUSES:
        return _about_key(status, text)
    if kind == NOT_IN_CLIENT:
        return FileGone(f"{in_words(call)}: {said}")
    return Refused(f"{in_words(call)}: {said}", status, said)


def _about_key(status: int, text: str) -> DeduplicatorError:
    if any(said in text for said in SAID_TO_A_LIMITED_KEY):
        return PermissionMissing(LIMITED_KEY)
    # v681 answers 403 both to a key that it does not know and to one that may not do the call
    if status == requests.codes.forbidden and "access key" not in text:
        return PermissionMissing(f"Hydrus does not allow this with the API key: {text}.")
    return KeyRefused(
        f"Hydrus does not accept the API key: {text}. Compare it with the one in services → review"
        " services → local → client api, or get a new one with request-key --save."
    )


def _error_kind(response: requests.Response) -> str | None:
    """The name of the error in Hydrus' own code, if the answer tells it."""
    try:
        return str(response.json()["exception_type"])
    except (KeyError, TypeError, ValueError, requests.RequestException):
        return None


def _error_text(response: requests.Response, secret: str) -> str:
    """What the answer says of its error: untrusted, so cut, made printable, without the key."""
    try:
        answer = response.json()
        text = str(answer["error"])
    except (KeyError, TypeError, ValueError, requests.RequestException):
        text = str(response.reason)
    if secret:  # before the text is cut, which could leave half of the key
        text = text.replace(secret, "<key>")
    text = text if len(text) <= TEXT_LENGTH else text[:TEXT_LENGTH] + "…"
    return printable(text).rstrip(".! ")


def _of_transport(error: BaseException) -> Exception:
    match error:
        case Redirected():
            return Unusable("it redirects to another address: give the one of Hydrus itself")
        case requests.exceptions.SSLError():
            return _of_tls(str(error))
        case requests.ReadTimeout():
            return Passing("there was no answer in time")
        case requests.exceptions.InvalidJSONError():
            return Passing("the answer is not JSON")
    return _of_connecting(error)


def _of_connecting(error: BaseException) -> Exception:
    reason = _reason(error)
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return UnknownHost("its name is unknown")
    no_connection = isinstance(reason, urllib3.exceptions.NewConnectionError)
    if no_connection or isinstance(error, requests.ConnectTimeout):
        return Unreachable("nothing answers there")
    return Dropped("the connection was dropped, or the answer was cut short")


def _of_tls(text: str) -> Exception:
    if "CERTIFICATE_VERIFY" in text or "ingerprint" in text:
        return Unusable(f"its certificate is not trusted. {HOW_TO_VERIFY}")
    if "WRONG_VERSION" in text or "record layer" in text:
        return Unusable(
            "it does not speak https: begin the address with http://, or tick 'use https' in"
            " services → manage services → client api"
        )
    return Passing("the encrypted connection broke")


def _reason(error: BaseException) -> object:
    """Why no connection came to be, such as the address, the host or the port; else None."""
    return getattr(error.args[0], "reason", None) if error.args else None
