"""The one HTTP session of a process: time-outs, certificates, and nothing sent elsewhere."""

from __future__ import annotations

import hashlib
import re
import ssl
import warnings
from pathlib import Path
from typing import Any

import requests
import urllib3

from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.library.hydrus.endpoint import Endpoint
from hydrus_video_deduplicator.library.hydrus.prompt import PromptAdapter

CERTIFICATE_FORM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Redirected(requests.RequestException):
    """The address sends its callers to another one. It is not followed: the key would be too."""


class HydrusSession(requests.Session):
    """A `requests.Session` whose every request has time-outs and stays at the given address.

    Proxies and credentials from the environment (`HTTP_PROXY`, `.netrc`) are ignored, and so are
    redirections: requests would send the API key along with them.
    """

    def __init__(self, endpoint: Endpoint, *, reached: bool = False) -> None:
        """Make no call yet. `reached` says that Hydrus is known to answer at the endpoint."""
        super().__init__()
        self._patience = endpoint.patience
        self._reached = reached
        self.trust_env = False
        self.mount("http://", PromptAdapter())
        self.mount("https://", PromptAdapter())
        if endpoint.verify is False:
            self.verify = False
            # urllib3 would say it at every request; `Connection.connect` says it once
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        elif isinstance(endpoint.verify, str) and endpoint.is_encrypted:
            self._trust_file(Path(endpoint.verify))

    def _trust_file(self, path: Path) -> None:
        fingerprint = _fingerprint_of_only_certificate(path)
        if fingerprint is None:
            self.verify = str(path)
        else:
            self.verify = False  # the fingerprint is checked instead of the chain and the name
            self.mount("https://", _PinnedCertificate(fingerprint))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send the request with our time-outs. Raises `requests.RequestException`."""
        patience = self._patience
        connect = patience.connect if self._reached else patience.first_connect
        kwargs["timeout"] = (connect, patience.read)
        kwargs["allow_redirects"] = False
        response = super().send(request, **kwargs)
        self._reached = True
        if response.is_redirect:
            response.close()
            raise Redirected
        return response


class _PinnedCertificate(PromptAdapter):
    """Accepts one certificate only, whatever name is in it.

    Hydrus makes its own certificate for the name `localhost` alone and without the extensions
    that OpenSSL asks of an authority since Python 3.13, so it cannot be verified in the usual way.
    """

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, assert_fingerprint=self._fingerprint)


def _fingerprint_of_only_certificate(path: Path) -> str | None:
    """SHA-256 of the server certificate in the file; None if it holds authorities instead."""
    try:
        authorities = ssl.create_default_context(cafile=path).get_ca_certs()
        certificates = CERTIFICATE_FORM.findall(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise UsageError(f"--verify-cert {path}: cannot read a certificate: {error}") from None
    if authorities or len(certificates) != 1:
        return None
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificates[0])).hexdigest()
