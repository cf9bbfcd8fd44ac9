"""When the pictures of a video are shown: as a player shows them, whatever the file says."""

import re
import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import clips
import numpy as np
import pytest
from PIL import Image

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.frames import Footage, Frame, read_frames
from hydrus_video_deduplicator.frames.clock import on_one_clock
from hydrus_video_deduplicator.frames.sampling import Sampler
from hydrus_video_deduplicator.match import Kind


def footage_of(path: Path) -> Footage:
    with path.open("rb") as file:
        return read_frames(file, signature.schedule)


def part(path: Path, pictures: list[clips.Picture], codec: str = "libx264") -> Path:
    """Pictures in a container that can be joined as bytes."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=clips.FPS)
        stream.height, stream.width, _ = pictures[0].shape
        stream.codec_context.gop_size = clips.FPS
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def joined(path: Path, *parts: list[clips.Picture], codec: str = "libx264") -> Path:
    """Parts of a recording, each with a clock of its own, joined as bytes."""
    written = [
        part(path.with_name(f"{number}{path.suffix}"), pictures, codec)
        for number, pictures in enumerate(parts)
    ]
    path.write_bytes(b"".join(each.read_bytes() for each in written))
    return path


JOINED = [(".ts", "libx264"), (".mpg", "mpeg2video"), (".mkv", "libx264"), (".vob", "mpeg2video")]
FLV_HEADER = 13
"""Bytes that stand before the first tag."""


class TestClock:
    @pytest.mark.parametrize(("suffix", "codec"), JOINED)
    def test_recordings_joined_as_bytes_are_one_after_the_other(
        self, tmp_path: Path, suffix: str, codec: str
    ) -> None:
        first, second = clips.scene(1, 6), clips.scene(2, 9)
        both = joined(tmp_path / f"both{suffix}", first, second, codec=codec)
        assert footage_of(both).duration == pytest.approx(15, abs=0.2)
        whole = clips.encode(tmp_path / "whole.mp4", first + second)
        match = clips.match_of(both, whole)
        assert match is not None
        assert match.kind is Kind.SAME

    @pytest.mark.parametrize(("suffix", "codec"), JOINED)
    def test_joined_recordings_that_share_only_their_first_part_are_no_copies(
        self, tmp_path: Path, suffix: str, codec: str
    ) -> None:
        intro = clips.scene(1, 3)
        one = joined(tmp_path / f"one{suffix}", intro, clips.scene(2, 9), codec=codec)
        other = joined(tmp_path / f"other{suffix}", intro, clips.scene(3, 9), codec=codec)
        assert clips.match_of(one, other) is None

    def test_flv_joined_without_its_second_header_is_read_to_its_end(self, tmp_path: Path) -> None:
        first, second = (
            part(tmp_path / f"{seed}.flv", clips.scene(seed, 6)).read_bytes() for seed in (1, 2)
        )
        path = tmp_path / "both.flv"
        path.write_bytes(first + second[FLV_HEADER:])
        assert footage_of(path).duration == pytest.approx(12, abs=0.3)

    def test_what_ffmpeg_does_not_read_of_a_joined_flv_is_no_evidence(self, tmp_path: Path) -> None:
        intro = part(tmp_path / "1.flv", clips.scene(1, 4))
        others = [part(tmp_path / f"{n}.flv", clips.scene(n, 8)) for n in (2, 3)]
        joins = [tmp_path / "one.flv", tmp_path / "other.flv"]
        for path, other in zip(joins, others, strict=True):
            path.write_bytes(intro.read_bytes() + other.read_bytes())
            assert clips.signed(path).readable == pytest.approx(1 / 3, abs=0.1)
        assert clips.match_of(*joins) is None

    @pytest.mark.parametrize(("suffix", "codec"), JOINED[:2])
    def test_a_long_joined_recording_is_read_to_its_end(
        self, tmp_path: Path, suffix: str, codec: str
    ) -> None:
        first, second = (clips.scene(seed, 32, width=64, height=48) for seed in (1, 2))
        both = joined(tmp_path / f"both{suffix}", first, second, codec=codec)
        footage = footage_of(both)
        assert footage.duration == pytest.approx(64, abs=0.3)
        assert footage.longest_gap() < 1

    @pytest.mark.parametrize("place", [0.2, 0.6, 0.99])
    @pytest.mark.parametrize("seconds", [3 * 3600, 300, -3])
    def test_one_stamp_that_is_far_off_moves_nothing(
        self, tmp_path: Path, place: float, seconds: float
    ) -> None:
        pictures = clips.scene(1, 4)
        clean = clips.encode(tmp_path / "clean.mp4", pictures)
        late = clips.with_stamp(clean, place, seconds)
        assert footage_of(late).duration == pytest.approx(4, abs=0.1)
        match = clips.match_of(clean, late)
        assert match is not None
        assert match.kind is Kind.SAME

    @pytest.mark.parametrize("count", [1, 2])
    def test_the_last_pictures_may_be_stamped_hours_late_too(
        self, tmp_path: Path, count: int
    ) -> None:
        times = [number / 24 for number in range(96)]
        times[-count:] = [7200 + time for time in times[-count:]]
        path = clips.encode_with_times(tmp_path / "late.mkv", clips.scene(1, 4), times)
        assert footage_of(path).duration == pytest.approx(4, abs=0.2)

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    @pytest.mark.parametrize("pause", [5, 20, 300])
    def test_a_long_pause_is_a_pause(self, tmp_path: Path, suffix: str, pause: float) -> None:
        times = [n / 24 for n in range(48)] + [2 + pause + n / 24 for n in range(48)]
        path = clips.encode_with_times(tmp_path / f"pause{suffix}", clips.scene(1, 4), times)
        footage = footage_of(path)
        assert footage.duration == pytest.approx(4 + pause, abs=0.1)
        assert footage.unread == ()


class TestStated:
    @pytest.mark.parametrize("says", [35, 36_000])
    def test_a_long_video_is_as_long_as_its_packets_whatever_its_header_says(
        self, tmp_path: Path, says: float
    ) -> None:
        path = clips.encode_film(tmp_path / "film.mkv", 60, key_frame_every=2)
        path.write_bytes(stating(path.read_bytes(), says))
        footage = footage_of(path)
        assert footage.duration == pytest.approx(60, abs=0.2)
        assert footage.frames[-1].time > 57
        assert footage.longest_gap() > 0.5  # it was visited, not decoded through

    def test_a_long_video_whose_header_says_it_is_short_is_read_to_its_end(
        self, tmp_path: Path
    ) -> None:
        path = clips.encode_film(tmp_path / "film.mkv", 80, key_frame_every=2)
        path.write_bytes(stating(path.read_bytes(), 5))
        footage = footage_of(path)
        assert footage.duration == pytest.approx(80, abs=0.2)
        assert footage.longest_gap() > 0.5

    def test_a_long_video_that_states_no_length_is_visited(self, tmp_path: Path) -> None:
        path = clips.encode_film(tmp_path / "film.mkv", 60, key_frame_every=2)
        data = path.read_bytes()
        path.write_bytes(data.replace(b"\x44\x89\x88", b"\xec\x89\x88", 1))  # a Void in its place
        footage = footage_of(path)
        assert footage.duration == pytest.approx(60, abs=0.2)
        assert footage.longest_gap() > 0.5


def stating(matroska: bytes, seconds: float) -> bytes:
    """A Matroska file with another duration in its header."""
    before, element, after = matroska.partition(b"\x44\x89\x88")
    return before + element + struct.pack(">d", seconds * 1000) + after[8:]


class TestUnread:
    """What cannot be decoded is no evidence, and is told."""

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi", ".flv", ".wmv", ".mpg"])
    def test_a_hole_of_zeros_is_not_read_and_the_file_is_no_copy_of_the_whole(
        self, tmp_path: Path, suffix: str
    ) -> None:
        path = part(tmp_path / f"clip{suffix}", clips.scene(1, 20), codec_for(suffix))
        clean = path.read_bytes()
        path.write_bytes(clips.blanked(clean, 0.1, 0.95))
        whole = tmp_path / f"whole{suffix}"
        whole.write_bytes(clean)
        assert clips.signed(whole).readable == 1
        assert clips.signed(path).readable < 0.4
        match = clips.match_of(path, whole)
        assert match is None or match.kind is not Kind.SAME

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".webm"])
    def test_a_hole_in_a_long_video_is_not_read(self, tmp_path: Path, suffix: str) -> None:
        shown = clips.scene(1, 40, width=64, height=48)
        path = part(tmp_path / f"clip{suffix}", shown, codec_for(suffix))
        assert clips.signed(path).readable == 1
        path.write_bytes(clips.blanked(path.read_bytes(), 0.3, 0.7))
        assert clips.signed(path).readable < 0.75
        between = clips.scene(2, 16, width=64, height=48)
        mixed = part(tmp_path / "mixed.mp4", [*shown[: 12 * 24], *between, *shown[28 * 24 :]])
        match = clips.match_of(path, mixed)  # at most for what was seen of both
        assert match is None or match.score < 0.75 or match.kind in (Kind.EXCERPT, Kind.RECUT)

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mpg"])
    def test_a_hole_of_other_bytes_is_one_too(self, tmp_path: Path, suffix: str) -> None:
        path = part(tmp_path / f"clip{suffix}", clips.scene(1, 20), codec_for(suffix))
        data = path.read_bytes()
        blank = clips.blanked(data, 0.2, 0.7)
        place, end = (next(n for n in r if data[n] != blank[n]) for r in both_ways(len(data)))
        noise = np.random.default_rng(1).bytes(end + 1 - place)
        path.write_bytes(data[:place] + noise + data[end + 1 :])
        assert clips.signed(path).readable < 0.7

    def test_a_small_hole_costs_no_more_than_what_it_hides(self, tmp_path: Path) -> None:
        path = clips.encode(tmp_path / "clip.mp4", clips.scene(1, 10))
        whole = tmp_path / "whole.mp4"
        whole.write_bytes(path.read_bytes())
        path.write_bytes(clips.blanked(path.read_bytes(), 0.7, 0.8))
        match = clips.match_of(path, whole)
        assert match is not None
        assert min(match.a_readable, match.b_readable) == pytest.approx(0.9, abs=0.07)
        assert max(match.a_readable, match.b_readable) == 1

    def test_an_mp4_that_was_cut_off_tells_what_it_misses(self, tmp_path: Path) -> None:
        path = clips.encode(tmp_path / "whole.mp4", clips.scene(1, 10))
        front = tmp_path / "front.mp4"
        with (
            av.open(str(path)) as container,
            av.open(str(front), "w", options={"movflags": "faststart"}) as copied,
        ):
            stream = copied.add_stream_from_template(container.streams.video[0])
            for packet in container.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    copied.mux(packet)
        data = front.read_bytes()
        front.write_bytes(data[: len(data) * 2 // 5])
        cut = clips.signed(front)
        assert cut.duration == pytest.approx(4, abs=1)
        assert cut.readable == pytest.approx(cut.duration / 10, abs=0.05)

    def test_a_signature_keeps_what_could_not_be_read(self) -> None:
        kept = signature.sign([], 10, unread=[(2.0, 4.5), (9.0, 10.0)])
        assert signature.Signature.from_bytes(kept.to_bytes()).unread == kept.unread
        assert kept.readable == pytest.approx(0.65)


def both_ways(count: int) -> tuple[range, range]:
    """From the first to the last, and back."""
    return range(count), range(count - 1, -1, -1)


def codec_for(suffix: str) -> str:
    return {".flv": "libx264", ".ts": "libx264"}.get(suffix) or clips.CODECS[suffix][0]


class TestDelays:
    """An animation that states no delay is shown at ten pictures a second, as browsers do."""

    @pytest.mark.parametrize("delay", [0, 10])
    @pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
    def test_a_delay_of_10_ms_or_less_is_100_ms(
        self, tmp_path: Path, suffix: str, delay: int
    ) -> None:
        path = animation(tmp_path / f"fast{suffix}", clips.scene(1, 4, fps=10), delay)
        assert footage_of(path).duration == pytest.approx(4, abs=0.01)

    @pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
    def test_a_delay_of_20_ms_is_one(self, tmp_path: Path, suffix: str) -> None:
        path = animation(tmp_path / f"fast{suffix}", clips.scene(1, 4, fps=10), 20)
        assert footage_of(path).duration == pytest.approx(0.8, abs=0.01)

    @pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
    def test_it_is_of_one_length_and_speed_with_its_video(
        self, tmp_path: Path, suffix: str
    ) -> None:
        pictures = clips.scene(1, 4, fps=10)
        match = clips.match_of(
            animation(tmp_path / f"fast{suffix}", pictures, 10),
            clips.encode(tmp_path / "made.mp4", pictures, fps=10),
        )
        assert match is not None
        assert match.kind is Kind.SAME
        assert match.longest.speed == pytest.approx(1, abs=0.03)


def animation(path: Path, pictures: list[clips.Picture], milliseconds: int) -> Path:
    first, *others = [Image.fromarray(picture) for picture in pictures]
    first.save(path, save_all=True, append_images=others, duration=20)
    data = path.read_bytes()
    if path.suffix == ".gif":  # the delay of a graphic control extension, in hundredths
        data = re.sub(
            rb"(\x21\xf9\x04.)\x02\x00", rb"\g<1>" + struct.pack("<H", milliseconds // 10), data
        )
        path.write_bytes(data)
        return path
    first.save(path, save_all=True, append_images=others, duration=milliseconds)
    return path


def on_clock(container: str, *packets: tuple[int, int]) -> list[int]:
    """Where packets of a GIF in such a container lie, given their stamps and durations in ms."""
    form = SimpleNamespace(name=container)
    stream = SimpleNamespace(
        container=SimpleNamespace(format=form),
        codec_context=SimpleNamespace(name="gif"),
        time_base=Fraction(1, 1000),
        average_rate=Fraction(10),
    )
    made = [
        SimpleNamespace(pts=stamp, dts=stamp, duration=length, size=1, is_keyframe=True)
        for stamp, length in packets
    ]
    return [packet.pts for packet in on_one_clock(made, stream)]


def test_only_a_file_of_an_animation_is_timed_by_its_delays() -> None:
    packets = [(0, 0), (40, 0), (80, 0)]
    assert on_clock("gif", *packets) == [0, 100, 200]
    assert on_clock("matroska,webm", *packets) == [0, 40, 80]


class TestSlideShows:
    """A picture that stays is seen as long as it stays."""

    @pytest.mark.parametrize("rate", [0.5, 1, 2, 3])
    @pytest.mark.parametrize("suffix", [".gif", ".mp4", ".webm"])
    def test_copies_of_one_length_are_the_same(
        self, tmp_path: Path, rate: float, suffix: str
    ) -> None:
        shown = [picture for seed in range(4) for picture in clips.scene(seed, 4, fps=1)]
        times = [number / rate for number in range(len(shown))]
        slow = clips.encode_with_times(tmp_path / "slow.mkv", shown, times)
        often = [picture for picture in shown for _ in range(round(12 / rate))]
        copy = clips.encode(tmp_path / f"copy{suffix}", [p[::2, ::2] for p in often], fps=12)
        match = clips.match_of(slow, copy)
        assert match is not None
        assert match.kind is Kind.SAME

    def test_a_copy_that_misses_pictures_is_trimmed(self, tmp_path: Path) -> None:
        shown = [picture for seed in range(5) for picture in clips.scene(seed, 4, fps=1)]
        whole, part_of_it = (
            clips.encode_with_times(tmp_path / name, some, [float(n) for n in range(len(some))])
            for name, some in (("whole.mkv", shown), ("part.mkv", shown[5:]))
        )
        match = clips.match_of(whole, part_of_it)
        assert match is not None
        assert match.kind is Kind.TRIMMED

    @pytest.mark.parametrize("interval", [0.125, 0.2, 0.2007, 0.25])
    def test_a_held_picture_is_kept_once_at_each_point_of_the_grid(self, interval: float) -> None:
        sampler = Sampler(interval, 1000, holds=True)
        for time in (0.0, 60.0):
            sampler.offer(time, lambda kept: Frame(kept, np.zeros((1, 1), np.uint8)))
        steps = np.diff([frame.time for frame in sampler.frames])
        assert steps == pytest.approx(interval, abs=interval / 2)

    def test_the_frames_of_a_held_picture_lie_on_the_grid(self, tmp_path: Path) -> None:
        times = [0.0, 0.1, 0.2, 3.2, 3.3]
        path = clips.encode_with_times(tmp_path / "held.mkv", clips.scene(1, 5, fps=1), times)
        frames = footage_of(path).frames
        assert np.diff([frame.time for frame in frames]).max() < 0.3
        held = [frame.image for frame in frames if 0.3 < frame.time < 3.1]
        assert all((image == held[0]).all() for image in held)


def test_a_joined_recording_is_found_with_an_excerpt_of_it(tmp_path: Path) -> None:
    first, second = (clips.scene(seed, seconds) for seed, seconds in ((1, 36), (2, 8)))
    both = joined(tmp_path / "both.ts", first, second)
    excerpt = clips.encode(tmp_path / "excerpt.mp4", first[: 16 * clips.FPS])
    match = clips.match_of(both, excerpt)
    assert match is not None
    assert match.kind is Kind.EXCERPT
