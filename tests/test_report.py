"""The report of similar pairs: what is in it, and how it is written."""

import csv
import errno
import io
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import clips
import numpy as np
import pytest
from fake_hydrus import IMPORTED, MY_TAGS, FakeHydrus
from numpy.typing import NDArray
from PIL import Image
from pools import Threads
from runs import sha256_of

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.frames import Streams, view
from hydrus_video_deduplicator.library import Listing
from hydrus_video_deduplicator.library.folder import FolderLibrary, LocalFile
from hydrus_video_deduplicator.match import Kind, Match, Part, Sound, SoundVerdict
from hydrus_video_deduplicator.report import Report, Wanted, as_csv, as_json, as_page, gather, words
from hydrus_video_deduplicator.report.codecs import codec_name
from hydrus_video_deduplicator.report.contents import File, Group, Pair
from hydrus_video_deduplicator.report.filmstrip import (
    LARGEST,
    PICTURE_BYTES,
    SMALLEST,
    Shot,
    Subject,
    in_order,
    look,
    picture_width,
)
from hydrus_video_deduplicator.report.gather import letter
from hydrus_video_deduplicator.report.hearing import Unheard, is_silent, why_unheard
from hydrus_video_deduplicator.report.moments import SHOTS, Moments, shown_moments
from hydrus_video_deduplicator.report.quality import FLAWS, LENGTH, PICTURE, Advice, Flaw
from hydrus_video_deduplicator.sound import ALGORITHM, Soundprint
from hydrus_video_deduplicator.sound.spectrum import BANDS
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store, run_lock

Capsys = pytest.CaptureFixture[str]

WANTED = Wanted(threshold=0.6, kinds=frozenset(Kind), most=100, pictures=True)

HOSTILE = "<img src=x onerror=alert(1)>'\"&\x1b[31m.mp4"


@pytest.fixture
def crew() -> Iterator[Crew]:
    with ThreadPoolExecutor(1) as executor:
        yield Crew(Threads(executor), time_limit=60)


@pytest.fixture(scope="module")
def report(samples: Path, compared: Path) -> Report:
    with Store.open(compared) as store, ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=60)
        return gather(WANTED, FolderLibrary(samples), store, crew, lambda done, of: None)


def report_of(folder: Path, data_dir: Path, crew: Crew, wanted: Wanted = WANTED) -> Report:
    library = FolderLibrary(folder)
    with Store.open(data_dir) as store:
        for _ in run(Job(wanted.threshold, wanted.kinds), library, store, crew):
            pass
        return gather(wanted, library, store, crew, lambda done, of: None)


def pair_of(report: Report, *names: str) -> Pair:
    """The pair of the files of these names."""
    return next(p for p in report.pairs if {side.file.name for side in p.sides} == {*names})


# What is in it


def test_files_that_are_connected_are_one_group_with_all_their_pairs(report: Report) -> None:
    names = [sorted(file.name for file in group.files) for group in report.groups]
    assert sorted(names) == [
        ["first in small.webm", "first mirrored.mkv", "first.mp4"],
        ["second as animation.gif", "second trimmed.mp4", "second.mp4"],
    ]
    assert [len(group.pairs) for group in report.groups] == [3, 3]
    assert (report.videos, report.compared) == (7, 7)


def test_a_file_of_several_groups_takes_its_room_once(report: Report) -> None:
    twice = replace(report, groups=[*report.groups, *report.groups])
    assert twice.larger_bytes == report.larger_bytes > 0


def test_the_file_that_looks_best_is_a_and_its_pairs_come_first(report: Report) -> None:
    group = next(g for g in report.groups if "second.mp4" in [file.name for file in g.files])
    assert group.advice.best == 0
    assert group.pairs[0].sides[0].letter == "A"
    has_best = [group.files[0].sha256 in pair.match.pair for pair in group.pairs]
    assert has_best == sorted(has_best, reverse=True)
    for pair in group.pairs:
        first, second = (side.letter for side in pair.sides)
        assert first < second


