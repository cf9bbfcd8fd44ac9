"""The search through many videos: sketches, index, candidates, and the stage that keeps matches."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import closing
from dataclasses import replace
from multiprocessing import Semaphore
from pathlib import Path
from typing import Any

import edits
import numpy as np
import pytest
from numpy.typing import NDArray
from pools import Threads

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.inspection.side_by_side import side_by_side
from hydrus_video_deduplicator.match import Match
from hydrus_video_deduplicator.matching import (
    SKETCHING,
    Candidates,
    Sketch,
    Sketches,
    compare,
    find_candidates,
    find_matches,
    index,
    named,
)
from hydrus_video_deduplicator.matching.confirmation import IN_LARGE, confirmed
from hydrus_video_deduplicator.matching.hits import Search, scale_of
from hydrus_video_deduplicator.matching.index import (
    LARGEST_DISTANCE,
    SMALL,
    Near,
    Scale,
    Table,
    bit_samples,
)
from hydrus_video_deduplicator.matching.seen import unseen
from hydrus_video_deduplicator.matching.sketch import (
    LISTED_RECORD,
    ODD,
    PLACED_RECORD,
    frame_hashes,
)
from hydrus_video_deduplicator.matching.timeline import Timeline
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.picture import WHOLE
from hydrus_video_deduplicator.signature.spectrum import SIDE, ZONE
from hydrus_video_deduplicator.stages import pools, portions, proposing, searching
from hydrus_video_deduplicator.store import Fingerprint, PackedSketch, Store

NORMAL = 0.65
STEP = 0.25
"""Seconds between the frames of the footage that the made videos are parts of."""

Frames = NDArray[np.float32]


def footage(seed: int, seconds: float) -> Frames:
    """Frequencies of a moving picture with a cut every few seconds, (n, 135)."""
    random = np.random.default_rng(seed)
    count = round(seconds / STEP)
    shot = np.cumsum(random.random(count) < STEP / 4)
    ground = random.normal(0, 25, (shot[-1] + 1, ZONE.size))[shot]
    waves = random.normal(0, 12, (2, ZONE.size))
    turns = np.outer(np.arange(count) * STEP, random.uniform(0.5, 3, ZONE.size))
    frames: Frames = (ground + waves[0] * np.sin(turns) + waves[1] * np.cos(turns)).astype("f4")
    return frames


def video(frames: Frames, places: NDArray[np.intp] | None = None) -> Signature:
    """The signature of footage that was looked at in some places; everywhere, if None."""
    places = np.arange(len(frames)) if places is None else places
    start = places[0] * STEP
    return Signature(
        duration=len(frames) * STEP - start,
        aspect=16 / 9,
        active=WHOLE,
        surround=0,
        step=1.0,
        times=(places * STEP - start).astype(np.float32),
        luma=np.full(len(places), 100, np.uint8),
        levels=np.clip(np.round(frames[places]), -127, 127).astype(np.int8),
    )


def noisy(frames: Frames, seed: int = 0) -> Frames:
    random = np.random.default_rng(seed)
    return frames + random.normal(0, 1.5, frames.shape).astype(np.float32)


def in_runs(frames: Frames, first: int) -> NDArray[np.intp]:
    """Places at which a long video is looked at: 2 frames in each 7 s."""
    starts = np.arange(first, len(frames) - 1, 28)
    return np.unique(np.concatenate([starts, starts + 1]))


def library() -> dict[str, Signature]:
    """30 videos; of each third one a copy, mirrored in every second case."""
    signs = np.where(ZONE % SIDE % 2, np.float32(-1), np.float32(1))
    videos = {}
    for number in range(30):
        frames = footage(number, 6)
        videos[f"{number:02}"] = video(frames)
        if number % 3 == 0:
            videos[f"{number:02} copy"] = video(noisy(frames) * (signs if number % 2 else 1))
    return videos


def pairs_of(videos: dict[str, Signature], new: set[str] | None = None) -> set[tuple[str, str]]:
    return {match.pair for match in find_matches(videos, new, NORMAL)}


def pairs_near(*some: Near) -> set[tuple[int, int]]:
    return {
        pair for near in some for pair in zip(near.one.tolist(), near.other.tolist(), strict=True)
    }


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("listed", "new"), [(3_000, 3_000), (SMALL + 1, SMALL + 1), (SMALL + 1, 1_000)]
)
def test_index_finds_near_hashes_and_mirror_images_and_no_others(listed, new, mirrored):
    random = np.random.default_rng(1)
    hashes = random.integers(0, 2**64, new, dtype=np.uint64)
    image = hashes ^ ODD if mirrored else hashes
    flips = np.uint64(1) << random.permutation(64)[:4].astype(np.uint64)
    asked = image[:1_000] ^ np.bitwise_or.reduce(flips)
    samples = bit_samples(Scale(listed, new))
    found = set()
    for count in range(1, len(samples) + 1):
        near = list(Table.of(hashes, samples[:count]).near(asked))
        for some in near:
            differing = asked[some.one] ^ hashes[some.other] ^ np.where(some.mirrored, ODD, 0)
            assert np.bitwise_count(differing).max(initial=0) <= LARGEST_DISTANCE
        assert not pairs_near(*near) & found, "each pair is found once"
        found |= pairs_near(*near)
    if listed <= SMALL:  # brute force
        differing = np.bitwise_count(asked[:, None] ^ image)
        expected = set(zip(*(side.tolist() for side in np.nonzero(differing <= 4)), strict=True))
        assert expected == {pair for pair in found if differing[pair] <= 4}
    assert sum((place, place) in found for place in range(1_000)) >= 0.9 * 1_000


@pytest.mark.parametrize("many", [0, 1 << 12])
@pytest.mark.parametrize("block", [7, 1 << 18])
def test_index_finds_the_same_among_its_own_hashes_as_when_it_is_asked_for_them(
    block, many, monkeypatch
):
    monkeypatch.setattr(index, "BLOCK", block)
    monkeypatch.setattr(index, "COMPARED_AT_ONCE", block)
    monkeypatch.setattr(index, "MANY", many)
    random = np.random.default_rng(1)
    seeds = random.integers(0, 2**64, 300, dtype=np.uint64)
    flips = [np.uint64(0), np.uint64(3), ODD, ODD ^ np.uint64(5)]
    hashes = random.permutation(np.concatenate([seeds ^ flip for flip in flips]))
    samples = bit_samples(Scale(len(hashes), len(hashes)))
    for count in (1, 2):
        table = Table.of(hashes, samples[:count])
        asked = {(one, other) for one, other in pairs_near(*table.near(hashes)) if one != other}
        among = pairs_near(*table.among())
        assert among
        assert not among & {pair[::-1] for pair in among}, "each pair is found once"
        assert among | {pair[::-1] for pair in among} == asked


def test_the_hash_of_a_mirror_image_follows_from_that_of_the_picture():
    frames = footage(5, 6)
    mirrored = frames * np.where(ZONE % SIDE % 2, np.float32(-1), np.float32(1))
    assert np.array_equal(frame_hashes(mirrored), frame_hashes(frames) ^ ODD)


def test_candidates_are_few_and_hold_all_pairs():
    videos = library()
    keys = sorted(videos)
    found = find_candidates(Sketches.joined([Sketch.of(videos[key]) for key in keys]))
    pairs = {(keys[a], keys[b]) for a, b in zip(found.a, found.b, strict=True)}
    assert pairs >= {(key.removesuffix(" copy"), key) for key in keys if "copy" in key}
    assert len(pairs) < 0.05 * len(keys) * (len(keys) - 1) / 2


@pytest.mark.parametrize("threads", [2, 3, 99])
def test_a_search_by_several_threads_finds_the_same(threads):
    videos = library()
    sketches = Sketches.joined([Sketch.of(each) for each in videos.values()])
    one, other = find_candidates(sketches), find_candidates(sketches, threads=threads)
    assert np.array_equal(one.a, other.a)
    assert np.array_equal(one.b, other.b)
    assert np.array_equal(one.ways, other.ways)


@pytest.mark.parametrize("step", [2, 3, 7])
def test_comparing_the_new_ones_finds_what_comparing_all_at_once_finds(step):
    videos = library()
    new = set(list(videos)[::step])
    expected = {pair for pair in pairs_of(videos) if new & set(pair)}
    assert pairs_of(videos, new) == expected


def looked_at_in_runs(scenes: Frames, starts: Callable[[int], int]) -> Signature:
    """The signature of scenes (n, frames, 135), eight frames a second: a second of each scene."""
    per_scene = scenes.shape[1]
    runs = [scene * per_scene + starts(scene) + np.arange(8) for scene in range(len(scenes))]
    slow = video(scenes.reshape(-1, ZONE.size), np.concatenate(runs))
    return replace(slow, times=slow.times / 2, duration=slow.duration / 2)


def test_a_copy_is_found_where_most_runs_show_another_moment_of_a_like_scene():
    random = np.random.default_rng(1)
    turns = np.arange(80)[:, None] / 8 * random.uniform(0.5, 1.1, (40, 1, ZONE.size))
    still, sine, cosine = random.normal(0, 1, (3, 40, 1, ZONE.size))
    scenes = (25 * still + 14 * (sine * np.sin(turns) + cosine * np.cos(turns))).astype("f4")
    one = looked_at_in_runs(scenes, lambda scene: 0)
    other = looked_at_in_runs(scenes, lambda scene: 16 if scene % 4 else 0)
    found = compare(one, other)
    assert found is not None
    assert found.longest.in_b(0) == pytest.approx(0, abs=0.06)
    assert found.score > 0.95


def test_a_search_that_is_stopped_looks_for_nothing_more():
    sketches = Sketches.joined([Sketch.of(each) for each in library().values()])
    new = np.ones(sketches.videos, bool)
    search = Search(sketches, new, scale_of(sketches, new))
    assert len(search.hits(0))
    search.stop()
    assert not len(search.hits(0))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, each library is taken for a large one."""
    monkeypatch.setattr(index, "SMALL", 0)


