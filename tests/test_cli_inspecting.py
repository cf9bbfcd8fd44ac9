"""`status`, `check` and `explain`: what they tell, and that they change nothing."""

import json
from pathlib import Path

import pytest
from fake_hydrus import EDIT_TAGS, SEARCH, FakeHydrus
from runs import run_on, sha256_of

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.store import run_lock

Capsys = pytest.CaptureFixture[str]
FALSE_POSITIVE = 1


def told(hydrus: FakeHydrus, capsys: Capsys, *arguments: str) -> tuple[int, str]:
    code = main([*arguments, "--api-url", hydrus.url, "--api-key", hydrus.key])
    out, err = capsys.readouterr()
    assert hydrus.key not in out + err
    return code, out + err


def writes(hydrus: FakeHydrus) -> list[str]:
    return [call for call in hydrus.calls if "add_tags" in call or "set_file" in call]


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
        figures = {name: status[name] for name in ("videos", "hashed", "posted", "to_hash")}
        assert code == 0
        assert figures == {"videos": 8, "hashed": 7, "posted": 6, "to_hash": 0}
        assert (status["judged"], status["waiting"]) == (1, 5)
        assert sum(status["failed"].values()) == 1
        assert writes(hydrus) == []

    def test_needs_no_hydrus_and_makes_no_data_directory(
        self, tmp_path: Path, capsys: Capsys
    ) -> None:
        assert main(["status"]) == 0
        assert "Without Hydrus" in capsys.readouterr().err
        assert not (tmp_path / "data").exists()


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

    def test_tries_the_address_before_there_is_a_key(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        code = main(["check", "--json", "--api-url", hydrus.url])
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        found = {line["what"]: line["holds"] for line in lines}
        assert found["address"] is True
        assert found["API key"] is False
        assert code == 4

    def test_notes_a_release_that_drops_pairs(self, capsys: Capsys) -> None:
        with FakeHydrus(release=682) as hydrus:
            code, out = told(hydrus, capsys, "check")
        assert code == 0
        assert "drops them" in out


class TestExplain:
    def explained(
        self, capsys: Capsys, folder: Path, a: str, b: str, *more: str
    ) -> dict[str, object]:
        names = [str(folder / a), str(folder / b)]
        assert main(["explain", *names, "--folder", str(folder), "--json", *more]) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    def test_says_why_not_with_the_parts_of_the_score(self, samples: Path, capsys: Capsys) -> None:
        main(["--folder", str(samples)])
        capsys.readouterr()
        pair = "second.mp4", "second trimmed.mp4"
        strict = self.explained(capsys, samples, *pair, "--threshold", "0.99")
        assert "below the threshold" in str(strict["why"])
        parts, score = strict["parts"], strict["score"]
        assert isinstance(parts, dict)
        assert isinstance(score, float)
        assert 0 < score < 0.99
        product = min(parts["appearance"], parts["motion"])
        for name in ("coverage", "common picture", "shape"):
            product *= parts[name]
        assert product == pytest.approx(score, abs=1e-3)
        kinds = self.explained(capsys, samples, *pair, "--kinds", "same")
        assert "--kinds" in str(kinds["why"])
        unlike = self.explained(capsys, samples, "first.mp4", "third.mp4")
        assert "too little in common" in str(unlike["why"]) or "different things" in str(
            unlike["why"]
        )

    def test_knows_what_became_of_a_pair_in_hydrus(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        first, small = (sha256_of(hydrus, n) for n in ("first.mp4", "first in small.webm"))
        by_id = str(hydrus.files[small].id)
        _, waiting = told(hydrus, capsys, "explain", first[:12], by_id)
        assert "posted." in waiting
        assert "waiting for you" in waiting
        hydrus.relations.relate(first, small, FALSE_POSITIVE)
        assert "You have judged it" in told(hydrus, capsys, "explain", first, small)[1]

    def test_says_what_is_no_file(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        code, err = told(hydrus, capsys, "explain", "nonsense", "abcdef12")
        assert code == 2
        assert "'nonsense'" in err
