"""The API key is in nothing that the program prints, logs, writes or raises, whatever happens."""

import functools
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_hydrus import EDIT_TAGS, SEARCH, FakeHydrus, Fault

from hydrus_video_deduplicator.cli import main, opening
from hydrus_video_deduplicator.cli.parser import parse
from hydrus_video_deduplicator.library.hydrus import Endpoint, Patience
from hydrus_video_deduplicator.settings import resolve

SECRET = hashlib.sha256(b"a key without a pattern").hexdigest()
PIECE = 12
"""Characters of the key that may not be found together either."""

HURRIED = Patience(connect=5, read=0.3, attempts=2, backoff=0, absence=0.1, poll=0.05)
COMMANDS = ["", "hash", "search", "search --by-tag", "rollback", "remove-tags", "--dry-run"]
FAULTS = [Fault.LOCKED, Fault.ERROR, Fault.TOO_MANY, Fault.DROP, Fault.STALL, Fault.HALF]
FAULTS += [Fault.NOT_JSON, Fault.WRONG_SHAPE]


def quotes_key(text: str) -> bool:
    pieces = (SECRET[start : start + PIECE] for start in range(len(SECRET) - PIECE + 1))
    return any(piece in text.lower() for piece in pieces)


def files_that_quote_key(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if quotes_key(path.read_bytes().decode("latin-1"))]


@pytest.fixture(scope="module")
def few(samples: Path) -> list[Path]:
    return sorted(samples.iterdir())[:2]