def test_each_file_of_a_pair_has_pictures_of_the_same_moments(report: Report) -> None:
    pair = pair_of(report, "second.mp4", "second trimmed.mp4")
    cut, whole = sorted(pair.sides, key=lambda side: side.file.seconds)
    assert len(cut.strip) == len(whole.strip) == SHOTS
    for earlier, later in zip(cut.strip, whole.strip, strict=True):
        assert later.time - earlier.time == pytest.approx(1, abs=0.1)
        assert likeness(earlier.webp, later.webp) > 0.9
    unlike = [likeness(cut.strip[0].webp, shot.webp) for shot in whole.strip[1:]]
    assert max(unlike) < 0.8


def test_a_loop_is_shown_at_moments_of_all_its_rounds_and_its_length_says_nothing(
    known: Path, crew: Crew, tmp_path: Path
) -> None:
    cycle = clips.scene(1, seconds=6)
    (folder := tmp_path / "videos").mkdir()
    once = clips.encode(folder / "once.mp4", cycle)
    back = clips.encode(folder / "back and forth.mp4", [*cycle, *reversed(cycle)])
    (pair,) = report_of(folder, known, crew).pairs
    assert pair.match.kind is Kind.LOOP
    for one, other in zip(*(side.strip for side in pair.sides), strict=True):
        assert likeness(one.webp, other.webp) > 0.85
    long, short = sorted(pair.sides, key=lambda side: -side.file.seconds)
    assert (long.file.name, short.file.name) == (back.name, once.name)
    assert words.how(pair) == f"{long.letter} plays {short.letter} back and forth."
    times = [shot.time for shot in long.strip]
    assert min(times) < 6 < max(times)
    assert len({shot.time for shot in short.strip}) == SHOTS
    assert pair.advice.by is not LENGTH


def likeness(a: bytes, b: bytes) -> float:
    """1 for the same picture."""
    first, second = (Image.open(io.BytesIO(x)).convert("L").resize((32, 24)) for x in (a, b))
    pairs = list(zip(first.tobytes(), second.tobytes(), strict=True))
    return 1 - sum(abs(x - y) for x, y in pairs) / len(pairs) / 64


def test_the_facts_of_a_file_are_those_of_its_streams(report: Report) -> None:
    side = next(
        side for pair in report.pairs for side in pair.sides if side.file.name.endswith(".webm")
    )
    streams = side.file.streams
    assert streams is not None
    assert (streams.width, streams.height, streams.codec, streams.sound) == (80, 60, "vp9", None)
    assert streams.frame_rate == pytest.approx(24, abs=0.1)
    assert side.file.bit_rate == pytest.approx(8 * side.file.listing.size / 6, rel=0.2)


def test_a_file_that_cannot_be_opened_any_more_is_in_it_with_the_reason(
    samples: Path, known: Path, crew: Crew
) -> None:
    class Broken(FolderLibrary):
        def source(self, sha256: str) -> LocalFile:
            name = self.label(sha256)
            return LocalFile(samples / ("gone" if name == "second.mp4" else name))

    with Store.open(known) as store:
        report = gather(WANTED, Broken(samples), store, crew, lambda done, of: None)
    pair = pair_of(report, "second.mp4", "second trimmed.mp4")
    broken = next(side for side in pair.sides if side.file.name == "second.mp4")
    assert "No such file" in (broken.file.problem or "")
    assert broken.strip == ()
    assert "No such file" in as_page(report)


def test_only_so_many_pairs_are_in_it_the_strongest_and_the_rest_are_counted(
    samples: Path, known: Path, crew: Crew, report: Report
) -> None:
    few = report_of(samples, known, crew, replace(WANTED, most=2))
    strongest = sorted((pair.match.score for pair in report.pairs), reverse=True)[:2]
    assert sorted((pair.match.score for pair in few.pairs), reverse=True) == strongest
    assert (few.left_out, report.left_out) == (4, 0)
    assert "4 weaker pairs left out" in as_page(few)


# In words


def test_how_two_files_lie_in_time_is_told_by_their_letters(report: Report) -> None:
    trimmed = pair_of(report, "second.mp4", "second trimmed.mp4")
    cut = min(trimmed.sides, key=lambda side: side.file.seconds).letter
    whole = max(trimmed.sides, key=lambda side: side.file.seconds).letter
    assert words.how(trimmed) == f"All of {cut} is 0:01–0:06 of {whole}."
    same = pair_of(report, "first.mp4", "first mirrored.mkv")
    assert words.how(same) == "Both show the same from start to end."
    assert words.edits(same) == ["mirrored"]
    whole = same.match.parts[0].a_span
    slow = replace(same.match, kind=Kind.SPEED, parts=(Part(whole, whole, 0.8),))
    first, second = (side.letter for side in same.sides)
    assert words.how(replace(same, match=slow)) == f"{second} plays 25% faster than {first}."


