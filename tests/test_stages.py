"""The stages of a run, apart from Hydrus."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import clips
import pytest
from pools import Threads
from tunes import SECONDS, Wave, tune

from hydrus_video_deduplicator import signature, sound
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.run import POST_EVERY_SECONDS, run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

JOB = Job(threshold=0.6, kinds=frozenset(Kind))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def crew() -> Iterator[Crew]:
    with ThreadPoolExecutor(1) as executor:
        yield Crew(Threads(executor), time_limit=60)


def test_pairs_are_posted_while_the_hashing_goes_on(
    samples: Path, tmp_path: Path, store: Store, crew: Crew
) -> None:
    copies = tmp_path / "copies"  # any two of them are a pair, in whatever order they come
    copies.mkdir()
    for path in samples.glob("first*"):
        shutil.copy(path, copies)

    def clock() -> float:  # each file takes as long as it is until the next post
        return len(store.signatures.files(signature.ALGORITHM)) * POST_EVERY_SECONDS

    told = list(run(JOB, FolderLibrary(copies), store, replace(crew, gate=Gate(clock=clock))))
    kinds = [type(event) for event in told]
    assert kinds.index(events.Posted) < len(kinds) - 1 - kinds[::-1].index(events.Hashed)
    posted = [event.match.pair for event in told if isinstance(event, events.Posted)]
    assert len(posted) == len(set(posted)) == 3


def test_the_strongest_pairs_are_posted_first(samples: Path, store: Store, crew: Crew) -> None:
    told = run(JOB, FolderLibrary(samples), store, crew)
    scores = [event.match.score for event in told if isinstance(event, events.Posted)]
    assert scores == sorted(scores, reverse=True)


def test_a_lower_threshold_needs_no_new_comparison(samples: Path, store: Store, crew: Crew) -> None:
    strict = Job(threshold=0.993, kinds=frozenset(Kind))
    first = _posted(run(strict, FolderLibrary(samples), store, crew))
    assert store.matches.uncompared(signature.ALGORITHM) == set()
    assert len(first) < len(_posted(run(JOB, FolderLibrary(samples), store, crew)))


def _posted(told: Iterator[events.Event]) -> set[tuple[str, str]]:
    return {event.match.pair for event in told if isinstance(event, events.Posted)}


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
        self, tmp_path: Path, store: Store, crew: Crew, copy: Wave, verdict: str | None
    ) -> None:
        pictures = clips.scene(1, seconds=SECONDS)
        clips.encode_with_sound(tmp_path / "a.mp4", pictures, tune(1))
        smaller = [picture[::2, ::2] for picture in pictures]
        if len(copy):
            clips.encode_with_sound(tmp_path / "b.mp4", smaller, copy)
        else:
            clips.encode(tmp_path / "b.mp4", smaller)
        told = run(JOB, FolderLibrary(tmp_path), store, crew)
        (match,) = (event.match for event in told if isinstance(event, events.Posted))
        heard = match.detail()["sound"]
        assert (heard and heard["verdict"]) == verdict

    @pytest.mark.parametrize(("seed", "pairs"), [(1, 1), (2, 0)])
    def test_a_still_picture_with_sound_is_alike_only_when_the_sound_is(
        self, tmp_path: Path, store: Store, crew: Crew, seed: int, pairs: int
    ) -> None:
        still = clips.scene(1, seconds=0.01) * round(SECONDS * clips.FPS)
        clips.encode_with_sound(tmp_path / "a.mp4", still, tune(1))
        smaller = [picture[::2, ::2] for picture in still]
        clips.encode_with_sound(tmp_path / "b.mp4", smaller, tune(seed))
        assert len(_posted(run(JOB, FolderLibrary(tmp_path), store, crew))) == pairs

    def test_nothing_is_listened_to_that_matches_nothing(
        self, tmp_path: Path, store: Store, crew: Crew
    ) -> None:
        for seed in (1, 2):
            pictures = clips.scene(seed, seconds=SECONDS)
            clips.encode_with_sound(tmp_path / f"{seed}.mp4", pictures, tune(seed))
        list(run(JOB, FolderLibrary(tmp_path), store, crew))
        assert store.soundprints.files(sound.ALGORITHM) == set()