@pytest.mark.usefixtures("large")
def test_in_a_large_library_candidates_are_confirmed_and_copies_kept():
    videos = library()
    keys = sorted(videos)
    found = find_candidates(Sketches.joined([Sketch.of(videos[key]) for key in keys]))
    pairs = {(keys[a], keys[b]) for a, b in zip(found.a, found.b, strict=True)}
    assert pairs == {(key.removesuffix(" copy"), key) for key in keys if "copy" in key}


@pytest.mark.parametrize(
    ("moments", "of", "noise", "is_confirmed"),
    [
        pytest.param([20], [20], 1, True, id="one and the same picture"),
        pytest.param([20], [20], 7, False, id="one like picture"),
        pytest.param(range(20, 32), [20] * 12, 7, False, id="many that are like one"),
        pytest.param(range(20, 32), range(20, 32), 7, True, id="many that are like many"),
    ],
)
def test_a_pair_is_confirmed_by_one_and_the_same_picture_or_by_several_that_are_alike(
    moments: Sequence[int], of: Sequence[int], noise: float, is_confirmed: bool
) -> None:
    random = np.random.default_rng(1)
    one, other = (random.normal(0, 25, (40, ZONE.size)).astype(np.float32) for _ in range(2))
    other[moments] = one[of] + random.normal(0, noise, (len(of), ZONE.size))
    proposed = Candidates(np.array([0]), np.array([1]), np.array([[0, -1, -1]], np.int16))
    for pair in ((one, other), (other, one)):
        sketches = Sketches.joined([Sketch.of(video(frames)) for frames in pair])
        assert len(confirmed(proposed, sketches, IN_LARGE)) == is_confirmed