def test_sound_is_said_to_be_the_same_only_where_it_was_compared(report: Report) -> None:
    pair = pair_of(report, "first.mp4", "first mirrored.mkv")
    same = replace(pair.match, sound=SoundVerdict(Sound.SAME, 0.9))
    assert words.sound(replace(pair, match=same)) == "same sound"
    parts = Part((0, 2), (4, 6), 1.0), Part((2, 6), (0, 4), 1.0)
    in_parts = replace(same, kind=Kind.LOOP, parts=parts)
    assert words.sound(replace(pair, match=in_parts)) == "same sound in the longest part"


def test_where_sound_was_not_compared_the_reason_is_told(report: Report) -> None:
    pair = pair_of(report, "first.mp4", "first mirrored.mkv")
    sides = [
        replace(side, file=replace(side.file, streams=replace(side.file.streams, sound="aac")))
        for side in pair.sides
        if side.file.streams is not None
    ]
    heard = replace(pair, sides=(sides[0], sides[1]))
    assert words.sound(replace(heard, unheard=Unheard.BACKWARDS)) == (
        "sound not compared: one plays backwards"
    )
    one = replace(heard, sides=(pair.sides[0], sides[1]))
    assert words.sound(one) == f"sound only in {sides[1].letter}"
    silent = replace(sides[0], file=replace(sides[0].file, is_silent=True))
    assert words.sound(replace(heard, sides=(silent, sides[1]))) == words.sound(one)
    assert words.sound(replace(heard, sides=(silent, silent))) == "silent"


