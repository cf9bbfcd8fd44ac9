"""The program as a process of its own, which can be killed and interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from fake_hydrus import EDIT_RELATIONSHIPS, EDIT_TAGS, MANAGE_POPUPS, SEARCH, FakeHydrus

JOBS = 2

PATIENT = 3600.0
"""Seconds for a process to end: only what hangs for ever takes so long, on the slowest machine."""


def _heed_ctrl_c() -> None:
    """A shell has its background jobs ignore Ctrl+C, and the tests may be one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Program:
    """A run in a process group of its own. A context manager, which leaves no process behind."""

    def __init__(self, hydrus: FakeHydrus, data_dir: Path, *options: str) -> None:
        self._messages = data_dir.with_suffix(".err")
        command = [sys.executable, "-m", "hydrus_video_deduplicator", "--json", *options]
        command += ["--api-url", hydrus.url, "--data-dir", str(data_dir), "--jobs", str(JOBS)]
        environment = os.environ | {"HYDRUS_API_KEY": hydrus.key}
        with self._messages.open("wb") as messages:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=messages,
                env=environment,
                start_new_session=True,
                preexec_fn=None if sys.platform == "win32" else _heed_ctrl_c,  # noqa: PLW1509
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.process.communicate(timeout=PATIENT)

    def kill(self) -> None:
        """`kill -9` of the program with its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def press_ctrl_c(self) -> None:
        """What a terminal does: every process of the group is told."""
        os.killpg(self.process.pid, signal.SIGINT)

    def terminate(self, *, all_of_it: bool) -> None:
        """What a service manager does: the program is told, or each of its processes."""
        (os.killpg if all_of_it else os.kill)(self.process.pid, signal.SIGTERM)

    def finish(self) -> tuple[int, dict[str, Any]]:
        """Wait for the end: the exit code, and the summary."""
        out, _ = self.process.communicate(timeout=PATIENT)
        return self.process.returncode, json.loads(out or "{}")

    def says(self) -> str:
        """What it has written to stderr so far."""
        return self._messages.read_text(encoding="utf-8")

    def workers(self) -> set[int]:
        """The processes of its group but the first, on Linux."""
        return _group(self.process.pid) - {self.process.pid}

    def begun_workers(self) -> list[int]:
        """Those in which Python has begun, and takes notice of Ctrl+C or ignores it, on Linux."""
        return [worker for worker in self.workers() if _has_begun(worker)]


@contextmanager
def starting(
    hydrus: FakeHydrus, data_dir: Path, *options: str
) -> Iterator[tuple[Program, threading.Event]]:
    """A run whose files come when the event is set."""
    hydrus.grant([EDIT_TAGS, SEARCH, EDIT_RELATIONSHIPS, MANAGE_POPUPS])
    go_on = threading.Event()

    def hold(path: str) -> None:
        if path == "/get_files/file":
            go_on.wait()

    hydrus.on_call = hold
    with Program(hydrus, data_dir, *options) as program:
        yield program, go_on
    go_on.set()


@contextmanager
def busy(
    hydrus: FakeHydrus, data_dir: Path, *options: str
) -> Iterator[tuple[Program, threading.Event]]:
    """A run whose workers are in the middle of a file, which comes when the event is set."""
    with starting(hydrus, data_dir, *options) as (program, go_on):
        wait_until(lambda: "/get_files/file" in hydrus.calls, "no file was asked for")
        yield program, go_on


def wait_until(is_so: Any, what: str) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + PATIENT
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def _group(number: int) -> set[int]:
    """The living processes of a process group."""
    members = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, group = _fields(entry)
            if int(group) == number and state != "Z":
                members.add(int(entry.name))
    return members


def _has_begun(worker: int) -> bool:
    with suppress(OSError):
        entry = Path("/proc", str(worker))
        if b"spawn_main" in (entry / "cmdline").read_bytes():
            masks = re.findall(r"Sig(?:Ign|Cgt):\s*(\w+)", (entry / "status").read_text())
            return any(int(mask, 16) & 1 << signal.SIGINT - 1 for mask in masks)
    return False


def _fields(entry: Path) -> Sequence[str]:
    """State, parent and group of a process."""
    return (entry / "stat").read_text().rpartition(")")[2].split()[:3]
