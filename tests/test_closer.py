"""A closer look: a clip out of a film that was looked at too seldom to know it at once."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import Mock

import clips
import pytest
from clocks import Clock
from pools import Threads

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import Frame, Schedule, read_stretches
from hydrus_video_deduplicator.inspection import explain as explaining
from hydrus_video_deduplicator.inspection.explain import NOT_YET, TO_LOOK, Explanation, explain
from hydrus_video_deduplicator.inspection.outcome import Outcome
from hydrus_video_deduplicator.inspection.sampled import CUT
from hydrus_video_deduplicator.inspection.side_by_side import SideBySide
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import Glimpse, Kind, Match, Span
from hydrus_video_deduplicator.matching import glimpses as matching_glimpses
from hydrus_video_deduplicator.signature import sampling
from hydrus_video_deduplicator.stages import closer
from hydrus_video_deduplicator.stages.closer import gathered, look_closer
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Begun, Event, Failed, Stage
from hydrus_video_deduplicator.stages.hashing import hash_file
from hydrus_video_deduplicator.stages.searching import compare_new
from hydrus_video_deduplicator.stages.site import Site
from hydrus_video_deduplicator.stages.unreadable import Unreadable
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

SECONDS, GROUP = 200, 20
"""Of the film, and from one of its key frames to the next."""

START, END = 37, 45
"""Of the clip in the film: one key frame is in it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    clips.encode_film(folder / "film.mp4", SECONDS, key_frame_every=GROUP)
    scene = clips.scene(1, END, width=64, height=48)[START * clips.FPS :]
    clips.encode(folder / "clip.webm", scene)
    clips.encode(folder / "other.webm", clips.scene(2, 8, width=64, height=48))
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def as_of_an_hour(duration: float) -> Schedule:
    """How often a video is looked at, if one of minutes were one of hours: one picture a group."""
    usual = sampling.schedule(duration)
    return replace(usual, share=0.001) if usual.visit else usual


@pytest.fixture
def library(folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> FolderLibrary:
    """The folder, hashed and compared."""
    monkeypatch.setattr(signature, "schedule", as_of_an_hour)
    return compared(folder, store)


def compared(folder: Path, store: Store) -> FolderLibrary:
    library = hashed(folder, store)
    list(compare_new(store))
    return library


def hashed(folder: Path, store: Store) -> FolderLibrary:
    library = FolderLibrary(folder)
    for sha256 in library.find():
        store.signatures.add(sha256, signature.ALGORITHM, hash_file(library.source(sha256)))
    return library


def site(store: Store, library: FolderLibrary, crew: Crew, videos: list[str]) -> Site:
    return Site(library, store, crew, videos, Unreadable(store, library))


def look(store: Store, library: FolderLibrary, ending: Ending | None = None) -> list[Event]:
    with ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=3600.0, ending=ending or Ending())
        return list(look_closer(site(store, library, crew, library.find())))


def by_name(library: FolderLibrary) -> dict[str, str]:
    return {Path(library.label(sha256)).stem: sha256 for sha256 in library.find()}


def matches(store: Store) -> list[Match]:
    return store.matches.at_least(signature.ALGORITHM, 0.65)


def glimpses(store: Store) -> list[Glimpse]:
    return store.glimpses.all(signature.ALGORITHM)


def test_one_moment_in_common_says_where_to_look(store, library):
    files = by_name(library)
    assert matches(store) == []
    (glimpse,) = glimpses(store)
    assert (glimpse.short, glimpse.long) == (files["clip"], files["film"])
    assert glimpse.span == pytest.approx((START - 1, END + 1), abs=0.2)


def test_what_is_seen_there_finds_the_clip(store, library):
    files = by_name(library)
    look(store, library)
    (match,) = matches(store)
    clip, film = (match.a_span, match.b_span)[:: 1 if match.a == files["clip"] else -1]
    assert set(match.pair) == {files["clip"], files["film"]}
    assert (match.kind, match.is_closer) == (Kind.EXCERPT, True)
    assert clip == pytest.approx((0, END - START), abs=0.1)
    assert film == pytest.approx((START, END), abs=0.2)
    assert glimpses(store) == []


def test_a_clip_that_is_seen_there_in_part_is_looked_for_beside(
    folder: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature, "schedule", as_of_an_hour)
    shutil.copytree(folder, more := tmp_path / "more")
    start, end = START + 3.5, END + 3.5  # no key frame is in it
    scene = clips.scene(1, end, width=64, height=48)[round(start * clips.FPS) :]
    clips.encode(more / "next.webm", scene)
    library = compared(more, store)
    files = by_name(library)
    look(store, library)
    pair = {files["film"], files["next"]}
    (match,) = (match for match in matches(store) if set(match.pair) == pair)
    of_film = match.a_span if match.a == files["film"] else match.b_span
    assert (match.kind, match.is_closer) == (Kind.EXCERPT, True)
    assert of_film == pytest.approx((start, end), abs=0.2)
    assert glimpses(store) == []