@pytest.mark.parametrize(
    ("part", "seconds", "why"),
    [
        (Part((0, 9), (0, 9), -1.0), (9.0, 9.0), Unheard.BACKWARDS),
        (Part((0, 9), (0, 9), 1.0), (), Unheard.NOT_YET),
        (Part((0, 9), (0, 9), 1.0), (9.0, None), Unheard.UNREADABLE),
        (Part((0, 9), (0, 9), 1.0), (9.0, 0.0), Unheard.SHORT),
        (Part((0, 4), (0, 4), 1.0), (9.0, 9.0), Unheard.SHORT),
        (Part((0, 9), (0, 9), 1.0), (9.0, 2.0), Unheard.SHORT),
        (Part((0, 9), (0, 9), 1.0), (9.0, 9.0), Unheard.UNCLEAR),
    ],
)
def test_why_sound_was_not_compared_is_found_in_what_was_heard(
    part: Part, seconds: tuple[float | None, ...], why: Unheard, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        for name, heard in zip("ab", seconds, strict=False):
            levels = None if heard is None else np.ones((round(8 * heard), BANDS), np.uint8)
            store.soundprints.add(name, ALGORITHM, levels if levels is None else packed(levels))
        match = Match("a", "b", 0.9, Kind.SAME, frozenset(), (part,))
        assert why_unheard(match, store) is why


@pytest.mark.parametrize(("level", "silent"), [(0, True), (1, False)])
def test_a_track_in_which_there_is_nothing_to_hear_is_no_sound(
    level: int, silent: bool, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        assert not is_silent("not listened to", store)
        store.soundprints.add("unreadable", ALGORITHM, None)
        assert not is_silent("unreadable", store)
        levels = np.full((80, BANDS), level, np.uint8)
        store.soundprints.add("a", ALGORITHM, packed(levels))
        assert is_silent("a", store) is silent
        streams = Streams(64, 36, "h264", sound="aac")
        file = File("a", "a", Listing(1), 10.0, 1.0, streams, is_silent=silent)
        assert file.has_sound is not silent


def packed(levels: NDArray[np.uint8]) -> bytes:
    return Soundprint(levels).to_bytes()


@pytest.mark.parametrize(
    ("codec", "name"),
    [("h264", "H.264"), ("vorbis", "Vorbis"), ("pcm_s16le", "PCM"), ("magicyuv", "MAGICYUV")],
)
def test_a_codec_has_one_spelling(codec: str, name: str) -> None:
    assert codec_name(codec) == name


def test_the_advice_names_the_criterion(report: Report) -> None:
    trimmed = pair_of(report, "second.mp4", "second trimmed.mp4")
    assert words.advice(trimmed).endswith(
        "looks best: it is longer. But if it joins different videos, the two are alternates."
    )
    small = pair_of(report, "first.mp4", "first in small.webm")
    assert words.advice(small).endswith("looks best: it has more pixels.")


def test_of_two_of_which_one_plays_backwards_the_advice_says_so(report: Report) -> None:
    pair = pair_of(report, "first.mp4", "first in small.webm")
    backwards = replace(pair, match=replace(pair.match, kind=Kind.REVERSED))
    assert words.advice(backwards).endswith(
        "looks best: it has more pixels. But one of the two plays backwards."
    )


def test_a_copy_that_shows_less_of_the_picture_is_told_with_its_share(report: Report) -> None:
    pair = pair_of(report, "first.mp4", "first mirrored.mkv")
    whole, cropped = (
        replace(side, file=replace(side.file, picture=share))
        for side, share in zip(pair.sides, (1.0, 0.64), strict=True)
    )
    told = replace(pair, sides=(whole, cropped), advice=Advice(0, (PICTURE,)))
    assert words.advice(told) == f"{whole.letter} looks best: it shows more of the picture."
    by_label = {row.label: row for row in words.rows([whole.file, cropped.file], [PICTURE])}
    assert by_label["Picture"].values == ("100%", "64%")
    assert by_label["Picture"].decides
    assert "Picture" not in {row.label for row in words.rows([whole.file, whole.file], [])}


def test_only_the_flaws_that_the_better_copy_has_not_are_its_reason(report: Report) -> None:
    pair = pair_of(report, "first.mp4", "first mirrored.mkv")
    both = frozenset({Flaw.STILL_END})
    first, second = (replace(side, file=replace(side.file, flaws=both)) for side in pair.sides)
    worse = replace(second, file=replace(second.file, flaws=both | {Flaw.ENLARGED}))
    told = replace(pair, sides=(first, worse), advice=Advice(0, (FLAWS,)))
    assert words.advice(told) == f"{first.letter} looks best: the other one was enlarged."


def test_the_reason_of_a_group_holds_for_each_of_the_others(report: Report) -> None:
    """One is shorter, and one is as long but stands still."""
    pair = pair_of(report, "first.mp4", "first mirrored.mkv")
    best = pair.sides[0].file
    shorter, frozen = replace(best, seconds=1.0), replace(best, still_end=2.0)
    group = Group((best, shorter, frozen), (pair,), Advice(0, (LENGTH,)))
    assert "each of the others moves for less time" in words.advice_of_group(group)
    cut_off = replace(group, files=(best, shorter, replace(best, readable=0.5)))
    assert "each of the others has less that can be read" in words.advice_of_group(cut_off)
    assert "is shorter" in words.advice_of_group(replace(group, files=(best, shorter)))


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (123e6, "123 MB"), (5e15, "5000 TB")],
)
def test_sizes_are_told_in_decimal_units(count: float, text: str) -> None:
    assert words.size(count) == text


def test_files_of_a_group_have_letters_however_many_they_are() -> None:
    assert [letter(place) for place in (0, 25, 26, 27, 702)] == ["A", "Z", "AA", "AB", "AAA"]


# Filmstrips


def moments(*parts: Part) -> tuple[Moments, Moments]:
    return shown_moments(Match("a", "b", 0.9, Kind.RECUT, frozenset(), parts))


def test_the_moments_of_one_part_are_the_middles_of_equal_shares() -> None:
    half_as_fast = Part((2.0, 10.0), (0.0, 16.0), 2.0)
    assert moments(half_as_fast) == ((3.0, 5.0, 7.0, 9.0), (2.0, 6.0, 10.0, 14.0))
    backwards = Part((2.0, 10.0), (0.0, 8.0), -1.0)
    assert moments(backwards) == ((3.0, 5.0, 7.0, 9.0), (7.0, 5.0, 3.0, 1.0))


