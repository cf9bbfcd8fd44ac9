"""Sound as a second witness: which sounds are the same, which are shifted, which are others."""

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest
from tunes import RATE, SECONDS, Wave, tune

from hydrus_video_deduplicator.match import Sound, SoundVerdict
from hydrus_video_deduplicator.sound import Soundprint, compare_sound, decoding, read_soundprint
from hydrus_video_deduplicator.sound.soundprint import BYTES_A_MINUTE

Edit = Callable[[Wave], Wave]

FPS = 10

CODECS = {
    ".mp4": "aac",
    ".mkv": "flac",
    ".webm": "libopus",
    ".avi": "libmp3lame",
    ".mov": "pcm_s16le",
}


def hush(seconds: float) -> Wave:
    return np.zeros(round(seconds * RATE), np.float32)


def hum(seconds: float = SECONDS) -> Wave:
    times = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def write(
    path: Path, wave: Wave, layout: str = "mono", pictures_at: float | None = None, at: float = 0.0
) -> Path:
    """A file in which the sound starts at the second `at`, and pictures, if any, at another."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(CODECS[path.suffix], rate=RATE)
        sound.layout = layout
        if pictures_at is not None:
            write_pictures(container, round(pictures_at * FPS))
        samples = (np.clip(wave, -1, 1) * 32767).astype(np.int16)
        samples = np.repeat(samples, sound.codec_context.layout.nb_channels)
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", layout)
        frame.rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), round(at * RATE)
        fitted = av.AudioResampler(
            sound.format, sound.layout, sound.rate, frame_size=sound.frame_size or 1024
        )
        for part in [*fitted.resample(frame), *fitted.resample(None), None]:
            container.mux(sound.encode(part))
    return path


def write_pictures(container: av.container.OutputContainer, first: int) -> None:
    stream = container.add_stream("libx264", rate=FPS)
    stream.width = stream.height = 32
    for number in range(FPS):
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
        picture.pts, picture.time_base = first + number, Fraction(1, FPS)
        container.mux(stream.encode(picture))
    container.mux(stream.encode())


def read(path: Path) -> Soundprint:
    with path.open("rb") as file:
        found = read_soundprint(file)
    assert found is not None
    return found


@pytest.fixture
def heard(tmp_path: Path) -> Callable[[Wave], Soundprint]:
    return lambda wave: read(write(tmp_path / "heard.mov", wave))


def verdict(
    a: Soundprint, b: Soundprint, later: float = 0.0, speed: float = 1.0, seconds: float = SECONDS
) -> SoundVerdict | None:
    """The verdict where the pictures of B lie `later` seconds later."""
    return compare_sound(a, b, (0, seconds), (later, later + speed * seconds), speed)


def judged(found: SoundVerdict | None) -> Sound | None:
    return found.sound if found else None


# --- which edits of a sound are the same


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_a_sound_is_the_same_in_every_codec(tmp_path: Path, suffix: str, layout: str) -> None:
    original = read(write(tmp_path / "original.mov", tune(1)))
    copy = read(write(tmp_path / f"copy{suffix}", tune(1), layout))
    assert judged(verdict(original, copy)) is Sound.SAME


def treble(wave: Wave) -> Wave:
    return np.convolve(wave, [1, -0.9])[: len(wave)].astype(np.float32)


def echo(wave: Wave) -> Wave:
    return wave + 0.4 * np.concatenate([hush(0.06), wave])[: len(wave)]


def hiss(wave: Wave) -> Wave:
    return wave + np.random.default_rng(0).normal(0, 0.01, len(wave)).astype(np.float32)


def fade(wave: Wave) -> Wave:
    return wave * np.linspace(1, 0.1, len(wave), dtype=np.float32)


def partly_muted(wave: Wave) -> Wave:
    return np.where(np.arange(len(wave)) < len(wave) * 2 / 3, wave, np.float32(0))


def voice_over(wave: Wave) -> Wave:
    return 0.1 * wave + tune(99)


EDITS: list[tuple[str, Edit, Sound | None]] = [
    ("20 dB quieter", lambda wave: 0.1 * wave, Sound.SAME),
    ("10 dB louder, clipped", lambda wave: 3.2 * wave, Sound.SAME),
    ("treble raised", treble, Sound.SAME),
    ("with an echo", echo, Sound.SAME),
    ("with hiss", hiss, Sound.SAME),
    ("faded out", fade, Sound.SAME),
    ("muted for a third of the time", partly_muted, Sound.SAME),
    ("0.2 s out of step", lambda wave: np.concatenate([hush(0.2), wave]), Sound.SAME),
    ("3 s late", lambda wave: np.concatenate([hush(3), wave]), Sound.SHIFTED),
    ("2 s early", lambda wave: wave[2 * RATE :], Sound.SHIFTED),
    ("other music", lambda _: tune(2), Sound.OTHER),
    ("other music, loud over this", voice_over, Sound.OTHER),
    ("backwards", lambda wave: wave[::-1], Sound.OTHER),
    ("a whole tone higher", lambda _: tune(1, pitch=2 ** (2 / 12)), Sound.SAME),
    ("muted", lambda wave: 0 * wave, None),
    ("inaudible", lambda wave: 1e-4 * wave, None),
    ("a steady hum", lambda _: hum(), None),
    ("muted but for 3 s", lambda wave: wave[: 3 * RATE], None),
]


@pytest.mark.parametrize(
    ("edit", "says"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS]
)
def test_what_an_edit_makes_of_a_sound(
    heard: Callable[[Wave], Soundprint], edit: Edit, says: Sound | None
) -> None:
    original, edited = heard(tune(1)), heard(edit(tune(1)))
    assert judged(verdict(original, edited)) is says


@pytest.mark.parametrize("faster", [0.8, 0.9, 1.1, 1.25])
@pytest.mark.parametrize("pitch", ["kept", "changed"])
def test_a_sound_is_the_same_at_another_speed(
    heard: Callable[[Wave], Soundprint], faster: float, pitch: str
) -> None:
    original = heard(tune(1))
    edited = heard(tune(1, speed=faster, pitch=faster if pitch == "changed" else 1.0))
    assert judged(verdict(original, edited, speed=1 / faster)) is Sound.SAME
    assert judged(verdict(edited, original, speed=faster, seconds=SECONDS / faster)) is Sound.SAME


def test_a_sound_left_at_its_speed_under_faster_pictures_is_not_the_same(
    heard: Callable[[Wave], Soundprint],
) -> None:
    original = heard(tune(1))
    assert judged(verdict(original, original, speed=0.8)) is Sound.OTHER


def test_an_excerpt_is_the_same_where_its_pictures_lie(heard: Callable[[Wave], Soundprint]) -> None:
    whole, excerpt = heard(tune(3, 30)), heard(tune(3, 30)[10 * RATE : 20 * RATE])
    assert judged(verdict(excerpt, whole, later=10, seconds=10)) is Sound.SAME
    assert judged(compare_sound(whole, excerpt, (10, 20), (0, 10), 1.0)) is Sound.SAME


def test_a_shift_tells_by_how_much_the_sound_is_late(heard: Callable[[Wave], Soundprint]) -> None:
    original, late = heard(tune(1)), heard(np.concatenate([hush(3), tune(1)]))
    for found, shift in [(verdict(original, late), 3), (verdict(late, original), -3)]:
        assert found is not None
        assert found.shift == pytest.approx(shift, abs=0.2)


def test_unrelated_music_of_one_scale_and_pulse_is_never_the_same(
    heard: Callable[[Wave], Soundprint],
) -> None:
    prints = [heard(tune(seed)) for seed in range(2, 8)]
    found = {
        judged(verdict(a, b, speed=speed))
        for a, b in combinations(prints, 2)
        for speed in (0.8, 1.0)
    }
    assert found <= {Sound.OTHER, None}


# --- the clock is that of the pictures


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize(("pictures_at", "at"), [(0.0, 0.0), (0.0, 2.0), (2.0, 0.0)])
def test_time_starts_with_the_first_picture(
    tmp_path: Path, suffix: str, pictures_at: float, at: float
) -> None:
    beep = np.concatenate([hush(3), hum(1), hush(1)])
    path = write(tmp_path / f"late{suffix}", beep, pictures_at=pictures_at, at=at)
    first = np.flatnonzero(read(path).audible)[0] / 8
    assert first == pytest.approx(3 + at - pictures_at, abs=0.2)


# --- files of any kind


def test_a_file_without_sound_has_no_soundprint(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    with av.open(str(path), "w") as container:
        write_pictures(container, 0)
    assert read_soundprint(BytesIO(path.read_bytes())) is None


@pytest.mark.parametrize("data", [b"", b"no video", b"#EXTM3U\n/etc/passwd\n", bytes(5000)])
def test_what_is_no_video_has_no_soundprint(data: bytes) -> None:
    assert read_soundprint(BytesIO(data)) is None


def test_a_truncated_sound_is_the_same_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.mkv", tune(1)).read_bytes()
    found = read_soundprint(BytesIO(whole[: len(whole) * 3 // 4]))
    assert found is not None
    assert 5 < found.duration < SECONDS - 1
    assert judged(verdict(read(tmp_path / "whole.mkv"), found)) is Sound.SAME


def test_a_sound_with_broken_packets_is_the_same(tmp_path: Path) -> None:
    data = bytearray(write(tmp_path / "whole.avi", tune(1)).read_bytes())
    for place in np.random.default_rng(0).integers(1000, len(data), 20):
        data[place] ^= 0xFF
    found = read_soundprint(BytesIO(bytes(data)))
    assert found is not None
    assert judged(verdict(read(tmp_path / "whole.avi"), found)) is Sound.SAME


def test_sound_is_decoded_no_longer_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "LONGEST_SECONDS", 4)
    assert read(write(tmp_path / "long.mov", tune(1))).duration == pytest.approx(4, abs=0.6)
    far = write(tmp_path / "far.mkv", tune(1), pictures_at=0.0, at=90_000.0)
    assert read(far).duration == pytest.approx(4, abs=0.6)


# --- bytes


def test_a_soundprint_is_what_its_bytes_say(heard: Callable[[Wave], Soundprint]) -> None:
    found = heard(tune(1))
    assert Soundprint.from_bytes(found.to_bytes()) == found
    assert found.duration == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize(
    "data", [b"", b"abc", Soundprint(np.zeros((2, 12), np.uint8)).to_bytes()[:-1]]
)
def test_bytes_that_are_no_soundprint_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a soundprint"):
        Soundprint.from_bytes(data)


def test_the_noisiest_minute_fits_its_bytes() -> None:
    levels = np.random.default_rng(0).integers(0, 16, (60 * 8, 12)).astype(np.uint8)
    assert len(Soundprint(levels).to_bytes()) <= BYTES_A_MINUTE