def crowd(count: int, seed: int = 5) -> list[Sketch]:
    """Sketches of as many unrelated videos, of random hashes."""
    random = np.random.default_rng(seed)

    def records(number: int, record: np.dtype[np.void]) -> NDArray[np.void]:
        made = np.frombuffer(random.bytes(number * record.itemsize), record).copy()
        made["stamp"] = np.arange(number) * 500
        return made

    return [Sketch(records(40, LISTED_RECORD), records(5, PLACED_RECORD)) for _ in range(count)]


CROWDED_EDITS: list[Callable[[edits.Film], edits.Film]] = [
    lambda f: edits.cropped(f, 0.02, 0.09, 0.1, 0.03),
    lambda f: edits.cropped(f, 0.2, 0.0, 0.0, 0.2),
    lambda f: edits.bordered(f, 9, 14, (32, 96, 192)),
    lambda f: edits.mirrored(edits.cropped(f, 0.1, 0.1, 0.1, 0.1)),
    lambda f: edits.noisy(edits.trimmed(f, 3, 6.2)),
    lambda f: edits.negative(edits.small(f)),
    lambda f: edits.turned_over(f, 3),
    lambda f: edits.at_speed(f, 1.5),
]


def test_what_is_found_between_two_files_is_found_among_2000_others() -> None:
    whole = edits.film(1)
    copies = [Sketch.of(edits.signed(film)) for film in (whole, *(e(whole) for e in CROWDED_EDITS))]
    alone = [
        pair
        for pair in itertools.combinations(range(len(copies)), 2)
        if len(find_candidates(Sketches.joined([copies[number] for number in pair])))
    ]
    among = find_candidates(Sketches.joined([*copies, *crowd(2_000)]))
    found = set(zip(among.a.tolist(), among.b.tolist(), strict=True))
    assert len(alone) >= len(CROWDED_EDITS)
    assert found >= set(alone)


