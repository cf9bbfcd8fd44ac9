"""A plain folder of videos: which files are taken, and that none is dropped in silence."""

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from pools import Threads

from hydrus_video_deduplicator.cli import main, opening
from hydrus_video_deduplicator.cli.display import in_one_line
from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.library import Judgement, Relation
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.report import Report, Wanted, as_csv, as_json, as_page, gather
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

LONG_AGO = 1_000_000_000
"""Seconds since 1970."""

links = pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")


@pytest.fixture
def folder(samples: Path, tmp_path: Path) -> Path:
    """Two videos that are a pair."""
    made = tmp_path / "videos"
    (made / "sub").mkdir(parents=True)
    shutil.copy(samples / "first.mp4", made)
    shutil.copy(samples / "first mirrored.mkv", made / "sub")
    return made


def ended(capsys: Capsys, folder: Path, *arguments: str) -> tuple[int, str, str]:
    code = main([*arguments, "--folder", str(folder)])
    return (code, *capsys.readouterr())


def summary(capsys: Capsys, folder: Path, *arguments: str) -> dict[str, Any]:
    _, out, _ = ended(capsys, folder, "--json", *arguments)
    answer: dict[str, Any] = json.loads(out)
    return answer


class TestWhatHasNotBeenCompared:
    def test_a_search_says_that_nobody_has_hashed_it(self, folder: Path, capsys: Capsys) -> None:
        err = ended(capsys, folder, "search")[2]
        assert "2 videos found.\n2 files are still to hash and not compared." in err
        ended(capsys, folder, "hash")
        err = ended(capsys, folder, "search")[2]
        assert "2 videos found.\n1 similar pair." in err

    def test_a_report_does_not_call_it_compared_once_it_is_hashed(
        self, folder: Path, capsys: Capsys
    ) -> None:
        def compared() -> tuple[int, bool]:
            _, out, err = ended(capsys, folder, "report", "--format", "json", "--output", "-")
            return json.loads(out)["compared"], "Not compared yet: 2 videos." in err

        ended(capsys, folder, "hash")
        assert compared() == (0, True)
        ended(capsys, folder, "search")
        assert compared() == (2, False)


def test_a_report_counts_the_pairs_as_the_run_did(
    folder: Path, known: Path, capsys: Capsys
) -> None:
    shutil.copy(folder / "first.mp4", folder / "again.mp4")
    assert "Pairs: 1 identical, 1 similar." in ended(capsys, folder)[2]
    err = ended(capsys, folder, "report", "--format", "json", "--output", "report.json")[2]
    assert "1 pair in 1 group, and 1 identical pair." in err


class TestWhatCannotBeRead:
    def test_a_file_fails_alone_and_is_named_with_the_reason(
        self, folder: Path, known: Path, capsys: Capsys, forbidden: set[Path]
    ) -> None:
        forbidden.add(Path(shutil.copy(folder / "first.mp4", folder / "sub" / "private.mp4")))
        code, out, err = ended(capsys, folder)
        assert code == 1
        assert f"failed: {Path('sub', 'private.mp4')}: cannot be read: Permission denied" in err
        assert "first mirrored.mkv" in out

    def test_a_subfolder_fails_alone_and_is_named_with_the_reason(
        self, folder: Path, known: Path, capsys: Capsys, forbidden: set[Path]
    ) -> None:
        (folder / "private").mkdir()
        forbidden.add(folder / "private")
        code, out, err = ended(capsys, folder)
        assert code == 1
        assert "failed: private: cannot be listed: Permission denied" in err
        assert "first mirrored.mkv" in out

    @pytest.mark.parametrize("command", [[], ["check"], ["status"], ["report"]])
    def test_a_folder_is_no_empty_one_but_an_error_with_its_reason(
        self, folder: Path, capsys: Capsys, forbidden: set[Path], command: list[str]
    ) -> None:
        forbidden.add(folder)
        code, out, err = ended(capsys, folder, *command)
        assert code == UsageError.exit_code
        assert "cannot be listed: Permission denied" in " ".join((out + err).split())

    @links
    def test_a_link_that_leads_in_a_circle_fails_alone(self, folder: Path) -> None:
        (folder / "circle.mp4").symlink_to(folder / "circle.mp4")
        library = FolderLibrary(folder)
        assert len(library.find()) == 2
        assert list(library.unreadable()) == ["circle.mp4"]

    @pytest.mark.parametrize("command", ["check", "status", "report"])
    def test_is_named_by_the_commands_that_look_too(
        self,
        folder: Path,
        known: Path,
        capsys: Capsys,
        forbidden: set[Path],
        command: str,
    ) -> None:
        (folder / "private").mkdir()
        forbidden.add(folder / "private")
        _, out, err = ended(capsys, folder, command)
        assert "private: cannot be listed: Permission denied" in out + err

    def test_is_an_error_without_a_traceback_where_explain_is_given_it(
        self, folder: Path, known: Path, capsys: Capsys, forbidden: set[Path]
    ) -> None:
        forbidden.add(folder / "first.mp4")
        files = ["first.mp4", str(Path("sub", "first mirrored.mkv"))]
        code, _, err = ended(capsys, folder, "explain", *files)
        assert code == UsageError.exit_code
        assert "cannot be read: Permission denied" in err


