"""Nothing is sent anywhere but to the given address, and the way there is guarded."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import HYDRUS_CERTIFICATE
from fake_hydrus import KEY, FakeHydrus

from hydrus_video_deduplicator.cli import main

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


PLAYLISTS = {
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}/a.ts\n#EXT-X-ENDLIST\n",
    "concat.mkv": "ffconcat version 1.0\nfile '{url}/a.mp4'\n",
    "reference.mov": "RTSPtext\n{url}/a.mov\n",
    "vector.webm": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/a.png"/></svg>',
}


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A server that nobody should ever call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_no_file_makes_the_decoder_open_an_address(canary: socket.socket, tmp_path: Path) -> None:
    """FFmpeg has a network of its own, of which no Python process hears."""
    port = canary.getsockname()[1]
    files = tmp_path / "files"
    files.mkdir()
    for name, text in PLAYLISTS.items():
        (files / name).write_text(text.format(url=f"http://127.0.0.1:{port}"))
    with FakeHydrus(sorted(files.iterdir())) as hydrus:
        assert main(["--api-url", hydrus.url, "--api-key", KEY]) == 1
    with pytest.raises(BlockingIOError):
        canary.accept()


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
    assert "exclude each other" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["request-key"]])
def test_http_to_another_machine_warns_that_the_key_travels_in_the_clear(
    watched: dict[str, str], command: list[str]
) -> None:
    done = program(watched, *command, "--api-url", "http://hydrus.invalid:1", "--api-key", KEY)
    assert done.returncode == 3
    (line,) = [line for line in done.stderr.splitlines() if "travels in the clear" in line]
    assert line.startswith("WARNING")