def test_every_long_part_is_shown_and_at_moments_of_its_own() -> None:
    exchanged = [Part((0.0, 4.0), (6.0, 10.0), 1.0), Part((4.0, 10.0), (0.0, 6.0), 1.0)]
    of_a, of_b = moments(*exchanged)
    assert of_a == (0.5, 1.5, 7.75, 9.25)
    assert of_b == (6.5, 7.5, 3.75, 5.25)
    repeated = [Part((0.0, 8.0), (8.0 * n, 8.0 * n + 8), 1.0) for n in range(4)]
    once, often = (1.0, 3.0, 5.0, 7.0), (1.0, 11.0, 21.0, 31.0)
    assert moments(*repeated) == (once, often)
    assert moments(*(part.inverse() for part in repeated)) == (often, once)


def test_the_pictures_of_the_first_file_are_in_order() -> None:
    first, second = (Shot(5.0, b"a"), Shot(1.0, b"b")), (Shot(2.0, b"A"), Shot(9.0, b"B"))
    assert in_order(first, second) == (first[::-1], second[::-1])
    assert in_order(second, first) == (second, first)
    assert in_order(first, ()) == (first, ())


def test_few_pairs_have_large_pictures_and_many_have_small_ones() -> None:
    widths = [picture_width(2 * pairs) for pairs in (1, 50, 250, 500, 100_000)]
    assert widths == sorted(widths, reverse=True)
    assert (widths[0], widths[-1]) == (LARGEST, SMALLEST)
    assert picture_width(0) == LARGEST


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif", ".webp", ".mpg", ".avi"])
def test_a_picture_is_that_of_its_moment_in_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    pictures = clips.scene(1, seconds=4, fps=12)
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    path = write(tmp_path / f"clip{suffix}", pictures, fps=12)
    with path.open("rb") as file:
        seen = view(file, [0.5, 1.5, 2.5, 99.0])
    assert (seen.streams.width, seen.streams.height) == (160, 120)
    for time, picture in zip([0.5, 1.5, 2.5, 3.95], seen.pictures, strict=True):
        wanted = pictures[int(time * 12)]
        assert abs(picture.astype(float) - wanted).mean() < 25


def test_pictures_are_small_and_never_enlarged(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "a.mp4", clips.scene(1, 1, width=64, height=48))
    seen = look(Subject(LocalFile(path), ((0.1, 0.3, 0.6, 0.9),), LARGEST))
    (strip,) = seen.strips.values()
    assert [Image.open(io.BytesIO(shot.webp)).size for shot in strip] == [(64, 48)] * SHOTS
    assert sum(len(shot.webp) for shot in strip) < PICTURE_BYTES / 100


# The page