class TestIdenticalFiles:
    @pytest.fixture
    def copies(self, folder: Path) -> Path:
        """The folder with two more copies of a file."""
        for name in ("again.mp4", "sub/and again.mp4"):
            shutil.copy(folder / "first.mp4", folder / name)
        for age, path in enumerate((folder / "again.mp4", folder / "sub" / "and again.mp4")):
            os.utime(path, (LONG_AGO - age, LONG_AGO - age))
        return folder

    def test_are_pairs_of_a_kind_of_their_own_and_come_first(
        self, copies: Path, known: Path, capsys: Capsys
    ) -> None:
        code, out, err = ended(capsys, copies)
        assert code == 0
        first, second, similar = out.splitlines()
        assert first == "1.000  first.mp4  again.mp4  identical"
        assert second == f"1.000  first.mp4  {Path('sub', 'and again.mp4')}  identical"
        assert similar.endswith("same, mirrored")
        assert "Pairs: 2 identical, 1 similar." in err

    def test_are_all_named_where_one_of_them_is_in_another_pair(
        self, copies: Path, known: Path, capsys: Capsys
    ) -> None:
        similar = ended(capsys, copies)[1].splitlines()[-1]
        assert f"first.mp4 (also again.mp4, {Path('sub', 'and again.mp4')})" in similar

    def test_are_counted_and_named_as_json(self, copies: Path, known: Path, capsys: Capsys) -> None:
        told = summary(capsys, copies)
        assert told["identical"] == 2
        pair = told["pairs"][0]
        assert pair["a"] == pair["b"]
        assert (pair["a_file"], pair["b_file"]) == ("first.mp4", "again.mp4")
        assert (pair["kind"], pair["score"]) == ("identical", 1.0)

    def test_are_left_out_where_only_other_kinds_are_wanted(
        self, copies: Path, known: Path, capsys: Capsys
    ) -> None:
        assert summary(capsys, copies, "--kinds", "trimmed")["identical"] == 0

    def test_are_in_the_report_in_every_format(self, copies: Path, known: Path) -> None:
        report = report_of(copies, known)
        names = ["first.mp4", "again.mp4", str(Path("sub", "and again.mp4"))]
        (identical,) = json.loads(as_json(report))["identical"]
        assert identical["files"] == names
        rows = list(csv.DictReader(io.StringIO(as_csv(report))))
        assert [row["kind"] for row in rows] == ["identical", "identical", "same"]
        assert [row["second_name"] for row in rows[:2]] == names[1:]
        assert "Identical files" in as_page(report)
        assert all(f"<span>{name}</span>" in as_page(report) for name in names)

    def test_explain_says_that_they_have_the_same_bytes(
        self, copies: Path, known: Path, capsys: Capsys
    ) -> None:
        code, _, err = ended(capsys, copies, "explain", "first.mp4", "again.mp4")
        assert code == UsageError.exit_code
        assert "same bytes" in err

    @links
    def test_are_not_made_by_a_link_to_a_file(self, folder: Path) -> None:
        (folder / "symbolic.mp4").symlink_to(folder / "first.mp4")
        os.link(folder / "first.mp4", folder / "hard.mp4")
        library = FolderLibrary(folder)
        assert len(library.find()) == 2
        assert not library.identical()


def test_a_pair_that_was_judged_not_related_does_not_come_again_in_a_run(
    folder: Path, known: Path, capsys: Capsys
) -> None:
    library = FolderLibrary(folder)
    pair = sorted(library.find())
    for arguments in ((), ("--dry-run",)):
        code, out, err = ended(capsys, folder, *arguments)
        assert (code, len(out.splitlines())) == (0, 1)
        assert "1 similar pair." in err
    with Store.open(known) as store:
        judgement = Judgement(*pair, Relation.NOT_RELATED)
        store.decisions.decide(library.identity, [judgement])
    for arguments in ((), ("--dry-run",)):
        code, out, err = ended(capsys, folder, *arguments)
        assert (code, out) == (0, "")
        assert "No similar pairs." in err
    with Store.open(known) as store:
        store.decisions.undo(library.identity)
    assert "1 similar pair." in ended(capsys, folder)[2]