def test_excerpt_is_found_in_an_hour_that_is_looked_at_in_runs():
    whole = footage(100, 3600)
    first = 5_000
    excerpt = noisy(whole)[first : first + 80]
    videos = {"hour": video(whole, in_runs(whole, 0)), "excerpt": video(excerpt)}
    videos |= {f"other {n}": video(footage(n, 600), in_runs(footage(n, 600), n)) for n in range(4)}
    (match,) = find_matches(videos, threshold=NORMAL)
    assert match.pair == ("excerpt", "hour")
    assert match.b_span == pytest.approx((first * STEP, (first + 80) * STEP), abs=0.5)


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("excerpt_first", [True, False])
def test_one_moment_in_common_makes_an_excerpt_and_a_film_candidates(
    size: str, excerpt_first: bool, request: pytest.FixtureRequest
) -> None:
    if size == "large":
        request.getfixturevalue("large")
    whole = footage(100, 600)
    film = video(whole, np.arange(0, len(whole), 40))
    excerpt = video(noisy(whole)[105:130])  # from one of its pictures to the next but one
    others = [video(footage(n, 600), np.arange(0, 2400, 40)) for n in range(4)]
    pair = [excerpt, film] if excerpt_first else [film, excerpt]
    found = find_candidates(Sketches.joined([Sketch.of(each) for each in (*pair, *others)]))
    assert (found.a.tolist(), found.b.tolist()) == ([0], [1])


def stretch(film: Frames, places: slice) -> Signature:
    """A stretch of a film, as a closer look sees it."""
    whole = video(film)
    some = replace(whole, times=whole.times[places], luma=whole.luma[places])
    return replace(some, levels=whole.levels[places], is_stretch=True)


def test_two_films_with_one_opening_do_not_match_by_closer_looks_at_it() -> None:
    opening = footage(1, 10)
    films = [np.concatenate([opening, footage(seed, 200)]) for seed in (2, 3)]
    looks = {f"film {n}": stretch(film, slice(0, 44)) for n, film in enumerate(films)}
    clips = {
        "opening": video(noisy(opening)),
        "opening and more": video(np.concatenate([noisy(opening), footage(4, 40)])),
    }
    pairs = pairs_of(looks | clips)
    assert pairs - {tuple(clips)} == {("film 0", "opening"), ("film 1", "opening")}


def test_what_lies_outside_a_stretch_is_no_evidence_and_is_kept_with_it() -> None:
    look = stretch(footage(1, 100), slice(80, 120))
    assert np.array(unseen(look)) == pytest.approx(np.array([(0, 20), (30, 100)]), abs=0.01)
    kept = Signature.from_bytes(look.to_bytes())
    assert (kept, kept.is_stretch, kept.too_little) == (look, True, None)


def test_a_calm_scene_of_a_film_is_hashed_though_the_rest_shows_much_more():
    frames = footage(1, 300)
    calm = slice(400, 600)
    frames[calm] *= 0.3
    stamps = Sketch.of(video(frames)).listed["stamp"] // 2 / 1000
    assert ((stamps > 110) & (stamps < 140)).any()


def test_interval_of_runs_is_that_within_a_run():
    whole = footage(100, 600)
    assert Timeline.of(video(whole, in_runs(whole, 0)).times).interval == STEP


