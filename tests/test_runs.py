"""Whole runs against a Hydrus client (a fake one, over real HTTP)."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from fake_hydrus import MY_TAGS, FakeHydrus, Fault
from runs import pair_names, run_on, sha256_of

from hydrus_video_deduplicator.cli import INTERRUPTED, console, main
from hydrus_video_deduplicator.library.hydrus import HydrusLibrary
from hydrus_video_deduplicator.samples import encode
from hydrus_video_deduplicator.stages import posting
from hydrus_video_deduplicator.stages.tagging import NAMESPACE

FIRST = {"first.mp4", "first in small.webm", "first mirrored.mkv"}
SECOND = {"second.mp4", "second trimmed.mp4", "second as animation.gif"}
PAIRS = {frozenset({a, b}) for group in (FIRST, SECOND) for a in group for b in group if a != b}

Capsys = pytest.CaptureFixture[str]

POTENTIAL, FALSE_POSITIVE, SAME_QUALITY = 0, 1, 2


def test_a_run_tags_every_video_and_posts_every_similar_pair(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    ended = run_on(hydrus, capsys)
    assert ended.code == 0
    assert pair_names(hydrus) == PAIRS
    for sha256 in hydrus.files:
        (tag,) = hydrus.tags(sha256)
        assert tag.startswith(f"{NAMESPACE}:")
        assert len(tag) == len(NAMESPACE) + 1 + 16
    figures = {key: ended.summary[key] for key in ("files_found", "hashed", "posted", "recorded")}
    assert figures == {"files_found": 7, "hashed": 7, "posted": 6, "recorded": 6}


def test_the_way_to_the_filter_and_its_order_are_told(hydrus: FakeHydrus, capsys: Capsys) -> None:
    said = run_on(hydrus, capsys).err
    assert "duplicates processing → launch the filter" in said
    assert "shows the largest files first" in said


def test_a_second_run_does_only_what_is_new(
    hydrus: FakeHydrus, capsys: Capsys, samples: Path
) -> None:
    newcomer = samples / "third.mp4"
    hydrus.delete(sha256_of(hydrus, newcomer.name))
    assert run_on(hydrus, capsys).summary["hashed"] == 6
    hydrus.calls.clear()
    again = run_on(hydrus, capsys)
    assert (again.summary["hashed"], again.summary["tagged"], again.summary["posted"]) == (0, 0, 0)
    assert not [call for call in hydrus.calls if "set_file" in call or "add_tags" in call]
    hydrus.add_file(newcomer)
    assert run_on(hydrus, capsys).summary["hashed"] == 1


def test_pairs_that_the_user_has_judged_do_not_come_back(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    run_on(hydrus, capsys)
    first, small, mirrored = (sha256_of(hydrus, name) for name in sorted(FIRST, key=len))
    hydrus.relations.relate(first, small, FALSE_POSITIVE)
    hydrus.relations.relate(first, mirrored, SAME_QUALITY)
    before = hydrus.relations.potential_pairs()
    again = run_on(hydrus, capsys)
    assert again.summary["posted"] == 0
    assert hydrus.relations.potential_pairs() == before


def test_pairs_judged_before_the_first_run_are_left_alone(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    first, small, _ = (sha256_of(hydrus, name) for name in sorted(FIRST, key=len))
    hydrus.relations.relate(first, small, FALSE_POSITIVE)
    ended = run_on(hydrus, capsys)
    assert ended.summary["already_judged"] == 1
    assert ended.summary["posted"] == len(PAIRS) - 1


def test_hash_and_then_search_is_the_whole_job(hydrus: FakeHydrus, capsys: Capsys) -> None:
    hashed = run_on(hydrus, capsys, "hash").summary
    assert (hashed["hashed"], hashed["tagged"], hashed["recorded"]) == (7, 7, 0)
    assert not pair_names(hydrus)
    searched = run_on(hydrus, capsys, "search").summary
    assert (searched["hashed"], searched["tagged"], searched["recorded"]) == (0, 0, len(PAIRS))
    assert pair_names(hydrus) == PAIRS


def test_search_prints_the_pairs_and_how_they_match(hydrus: FakeHydrus, capsys: Capsys) -> None:
    access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
    main(["hash", *access])
    assert capsys.readouterr().out == ""
    main(["search", *access])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(PAIRS)
    assert sum("mirrored" in line for line in lines) == 2
    # encoders do not write the same bytes each time, so either may have the smaller hash
    trimmed = [
        f"trimmed: all of the {short} is 0:01–0:06 of the {long}"
        for short, long in (("first", "second"), ("second", "first"))
    ]
    assert any(line.endswith(tuple(trimmed)) for line in lines)


def test_a_dry_run_shows_everything_and_changes_nothing_in_hydrus(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    ended = run_on(hydrus, capsys, "--dry-run")
    assert ended.summary["tagged"] == 7
    assert len(ended.summary["pairs"]) == len(PAIRS)
    assert not any(call.startswith("/add_tags") or "set_" in call for call in hydrus.calls)
    assert run_on(hydrus, capsys).summary["recorded"] == len(PAIRS)


def test_only_the_kinds_that_the_user_wants_are_posted(hydrus: FakeHydrus, capsys: Capsys) -> None:
    run_on(hydrus, capsys, "--kinds", "trimmed")
    trimmed = {pair for pair in PAIRS if "second trimmed.mp4" in pair}
    assert pair_names(hydrus) == trimmed
    run_on(hydrus, capsys, "--kinds", "same,trimmed")
    assert pair_names(hydrus) == PAIRS


def test_a_video_with_too_little_in_it_is_listed_with_the_reason(
    hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
) -> None:
    black = [np.zeros((120, 160, 3), np.uint8)] * 48
    sha256 = hydrus.add_file(encode(tmp_path / "black.mp4", black))
    ended = run_on(hydrus, capsys)
    assert ended.summary["too_little"] == {"black": [sha256]}
    assert sha256[:12] in ended.err
    assert pair_names(hydrus) == PAIRS


def test_later_runs_only_count_it_and_status_names_it(
    hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
) -> None:
    black = [np.zeros((120, 160, 3), np.uint8)] * 48
    sha256 = hydrus.add_file(encode(tmp_path / "black.mp4", black))
    run_on(hydrus, capsys)
    said = run_on(hydrus, capsys).err
    assert "Of earlier runs, 1 file cannot be compared, or only in part." in said
    assert sha256[:12] not in said
    assert main(["--api-url", hydrus.url, "--api-key", hydrus.key, "status"]) == 0
    shown = capsys.readouterr().out
    assert f"With little to compare:\n  file {sha256[:12]}: black\n" in shown
    assert f"system:hash is {sha256}" in shown


def test_no_tags_writes_no_tags(hydrus: FakeHydrus, capsys: Capsys) -> None:
    run_on(hydrus, capsys, "--no-tags")
    assert not any(hydrus.tags(sha256) for sha256 in hydrus.files)
    assert pair_names(hydrus) == PAIRS


def test_files_of_another_machine_with_a_tag_but_no_signature_here_are_hashed(
    hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
) -> None:
    run_on(hydrus, capsys, "--data-dir", str(tmp_path / "there"))
    assert run_on(hydrus, capsys, "--data-dir", str(tmp_path / "here")).summary["hashed"] == 7


@pytest.mark.parametrize("variable", ["HVD_BY_TAG=3", "HVD_FORMAT=csv", "HVD_LIMIT=3"])
def test_a_variable_counts_only_for_the_commands_that_use_it(
    variable: str, hydrus: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*variable.split("="))
    run_on(hydrus, capsys)
    assert pair_names(hydrus) == PAIRS


def test_search_by_tag_compares_the_tags_alone(hydrus: FakeHydrus, capsys: Capsys) -> None:
    hashes = {"first.mp4": "000f", "second.mp4": "0000", "third.mp4": "ff00"}
    for name, digits in hashes.items():
        hydrus.files[sha256_of(hydrus, name)].tags[MY_TAGS].add(f"{NAMESPACE}:{digits * 4}")
    ended = run_on(hydrus, capsys, "search", "--by-tag", "16")
    assert [pair["bits"] for pair in ended.summary["pairs"]] == [16]
    assert pair_names(hydrus) == {frozenset({"first.mp4", "second.mp4"})}


def test_search_by_tag_tells_that_it_posts(
    hydrus: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "PROGRESS_SECONDS", 0)
    run_on(hydrus, capsys)
    assert "Posting pairs" in run_on(hydrus, capsys, "search", "--by-tag").err


def test_search_by_tag_allows_4_bits_unless_told_otherwise(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    for name, last in {"first.mp4": "f", "second.mp4": "0", "third.mp4": "ff"}.items():
        tag = f"{NAMESPACE}:{last:0>16}"
        hydrus.files[sha256_of(hydrus, name)].tags[MY_TAGS].add(tag)
    run_on(hydrus, capsys, "search", "--by-tag")
    first_with_each = [{"first.mp4", "second.mp4"}, {"first.mp4", "third.mp4"}]
    assert pair_names(hydrus) == set(map(frozenset, first_with_each))


class TestAReleaseThatRecordsNothing:
    def test_is_seen_by_reading_back_and_named_with_its_known_fault_and_what_to_do(
        self, samples: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            ended = run_on(hydrus, capsys)
        assert ended.code == 1
        assert (ended.summary["posted"], ended.summary["recorded"]) == (len(PAIRS), 0)
        assert ended.summary["not_recorded"] == len(PAIRS)
        assert "v682" in ended.err
        assert "known fault" in ended.err
        assert "https://github.com/hydrusnetwork/hydrus/issues/2076" in ended.err
        assert "report" in ended.err
        assert "--page NAME" in ended.err

    def test_is_posted_to_again_by_the_next_run(self, samples: Path, capsys: Capsys) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            run_on(hydrus, capsys)
            assert run_on(hydrus, capsys).summary["not_recorded"] == len(PAIRS)


class TestPairsThatHydrusNoLongerHas:
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posting, "SAFE_AFTER", 0.0)

    def lose(self, hydrus: FakeHydrus, files: Iterable[str]) -> None:
        for sha256 in files:
            hydrus.relations.remove_potentials(sha256)

    def test_because_it_crashed_soon_after_the_post_are_posted_again(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        self.lose(hydrus, hydrus.files)
        ended = run_on(hydrus, capsys)
        assert f"no longer has {len(PAIRS)} pairs that an earlier run posted" in ended.err
        assert (ended.code, ended.summary["recorded"]) == (0, len(PAIRS))
        assert pair_names(hydrus) == PAIRS
        assert run_on(hydrus, capsys, "rollback").summary["removed"] == len(PAIRS)

    def test_though_it_has_others_of_the_post_were_removed_by_the_user(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        self.lose(hydrus, [sha256_of(hydrus, "first.mp4")])
        assert run_on(hydrus, capsys).summary["posted"] == 0

    def test_though_a_later_run_saw_them_were_removed_by_the_user(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        run_on(hydrus, capsys)
        self.lose(hydrus, hydrus.files)
        assert run_on(hydrus, capsys).summary["posted"] == 0

    def test_are_no_matter_of_a_dry_run(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        run_on(hydrus, capsys)
        self.lose(hydrus, hydrus.files)
        run_on(hydrus, capsys, "--dry-run")
        assert run_on(hydrus, capsys).summary["posted"] == len(PAIRS)

    def test_may_be_on_their_way_to_its_disk_for_a_minute(
        self, hydrus: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_on(hydrus, capsys)
        monkeypatch.setattr(posting, "SAFE_AFTER", 60.0)
        run_on(hydrus, capsys)
        monkeypatch.setattr(posting, "SAFE_AFTER", 0.0)
        self.lose(hydrus, hydrus.files)
        assert run_on(hydrus, capsys).summary["posted"] == len(PAIRS)


def test_a_batch_of_which_half_was_recorded_is_completed_by_the_next_run(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    hydrus.fail("/manage_file_relationships/set_file_relationships", Fault.RECORD_HALF)
    first = run_on(hydrus, capsys)
    assert first.code == 1
    assert first.summary["not_recorded"] == len(PAIRS) / 2
    assert run_on(hydrus, capsys).summary["recorded"] == len(PAIRS) / 2
    assert pair_names(hydrus) == PAIRS


def test_files_in_the_trash_are_in_no_pair(hydrus: FakeHydrus, capsys: Capsys) -> None:
    run_on(hydrus, capsys, "hash")
    hydrus.move_to_trash(sha256_of(hydrus, "first.mp4"))
    run_on(hydrus, capsys, "search")
    assert pair_names(hydrus) == {pair for pair in PAIRS if "first.mp4" not in pair}


def test_a_file_that_cannot_be_decoded_is_named_and_the_run_goes_on(
    hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 5000)
    sha256 = hydrus.add_file(broken)
    ended = run_on(hydrus, capsys)
    assert ended.code == 1
    assert sha256[:12] in ended.summary["failures"][0]["what"]
    assert ended.summary["failures"][0]["sha256"] == sha256
    assert pair_names(hydrus) == PAIRS
    opening = {"/get_files/file", "/get_files/file_path"}
    hydrus.calls.clear()
    assert run_on(hydrus, capsys).code == 0
    assert not opening.intersection(hydrus.calls)
    run_on(hydrus, capsys, "--retry-failed")
    assert opening.intersection(hydrus.calls)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


class TestAFileThatAnEarlierRunCouldNotHash:
    @pytest.fixture
    def broken(self, hydrus: FakeHydrus, known: Path, capsys: Capsys, tmp_path: Path) -> str:
        """The hash of a file in which there is no video; a run has tried it."""
        path = tmp_path / "broken.mp4"
        path.write_bytes(b"no video")
        sha256 = hydrus.add_file(path)
        first = run_on(hydrus, capsys)
        assert first.code == 1
        assert f"failed: file {sha256[:12]}" in first.err
        return sha256

    def test_is_counted_by_later_runs_which_end_well(
        self, hydrus: FakeHydrus, broken: str, capsys: Capsys
    ) -> None:
        again = run_on(hydrus, capsys)
        assert again.code == 0
        assert (again.summary["failed"], again.summary["failed_before"]) == (0, 1)
        assert again.summary["failures"] == []
        assert "An earlier run could not hash 1 file. The command status" in again.err
        assert broken[:12] not in again.err

    def test_is_no_word_of_a_quiet_run(
        self, hydrus: FakeHydrus, broken: str, capsys: Capsys
    ) -> None:
        again = run_on(hydrus, capsys, "--quiet")
        assert (again.code, again.err) == (0, "")

    def test_is_listed_by_status_with_its_reason(
        self, hydrus: FakeHydrus, broken: str, capsys: Capsys
    ) -> None:
        main(["status", "--api-url", hydrus.url, "--api-key", hydrus.key])
        assert f"file {broken[:12]}: no video" in capsys.readouterr().out
        (reason,) = run_on(hydrus, capsys, "status").summary["failures"].values()
        assert reason.startswith("no video")

    def test_is_tried_and_named_again_if_the_user_asks(
        self, hydrus: FakeHydrus, broken: str, capsys: Capsys
    ) -> None:
        again = run_on(hydrus, capsys, "--retry-failed")
        assert again.code == 1
        assert f"failed: file {broken[:12]}" in again.err


class TestUndo:
    def test_rollback_takes_back_our_pairs_and_no_others(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        first, third = sha256_of(hydrus, "first.mp4"), sha256_of(hydrus, "third.mp4")
        hydrus.relations.relate(first, third, POTENTIAL)  # found by somebody else
        before = hydrus.relations.potential_pairs()
        run_on(hydrus, capsys)
        assert run_on(hydrus, capsys, "rollback").summary["removed"] == len(PAIRS)
        assert hydrus.relations.potential_pairs() == before

    def test_a_pair_that_was_there_before_us_is_not_ours(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        first, small, _ = (sha256_of(hydrus, name) for name in sorted(FIRST, key=len))
        hydrus.relations.relate(first, small, POTENTIAL)
        before = hydrus.relations.potential_pairs()
        assert run_on(hydrus, capsys).summary["already_known"] == 1
        run_on(hydrus, capsys, "rollback")
        assert hydrus.relations.potential_pairs() == before

    def test_a_rollback_says_that_the_next_run_posts_the_pairs_again(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        assert "The next run posts them again" in run_on(hydrus, capsys, "rollback").err

    def test_a_rollback_leaves_the_pairs_of_a_file_in_the_trash_to_the_next_one(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        first = sha256_of(hydrus, "first.mp4")
        hydrus.move_to_trash(first)
        hidden = sum("first.mp4" in pair for pair in PAIRS)
        rolled_back = run_on(hydrus, capsys, "rollback")
        assert rolled_back.summary["removed"] == len(PAIRS) - hidden
        assert f"{hidden} pairs of files that are in the trash" in rolled_back.err
        hydrus.restore_from_trash(first)
        assert len(hydrus.relations.potential_pairs()) == hidden
        assert run_on(hydrus, capsys, "rollback").summary["removed"] == hidden
        assert not hydrus.relations.potential_pairs()

    def test_a_rollback_of_nothing_says_so(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        assert "There was nothing to do." in run_on(hydrus, capsys, "rollback").err

    def test_rollback_leaves_what_the_user_has_judged(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        first, small, _ = (sha256_of(hydrus, name) for name in sorted(FIRST, key=len))
        hydrus.relations.relate(first, small, FALSE_POSITIVE)
        run_on(hydrus, capsys, "rollback")
        assert not pair_names(hydrus)
        status = run_on(hydrus, capsys, "status").summary
        assert (status["judged_before"], status["to_post"]) == (1, len(PAIRS) - 1)
        assert run_on(hydrus, capsys).summary["posted"] == len(PAIRS) - 1

    def test_a_rollback_that_died_after_removing_is_made_good_by_the_next_run(
        self, hydrus: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, third = sha256_of(hydrus, "first.mp4"), sha256_of(hydrus, "third.mp4")
        hydrus.relations.relate(first, third, POTENTIAL)
        before = hydrus.relations.potential_pairs()
        run_on(hydrus, capsys)
        with monkeypatch.context() as patch:
            patch.setattr(HydrusLibrary, "post", _die)
            assert run_on(hydrus, capsys, "rollback").code == INTERRUPTED
        assert hydrus.relations.potential_pairs() != before
        run_on(hydrus, capsys, "hash")
        assert hydrus.relations.potential_pairs() == before

    def test_remove_tags_takes_away_every_tag_of_ours_and_only_those(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys, "hash")
        third = hydrus.files[sha256_of(hydrus, "third.mp4")]
        kept = {f"{NAMESPACE}:not a hash", "series:third"}
        third.tags[MY_TAGS] |= kept
        assert run_on(hydrus, capsys, "remove-tags").summary["untagged"] == 7
        assert {name for sha in hydrus.files for name in hydrus.tags(sha)} == kept

    @pytest.mark.parametrize(
        ("command", "begins", "count"),
        [("rollback", "pair: ", len(PAIRS)), ("remove-tags", "tag: ", 7)],
    )
    def test_a_dry_run_of_it_names_what_it_would_do_and_changes_nothing(
        self, hydrus: FakeHydrus, capsys: Capsys, command: str, begins: str, count: int
    ) -> None:
        run_on(hydrus, capsys)
        tags = {sha256: hydrus.tags(sha256) for sha256 in hydrus.files}
        told = run_on(hydrus, capsys, command, "--dry-run").err.splitlines()
        assert sum(line.startswith(begins) for line in told) == count
        assert pair_names(hydrus) == PAIRS
        assert {sha256: hydrus.tags(sha256) for sha256 in hydrus.files} == tags


class TestAFolder:
    def test_needs_no_hydrus_and_prints_the_pairs(self, samples: Path, capsys: Capsys) -> None:
        assert main(["--folder", str(samples)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(PAIRS)
        assert any("first.mp4" in line and "mirrored" in line for line in lines)

    def test_prints_them_in_every_run(self, samples: Path, capsys: Capsys) -> None:
        main(["--folder", str(samples)])
        first = capsys.readouterr().out
        main(["--folder", str(samples)])
        assert capsys.readouterr().out == first

    def test_gives_a_machine_readable_summary(self, samples: Path, capsys: Capsys) -> None:
        main(["--folder", str(samples), "--json"])
        summary = json.loads(capsys.readouterr().out)
        assert summary["files_found"] == 7
        assert {pair["kind"] for pair in summary["pairs"]} == {"same", "trimmed"}
        assert summary["pairs"][0]["a_file"] in FIRST | SECOND