def test_another_clip_from_there_needs_no_second_look(store, library, monkeypatch):
    (glimpse,) = glimpses(store)
    look(store, library)
    store.matches.add_comparison(signature.ALGORITHM, [], [], [glimpse])
    monkeypatch.setattr(closer, "hash_stretch", None)
    assert look(store, library) == [Begun(Stage.COMPARE)]  # and nothing is looked at
    assert glimpses(store) == []


def test_a_film_that_cannot_be_read_now_is_looked_at_by_the_next_run(store, library, monkeypatch):
    seen = glimpses(store)
    unreadable = Mock(side_effect=OSError("the disk is asleep"))
    with monkeypatch.context() as patched:
        patched.setattr(closer, "read_stretches", unreadable)
        (failed,) = (event for event in look(store, library) if isinstance(event, Failed))
    assert "the disk is asleep" in failed.reason
    assert glimpses(store) == seen
    look(store, library)
    assert len(matches(store)) == 1


def test_a_film_that_breaks_the_decoder_is_not_looked_at_again(store, library, monkeypatch):
    monkeypatch.setattr(closer, "read_stretches", Mock(side_effect=UnreadableVideo("broken")))
    (failed,) = (event for event in look(store, library) if isinstance(event, Failed))
    assert "broken" in failed.reason
    assert (matches(store), glimpses(store)) == ([], [])


class TestOfTwoPlacesInAFilm:
    @pytest.fixture
    def later(self, store: Store, library: FolderLibrary) -> Glimpse:
        """The place that is looked at last."""
        files = by_name(library)
        place = Glimpse(files["other"], files["film"], (139.0, 149.0), 0.9)
        store.matches.add_comparison(signature.ALGORITHM, [], [], [place])
        return place

    def test_a_run_whose_time_is_up_looks_at_no_other_and_the_next_goes_on(
        self, store, library, later, monkeypatch
    ):
        clock = Clock()

        def read(*place: Any) -> Iterator[list[Frame]]:
            clock.now += 2
            return read_stretches(*place)

        with monkeypatch.context() as patched:
            patched.setattr(closer, "read_stretches", read)
            look(store, library, Ending(1.0, clock))
        assert glimpses(store) == [later]
        list(compare_new(store))
        assert len(matches(store)) == 1
        look(store, library)
        assert glimpses(store) == []

    def test_what_was_seen_at_one_is_kept_if_the_other_breaks_the_decoder(
        self, store, library, later, monkeypatch
    ):
        def read(file: BinaryIO, spans: list[Span], interval: float) -> Iterator[list[Frame]]:
            if spans == [later.span]:
                raise UnreadableVideo("broken")
            return read_stretches(file, spans, interval)

        monkeypatch.setattr(closer, "read_stretches", read)
        (failed,) = (event for event in look(store, library) if isinstance(event, Failed))
        assert "broken" in failed.reason
        assert (len(matches(store)), glimpses(store)) == (1, [])


def test_films_that_this_run_does_not_search_wait(store, library):
    seen = glimpses(store)
    with ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=3600.0)
        list(look_closer(site(store, library, crew, [seen[0].short])))
    assert glimpses(store) == seen


def test_a_clip_that_is_alike_in_hundreds_of_films_is_sought_in_the_likeliest(store):
    many = [Glimpse("clip", f"{n:02}", (0.0, 9.0), 0.8 + n / 1000) for n in range(40)]
    store.matches.add_comparison(signature.ALGORITHM, [], [], many)
    library = FolderLibrary(Path())
    list(look_closer(site(store, library, Crew(Mock(), 1.0), [])))
    assert glimpses(store) == many[: -closer.MOST_OF_A_CLIP - 1 : -1]


