"""The command `review`: how it starts and ends, and what a kill leaves behind."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fake_hydrus import FakeHydrus
from processes import PATIENT
from reviews import Served

from hydrus_video_deduplicator.cli import main, reviewing
from hydrus_video_deduplicator.store import run_lock

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/[\w-]{12}/\?key=[\w-]{43}")
SET = "/manage_file_relationships/set_file_relationships"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by signals")


@contextmanager
def reviewed(data_dir: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Served]]:
    """The command as a process of its own, and the server that it is."""
    command = [sys.executable, "-m", "hydrus_video_deduplicator", "review", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--data-dir", str(data_dir), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert ADDRESS.fullmatch(address), address + process.communicate()[1]
        yield process, _Elsewhere(address)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENT)


class _Elsewhere(Served):
    """A server in another process, of which only the address is known."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address, self.cookie, self.headers = address, None, {}
        self.admission = _Told(parts.netloc, parts.path.rstrip("/"))
        self.enter()


class _Told:
    def __init__(self, host: str, folder: str) -> None:
        self.host, self.folder, self.origin = host, folder, f"http://{host}"


def of_hydrus(hydrus: FakeHydrus) -> Sequence[str]:
    return ("--api-url", hydrus.url, "--api-key", hydrus.key)


def group(page: Served, number: int = 0) -> list[dict[str, object]]:
    """The judgements that the first file of a card is the best."""
    best, *others = page.get("api/overview")["cards"][number]["files"]
    told = {"first": best, "relation": "better", "deletes": False}
    return [{**told, "second": other} for other in others]


def test_without_the_extra_it_says_how_to_install_it(
    known: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reviewing, "find_spec", lambda name: None)
    assert main(["review", "--folder", "."]) == 2
    assert "[review]" in caplog.text


def test_before_anything_was_compared_it_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert main(["review", "--folder", "."]) == 2
    assert "Run the program first" in caplog.text


def test_a_second_one_on_the_same_data_is_refused_but_a_run_is_not_in_its_way(
    known: Path, samples: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with run_lock(known, "review"):
        assert main(["review", "--folder", str(samples)]) == 8
    assert "Another review is using" in caplog.text
    with run_lock(known), reviewed(known, "--folder", str(samples)) as (_, page):
        assert page.get("api/overview")["cards"]


def test_it_prints_the_address_alone_and_ends_with_ctrl_c(known: Path, samples: Path) -> None:
    with reviewed(known, "--folder", str(samples)) as (process, page):
        assert page.get("api/overview")["done"] == 0
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENT)
    assert (process.returncode, out) == (0, "")
    assert "2 cards to judge" in err
    assert not ADDRESS.search(err)
    assert "Traceback" not in err


def test_it_opens_the_browser_at_the_address(
    known: Path, samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    class Server:
        def run(self, sockets: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(reviewing.webbrowser, "open", lambda at: opened.append(at) or True)
    monkeypatch.setattr(reviewing, "server_of", lambda app: Server())
    assert main(["review", "--folder", str(samples)]) == 0
    assert [bool(ADDRESS.fullmatch(address)) for address in opened] == [True]
    assert capsys.readouterr().out == ""


def test_only_this_machine_can_reach_it(known: Path, samples: Path) -> None:
    with reviewing.listening() as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_at_its_end_it_says_what_is_not_written_yet(hydrus: FakeHydrus, known: Path) -> None:
    with reviewed(known, *of_hydrus(hydrus)) as (process, page):
        page.post("api/decide", judgements=group(page))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENT)
    assert "2 decisions kept and not written to Hydrus yet" in err
    assert hydrus.key not in err


def test_a_decision_survives_a_kill_at_any_moment_after_its_answer(
    hydrus: FakeHydrus, known: Path
) -> None:
    made = 0
    for number in (0, 1):
        with reviewed(known, *of_hydrus(hydrus)) as (process, page):
            made += len(page.post("api/decide", judgements=group(page, number))["decisions"]) - made
            process.kill()
            process.wait()
    with reviewed(known, *of_hydrus(hydrus)) as (_, page):
        assert len(page.get("api/overview")["decisions"]) == made == 4


@pytest.mark.parametrize("call", range(1, 12))
def test_killed_at_any_call_while_it_writes_it_loses_nothing_and_writes_nothing_twice(
    hydrus: FakeHydrus, known: Path, call: int
) -> None:
    with reviewed(known, *of_hydrus(hydrus)) as (process, page):
        page.post("api/decide", judgements=[*group(page, 0), *group(page, 1)])
        numbers = iter(range(1, 1_000))

        def kill(path: str) -> None:
            if next(numbers) == call:
                os.killpg(process.pid, signal.SIGKILL)

        hydrus.on_call = kill
        with suppress(OSError, HTTPException):  # the connection breaks
            page.send("api/apply", merges=True)
    hydrus.on_call = lambda path: None
    with reviewed(known, *of_hydrus(hydrus)) as (_, page):
        again = page.post("api/apply", merges=True)
        assert again["failed"] == []
    judged = [row[:3] for row in hydrus.judged]
    assert len(judged) == len(set(judged)) == 4


def test_two_tabs_share_what_is_decided(known: Path, samples: Path) -> None:
    with reviewed(known, "--folder", str(samples)) as (_, page):
        results: list[int] = []

        def decide(number: int) -> None:
            results.append(
                len(page.post("api/decide", judgements=group(page, number))["decisions"])
            )

        tabs = [threading.Thread(target=decide, args=(number,)) for number in (0, 1)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
        assert max(results) == len(page.get("api/state")["decisions"]) == 4


def test_the_summary_of_a_run_in_json_names_the_address(known: Path, samples: Path) -> None:
    command = [sys.executable, "-m", "hydrus_video_deduplicator", "review", "--json"]
    command += ["--no-browser", "--data-dir", str(known), "--folder", str(samples)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["address"]
        host = urlsplit(address).netloc
        connection = HTTPConnection(host)
        connection.request("GET", "/")
        assert connection.getresponse().status == 403
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENT) == 0