class Page(HTMLParser):
    """What a browser sees of a page: its tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_has_a_card_for_each_group_with_pictures_of_each_file(report: Report) -> None:
    page = Page(as_page(report))
    cards = [attrs for tag, attrs in page.tags if tag == "article"]
    assert [card["id"] for card in cards] == ["card-1", "card-2"]
    pictures = [attrs["src"] or "" for tag, attrs in page.tags if tag == "img"]
    assert len(pictures) == 2 * 3 * SHOTS
    assert all(source.startswith("data:image/webp;base64,") for source in pictures)


def test_only_the_page_of_a_hydrus_says_that_the_pairs_are_judged_there(report: Report) -> None:
    advice = "Judge the pairs in Hydrus."
    assert advice not in Page(as_page(report)).text
    assert advice in Page(as_page(replace(report, in_hydrus=True))).text


def test_the_page_has_a_map_of_time_where_lengths_differ_with_its_own_ids(
    report: Report,
) -> None:
    page = Page(as_page(report))
    links = [group.link_of(side) for group in report.groups for side in group.sides]
    maps = [pair for pair in links if pair and pair.match.kind is not Kind.SAME]
    assert sum(tag == "svg" for tag, _ in page.tags) == len(maps) > 0
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_may_load_nothing_and_has_no_inline_handler(report: Report) -> None:
    page = Page(as_page(report))
    policy = next(
        a["content"] or "" for t, a in page.tags if "Content-Security-Policy" in a.values()
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href"):
            assert re.match(r"(data:|file:///|#card-)|$", attributes.get(name) or ""), tag


def test_names_of_files_are_text_and_nothing_else(
    samples: Path, known: Path, crew: Crew, tmp_path: Path
) -> None:
    name = HOSTILE.replace("/", "")
    folder = tmp_path / "videos"
    folder.mkdir()
    os.link(samples / "first.mp4", folder / name)
    os.link(samples / "first mirrored.mkv", folder / "=1+1.mkv")
    report = report_of(folder, known, crew)
    page = Page(as_page(report))
    assert not [attrs for tag, attrs in page.tags if attrs.get("src") == "x" or "onerror" in attrs]
    assert HOSTILE.replace("\x1b", " ") in page.text
    (row,) = csv.DictReader(io.StringIO(as_csv(report)))
    assert "'=1+1.mkv" in (row["first_name"], row["second_name"])
    assert "\x1b" not in as_page(report) + as_csv(report) + as_json(report)


def test_where_there_is_no_pair_the_page_says_so(known: Path, crew: Crew, tmp_path: Path) -> None:
    clips.encode(tmp_path / "only.mp4", clips.scene(1))
    text = as_page(report_of(tmp_path, known, crew))
    assert "No similar pairs wait for you" in text
    assert "<article" not in text


# The command


def run_report(capsys: Capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["report", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_report_is_one_file_that_only_its_owner_can_read(
    samples: Path, known: Path, capsys: Capsys, tmp_path: Path
) -> None:
    code, _, err = run_report(capsys, "--folder", str(samples))
    path = tmp_path / "similar-videos.html"
    assert code == 0
    assert str(path) in err
    assert "6 pairs in 2 groups" in err
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_report_can_be_looked_at_while_a_run_is_at_work(
    samples: Path, known: Path, capsys: Capsys
) -> None:
    with run_lock(known):
        code, _, err = run_report(capsys, "--folder", str(samples), "--format", "json")
    assert code == 0
    assert "6 pairs in 2 groups" in err


@pytest.mark.parametrize(
    ("output", "reason"), [("none/x.html", "No such file"), ("folder", "Is a directory")]
)
def test_a_place_that_cannot_be_written_is_found_out_before_any_work(
    hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path, output: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
    code, _, err = run_report(capsys, *access, "--output", output)
    assert code == 2
    assert f"Cannot write {output}: {reason}" in err
    assert "--output" in err
    assert not hydrus.calls


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as they are there")
class TestWhatIsNoPlainFile:
    def test_a_link_stays_and_what_it_points_to_is_written(
        self, samples: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        target, link = tmp_path / "real.json", tmp_path / "link.json"
        target.write_text("old", encoding="utf-8")
        link.symlink_to(target)
        arguments = ("--folder", str(samples), "--format", "json", "--output", str(link))
        assert run_report(capsys, *arguments)[0] == 0
        assert link.is_symlink()
        assert "groups" in json.loads(target.read_text(encoding="utf-8"))

    def test_a_pipe_is_written_to_and_stays(
        self, samples: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        pipe = tmp_path / "pipe.json"
        os.mkfifo(pipe)
        with ThreadPoolExecutor(1) as pool:
            read = pool.submit(pipe.read_text, "utf-8")
            arguments = ("--folder", str(samples), "--format", "json", "--output", str(pipe))
            assert run_report(capsys, *arguments)[0] == 0
            assert "groups" in json.loads(read.result())
        assert pipe.is_fifo()


def test_a_report_that_cannot_be_written_in_the_end_leaves_the_old_one(
    samples: Path, capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    code, _, err = run_report(capsys, "--folder", str(samples))
    assert code == 2
    assert "No space left" in err
    assert list(tmp_path.glob("*.html")) == []


def test_videos_that_could_not_be_read_are_not_called_waiting(
    samples: Path, capsys: Capsys, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(samples, tmp_path / "videos"))
    (folder / "broken.mp4").write_bytes(b"no video")
    assert main(["--folder", str(folder)]) == 1
    _, _, err = run_report(capsys, "--folder", str(folder))
    assert "1 video could not be hashed: the command status says why." in err
    assert "Not compared" not in err
    page = (tmp_path / "similar-videos.html").read_text(encoding="utf-8")
    assert "1 could not be hashed" in page
    assert "Run the program" not in page


@pytest.mark.parametrize(("seconds", "differs"), [(99.0, False), (90.0, True)])
def test_a_near_tie_is_not_called_different(report: Report, seconds: float, differs: bool) -> None:
    file = report.pairs[0].sides[0].file
    length, *_ = words.rows([replace(file, seconds=s) for s in (100.0, seconds)], ())
    assert length.differs is differs


def test_videos_that_were_not_compared_are_counted(samples: Path, capsys: Capsys) -> None:
    _, _, err = run_report(capsys, "--folder", str(samples))
    assert "Not compared yet: 7 videos. Run the program to compare them." in err


@pytest.mark.parametrize("form", ["csv", "json"])
def test_other_programs_get_the_same_pairs_as_csv_or_json(
    samples: Path, known: Path, capsys: Capsys, form: str
) -> None:
    arguments = ("--folder", str(samples), "--format", form, "--output", "-")
    code, out, _ = run_report(capsys, *arguments)
    assert code == 0
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        found = {frozenset((row["first_name"], row["second_name"])) for row in rows}
        kinds = [row["kind"] for row in rows]
        parts = [json.loads(row["parts"]) for row in rows]
    else:
        pairs = [pair for group in json.loads(out)["groups"] for pair in group["pairs"]]
        found = {frozenset(file["name"] for file in pair["files"]) for pair in pairs}
        kinds = [pair["kind"] for pair in pairs]
        parts = [pair["parts"] for pair in pairs]
    assert {key for of_pair in parts for part in of_pair for key in part} == {
        "a_span",
        "b_span",
        "speed",
    }
    assert len(found) == 6
    assert frozenset({"second.mp4", "second trimmed.mp4"}) in found
    assert sorted(kinds) == ["same"] * 4 + ["trimmed"] * 2


@pytest.mark.usefixtures("known")
class TestOfHydrus:
    """The report of the pairs of a Hydrus client."""

    def run(self, hydrus: FakeHydrus, *arguments: str) -> int:
        return main([*arguments, "--api-url", hydrus.url, "--api-key", hydrus.key])

    def pairs(self, hydrus: FakeHydrus, capsys: Capsys) -> list[dict[str, object]]:
        capsys.readouterr()
        assert self.run(hydrus, "report", "--format", "json", "--output", "-") == 0
        out = capsys.readouterr().out
        assert hydrus.key not in out
        return [pair for group in json.loads(out)["groups"] for pair in group["pairs"]]

    def test_tells_what_hydrus_says_of_its_files(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        known = hydrus.files[sha256_of(hydrus, "first.mp4")]
        known.tags[MY_TAGS].add("title:first")
        self.run(hydrus)
        assert len(known.tags[MY_TAGS]) == 2  # ours, which tells the user nothing, is not counted
        files = [file for pair in self.pairs(hydrus, capsys) for file in pair["files"]]  # type: ignore[attr-defined]
        first = next(f for f in files if f["sha256"] == known.sha256)
        assert first["tags"] == 1
        assert first["imported"] == IMPORTED + known.id
        assert first["path"] == str(known.path.resolve())
        assert first["bytes"] == known.path.stat().st_size

    def test_shows_no_path_to_a_key_that_may_not_see_paths(
        self, hydrus: FakeHydrus, capsys: Capsys
    ) -> None:
        self.run(hydrus)
        hydrus.grant([3, 8])
        pairs = self.pairs(hydrus, capsys)
        assert {file["path"] for pair in pairs for file in pair["files"]} == {None}  # type: ignore[attr-defined]

    def test_leaves_out_what_the_user_has_judged(
        self, hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
    ) -> None:
        self.run(hydrus)
        assert {pair["in_library"] for pair in self.pairs(hydrus, capsys)} == {True}
        a, b = (sha256_of(hydrus, name) for name in ("first.mp4", "first mirrored.mkv"))
        hydrus.relations.relate(a, b, 1)
        pairs = self.pairs(hydrus, capsys)
        assert len(pairs) == 5
        assert self.run(hydrus, "report") == 0
        page = (tmp_path / "similar-videos.html").read_text(encoding="utf-8")
        assert "1 pair judged by you left out" in page
        assert f"system:hash is {pairs[0]['files'][0]['sha256']}" in page  # type: ignore[index]

    def test_shows_the_pairs_that_a_release_does_not_record(
        self, samples: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            assert self.run(hydrus) == 1
            said = capsys.readouterr().err
            assert "judge them with the command review; report shows them" in said
            assert "--page NAME" in said
            pairs = self.pairs(hydrus, capsys)
        assert {pair["in_library"] for pair in pairs} == {False}
        assert len(pairs) == 6
