"""What a run says of files that it reads in part, not at all, or differently than before."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import clips
import hostile
import pytest
from fake_hydrus import MY_TAGS, FakeHydrus
from runs import run_on, sha256_of

from hydrus_video_deduplicator.cli import main

Capsys = pytest.CaptureFixture[str]

WRONG = "0000000000000000"
"""A hash that is none of the files'."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def serving(*paths: Path) -> FakeHydrus:
    return FakeHydrus(list(paths))


def test_a_file_that_cannot_be_read_says_what_hydrus_calls_it(files: Path, capsys: Capsys) -> None:
    path = files / "odd.mkv"
    path.write_bytes(hostile.unknown_codec(files))
    with serving(path) as hydrus:
        ended = run_on(hydrus, capsys)
    assert ended.code == 1
    (failure,) = ended.summary["failures"]
    assert failure["reason"] == "no decoder for its kind of video (Hydrus calls it matroska)"


def test_sound_with_a_cover_is_named_once_and_is_no_failure(files: Path, capsys: Capsys) -> None:
    path = files / "song.mp4"
    path.write_bytes(hostile.sound_with_a_cover(files))
    with serving(path) as hydrus:
        first, second = run_on(hydrus, capsys), run_on(hydrus, capsys)
        retried = run_on(hydrus, capsys, "--retry-failed")
        status = run_on(hydrus, capsys, "status").summary
    assert [run.code for run in (first, second, retried)] == [0, 0, 0]
    assert first.summary["no_video"] == {
        sha256_of(hydrus, "song.mp4"): "no moving picture, only a cover (Hydrus calls it mp4)"
    }
    for later in (second, retried):
        assert later.summary["no_video"] == {}
        assert later.summary["failed_before"] == 0
    assert status["no_video"] == {"no moving picture, only a cover (Hydrus calls it mp4)": 1}
    assert (status["failed"], status["failures"], status["to_hash"]) == ({}, {}, 0)


def test_the_report_does_not_wait_for_sound_with_a_cover(files: Path, capsys: Capsys) -> None:
    path = files / "song.mp4"
    path.write_bytes(hostile.sound_with_a_cover(files))
    page = files / "report.html"
    with serving(path) as hydrus:
        before = run_on(hydrus, capsys, "report", "--output", str(page))
        run_on(hydrus, capsys)
        after = run_on(hydrus, capsys, "report", "--output", str(page))
    assert "Not compared yet: 1 video." in before.err
    assert "Not compared yet" not in after.err
    text = page.read_text(encoding="utf-8")
    assert "1 without a moving picture" in text
    assert "Run the program to compare the others" not in text


def test_explain_calls_sound_with_a_cover_no_video_and_advises_no_retry(
    files: Path, capsys: Capsys
) -> None:
    song = files / "song.mp4"
    song.write_bytes(hostile.sound_with_a_cover(files))
    other = clips.encode(files / "other.mp4", clips.scene(1, 2))
    with serving(song, other) as hydrus:
        run_on(hydrus, capsys)
        explained = run_on(hydrus, capsys, "explain", str(song), str(other))
    assert "The first is not a video: no moving picture" in explained.summary["why"][0]
    assert "--retry-failed" not in str(explained.summary["why"])


def test_a_file_that_is_read_in_part_is_named_with_its_share(files: Path, capsys: Capsys) -> None:
    path = clips.encode(files / "broken.mp4", clips.scene(1, 4))
    path.write_bytes(clips.blanked(path.read_bytes(), 0.4, 0.7))
    with serving(path) as hydrus:
        ended = run_on(hydrus, capsys)
        (share,) = ended.summary["partly_read"].values()
        assert 0.3 < share < 0.9
        assert f"({round(100 * share)}%)" in ended.err
        later = run_on(hydrus, capsys)
        assert later.summary["partly_read"] == ended.summary["partly_read"]
        assert "Of earlier runs, 1 file cannot be compared, or only in part." in later.err
        assert f"({round(100 * share)}%)" not in later.err
        status = run_on(hydrus, capsys, "status")
        assert main(["status", "--api-url", hydrus.url, "--api-key", hydrus.key]) == 0
        lines = capsys.readouterr().out.splitlines()
    (name,) = status.summary["partly_read"]
    assert status.summary["partly_read"][name] == share
    listed = lines.index("Could be read only in part:")
    assert lines[listed + 1] == f"  {name}: {round(100 * share)}%"


def test_a_picture_over_black_is_compared_too(files: Path, capsys: Capsys) -> None:
    first, *others = [
        clips.Image.fromarray(picture).convert("RGBA") for picture in clips.scene(1, 2, fps=12)
    ]
    mask = clips.Image.new("L", first.size)
    mask.paste(255, (40, 30, 120, 90))
    for picture in (first, *others):
        picture.putalpha(mask)
    clear = files / "clear.webp"
    first.save(clear, save_all=True, append_images=others, duration=83)
    black = clips.Image.new("RGBA", first.size, "black")
    flat = [clips.Image.alpha_composite(black, picture) for picture in (first, *others)]
    copy = clips.encode(
        files / "copy.mp4", [clips.np.asarray(p.convert("RGB")) for p in flat], fps=12
    )
    with serving(clear, copy) as hydrus:
        ended = run_on(hydrus, capsys)
        assert ended.summary["files_found"] == 2
        assert ended.summary["recorded"] == 1
        status = run_on(hydrus, capsys, "status").summary
    assert (status["hashed"], status["uncompared"]) == (2, 0)