@pytest.fixture
def hydrus(few: list[Path]) -> Iterator[FakeHydrus]:
    with FakeHydrus(few) as client:
        client.keys = {SECRET: None}
        yield client


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Failures come quickly, and every log of every library is read."""
    monkeypatch.setattr(opening, "Endpoint", functools.partial(Endpoint, patience=HURRIED))
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def assert_secret(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> Iterator[None]:
    """After the test: what went to the terminal (workers too), to logs and to disk has no key."""
    yield
    out, err = capfd.readouterr()
    assert not quotes_key(out)
    assert not quotes_key(err)
    assert not quotes_key(caplog.text)
    assert files_that_quote_key(tmp_path) == []


def run(hydrus: FakeHydrus, *arguments: str) -> int:
    return main(["--api-url", hydrus.url, "--api-key", SECRET, "--debug", *arguments])


@pytest.mark.usefixtures("assert_secret")
@pytest.mark.parametrize("command", COMMANDS)
def test_when_all_goes_well(hydrus: FakeHydrus, command: str) -> None:
    assert run(hydrus, *command.split(), "--json") == 0


@pytest.mark.usefixtures("assert_secret")
@pytest.mark.parametrize("fault", FAULTS)
def test_when_every_second_call_fails(hydrus: FakeHydrus, fault: Fault) -> None:
    """The text of `Fault.ERROR` quotes the headers of the request, and so the key."""
    hydrus.fail_at_random(0.5, [fault])
    run(hydrus)


@pytest.mark.usefixtures("assert_secret")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.WRONG_SHAPE])
def test_when_every_call_fails(hydrus: FakeHydrus, command: str, fault: Fault) -> None:
    hydrus.fail_at_random(1, [fault])
    assert run(hydrus, *command.split()) != 0


def _revoke(hydrus: FakeHydrus) -> None:
    hydrus.keys = {}


def _redirect(hydrus: FakeHydrus) -> None:
    hydrus.redirects_to = "http://evil.invalid"


def _limit(hydrus: FakeHydrus) -> None:
    hydrus.keys = {SECRET: frozenset({SEARCH, EDIT_TAGS})}


@pytest.mark.usefixtures("assert_secret")
@pytest.mark.parametrize("trouble", [_revoke, _redirect, _limit, FakeHydrus.stop])
def test_when_the_run_cannot_begin(
    hydrus: FakeHydrus, trouble: Callable[[FakeHydrus], None]
) -> None:
    trouble(hydrus)
    assert run(hydrus) in (3, 4, 5)


ARGUMENTS = [
    ["--api-key", SECRET[:-1]],
    ["--api-key", SECRET + "0"],
    ["--api-kye", SECRET],
    [f"--api-kye={SECRET}"],
    ["--api-url", f"http://localhost:1/?Hydrus-Client-API-Access-Key={SECRET}"],
    ["--api-url", f"http://user:{SECRET}@localhost:1"],
    ["--api-url", f"http://localhost:1/#{SECRET}"],
    ["--api-url", SECRET],
    ["--jobs", SECRET],
    ["--threshold", SECRET],
    [SECRET],
]


@pytest.mark.usefixtures("assert_secret")
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=map(str, range(len(ARGUMENTS))))
def test_when_it_is_in_the_wrong_place_of_the_command_line(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        sys.exit(main([*arguments, "--debug"]))
    assert exit_.value.code in (2, 4)


@pytest.mark.usefixtures("assert_secret")
@pytest.mark.parametrize("variable", ["HYDRUS_API_URL", "HVD_JOBS", "HVD_DEBUG", "HVD_KINDS"])
def test_when_it_is_in_the_wrong_variable(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, SECRET)
    assert main([]) == 2


def test_a_key_in_capitals_is_made_as_hydrus_quotes_it_so_that_it_is_recognised() -> None:
    assert resolve({}, {"HYDRUS_API_KEY": SECRET.upper()}, {}).api_key == SECRET
    _, given = parse(["--api-key", SECRET.upper()])
    assert given["api_key"] == SECRET


def test_a_saved_key_is_in_dotenv_and_nowhere_else(
    hydrus: FakeHydrus, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hydrus.dialog_is_open = True
    hydrus.grant(None)
    answer = hydrus.answer

    def approving(method: str, path: str, *rest: object) -> object:
        result = answer(method, path, *rest)  # type: ignore[arg-type]
        if path == "/request_new_permissions":
            hydrus.approve()
        return result

    hydrus.answer = approving  # type: ignore[method-assign,assignment]
    assert main(["request-key", "--save", "--api-url", hydrus.url]) == 0
    (key,) = [key for key in hydrus.keys if key not in (SECRET, hydrus.key)]
    out, err = capfd.readouterr()
    assert key not in out + err
    holding = [p.name for p in tmp_path.rglob("*") if p.is_file() and key in p.read_text("latin-1")]
    assert holding == [".env"]
    assert main(["check"]) == 0, "the address that was given lies beside the key"


def test_no_key_is_made_that_could_not_be_saved(
    hydrus: FakeHydrus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hydrus.dialog_is_open = True
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert main(["request-key", "--save", "--api-url", hydrus.url]) == 9
    assert "a folder that you can write to" in capsys.readouterr().err
    assert "/request_new_permissions" not in hydrus.calls


@pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="needs Linux' list of processes"
)
def test_no_process_that_is_started_has_it_in_its_command_line(
    hydrus: FakeHydrus, tmp_path: Path
) -> None:
    """Given in the environment, it is in none. (On the command line it is in that of the first.)"""
    seen = tmp_path / "seen"
    spy = tmp_path / "spy"
    spy.mkdir()
    # every Python process of the run imports this at its start
    (spy / "sitecustomize.py").write_text(
        "import pathlib\n"
        f"with open({str(seen)!r}, 'a') as file:\n"
        "    print(pathlib.Path('/proc/self/cmdline').read_bytes(), file=file)\n"
    )
    environment = os.environ | {
        "HYDRUS_API_KEY": SECRET,
        "HYDRUS_API_URL": hydrus.url,
        "PYTHONPATH": os.pathsep.join([str(spy), *filter(None, sys.path)]),
    }
    subprocess.run(
        [sys.executable, "-m", "hydrus_video_deduplicator"],
        env=environment,
        capture_output=True,
        check=True,
    )
    commands_seen = seen.read_text().splitlines()
    assert len(commands_seen) >= 2
    assert not any(map(quotes_key, commands_seen))
