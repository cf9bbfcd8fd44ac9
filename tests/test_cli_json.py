"""`--json`: what another program reads is true, even if the run fails."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from fake_hydrus import FakeHydrus
from runs import run_on

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.cli.console import Console
from hydrus_video_deduplicator.library import Judgement, Relation
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus.relationships import Relationship
from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.stages.events import (
    Compared,
    Event,
    Failed,
    HubFound,
    Of,
    Planned,
    Posted,
    SimilarPair,
    Stage,
)
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.store import PostState, Store

Capsys = pytest.CaptureFixture[str]
Told = Callable[[Iterable[Event]], dict[str, Any]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """The summary of these events, told of a library that keeps pairs."""

    class Keeping(FolderLibrary):
        keeps_pairs = True

    def follow(events: Iterable[Event]) -> dict[str, Any]:
        console = Console(
            Keeping(tmp_path),
            dry_run=False,
            list_pairs=False,
            as_json=True,
            progress=Progress((Stage.FIND, Stage.POST)),
            tells_progress=False,
        )
        return vars(console.follow(events))

    return follow


def match(number: int) -> SimilarPair:
    whole = (0.0, 1.0)
    return Match("a", f"b{number}", 0.9, Kind.SAME, frozenset(), (Part(whole, whole, 1.0),))


def test_a_file_and_a_pair_that_failed_more_than_once_are_counted_once(told: Told) -> None:
    file = Failed("a.mp4", "no tag"), Failed("a.mp4", "no sound", "a")
    pair = Failed("a.mp4 and b.mp4", "busy", of=Of.PAIR)
    summary = told([*file, pair, pair, Failed("the tags", "busy", of=Of.RUN)])
    assert (summary["failed"], summary["pairs_failed"]) == (1, 1)
    assert len(summary["failures"]) == 5


class TestThePairsAreCountedRight:
    def test_those_that_an_earlier_run_dealt_with_are_known(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        first, second = (run_on(hydrus, capsys).summary for _ in range(2))
        assert (first["pairs_found"], first["already_known"], first["posted"]) == (6, 0, 6)
        assert (second["pairs_found"], second["already_known"], second["posted"]) == (6, 6, 0)

    def test_those_that_this_run_posts_are_not_known_before_it_ends(self, told: Told) -> None:
        events = [Compared(3, 2), *(Posted(match(n), PostState.RECORDED) for n in range(2))]
        summary = told([*events, Compared(4, 1), Posted(match(3), PostState.PRESENT)])
        assert (summary["recorded"], summary["already_known"]) == (2, 2)

    def test_one_that_is_posted_until_it_is_recorded_is_one_pair(self, told: Told) -> None:
        states = (PostState.NOT_RECORDED, PostState.NOT_RECORDED, PostState.RECORDED)
        events = [event for state in states for event in (Compared(1, 1), Posted(match(1), state))]
        summary = told(events)
        assert (summary["posted"], summary["recorded"], summary["not_recorded"]) == (1, 1, 0)
        assert summary["already_known"] == 0
        (pair,) = summary["pairs"]
        assert pair["state"] == "recorded"

    @pytest.mark.parametrize("options", [[], ["--dry-run"]])
    def test_those_of_another_machine_are_known_or_judged_also_in_a_dry_run(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys, tmp_path: Path, options: list[str]
    ) -> None:
        run_on(hydrus, capsys, "--kinds", "same", "--data-dir", str(tmp_path / "there"))
        judged, *waiting = sorted(hydrus.relations.potential_pairs())
        hydrus.judge(*judged, Relationship.FALSE_POSITIVE)
        ended = run_on(hydrus, capsys, *options)
        summary = ended.summary
        new = summary["planned" if options else "posted"]
        assert new == 6 - len(waiting) - 1 > 0
        assert (summary["already_known"], summary["already_judged"]) == (len(waiting), 1)
        assert f"6 similar pairs, {new} to post." in ended.err
        assert f"{len(waiting)} already known, 1 already judged by you." in ended.err
        states = Counter(pair["state"] for pair in summary["pairs"])
        became = "planned" if options else "recorded"
        assert states == {became: new, "present": len(waiting), "judged": 1}

    def test_a_dry_run_lists_only_those_that_it_would_post(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        run_on(hydrus, capsys, "--kinds", "same", "--data-dir", str(tmp_path / "there"))
        access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
        assert main(["--dry-run", *access]) == 0
        out, err = capsys.readouterr()
        lines = out.splitlines()
        assert f"6 similar pairs, {len(lines)} to post." in err
        assert f"Pairs: {len(lines)} would be posted, {6 - len(lines)} already known." in err
        assert all("trimmed" in line for line in lines)

    def test_one_that_would_be_posted_is_counted_once(self, told: Told) -> None:
        assert told([Planned(match(1)), Planned(match(1))])["planned"] == 1

    def test_those_of_a_folder_are_similar_and_posted_nowhere(
        self, samples: Path, capsys: Capsys
    ) -> None:
        for options in ([], ["--dry-run"]):
            assert main(["--folder", str(samples), "--json", *options]) == 0
            summary = json.loads(capsys.readouterr().out)
            assert summary["pairs_found"] == len(summary["pairs"]) > 0
            assert {pair["state"] for pair in summary["pairs"]} == {"similar"}
            figures = ("posted", "recorded", "not_recorded", "planned", "already_known")
            assert [summary[figure] for figure in figures] == [0] * len(figures)

    def test_one_of_a_folder_that_was_called_not_related_is_not_listed_again(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        arguments = ["--folder", str(samples), "--json"]
        assert main(arguments) == 0
        before = json.loads(capsys.readouterr().out)["pairs"]
        unrelated = Judgement(before[0]["a"], before[0]["b"], Relation.NOT_RELATED)
        with Store.open(known) as store:
            store.decisions.decide(samples.resolve().as_uri(), [unrelated])
        for options in ([], ["--dry-run"]):
            assert main([*arguments, *options]) == 0
            out, err = capsys.readouterr()
            summary = json.loads(out)
            pairs = {(pair["a"], pair["b"]) for pair in summary["pairs"]}
            assert pairs == {(pair["a"], pair["b"]) for pair in before[1:]}
            assert summary["pairs_found"] == len(before) - 1
            assert f"{len(before) - 1} similar pairs." in err

    def test_a_file_that_is_held_back_at_each_search_is_one(self, told: Told) -> None:
        assert told([HubFound("a", 50), HubFound("a", 51)])["hubs"] == 1


class TestARunThatFails:
    def told(self, capsys: Capsys, *arguments: str) -> dict[str, Any]:
        code = main(list(arguments))
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert answer["exit_code"] == code
        return answer

    def test_says_so_on_stdout(self, capsys: Capsys) -> None:
        error = self.told(capsys, "--json")
        assert error["exit_code"] == 4
        assert "HYDRUS_API_KEY" in error["error"]

    def test_says_so_where_a_setting_cannot_be_used(
        self, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HVD_THRESHOLD", "sloppy")
        assert "HVD_THRESHOLD" in self.told(capsys, "--json")["error"]

    def test_says_so_where_the_variable_asks_for_json(
        self, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HVD_JSON", "yes")
        assert self.told(capsys, "report")["exit_code"] == 4

    def test_says_so_where_the_user_interrupts(
        self, hydrus: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("hydrus_video_deduplicator.stages.run.hash_and_tag", interrupt)
        access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
        assert self.told(capsys, "--json", *access)["exit_code"] == 130

    def test_prints_nothing_there_without_json(self, capsys: Capsys) -> None:
        assert main([]) == 4
        assert capsys.readouterr().out == ""
