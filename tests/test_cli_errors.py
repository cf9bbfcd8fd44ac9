"""Every error on the way to Hydrus is short and says what happened and what to do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from certificates import HYDRUS_CERTIFICATE
from fake_hydrus import EDIT_TAGS, SEARCH, FakeHydrus, Fault

from hydrus_video_deduplicator.cli import main

Capsys = pytest.CaptureFixture[str]

TWO_LINES = 240
"""Characters in two lines of a terminal of 120 columns."""


@pytest.fixture
def hydrus_() -> Iterator[FakeHydrus]:
    with FakeHydrus() as client:
        yield client


Case = tuple[Callable[[FakeHydrus], list[str]], int, list[str]]


def _off(hydrus: FakeHydrus) -> list[str]:
    hydrus.stop()
    return []


def _revoked(hydrus: FakeHydrus) -> list[str]:
    hydrus.revoke_key()
    return []


def _limited(hydrus: FakeHydrus) -> list[str]:
    hydrus.grant([SEARCH, EDIT_TAGS])
    return []


def _dropping(hydrus: FakeHydrus) -> list[str]:
    hydrus.fail("/api_version", Fault.DROP, 20)
    return []


def _other_program(hydrus: FakeHydrus) -> list[str]:
    hydrus.fail("/api_version", Fault.NOT_JSON, 20)
    return []


def _https(hydrus: FakeHydrus) -> list[str]:
    return ["--api-url", hydrus.url.replace("http:", "https:")]


CASES: dict[str, Case] = {
    "Hydrus is not running, its API is off, or the port is wrong": (
        _off,
        3,
        ["Nothing answers", "Is Hydrus running?", "run the client api?", "local port"],
    ),
    "http for https": (_dropping, 3, ["drops the connection", "https://"]),
    "https for http": (_https, 3, ["does not speak https", "http://"]),
    "the port of another program": (_other_program, 3, ["no Hydrus Client API", "local port"]),
    "the key is wrong": (_revoked, 4, ["does not accept the API key", "request-key"]),
    "the key is no key": (lambda _: ["--api-key", "abc"], 4, ["64 hexadecimal digits"]),
    "a permission is missing": (_limited, 5, ["edit file relationships", "client api"]),
    "the tag service is unknown": (
        lambda _: ["--tag-service", "nope"],
        6,
        ["'nope'", "'my tags'", "'downloader tags'"],
    ),
    "the file service is unknown": (lambda _: ["--file-service", "x"], 6, ["'x'", "'my files'"]),
    "Hydrus cannot read a predicate": (
        lambda _: ["--query", "system:bananas"],
        6,
        ["system:bananas", "as in Hydrus"],
    ),
    "the log file cannot be written": (
        lambda _: ["--log-file", "nowhere/at/all.log"],
        2,
        ["nowhere", "--log-file"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_says_what_happened_and_what_to_do_in_two_lines(
    name: str, hydrus_: FakeHydrus, capsys: Capsys
) -> None:
    prepare, code, said = CASES[name]
    access = ["--api-url", hydrus_.url, "--api-key", hydrus_.key]
    assert main([*access, *prepare(hydrus_)]) == code
    err = capsys.readouterr().err
    assert all(text in err for text in said), err
    assert err.startswith("error: ")
    assert len(err) <= TWO_LINES
    assert "Traceback" not in err
    assert hydrus_.key not in err


def test_a_certificate_that_is_not_trusted_is_told_apart(tmp_path: Path, capsys: Capsys) -> None:
    certificate = tmp_path / "hydrus.pem"
    certificate.write_text(HYDRUS_CERTIFICATE)
    with FakeHydrus(certificate=certificate) as hydrus:
        assert main(["--api-url", hydrus.url, "--api-key", hydrus.key]) == 3
    err = capsys.readouterr().err
    assert "certificate is not trusted" in err
    assert "--verify-cert" in err


def test_a_command_line_that_cannot_be_read_gets_two_lines(capsys: Capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--max-time", "soon"])
    err = capsys.readouterr().err
    assert "is not a time like 2h" in err
    assert len(err.splitlines()) == 2