class TestUpgrade:
    """Files that an earlier version hashed are hashed again; until then their signatures count."""

    @pytest.fixture
    def upgraded(
        self, files: Path, tmp_path: Path, capsys: Capsys
    ) -> Iterator[tuple[FakeHydrus, sqlite3.Connection]]:
        """After a run; one signature counts as made by an earlier version, with a wrong hash."""
        plain = clips.encode(files / "plain.mp4", clips.scene(1, 3))
        other = clips.encode(files / "other.mp4", clips.scene(2, 3))
        with serving(plain, other) as hydrus:
            run_on(hydrus, capsys)
            old = sha256_of(hydrus, "other.mp4")
            store = sqlite3.connect(tmp_path / "data" / "store.sqlite3", isolation_level=None)
            store.execute(
                "INSERT INTO outdated SELECT sha256, algorithm FROM signature WHERE sha256 = ?",
                (old,),
            )
            store.execute(f"UPDATE signature SET video_hash = '{WRONG}' WHERE sha256 = ?", (old,))
            hydrus.files[old].tags[MY_TAGS] = {f"phashv1:{WRONG}", "a tag of the user"}
            yield hydrus, store
            store.close()

    def test_it_is_hashed_again_once(
        self, upgraded: tuple[FakeHydrus, sqlite3.Connection], capsys: Capsys
    ) -> None:
        hydrus, store = upgraded
        status = run_on(hydrus, capsys, "status").summary
        first, second = run_on(hydrus, capsys), run_on(hydrus, capsys)
        assert (status["hashed"], status["to_hash"]) == (2, 1)
        assert (first.summary["hashed"], second.summary["hashed"]) == (1, 0)
        assert "1 file hashed by an earlier version: hashing it again" in first.err
        hashes = {video_hash for (video_hash,) in store.execute("SELECT video_hash FROM signature")}
        assert WRONG not in hashes
        assert store.execute("SELECT COUNT(*) FROM outdated").fetchone() == (0,)

    def test_its_tag_takes_the_place_of_the_wrong_one(
        self, upgraded: tuple[FakeHydrus, sqlite3.Connection], capsys: Capsys
    ) -> None:
        hydrus, store = upgraded
        run_on(hydrus, capsys)
        sha256 = sha256_of(hydrus, "other.mp4")
        (right,) = store.execute(
            "SELECT video_hash FROM signature WHERE sha256 = ?", (sha256,)
        ).fetchone()
        assert hydrus.files[sha256].tags[MY_TAGS] == {f"phashv1:{right}", "a tag of the user"}

    def test_new_files_come_first(
        self, upgraded: tuple[FakeHydrus, sqlite3.Connection], files: Path, capsys: Capsys
    ) -> None:
        hydrus, _ = upgraded
        new = hydrus.add_file(clips.encode(files / "new.mp4", clips.scene(3, 3)))
        ended = run_on(hydrus, capsys, "--verbose", "--jobs", "1")
        hashed = [line[-12:] for line in ended.err.splitlines() if "hashed: file" in line]
        assert hashed == [new[:12], sha256_of(hydrus, "other.mp4")[:12]]

    def test_a_file_that_cannot_be_read_any_more_keeps_its_signature(
        self, upgraded: tuple[FakeHydrus, sqlite3.Connection], capsys: Capsys
    ) -> None:
        hydrus, store = upgraded
        hydrus.files[sha256_of(hydrus, "other.mp4")].path.write_bytes(bytes(5000))
        first, second = run_on(hydrus, capsys), run_on(hydrus, capsys)
        assert (first.code, second.code) == (1, 0)
        assert store.execute("SELECT COUNT(*) FROM signature").fetchone() == (2,)

    def test_a_dry_run_leaves_all_as_it_is(
        self, upgraded: tuple[FakeHydrus, sqlite3.Connection], capsys: Capsys
    ) -> None:
        hydrus, _ = upgraded
        ended = run_on(hydrus, capsys, "--dry-run", "--verbose")
        assert "1 file hashed by an earlier version: a run hashes it again" in ended.err
        assert f"to hash again: file {sha256_of(hydrus, 'other.mp4')[:12]}" in ended.err


def test_files_of_a_folder_are_hashed_again_too(
    files: Path, tmp_path: Path, capsys: Capsys
) -> None:
    clips.encode(files / "plain.mp4", clips.scene(1, 3))
    assert main(["--folder", str(files)]) == 0
    store = sqlite3.connect(tmp_path / "data" / "store.sqlite3", isolation_level=None)
    store.execute("INSERT INTO outdated SELECT sha256, algorithm FROM signature")
    store.close()
    capsys.readouterr()
    assert main(["--folder", str(files)]) == 0
    assert "1 file hashed by an earlier version: hashing it again" in capsys.readouterr().err


def test_a_clip_within_the_picture_of_another_file_is_found(files: Path, capsys: Capsys) -> None:
    clip, other = clips.scene(1, 4), clips.scene(2, 4)
    beside = [clips.np.hstack(pictures) for pictures in zip(clip, other, strict=True)]
    alone = clips.encode(files / "alone.mp4", clip)
    both = clips.encode(files / "both.mp4", beside)
    with serving(alone, both) as hydrus:
        ended = run_on(hydrus, capsys, "--verbose")
        page = run_on(hydrus, capsys, "report", "--format", "json", "--output", "-").summary
        explained = run_on(hydrus, capsys, "explain", *(file[:12] for file in hydrus.files))
    assert ended.summary["recorded"] == 1
    assert "same, in a part of the picture" in ended.err
    (pair,) = page["groups"][0]["pairs"]
    assert pair["edits"] == ["panel"]
    assert pair["looks_best"] is None  # one of them shows something else as well
    assert explained.code == 0
