"""The stages of a run, apart from Hydrus."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import clips
import pytest
import sources
from tunes import SECONDS, Wave, tune

from hydrus_video_deduplicator import signature, sound
from hydrus_video_deduplicator.errors import CallFailed, KeyRefused, UnreadableVideo
from hydrus_video_deduplicator.library.folder import FolderLibrary, LocalFile
from hydrus_video_deduplicator.matching import Kind
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.hashing import hash_file
from hydrus_video_deduplicator.stages.run import POST_EVERY_SECONDS, Job, run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Fingerprint, Store

ALONE = Crew(hash_file, jobs=1, time_limit=60)
JOB = Job(threshold=0.6, kinds=frozenset(Kind), jobs=1, file_seconds=60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def threads(workers: int) -> Executor:
    return ThreadPoolExecutor(workers)


def test_pairs_are_posted_while_the_hashing_goes_on(samples: Path, store: Store) -> None:
    def clock() -> float:  # each file takes as long as it is until the next post
        return len(store.signed(signature.ALGORITHM)) * POST_EVERY_SECONDS

    told = list(run(JOB, FolderLibrary(samples), store, threads, clock))
    kinds = [type(event) for event in told]
    assert kinds.index(events.Posted) < len(kinds) - 1 - kinds[::-1].index(events.Hashed)
    posted = [event.match.pair for event in told if isinstance(event, events.Posted)]
    assert len(posted) == len(set(posted)) == 6


def test_the_strongest_pairs_are_posted_first(samples: Path, store: Store) -> None:
    told = run(JOB, FolderLibrary(samples), store, threads)
    scores = [event.match.score for event in told if isinstance(event, events.Posted)]
    assert scores == sorted(scores, reverse=True)


def test_a_lower_threshold_needs_no_new_comparison(samples: Path, store: Store) -> None:
    strict = Job(threshold=0.95, kinds=frozenset(Kind), jobs=1, file_seconds=60)
    first = _posted(run(strict, FolderLibrary(samples), store, threads))
    assert store.uncompared(signature.ALGORITHM) == set()
    assert len(first) < len(_posted(run(JOB, FolderLibrary(samples), store, threads)))


def _posted(told: Iterator[events.Event]) -> set[tuple[str, str]]:
    return {event.match.pair for event in told if isinstance(event, events.Posted)}


class TestHashing:
    def test_gives_the_two_hashes_of_each_file(self, samples: Path) -> None:
        work = [(path.name, LocalFile(path)) for path in sorted(samples.iterdir())[:2]]
        for name, outcome in Crew(hash_file, jobs=2, time_limit=60).work_through(work):
            assert name in dict(work)
            assert isinstance(outcome, Fingerprint)
            assert len(outcome.video_hash) == 16

    def test_a_decoder_that_crashes_loses_its_own_file_alone(self, samples: Path) -> None:
        good = LocalFile(samples / "first.mp4")
        work = [("a", good), ("bad", sources.Crashing()), ("b", good), ("c", good)]
        outcomes = dict(Crew(hash_file, jobs=2, time_limit=60).work_through(work))
        assert isinstance(outcomes.pop("bad"), UnreadableVideo)
        assert {type(outcome) for outcome in outcomes.values()} == {Fingerprint}
        assert outcomes.keys() == {"a", "b", "c"}

    def test_a_decoder_that_hangs_is_given_up(self, samples: Path) -> None:
        work = [("bad", sources.Hanging())]
        ((_, outcome),) = Crew(hash_file, jobs=1, time_limit=0.5).work_through(work)
        assert "longer than 0.5 seconds" in str(outcome)

    def test_a_file_that_cannot_be_fetched_is_told_apart_from_one_that_cannot_be_read(
        self,
    ) -> None:
        ((_, outcome),) = ALONE.work_through([("a", sources.Unfetchable())])
        assert isinstance(outcome, CallFailed)

    def test_what_ends_the_run_ends_it(self) -> None:
        with pytest.raises(KeyRefused):
            list(ALONE.work_through([("a", sources.Forbidden())]))


class TestListening:
    @pytest.mark.parametrize(
        ("copy", "verdict"),
        [
            pytest.param(tune(1), "same", id="the same sound"),
            pytest.param(tune(2), "other", id="other music"),
            pytest.param(tune(1)[:0], None, id="no sound to speak of"),
        ],
    )
    def test_a_match_tells_what_the_sound_says(
        self, tmp_path: Path, store: Store, copy: Wave, verdict: str | None
    ) -> None:
        pictures = clips.scene(1, seconds=SECONDS)
        clips.encode_with_sound(tmp_path / "a.mp4", pictures, tune(1))
        smaller = [picture[::2, ::2] for picture in pictures]
        if len(copy):
            clips.encode_with_sound(tmp_path / "b.mp4", smaller, copy)
        else:
            clips.encode(tmp_path / "b.mp4", smaller)
        told = run(JOB, FolderLibrary(tmp_path), store, threads)
        (match,) = (event.match for event in told if isinstance(event, events.Posted))
        heard = match.detail()["sound"]
        assert (heard and heard["verdict"]) == verdict

    @pytest.mark.parametrize(("seed", "pairs"), [(1, 1), (2, 0)])
    def test_a_still_picture_with_sound_is_alike_only_when_the_sound_is(
        self, tmp_path: Path, store: Store, seed: int, pairs: int
    ) -> None:
        still = clips.scene(1, seconds=0.01) * round(SECONDS * clips.FPS)
        clips.encode_with_sound(tmp_path / "a.mp4", still, tune(1))
        smaller = [picture[::2, ::2] for picture in still]
        clips.encode_with_sound(tmp_path / "b.mp4", smaller, tune(seed))
        assert len(_posted(run(JOB, FolderLibrary(tmp_path), store, threads))) == pairs

    def test_nothing_is_listened_to_that_matches_nothing(
        self, tmp_path: Path, store: Store
    ) -> None:
        for seed in (1, 2):
            pictures = clips.scene(seed, seconds=SECONDS)
            clips.encode_with_sound(tmp_path / f"{seed}.mp4", pictures, tune(seed))
        list(run(JOB, FolderLibrary(tmp_path), store, threads))
        assert store.listened(sound.ALGORITHM) == set()
