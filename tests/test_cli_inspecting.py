"""`status`, `check` and `explain`: what they tell, and that they change nothing."""

import json
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_hydrus import (
    ALTERNATE,
    EDIT_RELATIONSHIPS,
    EDIT_TAGS,
    SEARCH,
    FakeHydrus,
)
from runs import run_on, sha256_of

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.inspection.outcome import ON_DISK
from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.matching import Candidates, Sketches, find_candidates
from hydrus_video_deduplicator.stages import proposing
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.store import Store, run_lock

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
POTENTIAL, FALSE_POSITIVE, SAME_QUALITY = 0, 1, 2
SIMILAR = "first.mp4", "first in small.webm"
TRIMMED = "second.mp4", "second trimmed.mp4"
UNLIKE = "first.mp4", "third.mp4"


def told(hydrus: FakeHydrus, capsys: Capsys, *arguments: str) -> tuple[int, str]:
    code = main([*arguments, "--api-url", hydrus.url, "--api-key", hydrus.key])
    out, err = capsys.readouterr()
    assert hydrus.key not in out + err
    return code, out + err


def told_as_json(hydrus: FakeHydrus, capsys: Capsys, *arguments: str) -> dict[str, Any]:
    code, out = told(hydrus, capsys, *arguments, "--json")
    assert code == 0
    answer: dict[str, Any] = json.loads(out)
    return answer


def figures(out: str) -> dict[str, int]:
    """What `status` counts, by its words."""
    lines = (line.strip().partition(" ") for line in out.splitlines())
    return {what.strip(): int(number) for number, _, what in lines if number.isdecimal()}


def writes(hydrus: FakeHydrus) -> list[str]:
    return [call for call in hydrus.calls if "add_tags" in call or "set_file" in call]


def hashes(hydrus: FakeHydrus, names: tuple[str, str]) -> tuple[str, str]:
    a, b = (sha256_of(hydrus, name) for name in names)
    return a, b


def pair_in(folder: Path, names: tuple[str, str]) -> tuple[str, str]:
    """The hashes of two files of a folder, the smaller first."""
    a, b = sorted(sha256((folder / name).read_bytes()).hexdigest() for name in names)
    return a, b


def matches_of(store: Store) -> list[Match]:
    return store.matches.at_least(signature.ALGORITHM, 0.0)


@pytest.fixture
def nothing_is_proposed(monkeypatch: Patch) -> None:
    """The search among all videos of the store finds no candidates."""

    def none(sketches: Sketches, *_: object) -> Candidates:
        return find_candidates(sketches, np.zeros(sketches.videos, bool))

    monkeypatch.setattr(proposing, "find_candidates", none)


