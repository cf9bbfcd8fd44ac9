"""What a file may take of its worker, and what becomes of one that takes more."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import clips
import hostile
import pytest
import sources
from pools import Threads, pair

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages import events, signing
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

PATIENT = 60.0
"""Seconds."""

LIMIT = 200
"""MiB."""

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="has no such limit")


@dataclass(frozen=True)
class Segfaulting:
    """Does what a broken decoder does, with the signal that the system sends for it."""

    def open(self) -> BinaryIO:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError("it lives")


@dataclass(frozen=True)
class Busy:
    """Never comes back, and never lets go of Python's lock for long."""

    def open(self) -> BinaryIO:
        while True:
            pass


@dataclass(frozen=True)
class Greedy:
    """Takes so many MiB."""

    mebibytes: int

    def open(self) -> BinaryIO:
        bytearray(self.mebibytes << 20)
        return sources.Ready().open()


def worker(source: Greedy) -> int:
    """A task: which process did it."""
    source.open()
    return os.getpid()


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    with ProcessPool(2) as opened:
        yield opened


@pytest.mark.parametrize(
    ("bad", "seconds", "reason"),
    [
        (Segfaulting(), PATIENT, "the decoder crashed"),
        (Busy(), 3.0, "the decoder took longer than 3 seconds; --file-timeout raises the limit"),
        pytest.param(
            Greedy(4000),
            PATIENT,
            "needs more than 200 MiB of memory; --file-memory raises the limit",
            marks=only_linux,
        ),
    ],
)
def test_a_file_beyond_its_limits_is_lost_alone_and_says_why(
    pool: ProcessPool, bad: Source, seconds: float, reason: str
) -> None:
    good = sources.Ready()
    work = [("a", good), ("bad", bad), ("b", good), ("c", good)]
    crew = Crew(pool, seconds, memory_limit=LIMIT)
    outcomes = dict(crew.work_through(sources.read, work, pair))
    lost = outcomes.pop("bad")
    assert isinstance(lost, UnreadableVideo)
    assert str(lost) == reason
    assert outcomes == dict.fromkeys("abc", sources.BYTES)


@only_linux
def test_the_memory_limit_is_one_of_each_file_and_costs_no_worker() -> None:
    work = [(str(number), Greedy(size)) for number, size in enumerate((10, 4000, 150, 150))]
    with ProcessPool(1) as pool:
        outcomes = [
            outcome
            for _, outcome in Crew(pool, PATIENT, memory_limit=LIMIT).work_through(
                worker, work, pair
            )
        ]
    assert isinstance(outcomes.pop(1), UnreadableVideo)
    assert len(set(outcomes)) == 1


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a.webp", "a.avif"])
def test_no_library_is_loaded_under_the_limit_of_a_file(tmp_path: Path, name: str) -> None:
    """What cannot be loaded for lack of memory would seem broken, or be missing from then on."""
    pictures = clips.scene(1, 1)
    make = clips.encode if name in {"a.mp4", "a.gif"} else clips.with_pillow
    told = subprocess.run(
        [sys.executable, "-c", LOADED_BY_A_FILE, str(make(tmp_path / name, pictures))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == []


LOADED_BY_A_FILE = """
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from hydrus_video_deduplicator.library.folder import LocalFile
from hydrus_video_deduplicator.stages.hashing import hash_file

before = set(sys.modules)
hash_file(LocalFile(Path(sys.argv[1])))
for name in sorted(set(sys.modules) - before):
    if str(getattr(sys.modules[name], "__file__", "")).endswith(tuple(EXTENSION_SUFFIXES)):
        print(name)
"""
"""Prints the compiled modules that are loaded while a file is hashed."""


@only_linux
def test_no_limit_is_left_behind_for_what_is_no_file() -> None:
    with ProcessPool(1) as pool:
        list(
            Crew(pool, PATIENT, memory_limit=LIMIT).work_through(worker, [("a", Greedy(10))], pair)
        )
        assert pool.executor().submit(bytearray, 1).result() == bytearray(1)
        assert pool.executor().submit(worker, Greedy(2 * LIMIT)).result()


class TestAFailureIsRemembered:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with Store.open(tmp_path) as opened:
            yield opened

    @pytest.fixture
    def library(self, tmp_path: Path) -> FolderLibrary:
        folder = tmp_path / "videos"
        folder.mkdir()
        clips.encode(folder / "good.mp4", clips.scene(1, 1))
        (folder / "bad.gif").write_bytes(hostile.huge_gif(tmp_path))
        return FolderLibrary(folder)

    def tried(self, library: FolderLibrary, store: Store, *, retry: bool = False) -> int:
        """How many files a run hashes anew; one that fails before, or now, is the bad one."""
        job = Job(threshold=0.6, kinds=frozenset(Kind), retry_failed=retry)
        with ThreadPoolExecutor(1) as executor:
            crew = Crew(Threads(executor), PATIENT)
            told = list(run(job, library, store, crew))
        failed = [event for event in told if isinstance(event, events.Failed)]
        before = [event.files for event in told if isinstance(event, events.FailedBefore)]
        assert len(failed) + sum(before) == 1
        assert all(event.what == "bad.gif" and "too large" in event.reason for event in failed)
        (found,) = (event for event in told if isinstance(event, events.Found))
        return found.to_hash

    def test_and_the_file_is_not_tried_again(self, library: FolderLibrary, store: Store) -> None:
        assert [self.tried(library, store) for _ in range(3)] == [2, 0, 0]
        assert len(store.signatures.files(signature.ALGORITHM)) == 1

    def test_until_it_is_asked_for(self, library: FolderLibrary, store: Store) -> None:
        assert self.tried(library, store) == 2
        assert self.tried(library, store, retry=True) == 1

    def test_or_this_program_is_another_version(
        self, library: FolderLibrary, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.tried(library, store) == 2
        monkeypatch.setattr(signing, "ATTEMPT", "the next version")
        assert self.tried(library, store) == 1
        assert self.tried(library, store) == 0


class TestAFailureThatDependsOnALimit:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with Store.open(tmp_path) as opened:
            yield opened

    @pytest.fixture
    def library(self, tmp_path: Path) -> FolderLibrary:
        folder = tmp_path / "videos"
        folder.mkdir()
        clips.encode(folder / "good.mp4", clips.scene(1, 1))
        return FolderLibrary(folder)

    def test_of_time_is_tried_again_with_more_and_only_then(
        self, library: FolderLibrary, store: Store
    ) -> None:
        (sha256,) = library.find()
        store.failures.add(sha256, signing.ATTEMPT, "took longer", seconds=PATIENT)
        with ThreadPoolExecutor(1) as executor:
            same = list(run(HASH, library, store, Crew(Threads(executor), PATIENT)))
            more = list(run(HASH, library, store, Crew(Threads(executor), PATIENT + 1)))
        assert events.FailedBefore(1) in same
        assert any(isinstance(event, events.Hashed) for event in more)

    @only_linux
    def test_of_memory_is_tried_again_with_more_and_only_then(
        self, library: FolderLibrary, store: Store
    ) -> None:
        with ProcessPool(1) as pool:
            little, again, more = (
                list(run(HASH, library, store, Crew(pool, PATIENT, memory_limit=mebibytes)))
                for mebibytes in (1, 1, 2048)
            )
        assert any("--file-memory" in e.reason for e in little if isinstance(e, events.Failed))
        assert events.FailedBefore(1) in again
        assert any(isinstance(event, events.Hashed) for event in more)


HASH = Job(threshold=0.6, kinds=frozenset(Kind), posts=False)
