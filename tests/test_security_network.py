"""Nothing is sent anywhere but to the given address, and the way there is guarded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from certificates import HYDRUS_CERTIFICATE
from fake_hydrus import KEY, FakeHydrus

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.library.hydrus import Endpoint, HydrusSource, Patience

WATCH = """\
import json, os, sys

# what a Python program asks the system for: names and addresses of other machines
EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
          "socket.gethostbyname", "socket.gethostbyaddr", "socket.bind"}

def watch(event, args):
    if event in EVENTS:
        where = args[:2] if event == "socket.getaddrinfo" else args[-1]
        with open(os.environ["SEEN"], "a") as file:
            file.write(json.dumps([event, where], default=repr) + "\\n")

sys.addaudithook(watch)
"""


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """An environment in which every Python process notes what it asks the network for."""
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(WATCH)
    path = os.pathsep.join([str(spy), *filter(None, sys.path)])
    return os.environ | {"PYTHONPATH": path, "SEEN": str(tmp_path / "seen"), "HVD_JOBS": "2"}


OUR_OWN = ('"/', '["socket.bind", ["::1", 0]]')
"""Sockets between the processes of the run; urllib3's look whether this machine knows IPv6."""


def seen(environment: dict[str, str]) -> set[str]:
    lines = Path(environment["SEEN"]).read_text().splitlines()
    return {line for line in lines if not any(part in line for part in OUR_OWN)}


def program(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hydrus_video_deduplicator", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("paths", [True, False], ids=["from disk", "over HTTP"])
def test_no_process_of_a_run_asks_for_another_address(
    watched: dict[str, str], samples: Path, paths: bool
) -> None:
    with FakeHydrus(sorted(samples.iterdir())) as hydrus:
        hydrus.grant(None if paths else [2, 3, 8])
        port = int(hydrus.url.rpartition(":")[2])
        watched |= {"HTTP_PROXY": "http://proxy.invalid:1", "ALL_PROXY": "http://proxy.invalid:1"}
        done = program(watched, "--api-url", hydrus.url, "--api-key", KEY)
    assert done.returncode == 0, done.stderr
    assert seen(watched) == {
        f'["socket.connect", ["127.0.0.1", {port}]]',
        f'["socket.getaddrinfo", ["127.0.0.1", {port}]]',
    }


def test_without_hydrus_the_network_is_not_touched(watched: dict[str, str], samples: Path) -> None:
    done = program(watched, "--folder", str(samples))
    assert done.returncode == 0, done.stderr
    assert seen(watched) == set()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "client.crt"
    path.write_text(HYDRUS_CERTIFICATE)
    return path


def test_the_error_for_hydrus_own_certificate_says_how_to_pass_it(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeHydrus(certificate=certificate) as hydrus:
        access = ["--api-url", hydrus.url, "--api-key", KEY]
        assert main(access) == 3
        refused = capsys.readouterr().err
        assert hydrus.calls == [], "the key was not sent"
        assert main([*access, "--verify-cert", str(certificate)]) == 0
        passed = capsys.readouterr().err
    assert "--verify-cert PATH" in refused
    assert "client.crt" in refused
    assert "verified" not in passed


def test_insecure_is_said_loudly_once_in_a_run_and_is_never_the_default(
    certificate: Path, samples: Path, watched: dict[str, str]
) -> None:
    with FakeHydrus(sorted(samples.iterdir())[:3], certificate=certificate) as hydrus:
        hydrus.grant([2, 3, 8])
        done = program(watched, "--insecure", "--api-url", hydrus.url, "--api-key", KEY)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "--insecure" in line]
    assert line.startswith("WARNING")
    assert "read the API key" in line


def test_two_answers_to_the_same_question_are_refused(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--api-url", "https://localhost:1", "--api-key", KEY, "--insecure"]
    assert main([*arguments, "--verify-cert", str(certificate)]) == 2
    assert "do not work together" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["request-key"]])
def test_http_to_another_machine_warns_that_the_key_travels_in_the_clear(
    watched: dict[str, str], command: list[str]
) -> None:
    done = program(watched, *command, "--api-url", "http://hydrus.invalid:1", "--api-key", KEY)
    assert done.returncode == 3
    (line,) = [line for line in done.stderr.splitlines() if "sent unencrypted" in line]
    assert line.startswith("WARNING")


@pytest.mark.skipif(os.name != "posix", reason="such a path is local here")
@pytest.mark.parametrize("this_machine", [True, False])
def test_a_hydrus_elsewhere_cannot_send_windows_to_a_share_where_it_would_log_in(
    samples: Path, monkeypatch: pytest.MonkeyPatch, this_machine: bool
) -> None:
    monkeypatch.setattr(Endpoint, "is_this_machine", this_machine)
    path = min(samples.iterdir())
    with FakeHydrus([path]) as hydrus:
        share = f"/{path}"  # //server/share/…
        hydrus.file_path_answer = {"path": share, "size": path.stat().st_size}
        (sha256,) = hydrus.files
        with HydrusSource(Endpoint(hydrus.url, KEY, patience=Patience()), sha256).open() as file:
            assert file.read() == path.read_bytes()
        assert ("/get_files/file" in hydrus.calls) != this_machine