class TestStatus:
    def test_tells_what_is_hashed_posted_judged_and_waiting(
        self, hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
    ) -> None:
        broken = tmp_path / "broken.mp4"
        broken.write_bytes(b"no video")
        hydrus.add_file(broken)
        run_on(hydrus, capsys)
        first, small = (sha256_of(hydrus, n) for n in ("first.mp4", "first in small.webm"))
        hydrus.relations.relate(first, small, FALSE_POSITIVE)
        hydrus.calls.clear()
        with run_lock(tmp_path / "data"):  # a run at work is no hindrance
            code, out = told(hydrus, capsys, "status", "--json")
        status = json.loads(out)
        counted = {name: status[name] for name in ("videos", "hashed", "posted", "to_hash")}
        assert code == 0
        assert counted == {"videos": 8, "hashed": 7, "posted": 6, "to_hash": 0}
        assert (status["judged"], status["waiting"]) == (1, 5)
        assert sum(status["failed"].values()) == 1
        assert {"program", "signature"} <= status["versions"].keys()
        assert writes(hydrus) == []

    def test_needs_no_hydrus_and_makes_no_data_directory(
        self, tmp_path: Path, capsys: Capsys
    ) -> None:
        assert main(["status"]) == 0
        out, err = capsys.readouterr()
        assert "Hydrus cannot be asked: No API key is given." in err
        assert f"{tmp_path / 'data'} (does not exist yet)" in out
        assert not (tmp_path / "data").exists()
        assert main(["status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["places"] == {
            "data directory": str(tmp_path / "data")
        }

    def test_its_figures_of_similar_pairs_add_up(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        hydrus.judge(*hashes(hydrus, SIMILAR), POTENTIAL)
        hydrus.judge(*hashes(hydrus, TRIMMED), FALSE_POSITIVE)
        parts = ("similar_posted", "present", "judged_before", "to_post")
        before = told_as_json(hydrus, capsys, "status")
        assert [before[part] for part in parts] == [0, 0, 0, before["similar"]]
        run_on(hydrus, capsys)
        after = told_as_json(hydrus, capsys, "status")
        assert [after[part] for part in parts] == [after["similar"] - 2, 1, 1, 0]
        assert figures(told(hydrus, capsys, "status")[1])["found in Hydrus, not posted"] == 1

    def test_counts_what_waits_in_hydrus_among_the_tagged_files_whoever_posted_it(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        ours = told_as_json(hydrus, capsys, "status")["waiting"]
        third = [file for file in hydrus.files if file not in hashes(hydrus, SIMILAR)][-1]
        hydrus.judge(third, hashes(hydrus, SIMILAR)[0], POTENTIAL)
        status = told_as_json(hydrus, capsys, "status")
        assert (status["waiting"], status["in_hydrus"]) == (ours, ours + 1)
        hydrus.files[third].tags.clear()
        assert told_as_json(hydrus, capsys, "status")["in_hydrus"] <= ours

    def test_says_why_hydrus_counts_less_where_files_are_judged_as_duplicates(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        assert "count as one" not in told(hydrus, capsys, "status")[1]
        hydrus.judge(*hashes(hydrus, SIMILAR), SAME_QUALITY)
        status = told_as_json(hydrus, capsys, "status")
        assert status["in_hydrus"] < status["waiting"]
        assert "(files judged as duplicates count as one)" in told(hydrus, capsys, "status")[1]

    def test_counts_with_a_query_only_pairs_whose_files_it_selects(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        whole = told_as_json(hydrus, capsys, "status")
        pair = min(hydrus.relations.potential_pairs())
        query = f"system:hash is {' '.join(pair)}"
        status = told_as_json(hydrus, capsys, "status", "--query", query)
        assert whole["in_hydrus"] == whole["waiting"] == whole["posted"] > 1
        assert status["in_hydrus"] == status["waiting"] == status["posted"] == 1
        hydrus.judge(*pair, FALSE_POSITIVE)
        status = told_as_json(hydrus, capsys, "status", "--query", query)
        assert (status["in_hydrus"], status["waiting"], status["judged"]) == (0, 0, 1)

    def test_leaves_out_what_hydrus_would_count_among_other_files(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        status = told_as_json(hydrus, capsys, "status", "--query", "system:limit is 2")
        assert status["in_hydrus"] is None
        assert status["waiting"] is not None

    def test_counts_a_pair_of_alternates_through_a_third_as_waiting_as_the_filter_of_hydrus_does(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        before = told_as_json(hydrus, capsys, "status")
        a, b = hashes(hydrus, SIMILAR)
        third = hashes(hydrus, ("third.mp4", "third.mp4"))[0]
        hydrus.judge(a, third, ALTERNATE)
        hydrus.judge(third, b, ALTERNATE)
        after = told_as_json(hydrus, capsys, "status")
        for figure in ("waiting", "in_hydrus", "judged"):
            assert after[figure] == before[figure]
        told(hydrus, capsys, "report", "--format", "csv", "--output", "report.csv")
        lines = Path("report.csv").read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if a in line and b in line]

    def test_says_which_posted_pairs_are_not_among_the_similar_ones(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        run_on(hydrus, capsys, "search", "--by-tag", "64")
        status = told_as_json(hydrus, capsys, "status")
        assert status["posted_otherwise"] == status["posted"] - status["similar"] > 0
        hint = f"recorded ({status['posted_otherwise']} of them by tags, or with other settings)"
        assert hint in told(hydrus, capsys, "status")[1]

    def test_tells_recorded_pairs_from_those_that_were_not(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            run_on(hydrus, capsys)
            told_of = figures(told(hydrus, capsys, "status")[1])
            status = told_as_json(hydrus, capsys, "status")
        assert told_of["posted to Hydrus and recorded"] == 0
        again = told_of["posted but NOT recorded; the next run posts them again"]
        assert again == told_of["similar pairs found"] > 0
        assert (told_of["still to post"], status["to_post"]) == (0, 0)
        assert (status["not_recorded"], status["not_recorded_otherwise"]) == (again, 0)

    def test_counts_apart_what_was_not_recorded_by_other_settings(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            run_on(hydrus, capsys)
            run_on(hydrus, capsys, "search", "--by-tag", "64")
            status = told_as_json(hydrus, capsys, "status")
            told_of = figures(told(hydrus, capsys, "status")[1])
        otherwise = told_of["posted but NOT recorded, by tags or with other settings"]
        assert otherwise == status["not_recorded_otherwise"] > 0
        assert status["not_recorded"] + status["to_post"] == status["similar"]

    def test_does_not_pretend_that_a_file_missing_on_disk_was_never_tried(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        hydrus.lost.add(sha256_of(hydrus, "third.mp4"))
        assert run_on(hydrus, capsys).code == 1
        out = told(hydrus, capsys, "status")[1]
        assert "1  still to hash (new, or could not be read when last tried)" in out

    @pytest.mark.parametrize("is_terminal", [False, True])
    def test_a_long_reason_stands_behind_its_figure(
        self, known: Path, capsys: Capsys, monkeypatch: Patch, is_terminal: bool
    ) -> None:
        with Store.open(known) as store:
            store.failures.add("a" * 64, ATTEMPT, "too long " * 20)
        if is_terminal:
            monkeypatch.setenv("FORCE_COLOR", "1")
            monkeypatch.setenv("COLUMNS", "60")
        assert main(["status"]) == 0
        figures_, _, _ = capsys.readouterr().out.partition("\nFailed")
        lines = [line for line in figures_.splitlines() if "too long" in line]
        starts = {line.index("too") for line in lines}
        assert len(starts) == 1
        assert lines[0].split()[:2] == ["1", "too"]
        assert len(lines) == (4 if is_terminal else 1)

    def test_leaves_a_corrupt_store_to_the_next_run(
        self, samples: Path, tmp_path: Path, known: Path, capsys: Capsys
    ) -> None:
        path = known / "store.sqlite3"
        path.write_bytes(b"no database" * 1000)
        for command in (["status"], ["explain", *SIMILAR, "--folder", str(samples)]):
            assert main(command) == 9
            assert "The next run starts a new one" in capsys.readouterr().err
        assert [file.name for file in known.iterdir()] == ["store.sqlite3"]
        assert path.read_bytes().startswith(b"no database")
        assert main(["--folder", str(samples)]) == 0
        assert "rollback cannot take them back" in capsys.readouterr().err
        assert list(known.glob("corrupt-*"))


class TestCheck:
    def test_says_of_each_line_that_it_holds(
        self, hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
    ) -> None:
        code, out = told(hydrus, capsys, "check", "--json")
        found = {line["what"]: line for line in map(json.loads, out.splitlines())}
        assert code == 0
        assert all(line["holds"] for line in found.values()), found
        assert {"address", "API key", "tag service", "query", "disk space"} <= found.keys()
        assert "7 videos" in found["query"]["says"]
        assert writes(hydrus) == []
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize(
        ("options", "permissions", "expected"),
        [
            (["--tag-service", "nope"], None, ("services", 6)),
            (["--query", "system:bananas"], None, ("query", 6)),
            ([], [SEARCH, EDIT_TAGS], ("may edit file relationships", 5)),
            (["--popup"], [SEARCH, EDIT_TAGS, EDIT_RELATIONSHIPS], ("may manage popups", 5)),
        ],
    )
    def test_ends_with_the_code_with_which_a_run_would_end(
        self,
        hydrus: FakeHydrus,
        capsys: Capsys,
        options: list[str],
        permissions: list[int] | None,
        expected: tuple[str, int],
    ) -> None:
        hydrus.grant(permissions)
        ended, out = told(hydrus, capsys, "check", "--json", *options)
        lines = map(json.loads, out.splitlines())
        (failed,) = (line["what"] for line in lines if line["holds"] is False)
        assert (failed, ended) == expected

    def test_says_of_a_key_with_a_tag_filter_which_key_to_make(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        hydrus.searches_all_tags = False
        code, out = told(hydrus, capsys, "check", "--json")
        (failed,) = (line for line in map(json.loads, out.splitlines()) if line["holds"] is False)
        assert (failed["what"], code) == ("may search all tags", 5)
        assert "let it search all tags; or get a new key with request-key --save" in failed["says"]

    def test_tries_the_address_before_there_is_a_key(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        code = main(["check", "--json", "--api-url", hydrus.url])
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        found = {line["what"]: line["holds"] for line in lines}
        assert found["address"] is True
        assert found["API key"] is False
        assert code == 4

    def test_first_advises_one_without_a_key_to_request_one(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        main(["check", "--api-url", hydrus.url])
        assert "No API key is given. To get one, run request-key --save." in " ".join(
            capsys.readouterr().out.split()
        )

    def test_notes_a_release_that_drops_pairs(self, capsys: Capsys) -> None:
        with FakeHydrus(release=682) as hydrus:
            code, out = told(hydrus, capsys, "check")
        assert code == 0
        assert "reports success for potential pairs of videos, but drops them" in out
        assert "hydrus/issues/2076" in out

    def test_notes_a_query_that_finds_nothing(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        code, out = told(hydrus, capsys, "check", "--query", "foo bar")
        assert code == 0
        assert "finds 0 videos: a mistyped tag finds nothing." in out

    @pytest.mark.parametrize(("missing", "expected"), [(1, (None, 0)), (5, (False, 1))])
    def test_tries_the_newest_files_and_fails_only_if_none_can_be_read(
        self,
        hydrus: FakeHydrus,
        capsys: Capsys,
        missing: int,
        expected: tuple[bool | None, int],
    ) -> None:
        hydrus.lost.update(list(hydrus.files)[-missing:])
        ended, out = told(hydrus, capsys, "check", "--json")
        files = next(line for line in map(json.loads, out.splitlines()) if line["what"] == "files")
        assert (files["holds"], ended) == expected
        assert files["says"].startswith(f"{missing} of the 5 newest files (file ")
        assert "missing on disk. In Hydrus: database → file maintenance." in files["says"]

    def test_a_malformed_key_is_a_row_and_the_address_is_tried(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        code = main(["check", "--json", "--api-url", hydrus.url, "--api-key", "abc"])
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        found = {line["what"]: line["holds"] for line in lines}
        assert (found["API key"], found["address"], code) == (False, True, 4)

    def test_a_certificate_that_cannot_be_read_is_a_row(self, capsys: Capsys) -> None:
        options = ["--api-url", "https://localhost:1", "--verify-cert", "nowhere"]
        assert main(["check", *options]) == 2
        out, err = capsys.readouterr()
        assert any(line.startswith("FAIL  certificate ") for line in out.splitlines())
        assert err == ""

    def test_notes_a_certificate_that_is_not_used(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        code, out = told(hydrus, capsys, "check", "--verify-cert", "nowhere")
        assert code == 0
        assert "--verify-cert is ignored" in out

    def test_notes_what_cannot_be_read_without_another_package(
        self, hydrus: FakeHydrus, capsys: Capsys, monkeypatch: Patch
    ) -> None:
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
        code, out = told(hydrus, capsys, "check")
        assert code == 0
        assert 'cannot be read. To read it: pip install ".[jxl]"' in out

    def test_says_when_hydrus_does_not_see_that_a_picture_is_animated(
        self, hydrus: FakeHydrus, samples: Path, capsys: Capsys, monkeypatch: Patch
    ) -> None:
        monkeypatch.setattr("hydrus_video_deduplicator.frames.jpeg_xl.can_decode", lambda: True)
        assert "only if its FFmpeg knows jpegxl_anim" in told(hydrus, capsys, "check")[1]
        assert main(["check", "--folder", str(samples)]) == 0
        assert "Hydrus" not in capsys.readouterr().out

    def test_what_is_piped_is_not_broken_into_lines(
        self, hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
    ) -> None:
        place = tmp_path / "long" / ("name " * 30)
        _, out = told(hydrus, capsys, "check", "--data-dir", str(place))
        assert str(place).rstrip() in out
        assert all(line[:1].strip() and line == line.rstrip() for line in out.splitlines())


class TestExplain:
    def explained(
        self, capsys: Capsys, folder: Path, a: str, b: str, *more: str
    ) -> dict[str, object]:
        assert main(["explain", a, b, "--folder", str(folder), "--json", *more]) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    def test_says_why_not_with_the_parts_of_the_score(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        strict = self.explained(capsys, samples, *TRIMMED, "--threshold", "1")
        assert strict["outcome"] == "not similar"
        assert "below the threshold" in str(strict["why"])
        parts, score = strict["parts"], strict["score"]
        assert isinstance(parts, dict)
        assert isinstance(score, float)
        assert 0 < score < 1
        product = min(parts["appearance"], parts["motion"])
        for name in ("coverage", "common picture", "shape"):
            product *= parts[name]
        assert product == pytest.approx(score, abs=1e-3)
        kinds = self.explained(capsys, samples, *TRIMMED, "--kinds", "same")
        assert kinds["outcome"] == "left out"
        assert "--kinds" in str(kinds["why"])
        unlike = self.explained(capsys, samples, *UNLIKE)
        assert unlike["outcome"] == "not similar"
        assert unlike["why"]

    def test_lists_the_parts_of_a_match_in_words_and_as_json(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        parts = (Part((0.0, 2.0), (4.0, 6.0), 1.0), Part((2.0, 6.0), (0.0, 4.0), -1.0))
        with Store.open(known) as store:
            (found,) = (m for m in matches_of(store) if m.pair == pair_in(samples, SIMILAR))
            recut = replace(found, kind=Kind.RECUT, parts=parts)
            store.matches.add_hearing(signature.ALGORITHM, [recut])
        names = (samples / name for name in SIMILAR)
        a, b = sorted(names, key=lambda path: sha256(path.read_bytes()).hexdigest())
        told = self.explained(capsys, samples, a.name, b.name)
        assert told["map"] == told["match"]["parts"] == [part.detail() for part in parts]  # type: ignore[index]
        assert main(["explain", a.name, b.name, "--folder", str(samples)]) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["0:00–0:02", "0:04–0:06", "1"] in lines
        assert ["0:02–0:06", "0:00–0:04", "1,", "backwards"] in lines

    def forget(self, data: Path, samples: Path) -> None:
        """What a run leaves that has compared all, and has not come upon the similar pair."""
        a, _ = pair_in(samples, SIMILAR)
        with Store.open(data) as store:
            store.matches.forget(a, signature.ALGORITHM)

    def test_a_pair_that_the_run_missed_is_not_called_unlike(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        self.forget(known, samples)
        told = self.explained(capsys, samples, *SIMILAR)
        assert (told["outcome"], told["proposed"]) == ("missed", True)
        assert "A search would propose this pair now" in str(told["why"])

    @pytest.mark.usefixtures("nothing_is_proposed")
    def test_a_pair_that_the_search_among_all_does_not_propose_is_told_with_a_remedy(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        self.forget(known, samples)
        told = self.explained(capsys, samples, *SIMILAR)
        assert (told["outcome"], told["proposed"]) == ("missed", False)
        score, why, remedy = told["why"]  # type: ignore[misc]
        assert score == f"Side by side they score {told['score']:.3f}, which is enough."
        assert "The search among 7 videos did not propose this pair" in why
        assert "--data-dir" in remedy
        unlike = self.explained(capsys, samples, *UNLIKE)
        assert (unlike["outcome"], unlike["proposed"]) == ("not similar", False)
        assert "too few frames are alike" in str(unlike["why"])

    @pytest.mark.usefixtures("nothing_is_proposed")
    def test_a_missed_pair_can_be_set_in_hydrus(
        self, samples: Path, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        self.forget(known, samples)
        told = told_as_json(hydrus, capsys, "explain", *hashes(hydrus, SIMILAR))
        assert told["outcome"] == "not posted"
        assert "select both in Hydrus" in told["why"][-1]

    @pytest.mark.usefixtures("nothing_is_proposed")
    def test_a_pair_that_a_run_found_needs_no_search(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        told = self.explained(capsys, samples, *SIMILAR)
        assert (told["outcome"], told["proposed"]) == ("similar", None)

    def test_a_folder_has_similar_pairs_and_none_that_are_posted(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        similar = self.explained(capsys, samples, *SIMILAR)
        assert (similar["outcome"], similar["posted"], similar["why"]) == ("similar", False, [])
        assert main(["explain", *SIMILAR, "--folder", str(samples)]) == 0
        assert "post" not in capsys.readouterr().out

    def test_a_name_in_the_folder_goes_before_one_here(
        self, samples: Path, known: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        (tmp_path / SIMILAR[0]).write_bytes(b"another file")
        assert self.explained(capsys, samples, *SIMILAR)["outcome"] == "similar"
        elsewhere = self.explained(capsys, samples, str(tmp_path / SIMILAR[0]), SIMILAR[1])
        assert elsewhere["outcome"] == "not compared"

    def test_keeps_the_order_and_the_names_in_which_the_files_are_given(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        there = self.explained(capsys, samples, *TRIMMED)
        back = self.explained(capsys, samples, *reversed(TRIMMED))
        one, other = there["match"], back["match"]
        assert isinstance(one, dict)
        assert isinstance(other, dict)
        assert (there["a"], there["b"]) == (back["b"], back["a"])
        assert (one["a_span"], one["b_span"]) == (other["b_span"], other["a_span"])
        assert one["a_span"] != one["b_span"]
        whole, part = (samples / name for name in TRIMMED)
        assert main(["explain", str(part), str(whole), "--folder", str(samples)]) == 0
        assert capsys.readouterr().out.splitlines()[:2] == [f"first   {part}", f"second  {whole}"]

    def test_says_truly_what_becomes_of_a_pair_in_hydrus(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        pair = hashes(hydrus, SIMILAR)

        def headline() -> str:
            return told(hydrus, capsys, "explain", *pair)[1].splitlines()[2]

        assert headline() == "The next run posts it."
        run_on(hydrus, capsys)
        assert headline() == "Waiting in Hydrus: This program posted it."
        assert told_as_json(hydrus, capsys, "explain", *pair)["posted"] is True
        hydrus.judge(*pair, FALSE_POSITIVE)
        assert headline() == "Judged by you in Hydrus: This program posted it."
        hydrus.move_to_trash(pair[0])
        assert headline().startswith("No longer waiting in Hydrus: One of the two is in the trash")

    @pytest.mark.parametrize(
        ("relationship", "expected"),
        [
            (
                POTENTIAL,
                "Waiting in Hydrus: This program did not post it, as it was there already.",
            ),
            (FALSE_POSITIVE, "Judged by you in Hydrus."),
        ],
    )
    def test_a_pair_that_was_there_before_was_not_posted(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys, relationship: int, expected: str
    ) -> None:
        pair = hashes(hydrus, SIMILAR)
        hydrus.judge(*pair, relationship)
        run_on(hydrus, capsys)
        assert expected in told(hydrus, capsys, "explain", *pair)[1].splitlines()
        assert told_as_json(hydrus, capsys, "explain", *pair)["posted"] is False

    def test_a_pair_that_was_removed_or_not_recorded_is_told_from_others(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            pair = hashes(hydrus, SIMILAR)
            run_on(hydrus, capsys)
            unrecorded = told_as_json(hydrus, capsys, "explain", *pair)
        assert (unrecorded["outcome"], unrecorded["posted"]) == ("due", False)
        assert "Hydrus did not record it" in str(unrecorded["why"])
        with FakeHydrus(sorted(samples.iterdir())) as hydrus:
            run_on(hydrus, capsys)
            hydrus.relations.remove_potentials(pair[0])
            removed = told_as_json(hydrus, capsys, "explain", *pair)
        assert (removed["outcome"], removed["posted"]) == ("removed", True)

    def test_a_pair_outside_the_query_is_not_said_to_be_posted_next(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        pair = hashes(hydrus, SIMILAR)
        out = told(hydrus, capsys, "explain", *pair, "--query", "system:limit is 1")[1]
        assert "Not posted: The first is not among the videos that a run searches" in out

    def test_an_animated_jpeg_xl_that_hydrus_takes_for_a_still_picture_is_told_of(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        path = tmp_path / "animated.jxl"
        path.write_bytes(b"\xff\x0a")
        sha256 = hydrus.add_file(path)
        (why,) = told_as_json(hydrus, capsys, "explain", hashes(hydrus, SIMILAR)[0], sha256)["why"]
        told = "it is not among the videos that a run searches, because Hydrus takes it for a still"
        assert f"The second has not been hashed: {told} picture (jxl). " in why
        assert "only if its FFmpeg knows jpegxl_anim" in why

    def test_a_pair_that_no_run_has_compared_yet_is_not_called_unlike(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys, "hash")
        answer = told_as_json(hydrus, capsys, "explain", *hashes(hydrus, SIMILAR))
        assert answer["why"] == ["No run has compared the two yet; the next run will."]

    def test_knows_a_file_that_no_run_could_read_and_says_why(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy.mp4"
        copy.write_bytes((hydrus.files[sha256_of(hydrus, "first.mp4")].path).read_bytes() + b"x")
        missing = hydrus.add_file(copy)
        hydrus.lost.add(missing)
        first = sha256_of(hydrus, "first.mp4")
        code, out = told(hydrus, capsys, "explain", first[:8], f"file {missing[:12]}")
        assert code == 0
        assert "The second has not been hashed: it cannot be read (reading the file: Hydrus " in out
        assert "That file seems to be missing" in out

    def test_a_file_is_told_by_the_start_of_its_hash_or_its_id(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        first, small = hashes(hydrus, SIMILAR)
        by_id = str(hydrus.files[small].id)
        answer = told_as_json(hydrus, capsys, "explain", first[:12], by_id)
        assert (answer["a"], answer["b"]) == (first, small)

    def test_says_what_is_no_file(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        code, err = told(hydrus, capsys, "explain", "nonsense", "abcdef12")
        assert code == 2
        assert "'nonsense' is neither" in err
        first = sha256_of(hydrus, "first.mp4")
        assert "Give all 64 digits" in told(hydrus, capsys, "explain", first, "abcdef12")[1]

    def test_says_that_a_number_is_taken_for_a_file_id_if_there_is_none(
        self, hydrus: FakeHydrus, samples: Path, capsys: Capsys
    ) -> None:
        code, err = told(hydrus, capsys, "explain", "4000000", "4000001")
        assert code == 2
        assert "Hydrus has no file with the id 4000000, and no file here is called so." in err
        assert main(["explain", "1", "2", "--folder", str(samples)]) == 2
        assert "'1' is neither an existing file nor a hash" in capsys.readouterr().err

    def test_says_how_files_outside_hydrus_are_compared(
        self, hydrus: FakeHydrus, samples: Path, known: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        paths = [str(samples / name) for name in SIMILAR]
        assert main(["explain", *paths]) == 4
        assert ON_DISK in capsys.readouterr().err
        (elsewhere := tmp_path / "elsewhere.mp4").write_bytes(b"never imported")
        why = told_as_json(hydrus, capsys, "explain", paths[0], str(elsewhere))["why"]
        assert "was never in this Hydrus. " + ON_DISK in why[0]

    def test_says_that_a_folder_must_be_run_over_first(self, samples: Path, capsys: Capsys) -> None:
        answer = self.explained(capsys, samples, *SIMILAR)
        assert answer["outcome"] == "not compared"
        assert str(answer["why"]).count(ON_DISK) == 1