def test_copies_that_are_looked_at_at_other_moments_are_found():
    whole = footage(101, 900)
    videos = {"a": video(whole, in_runs(whole, 0)), "b": video(noisy(whole), in_runs(whole, 1))}
    assert pairs_of(videos) == {("a", "b")}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def keep(store: Store, videos: dict[str, Signature]) -> None:
    for key, each in videos.items():
        sketch = searching.packed_sketch(each)
        fingerprint = Fingerprint("0" * 16, each.to_bytes(), None, sketch)
        store.signatures.add(key, signature.ALGORITHM, fingerprint)


def kept(store: Store) -> list[Match]:
    return store.matches.at_least(signature.ALGORITHM, 0)


def test_order_in_the_store_changes_nothing(tmp_path):
    found = []
    videos = library()
    for name, order in (("one", list(videos)), ("other", list(videos)[::-1])):
        (tmp_path / name).mkdir()
        with Store.open(tmp_path / name) as store:
            keep(store, {key: videos[key] for key in order})
            list(searching.compare_new(store))
            found.append(kept(store))
    assert found[0] == found[1]
    assert {match.pair for match in found[0] if match.score >= NORMAL} == pairs_of(videos)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("at_once", [7, 100, 10_000])
def test_a_few_new_videos_are_proposed_the_same_pairs_however_many_old_are_in_memory(
    store: Store, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "OLD_AT_ONCE", at_once)
    monkeypatch.setattr(proposing, "MOST_SLICED", 0)
    sketches = {name: Sketch.of(each) for name, each in library().items()}
    sketches |= {f"{number:03} other": each for number, each in enumerate(crowd(400))}
    for name, each in sketches.items():
        packed = PackedSketch(SKETCHING, *each.to_bytes())
        made = Fingerprint("0" * 16, b"", sketch=packed)
        store.signatures.add(name, signature.ALGORITHM, made)
    new = {"03 copy", "06", "06 copy"}
    names = sorted(sketches)
    joined = Sketches.joined([sketches[name] for name in names])
    is_new = np.array([name in new for name in names])
    assert scale_of(joined, is_new).is_for_few
    in_memory = [*named(find_candidates(joined, is_new), names)]
    assert {pair[:2] for pair in in_memory} == {("03", "03 copy"), ("06", "06 copy")}
    scales: set[Scale] = set()

    def watched(*arguments: Any) -> Candidates:
        scales.add(arguments[-1])
        return find_candidates(*arguments)

    monkeypatch.setattr(proposing, "find_candidates", watched)
    found = proposing.propose(store, new, threads=1)
    assert scales == {scale_of(joined, is_new)}
    assert [*named(found.candidates, found.names)] == in_memory
    assert {name for name, is_one in zip(found.names, found.is_new, strict=True) if is_one} == new


def test_no_pair_is_judged_twice(store, monkeypatch):
    videos = library()
    keep(store, dict(list(videos.items())[:-8]))
    list(searching.compare_new(store))
    asked = _watched(monkeypatch)
    keep(store, dict(list(videos.items())[-8:]))
    new = store.matches.uncompared(signature.ALGORITHM)
    list(searching.compare_new(store))
    assert asked
    assert all(new & {a, b} for a, b in asked)
    list(searching.compare_new(store))
    assert len(asked) == len(set(asked))


def test_a_pair_found_by_way_of_another_file_is_explained_as_it_was_found(store):
    film = edits.film(11, 12)
    speeds = {"fast": 1.9, "original": 1.0, "slow": 0.55}
    keep(store, {name: edits.signed(edits.at_speed(film, s)) for name, s in speeds.items()})
    list(searching.compare_new(store))
    (match,) = (match for match in kept(store) if match.pair == ("fast", "slow"))
    alone = side_by_side(match.pair, store, None, by_search=False)
    explained = side_by_side(match.pair, store, match, by_search=False)
    assert alone.score < NORMAL
    assert explained.score == pytest.approx(match.score, abs=0.02)
    assert explained.comparison is not None
    assert explained.comparison.longest.speed == pytest.approx(match.longest.speed, rel=0.01)