def report_of(folder: Path, data_dir: Path) -> Report:
    wanted = Wanted(0.65, frozenset(Kind), most=10, pictures=False)
    with Store.open(data_dir) as store, ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=60)
        return gather(wanted, FolderLibrary(folder), store, crew, lambda done, of: None)


class TestWhatIsLeftOut:
    @pytest.mark.parametrize(
        "name",
        [
            "._first.mp4",
            ".hidden.mp4",
            ".Trash/x.mp4",
            ".Trash-1000/files/x.mp4",
            ".Trashes/501/x.mp4",
            "$RECYCLE.BIN/S-1-5/x.mp4",
            "System Volume Information/x.mp4",
            "@eaDir/first.mp4/x.mp4",
            "#recycle/x.mp4",
            ".cache/x.mp4",
        ],
    )
    def test_are_hidden_files_and_the_trash(self, folder: Path, name: str) -> None:
        path = folder / "sub" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no video")
        library = FolderLibrary(folder)
        assert len(library.find()) == 2
        assert not library.unreadable()

    def test_is_counted_with_verbose(self, folder: Path, known: Path, capsys: Capsys) -> None:
        for name in ("._a.mp4", "._b.mp4"):
            (folder / name).write_bytes(b"no video")
        assert "skipped" not in ended(capsys, folder)[2]
        assert "another link to a file): 2" in ended(capsys, folder, "--verbose")[2]

    def test_is_not_the_folder_itself_if_it_is_hidden(self, folder: Path) -> None:
        assert len(FolderLibrary(folder.rename(folder.with_name(".videos"))).find()) == 2


class TestTheBytes:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with Store.open(tmp_path) as opened:
            yield opened

    @pytest.fixture
    def opened(self, monkeypatch: Patch) -> list[str]:
        """The names of the files that are opened."""
        names: list[str] = []
        really_open = Path.open

        def open_(path: Path, *args: Any, **more: Any) -> BinaryIO:
            names.append(path.name)
            return really_open(path, *args, **more)  # type: ignore[no-any-return]

        monkeypatch.setattr(Path, "open", open_)
        return names

    def settle(self, folder: Path) -> None:
        """Have its files be as old as most are."""
        for path in folder.rglob("*.m*"):
            os.utime(path, (LONG_AGO, LONG_AGO))

    def find(self, folder: Path, store: Store) -> list[str]:
        return FolderLibrary(folder, store.file_hashes.find, store.file_hashes.add).find()

    def test_of_a_file_that_has_not_changed_are_not_read_again_by_the_next_run(
        self, folder: Path, store: Store, opened: list[str]
    ) -> None:
        self.settle(folder)
        found = self.find(folder, store)
        assert sorted(opened) == ["first mirrored.mkv", "first.mp4"]
        opened.clear()
        assert self.find(folder, store) == found
        assert opened == []

    def test_of_a_file_that_has_changed_are_read_again_though_its_date_is_the_old_one(
        self, folder: Path, store: Store, opened: list[str]
    ) -> None:
        self.settle(folder)
        before = self.find(folder, store)
        path = folder / "first.mp4"
        path.write_bytes(path.read_bytes()[::-1])
        self.settle(folder)
        assert set(self.find(folder, store)) != set(before)

    def test_of_a_file_that_may_still_be_written_are_read_again(
        self, folder: Path, store: Store, opened: list[str]
    ) -> None:
        (folder / "first.mp4").touch()
        self.find(folder, store)
        opened.clear()
        self.find(folder, store)
        assert "first.mp4" in opened

    def test_are_not_read_by_the_command_that_only_counts_the_files(
        self, folder: Path, capsys: Capsys, opened: list[str]
    ) -> None:
        assert "2 video files in it" in ended(capsys, folder, "check")[1]
        assert "first.mp4" not in opened

    def test_are_hashed_with_progress(self, folder: Path, store: Store) -> None:
        progress = Progress(JOB.stages)
        lines = []
        with ThreadPoolExecutor(1) as executor:
            crew = Crew(Threads(executor), 60)
            for event in run(JOB, FolderLibrary(folder), store, crew):
                if isinstance(event, events.Found):
                    break
                progress.take(event)
                lines.append(in_one_line(progress))
        total = sum(path.stat().st_size for path in folder.rglob("*.m*"))
        assert progress.steps_done == progress.steps == total
        assert progress.share() == 1.0
        assert "KB read" in lines[-1]

    @pytest.mark.parametrize("command", [["status"], ["report"], ["explain", "a", "b"]])
    def test_are_read_with_progress_by_the_commands_that_look_too(
        self, folder: Path, capsys: Capsys, monkeypatch: Patch, command: list[str]
    ) -> None:
        monkeypatch.setattr(opening, "TELL_SECONDS", 0.0)
        assert "Reading the files: " in ended(capsys, folder, *command)[2]


JOB = Job(threshold=0.6, kinds=frozenset(Kind))
