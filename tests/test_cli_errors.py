"""Every error on the way to Hydrus is short and says what happened and what to do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from certificates import HYDRUS_CERTIFICATE
from fake_hydrus import EDIT_TAGS, SEARCH, FakeHydrus, Fault

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.cli.commands import COMMANDS
from hydrus_video_deduplicator.cli.parser import parse

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
        ["Nothing answers", "run the client api?", "compare 'local port' with --api-url"],
    ),
    "http for https": (_dropping, 3, ["drops the connection", "https://"]),
    "https for http": (_https, 3, ["does not speak https", "http://"]),
    "the port of another program": (_other_program, 3, ["not a Hydrus Client API", "local port"]),
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


def usage_error(capsys: Capsys, *arguments: str) -> str:
    """The first of the two lines that a command line that cannot be read gets."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert hint == "See hydrus-video-deduplicator --help-all."
    return error.removeprefix("error: ")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--jobs", "0"], "--jobs: '0' is not a whole number of 1 or more"),
        (["--jobs=-5"], "--jobs: '-5' is not a whole number of 1 or more"),
        (["--max-time", "soon"], "--max-time: 'soon' is not a time like 2h, 90m, 30s or 1h30m"),
        (["--threshold", "x"], "--threshold: 'x' is not strict, normal, loose or a score from"),
        (["search", "--by-tag", "65"], "--by-tag: '65' is not a whole number from 0 to 64"),
        (["report", "--format", "pdf"], "--format: 'pdf' is not one of html, csv, json"),
        (["--api-url", "localhost"], "--api-url: 'localhost' is not an address like http://"),
        (["--jobs"], "--jobs: expected one argument"),
        (["--query", "-creator:a"], "--query: write a value that begins with - after =, as in"),
    ],
)
def test_a_value_that_cannot_be_used_is_shown_with_its_option(
    arguments: list[str], error: str, capsys: Capsys
) -> None:
    assert usage_error(capsys, *arguments).startswith(error)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--dryrun"], "unknown option --dryrun. Did you mean --dry-run?"),
        (["--thresh", "loose"], "unknown option --thresh. Did you mean --threshold?"),
        (["-threshold", "loose"], "unknown option -threshold. Did you mean --threshold?"),
        (["search", "--kind=same"], "unknown option --kind. Did you mean --kinds?"),
        (["request-key", "--sav"], "unknown option --sav. Did you mean --save?"),
        (["--qqqq", "loose"], "unknown option --qqqq."),
        (["serach"], "unknown command 'serach'. Did you mean search?"),
        (
            ["--jobs", "2", "remove_tags"],
            "unknown command 'remove_tags'. Did you mean remove-tags?",
        ),
        (["/home/videos"], "unknown command '/home/videos'."),
    ],
)
def test_a_mistyped_option_or_command_is_named_with_the_one_that_was_meant(
    arguments: list[str], error: str, capsys: Capsys
) -> None:
    assert usage_error(capsys, *arguments) == error


@pytest.mark.parametrize(
    "arguments",
    [
        ["--api-kye", "hunter2"],
        ["--api-kye=hunter2"],
        ["--api-key", "-hunter2"],
        ["--api-key", ""],
        ["--api-url", "http://me:hunter2@localhost:1"],
        ["--jobs", "0123456789abcdef"],
        ["0123456789abcdef"],
    ],
)
def test_what_may_be_a_key_is_not_repeated(arguments: list[str], capsys: Capsys) -> None:
    error = usage_error(capsys, *arguments)
    assert "hunter2" not in error
    assert "0123456789" not in error


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--format", "csv"], "--format works only with report."),
        (["--limit", "3"], "--limit works only with report and review."),
        (["--no-browser"], "--no-browser works only with review."),
        (["--by-tag", "3", "--dry-run"], "--by-tag works only with search."),
        (["hash", "--output", "x"], "the command hash does not use --output."),
        (["--query", "a", "rollback"], "the command rollback does not use --query."),
        (["remove-tags", "--folder", "."], "the command remove-tags does not use --folder."),
    ],
)
def test_an_option_that_would_be_ignored_is_refused_before_more_is_done_than_was_asked(
    arguments: list[str], error: str, capsys: Capsys
) -> None:
    assert usage_error(capsys, *arguments) == error


@pytest.mark.parametrize(
    "arguments",
    [
        ["--query", "-creator:a b", "hash"],
        ["hash", "--query=-creator:a"],
        ["search", "--by-tag", "6"],
        ["search", "--by-tag", "--json"],
        ["report", "--output", "-"],
        ["explain", "hash", "serach"],
        ["explain", "--", "-a", "-b"],
    ],
)
def test_what_only_looks_like_a_mistyped_option_or_command_is_read(arguments: list[str]) -> None:
    assert parse(arguments)[0] in COMMANDS