def test_a_worker_whose_results_nobody_waits_for_judges_no_further_pair(monkeypatch):
    packed = {key: video.to_bytes() for key, video in library().items()}
    batch = packed, [("00", "00 copy", (0,))], list[Match]()
    matches, _ = searching.judge(batch)
    assert [match.pair for match in matches] == [("00", "00 copy")]
    monkeypatch.setattr(pools._Held, "signal", Semaphore(1))
    with pytest.raises(CancelledError):
        searching.judge(batch)


def test_what_a_kill_interrupts_goes_on_from_there(store, monkeypatch):
    keep(store, library())
    monkeypatch.setattr(portions, "FEWEST_PAIRS", 2)
    add, calls = store.matches.add_comparison, 0

    def dying(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise KeyboardInterrupt
        add(*arguments)

    monkeypatch.setattr(store.matches, "add_comparison", dying)
    with pytest.raises(KeyboardInterrupt):
        list(searching.compare_new(store))
    before = {match.pair for match in kept(store)}
    assert before
    left = store.matches.uncompared(signature.ALGORITHM)
    assert 0 < len(left) < len(library())
    monkeypatch.setattr(store.matches, "add_comparison", add)
    asked = _watched(monkeypatch)
    list(searching.compare_new(store))
    assert all(left & {a, b} for a, b in asked)
    assert {match.pair for match in kept(store) if match.score >= NORMAL} == pairs_of(library())


class DeadExecutor(Executor):
    """Its workers die."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(ChildProcessError("dead"))
        return future


def test_a_worker_that_dies_loses_no_pair(store, monkeypatch):
    monkeypatch.setattr(searching, "WORTH_WORKERS", 1)
    keep(store, library())
    list(searching.compare_new(store, Threads(DeadExecutor())))
    assert {match.pair for match in kept(store) if match.score >= NORMAL} == pairs_of(library())


V1 = """
CREATE TABLE signature (
    sha256 TEXT NOT NULL, algorithm TEXT NOT NULL, video_hash TEXT NOT NULL,
    signature BLOB NOT NULL, too_little TEXT, compared INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sha256, algorithm)
);
CREATE INDEX signature_new ON signature (algorithm) WHERE compared = 0;
CREATE TABLE failure (
    sha256 TEXT NOT NULL, algorithm TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (sha256, algorithm)
);
CREATE TABLE match (
    a TEXT NOT NULL, b TEXT NOT NULL, algorithm TEXT NOT NULL, score REAL NOT NULL,
    detail TEXT NOT NULL, heard INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (a, b, algorithm)
);
CREATE TABLE soundprint (
    sha256 TEXT NOT NULL, algorithm TEXT NOT NULL, soundprint BLOB,
    PRIMARY KEY (sha256, algorithm)
);
CREATE TABLE posting (
    library TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (library, a, b)
);
CREATE TABLE put_back (
    library TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (library, a, b)
);
PRAGMA user_version = 1;
"""


def test_a_store_of_the_first_version_is_taken_over(tmp_path):
    """Its signatures are sketched when they are first searched, old ones too."""
    videos = library()
    rows = [
        (key, signature.ALGORITHM, "0" * 16, each.to_bytes(), None, "copy" not in key)
        for key, each in videos.items()
    ]
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as old, old:
        old.executescript(V1)
        old.executemany("INSERT INTO signature VALUES (?, ?, ?, ?, ?, ?)", rows)
    with Store.open(tmp_path) as store:
        assert store.signatures.files(signature.ALGORITHM) == set(videos)
        assert store.matches.uncompared(signature.ALGORITHM) == set(videos)  # as parts
        list(searching.compare_new(store))
        assert store.matches.uncompared(signature.ALGORITHM) == set()
        assert {match.pair for match in kept(store) if match.score >= NORMAL} == pairs_of(videos)
    with Store.open(tmp_path) as store:  # and is then like any other
        assert store.sketches.missing(signature.ALGORITHM, searching.SKETCHING) == []


def _watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The pairs that are judged from now on."""
    asked: list[tuple[str, str]] = []
    judge = searching.judge

    def watching(batch: searching.Batch) -> list[Match]:
        asked.extend((a, b) for a, b, _ in batch[1])
        return judge(batch)

    monkeypatch.setattr(searching, "judge", watching)
    return asked