class TestExplain:
    """Says what was seen of the film, and what becomes of a closer look."""

    def explained(self, store: Store, library: FolderLibrary, clip: str = "clip") -> Explanation:
        files = by_name(library)
        return explain(
            files[clip],
            files["film"],
            store,
            library,
            lambda: frozenset(files.values()),
            threshold=0.6,
            kinds=frozenset(Kind),
        )

    def test_before_the_look_that_it_is_to_come(self, store, library):
        told = self.explained(store, library)
        assert told.outcome is Outcome.NOT_FOUND
        assert told.why == ["The second lasts 3:20, and a run compares 10 moments of it.", TO_LOOK]

    def test_after_it_that_the_clip_was_found(self, store, library):
        look(store, library)
        told = self.explained(store, library)
        assert (told.outcome, told.why) == (Outcome.SIMILAR, [])

    def test_or_that_it_is_not_there(self, folder, store, library, monkeypatch):
        with (folder / "film.mp4").open("rb") as film:
            ((*frames,),) = read_stretches(film, [(140.0, 160.0)], 0.125)
        others = [replace(frame, time=frame.time - 140 + START - 3) for frame in frames]
        monkeypatch.setattr(closer, "read_stretches", lambda *_: [others])
        look(store, library)
        told = self.explained(store, library)
        assert told.outcome is Outcome.NOT_FOUND
        assert (
            "a run saw all of the second at 0:35.9–0:45.9, where the first would lie" in told.why[0]
        )
        assert told.why[1:] == [CUT]

    def test_that_a_clip_between_the_moments_is_not_seen(
        self, folder, store, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(signature, "schedule", as_of_an_hour)
        shutil.copytree(folder, more := tmp_path / "more")
        clips.encode(
            more / "next.webm", clips.scene(1, 150, width=64, height=48)[142 * clips.FPS :]
        )
        library = compared(more, store)
        look(store, library)
        told = self.explained(store, library, "next")
        assert told.outcome is Outcome.NOT_FOUND
        moments, no_look, remedy = told.why
        assert "At none of them it looks like the first" in moments
        assert "So no run looks at the second more closely" in no_look
        assert remedy == CUT

    def test_that_no_run_looks_for_a_long_clip(self, store, library, monkeypatch):
        store.glimpses.settle(signature.ALGORITHM, glimpses(store))
        monkeypatch.setattr(matching_glimpses, "LONGEST", 5.0)
        assert "only for moving pictures of up to" in self.explained(store, library).why[1]

    def test_that_the_search_did_not_propose_the_pair(self, store, library, monkeypatch):
        store.glimpses.settle(signature.ALGORITHM, glimpses(store))
        with monkeypatch.context() as patch:
            patch.setattr(explaining, "side_by_side", lambda *_: SideBySide(None, False))
            why = self.explained(store, library).why
        assert "At one they look alike: the first may lie at 0:35.9–0:45.9" in why[0]
        assert "The search among 3 videos did not propose this pair, so no run looks" in why[1]
        assert "is searched more thoroughly" in why[2]

    def test_that_only_the_likeliest_films_are_looked_at(self, store, library, monkeypatch):
        monkeypatch.setattr(closer, "MOST_OF_A_CLIP", 0)
        look(store, library)
        why = self.explained(store, library).why
        assert "No run has seen all of it there" in why[1]

    def test_of_a_pair_that_no_run_has_compared_what_a_run_will_do(
        self, folder, store, monkeypatch
    ):
        monkeypatch.setattr(signature, "schedule", as_of_an_hour)
        library = hashed(folder, store)
        told = self.explained(store, library)
        assert told.outcome is Outcome.NOT_COMPARED
        assert told.why[0] == NOT_YET
        assert told.why[1].endswith("and looks more closely if they look alike at one.")


@pytest.mark.parametrize(
    ("spans", "together"),
    [
        ([], []),
        ([(5, 15), (0, 10)], [(0, 15)]),
        ([(0, 10), (8, 18)], [(0, 10), (8, 18)]),
        ([(0, 30), (10, 20)], [(0, 30)]),
        ([(0, 10), (40, 50)], [(0, 10), (40, 50)]),
    ],
)
def test_stretches_that_have_most_in_common_are_decoded_once(spans, together):
    assert gathered(spans) == together


def test_where_one_cannot_seek_there_is_no_closer_look(tmp_path):
    animation = clips.encode(tmp_path / "film.gif", clips.scene(1, 4, width=64, height=48))
    with animation.open("rb") as film:
        assert list(read_stretches(film, [(1.0, 3.0)], 0.125)) == []


def test_a_stretch_is_read_from_the_key_frame_before_it(folder):
    with (folder / "film.mp4").open("rb") as film:
        first, second = read_stretches(film, [(45.0, 50.0), (150.0, 155.0)], 0.125)
    for frames, start, end in ((first, 40, 50), (second, 140, 155)):
        assert frames[0].time == pytest.approx(start)
        assert frames[-1].time == pytest.approx(end, abs=0.2)
        assert len(frames) == pytest.approx((end - start) * 8, abs=8)
