"""Calls survive what can happen to them, and say what to do where they cannot."""

import json
import logging
import pickle
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from certificates import HYDRUS_CERTIFICATE, OTHER_CERTIFICATE
from fake_hydrus import KEY, PASSING, FakeHydrus, Fault

from hydrus_video_deduplicator.errors import (
    CallFailed,
    CannotConnect,
    DeduplicatorError,
    HydrusGone,
    KeyRefused,
    PermissionMissing,
    UsageError,
)
from hydrus_video_deduplicator.library.hydrus import Connection, Endpoint, Patience, prompt
from hydrus_video_deduplicator.library.hydrus.services import Services
from hydrus_video_deduplicator.library.hydrus.trouble import TEXT_LENGTH, check_status

HURRIED = Patience(connect=5, read=0.2, attempts=3, backoff=0, absence=10, poll=1)
SERVICES = "/get_services"


class Clock:
    """A time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.naps: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.time += seconds


@pytest.fixture
def hydrus() -> Iterator[FakeHydrus]:
    with FakeHydrus() as fake:
        yield fake


def connection_to(hydrus: FakeHydrus, clock: Clock | None = None) -> Connection:
    clock = clock or Clock()
    endpoint = Endpoint(hydrus.url, KEY, patience=HURRIED)
    return Connection(endpoint, sleep=clock.sleep, now=clock.now)


@pytest.mark.parametrize("fault", PASSING)
def test_a_call_is_repeated_after_a_fault_that_passes(hydrus: FakeHydrus, fault: Fault) -> None:
    connection = connection_to(hydrus)
    connection.connect()
    hydrus.fail(SERVICES, fault, times=HURRIED.attempts - 1)
    assert Services(connection).tags("my tags")
    assert hydrus.calls.count(SERVICES) == HURRIED.attempts


@pytest.mark.parametrize("fault", [*PASSING, Fault.WRONG_SHAPE])
def test_a_fault_that_stays_fails_the_call_and_says_what_it_was_for(
    hydrus: FakeHydrus, fault: Fault
) -> None:
    connection = connection_to(hydrus)
    connection.connect()
    hydrus.fail(SERVICES, fault, times=HURRIED.attempts)
    with pytest.raises(CallFailed, match=r"^asking for the services: "):
        Services(connection)


def test_the_pauses_between_attempts_double(hydrus: FakeHydrus) -> None:
    clock = Clock()
    patience = Patience(attempts=5, backoff=0.5)
    connection = Connection(Endpoint(hydrus.url, KEY, patience=patience), sleep=clock.sleep)
    connection.connect()
    hydrus.fail(SERVICES, Fault.LOCKED, times=4)
    Services(connection)
    assert clock.naps == [0.5, 1, 2, 4]


def test_an_error_text_of_hydrus_is_cut_and_cannot_steer_a_terminal(hydrus: FakeHydrus) -> None:
    connection = connection_to(hydrus)
    connection.connect()
    predicate = "system:\x1b[2J" + "x" * 5000
    with pytest.raises(CallFailed, match="searching for files: Hydrus answered 400") as failure:
        connection.ask("search_files", dict, tags=[predicate])
    assert str(failure.value).isprintable()
    assert len(str(failure.value)) < 400


def test_a_hydrus_that_comes_back_is_waited_for(
    hydrus: FakeHydrus, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connection_to(hydrus)
    connection.connect()
    hydrus.stop()
    polls = iter([lambda: None, lambda: None, hydrus.start])
    connection._sleep = lambda _: next(polls)()
    with caplog.at_level(logging.INFO):
        assert Services(connection).tags("my tags")
    said = [record.message for record in caplog.records]
    assert ["no longer answers" in said[0], "is answering again" in said[1], len(said)] == [
        True,
        True,
        2,
    ]


def test_a_hydrus_that_stays_away_ends_the_run_after_two_minutes(hydrus: FakeHydrus) -> None:
    clock = Clock()
    connection = Connection(Endpoint(hydrus.url, KEY), sleep=clock.sleep, now=clock.now)
    connection.connect()
    hydrus.stop()
    with pytest.raises(HydrusGone, match="120 seconds"):
        Services(connection)
    assert clock.time == 120


def test_at_the_first_call_nobody_is_waited_for(hydrus: FakeHydrus) -> None:
    hydrus.stop()
    clock = Clock()
    with pytest.raises(CannotConnect, match="manage services → client api"):
        connection_to(hydrus, clock).connect()
    assert clock.naps == []


def test_a_hydrus_that_is_busy_at_the_first_call_is_not_taken_for_none(hydrus: FakeHydrus) -> None:
    hydrus.fail("/api_version", Fault.LOCKED, times=HURRIED.first_attempts)
    with pytest.raises(CannotConnect, match="is busy"):
        connection_to(hydrus).connect()


@pytest.mark.parametrize("fault", PASSING)
def test_the_first_call_too_is_repeated_after_a_fault_that_passes(
    hydrus: FakeHydrus, fault: Fault
) -> None:
    hydrus.fail("/api_version", fault, times=HURRIED.first_attempts - 1)
    assert connection_to(hydrus).connect().hydrus == 681


NO_ANSWER = [Fault.ERROR, Fault.DROP, Fault.STALL, Fault.HALF, Fault.NOT_JSON, Fault.WRONG_SHAPE]


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_an_address_that_is_no_hydrus_is_refused(hydrus: FakeHydrus, fault: Fault) -> None:
    hydrus.fail("/api_version", fault, times=HURRIED.attempts)
    with pytest.raises(
        CannotConnect,
        match=r"What answers at http://[^ ]+:\d+ (is not a Hydrus Client API|drops)",
    ):
        connection_to(hydrus).connect()


def test_an_address_with_a_path_that_hydrus_has_not_is_refused(hydrus: FakeHydrus) -> None:
    endpoint = Endpoint(f"{hydrus.url}/elsewhere", KEY, patience=HURRIED)
    with pytest.raises(CannotConnect, match="answered 404"):
        Connection(endpoint).connect()


def test_a_name_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CannotConnect, match="The name in"):
        Connection(Endpoint("http://hydrus.invalid:1", KEY, patience=HURRIED)).connect()


def test_a_redirection_is_not_followed_since_the_key_would_be_sent_along(
    hydrus: FakeHydrus,
) -> None:
    with FakeHydrus() as other:
        hydrus.redirects_to = other.url
        with pytest.raises(CannotConnect, match="redirects"):
            connection_to(hydrus).connect()
        assert other.calls == []


def test_proxies_of_the_environment_are_not_used(
    hydrus: FakeHydrus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.invalid:1")
    assert connection_to(hydrus).connect().hydrus == 681


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (FakeHydrus.revoke_key, KeyRefused),
        (lambda hydrus: hydrus.grant([2]), PermissionMissing),
    ],
)
def test_a_key_that_is_no_longer_accepted_ends_the_run(hydrus, change, error) -> None:
    connection = connection_to(hydrus)
    connection.connect()
    change(hydrus)
    with pytest.raises(error):
        connection.ask("search_files", dict, tags=["system:everything"])


@pytest.mark.parametrize(
    "url", ["", "localhost:45869", "ftp://localhost", "http://", "http://a:b", "http://u:p@host"]
)
def test_an_address_must_be_http_or_https_and_hold_no_password(url: str) -> None:
    with pytest.raises(UsageError):
        Endpoint(url, KEY)


@pytest.mark.parametrize("key", ["abc", "z" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"])
def test_a_malformed_key_is_refused_before_any_call(key: str) -> None:
    with pytest.raises(KeyRefused, match="64 hexadecimal digits"):
        Endpoint("http://localhost:45869", key)


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("http://localhost:45869", "http://localhost:45869"),
        ("HTTP://LOCALHOST:45869/", "http://localhost:45869"),
        ("http://127.0.0.1:45869", "http://localhost:45869"),
        ("http://[::1]:45869", "http://localhost:45869"),
        ("http://hydrus.lan", "http://hydrus.lan:80"),
        ("https://hydrus.lan/api/", "https://hydrus.lan:443/api"),
    ],
)
def test_an_address_has_one_identity_however_it_is_typed(url: str, identity: str) -> None:
    assert Endpoint(url, KEY).identity == identity


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_message_shows_the_address_as_it_was_typed(host: str) -> None:
    with pytest.raises(CannotConnect, match=re.escape(f"Nothing answers at http://{host}:1.")):
        Connection(Endpoint(f"http://{host}:1/", KEY, patience=HURRIED)).connect()


def test_a_hydrus_without_ipv6_is_reached_where_localhost_means_ipv6_first(
    hydrus: FakeHydrus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    unused = ("::1", 1, 0, 0)
    port = urlsplit(hydrus.url).port

    def resolve(host: str, *_: object) -> list[tuple[object, ...]]:
        assert host == "localhost"
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", unused),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    Connection(Endpoint(f"http://localhost:{port}", hydrus.key, patience=HURRIED)).connect()


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://hydrus.invalid", True), ("https://hydrus.invalid", False), ("http://[::1]:1", False)],
)
def test_a_key_that_travels_in_the_clear_is_warned_of(
    url: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CannotConnect):
        Connection(Endpoint(url, KEY, patience=HURRIED)).connect()
    assert ("unencrypted" in caplog.text) == warned


def test_the_key_appears_nowhere(hydrus: FakeHydrus, caplog: pytest.LogCaptureFixture) -> None:
    connection = connection_to(hydrus)
    texts = [repr(connection), repr(connection.endpoint)]
    texts.append(repr(pickle.loads(pickle.dumps(connection.endpoint))))
    with caplog.at_level(logging.DEBUG):
        connection.connect()
        for fault in PASSING:
            hydrus.fail(SERVICES, fault, times=HURRIED.attempts)
            with pytest.raises(CallFailed) as failure:
                Services(connection)
            texts += [str(failure.value), repr(failure.value)]
        hydrus.revoke_key()
        with pytest.raises(DeduplicatorError) as refusal:
            connection.ask("get_services", dict)
        texts.append(repr(refusal.value))
    assert KEY not in "".join(texts) + caplog.text


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, Path]:
    texts = {"hydrus": HYDRUS_CERTIFICATE, "other": OTHER_CERTIFICATE, "none": "nothing"}
    paths = {name: tmp_path / f"{name}.pem" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name])
    return paths


def test_hydrus_own_certificate_is_accepted_when_it_is_passed(certificates) -> None:
    with FakeHydrus(certificate=certificates["hydrus"]) as hydrus:
        endpoint = Endpoint(hydrus.url, KEY, verify=str(certificates["hydrus"]), patience=HURRIED)
        assert Connection(endpoint).connect().hydrus == 681


@pytest.mark.parametrize("trusted", [None, "other"])
def test_a_certificate_that_is_not_trusted_is_refused(certificates, trusted) -> None:
    with FakeHydrus(certificate=certificates["hydrus"]) as hydrus:
        verify = str(certificates[trusted]) if trusted else True
        endpoint = Endpoint(hydrus.url, KEY, verify=verify, patience=HURRIED)
        with pytest.raises(CannotConnect, match="--verify-cert PATH"):
            Connection(endpoint).connect()
        assert hydrus.calls == []


@pytest.mark.skipif(prompt.QUICKACK is None, reason="only Linux puts acknowledgements off so long")
@pytest.mark.parametrize("verified", [None, "hydrus", False])
def test_every_answer_is_acknowledged_at_once(certificates, verified, monkeypatch) -> None:
    options = []
    original = socket.socket.setsockopt

    def noting(self: socket.socket, *option: int) -> None:
        options.append(option)
        original(self, *option)

    verify = str(certificates[verified]) if verified else False
    with FakeHydrus(certificate=certificates["hydrus"] if verified is not None else None) as hydrus:
        connection = Connection(Endpoint(hydrus.url, KEY, verify=verify, patience=HURRIED))
        monkeypatch.setattr(socket.socket, "setsockopt", noting)
        for _ in range(3):
            connection.connect()
    assert options.count((socket.IPPROTO_TCP, prompt.QUICKACK, 1)) == 3


def test_any_certificate_is_accepted_when_told_so_and_it_is_said(certificates, caplog) -> None:
    with FakeHydrus(certificate=certificates["hydrus"]) as hydrus:
        endpoint = Endpoint(hydrus.url, KEY, verify=False, patience=HURRIED)
        assert Connection(endpoint).connect().hydrus == 681
    assert "not verified" in caplog.text


@pytest.mark.parametrize("file", ["none", "missing"])
def test_a_file_without_certificate_cannot_be_used(certificates, tmp_path, file) -> None:
    path = certificates.get(file, tmp_path / "missing")
    with pytest.raises(UsageError, match="--verify-cert"):
        Connection(Endpoint("https://localhost:1", KEY, verify=str(path)))


def test_http_spoken_to_an_https_port_says_so(certificates) -> None:
    with FakeHydrus(certificate=certificates["hydrus"]) as hydrus:
        endpoint = Endpoint(hydrus.url.replace("https", "http"), KEY, patience=HURRIED)
        with pytest.raises(CannotConnect, match="https://"):
            Connection(endpoint).connect()


def test_https_spoken_to_an_http_port_says_so(hydrus: FakeHydrus) -> None:
    endpoint = Endpoint(hydrus.url.replace("http", "https"), KEY, patience=HURRIED)
    with pytest.raises(CannotConnect, match="does not speak https"):
        Connection(endpoint).connect()


def test_a_hydrus_that_never_answers_the_greeting_of_https_is_given_up_soon() -> None:
    """As v681 does, which waits for the rest of a request."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        soon = Patience(connect=600, first_connect=0.05, backoff=0)
        with pytest.raises(CannotConnect, match=r"does not speak TLS.*http://"):
            Connection(Endpoint(url, KEY, patience=soon)).connect()


def test_only_what_has_never_answered_is_given_little_time_to_connect(
    hydrus: FakeHydrus, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    send = requests.adapters.HTTPAdapter.send

    def noting(adapter, request, **kwargs):
        given.append(kwargs["timeout"][0])
        return send(adapter, request, **kwargs)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noting)
    for reached in (False, True):
        connection = Connection(Endpoint(hydrus.url, KEY), reached=reached)
        connection.connect()
        connection.connect()
    patience = Patience()
    assert given == [patience.first_connect, *[patience.connect] * 3]


@pytest.mark.parametrize("before", range(TEXT_LENGTH - len(KEY), TEXT_LENGTH, 8))
def test_a_long_error_that_quotes_the_key_leaves_no_part_of_it(before: int) -> None:
    response = requests.Response()
    response.status_code = 500
    response._content = json.dumps({"error": "x" * before + KEY}).encode()
    with pytest.raises(Exception, match="xxx") as failure:
        check_status("get_services", response, KEY)
    assert KEY[:8] not in str(failure.value)
