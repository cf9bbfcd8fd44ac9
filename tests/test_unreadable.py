"""A file that cannot be read now: every run tries it again, and names it only if that is news."""

import json
import shutil
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import clips
import pytest
from fake_hydrus import FakeHydrus, Fault
from pools import Threads, in_threads
from runs import run_on, sha256_of
from tunes import SECONDS, tune

from hydrus_video_deduplicator.cli import main, opening, reporting, running
from hydrus_video_deduplicator.errors import HydrusGone
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import Endpoint, Patience
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

HURRIED = Patience(attempts=2, first_attempts=2, backoff=0, absence=0.3, poll=0.01)

POST_PAIRS = "/manage_file_relationships/set_file_relationships"

JOB = Job(threshold=0.6, kinds=frozenset(Kind))

KNOWN = "As in the last run, 1 file could not be read. The command status lists it,"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: Patch) -> None:
    for command in (running, reporting):
        monkeypatch.setattr(command, "ProcessPool", in_threads)
    monkeypatch.setattr(opening, "Endpoint", lambda *a, **k: Endpoint(*a, patience=HURRIED, **k))


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two videos that are not alike."""
    folder = tmp_path_factory.mktemp("encoded")
    for seed in (1, 2):
        clips.encode(folder / f"{seed}.mp4", clips.scene(seed, 2))
    return folder


@pytest.fixture
def videos(encoded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(encoded, tmp_path / "videos"))


class TestAFileThatHydrusListsAndLacksOnDisk:
    @pytest.fixture
    def few(self, videos: Path) -> Iterator[FakeHydrus]:
        with FakeHydrus(sorted(videos.iterdir())) as client:
            yield client

    @pytest.fixture
    def lost(self, few: FakeHydrus, capsys: Capsys) -> str:
        """The hash of such a file; a run has tried and named it, and ended with 1."""
        sha256 = sha256_of(few, "2.mp4")
        few.lost.add(sha256)
        first = run_on(few, capsys)
        assert (first.code, first.summary["failed"], first.summary["failed_before"]) == (1, 1, 0)
        assert f"failed: file {sha256[:12]}: reading the file: Hydrus answered 404" in first.err
        return sha256

    def test_is_told_briefly_by_the_next_run_which_ends_well(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        again = run_on(few, capsys)
        assert again.code == 0
        assert KNOWN in again.err
        assert lost[:12] not in again.err
        assert (again.summary["failed"], again.summary["failed_before"]) == (0, 1)
        (named,) = again.summary["failed_again"]
        assert (named["sha256"], again.summary["failures"]) == (lost, [])
        assert "That file seems to be missing" in named["reason"]

    def test_is_no_word_of_a_quiet_run(self, few: FakeHydrus, lost: str, capsys: Capsys) -> None:
        again = run_on(few, capsys, "--quiet")
        assert (again.code, again.err) == (0, "")

    def test_is_named_by_a_run_that_tells_all(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        again = run_on(few, capsys, "--verbose")
        assert f"failed again: file {lost[:12]}: reading the file" in again.err

    def test_is_listed_by_status_with_its_reason(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        status = run_on(few, capsys, "status").summary
        main(["status", "--api-url", few.url, "--api-key", few.key])
        out = capsys.readouterr().out
        (reason,) = status["unreadable"].values()
        assert "That file seems to be missing" in reason
        assert (status["failed"], status["failures"], status["to_hash"]) == ({}, {}, 1)
        assert lost in status["search"]
        assert "1  could not be read; every run tries them again" in out
        assert f"  file {lost[:12]}: reading the file: Hydrus answered 404" in out

    def test_is_hashed_as_soon_as_it_is_there_and_forgotten(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        few.lost.clear()
        found = run_on(few, capsys)
        assert (found.code, found.summary["hashed"]) == (0, 1)
        assert run_on(few, capsys, "status").summary["unreadable"] == {}

    def test_is_named_again_if_the_reason_is_another(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        few.lost.clear()
        few.fail("/get_files/file_path", Fault.LOCKED, HURRIED.attempts)
        busy = run_on(few, capsys)
        assert (busy.code, busy.summary["failed"]) == (1, 1)
        few.lost.add(lost)
        assert run_on(few, capsys).code == 1
        assert run_on(few, capsys).code == 0

    def test_is_named_again_if_the_user_asks(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        asked = run_on(few, capsys, "--retry-failed")
        assert (asked.code, asked.summary["failed"]) == (1, 1)
        assert f"failed: file {lost[:12]}" in asked.err
        assert run_on(few, capsys).code == 0

    def test_hides_no_other_that_fails_for_the_first_time(
        self, few: FakeHydrus, lost: str, videos: Path, capsys: Capsys
    ) -> None:
        new = few.add_file(clips.encode(videos / "3.mp4", clips.scene(3, 2)))
        few.lost.add(new)
        both = run_on(few, capsys)
        assert (both.code, both.summary["failed"], both.summary["failed_before"]) == (1, 1, 1)
        assert f"failed: file {new[:12]}" in both.err
        assert run_on(few, capsys).code == 0

    def test_does_not_hide_that_the_disk_is_away(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        few.lost.update(few.files)
        for _ in range(2):  # however often
            away = run_on(few, capsys)
            assert away.code == 1
            assert "failed: all files: none can be read now: reading the file: Hyd" in away.err
        few.lost.intersection_update({lost})
        assert run_on(few, capsys).code == 0

    def test_does_not_hide_that_hydrus_goes_away(
        self, few: FakeHydrus, lost: str, capsys: Capsys
    ) -> None:
        few.on_call = lambda path: few.stop() if path == "/get_files/file_path" else None
        assert run_on(few, capsys).code == HydrusGone.exit_code


def test_a_library_of_which_no_file_was_ever_read_fails_every_time(
    videos: Path, capsys: Capsys
) -> None:
    with FakeHydrus(sorted(videos.iterdir())) as client:
        client.lost.update(client.files)
        assert [run_on(client, capsys).code for _ in range(3)] == [1, 1, 1]


class TestAFileOfAFolderThatIsLocked:
    @pytest.fixture
    def locked(self, videos: Path, forbidden: set[Path], capsys: Capsys) -> Path:
        """Such a file; a run has named it and ended with 1."""
        path = clips.encode(videos / "locked.mp4", clips.scene(3, 2))
        forbidden.add(path)
        code, told, err = self.run(videos, capsys)
        assert (code, told["failed"]) == (1, 1)
        assert "failed: locked.mp4: cannot be read: Permission denied" in err
        return path

    def run(self, folder: Path, capsys: Capsys, *arguments: str) -> tuple[int, dict[str, Any], str]:
        code = main([*arguments, "--folder", str(folder), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    @pytest.mark.parametrize("command", [[], ["hash"], ["search"], ["--dry-run"]])
    def test_is_told_briefly_by_the_next_run_which_ends_well(
        self, videos: Path, locked: Path, capsys: Capsys, command: list[str]
    ) -> None:
        code, told, err = self.run(videos, capsys, *command)
        assert (code, told["failed"], told["failed_before"]) == (0, 0, 1)
        (named,) = told["failed_again"]
        assert named["what"] == "locked.mp4"
        assert KNOWN in err
        assert "locked.mp4" not in err

    def test_is_listed_by_status(self, videos: Path, locked: Path, capsys: Capsys) -> None:
        _, status, _ = self.run(videos, capsys, "status")
        assert status["unreadable"] == {"locked.mp4": "cannot be read: Permission denied"}
        assert (status["failed"], status["failures"]) == ({}, {})

    def test_fails_no_check_as_it_fails_no_run(
        self, videos: Path, locked: Path, forbidden: set[Path], capsys: Capsys
    ) -> None:
        (sub := videos / "sub").mkdir()
        forbidden.add(sub)
        assert self.checked(videos, capsys) == (1, False)
        self.run(videos, capsys)
        assert self.checked(videos, capsys) == (0, None)

    def checked(self, folder: Path, capsys: Capsys) -> tuple[int, bool | None]:
        """The exit code, and what is found of the folder."""
        code = main(["check", "--folder", str(folder), "--json"])
        findings = map(json.loads, capsys.readouterr().out.splitlines())
        return code, next(each["holds"] for each in findings if each["what"] == "folder")

    def test_is_hashed_as_soon_as_it_can_be_read_and_news_when_it_is_locked_again(
        self, videos: Path, locked: Path, forbidden: set[Path], capsys: Capsys
    ) -> None:
        forbidden.clear()
        code, told, _ = self.run(videos, capsys)
        assert (code, told["hashed"]) == (0, 1)
        locked.write_bytes(locked.read_bytes() + b"changed")
        forbidden.add(locked)
        assert self.run(videos, capsys)[0] == 1
        assert self.run(videos, capsys)[0] == 0

    def test_is_news_in_another_folder(
        self, videos: Path, locked: Path, forbidden: set[Path], tmp_path: Path, capsys: Capsys
    ) -> None:
        other = tmp_path / "other"
        other.mkdir()
        clips.encode(other / "1.mp4", clips.scene(1, 2))
        forbidden.add(clips.encode(other / "locked.mp4", clips.scene(3, 2)))
        assert self.run(other, capsys)[0] == 1
        assert [self.run(folder, capsys)[0] for folder in (videos, other)] == [0, 0]

    def test_does_not_hide_that_the_disk_is_away(
        self, videos: Path, locked: Path, store: Store
    ) -> None:
        library = Lacking(videos)
        assert failed(library, store) != []
        library.lost = set(library.find())
        away = [("all files", "none can be read now: [Errno 5] Input/output error")]
        assert failed(library, store) == failed(library, store) == away


class TestTheReport:
    """Names what it cannot read as a run does: once."""

    KNOWN = "As before, 1 file could not be read"

    def report(self, capsys: Capsys, *source: str) -> tuple[int, str]:
        code = main(["report", *source, "--format", "json", "--output", "report.json"])
        return code, capsys.readouterr().err

    def lock_another(self, videos: Path, forbidden: set[Path]) -> None:
        forbidden.add(clips.encode(videos / "locked.mp4", clips.scene(3, 2)))

    def test_tells_briefly_of_what_a_run_has_named(
        self, videos: Path, forbidden: set[Path], capsys: Capsys
    ) -> None:
        self.lock_another(videos, forbidden)
        main(["--folder", str(videos)])
        capsys.readouterr()
        code, err = self.report(capsys, "--folder", str(videos))
        assert (code, self.KNOWN in err, "locked.mp4" in err) == (0, True, False)

    def test_names_what_no_run_has_named(
        self, videos: Path, forbidden: set[Path], capsys: Capsys
    ) -> None:
        main(["--folder", str(videos)])
        self.lock_another(videos, forbidden)
        capsys.readouterr()
        code, err = self.report(capsys, "--folder", str(videos), "--quiet")
        assert (code, err) == (1, "failed: locked.mp4: cannot be read: Permission denied\n")
        assert self.report(capsys, "--folder", str(videos), "--quiet") == (0, "")

    def test_names_a_file_of_a_pair_once_until_it_can_be_shown_again(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        access = "--api-url", hydrus.url, "--api-key", hydrus.key
        lost = sha256_of(hydrus, "first.mp4")
        hydrus.lost.add(lost)
        code, err = self.report(capsys, *access)
        assert (code, f"failed: file {lost[:12]}: reading the file" in err) == (1, True)
        code, err = self.report(capsys, *access)
        assert (code, self.KNOWN in err, lost[:12] in err) == (0, True, False)
        hydrus.lost.clear()
        assert self.report(capsys, *access)[0] == 0
        hydrus.lost.add(lost)
        assert self.report(capsys, *access)[0] == 1

    def test_leaves_no_word_of_such_a_file_to_status_as_no_run_needs_it(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        hydrus.lost.add(sha256_of(hydrus, "first.mp4"))
        self.report(capsys, "--api-url", hydrus.url, "--api-key", hydrus.key)
        assert run_on(hydrus, capsys, "status").summary["unreadable"] == {}

    def test_does_not_hide_that_the_disk_is_away(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        hydrus.lost.update(hydrus.files)
        for _ in range(2):
            code, err = self.report(capsys, "--api-url", hydrus.url, "--api-key", hydrus.key)
            assert code == 1
        assert "failed: all files: none can be read now" in err


class TestTheTally:
    """Counts files as files and pairs as pairs."""

    def test_counts_each_file_that_failed_and_nothing_else(
        self, videos: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(videos.iterdir())) as client:
            client.lost.update(client.files)
            first, again = run_on(client, capsys), run_on(client, capsys)
        assert "Files: 2 failed." in first.err
        assert (again.summary["failed"], again.summary["failed_before"]) == (0, 2)
        assert "Files:" not in again.err
        (failure,) = again.summary["failures"]
        assert (failure["what"], again.code) == ("all files", 1)

    def test_of_a_folder_without_a_file_that_can_be_read_says_not_that_nothing_was_to_do(
        self, videos: Path, forbidden: set[Path], capsys: Capsys
    ) -> None:
        forbidden.update(videos.iterdir())
        for tally in ("Files: 2 failed.", "failed: all files: none can be read now"):
            assert main(["--folder", str(videos)]) == 1
            err = capsys.readouterr().err
            assert tally in err
            assert "nothing to do" not in err

    def test_counts_a_pair_that_could_not_be_posted_as_a_pair(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        hydrus.fail(POST_PAIRS, Fault.LOCKED, HURRIED.attempts)
        ended = run_on(hydrus, capsys)
        assert (ended.code, ended.summary["failed"], ended.summary["pairs_failed"]) == (1, 0, 6)
        assert "Pairs: 6 failed." in ended.err


class Lacking(FolderLibrary):
    """A folder of which some files cannot be opened, although their hashes are known."""

    lost: Collection[str] = ()

    def source(self, sha256: str) -> Source:
        return Lost() if sha256 in self.lost else super().source(sha256)


class Lost:
    def open(self) -> BinaryIO:
        raise OSError(5, "Input/output error")


def told(library: FolderLibrary, store: Store, job: Job = JOB) -> list[events.Event]:
    with ThreadPoolExecutor(1) as executor:
        return list(run(job, library, store, Crew(Threads(executor), time_limit=60)))


def failed(
    library: FolderLibrary, store: Store, kind: type = events.Failed
) -> list[tuple[str, str]]:
    return [(e.what, e.reason) for e in told(library, store) if isinstance(e, kind)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def test_a_file_whose_sound_cannot_be_read_is_named_once_too(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "pair"
    folder.mkdir()
    pictures = clips.scene(1, seconds=SECONDS)
    clips.encode_with_sound(folder / "a.mp4", pictures, tune(1))
    clips.encode_with_sound(folder / "b.mp4", [p[::2, ::2] for p in pictures], tune(1))
    library = Lacking(folder)
    told(library, store, Job(0.6, frozenset(Kind), posts=False))
    library.lost = {next(s for s in library.find() if library.label(s) == "a.mp4")}
    named = [("a.mp4", "its sound cannot be read: [Errno 5] Input/output error")]
    assert failed(library, store) == named
    assert failed(library, store, events.FailedAgain) == named
    library.lost = ()
    assert failed(library, store) == []
    assert store.failures.reasons(f"reading from {library.identity}") == {}


def test_a_file_that_can_be_read_and_not_decoded_is_no_longer_unreadable(
    videos: Path, store: Store
) -> None:
    broken = videos / "broken.mp4"
    broken.write_bytes(b"no video")
    library = Lacking(videos)
    library.lost = {next(s for s in library.find() if library.label(s) == "broken.mp4")}
    assert failed(library, store)
    library.lost = ()
    ((what, reason),) = failed(library, store)
    assert (what, reason.startswith("no video")) == ("broken.mp4", True)
    assert store.failures.reasons(f"reading from {library.identity}") == {}
    assert failed(library, store) == failed(library, store, events.FailedAgain) == []
