"""Which picture of a file is shown, and how: the track, the turn, the transparency, the shape."""

import gc
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import clips
import numpy as np
import pytest
from av.stream import Disposition
from numpy.typing import NDArray

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import NoMovingPicture
from hydrus_video_deduplicator.frames import Footage, read_frames, view
from hydrus_video_deduplicator.frames.orientation import Turn
from hydrus_video_deduplicator.match import Edit, Kind
from hydrus_video_deduplicator.matching import find_matches

NOTHING, DEFAULT = Disposition(0), Disposition.default


def footage_of(path: Path) -> Footage:
    with path.open("rb") as file:
        return read_frames(file, signature.schedule)


class TestTrack:
    FILM, OTHER = clips.scene(1, 3), clips.scene(2, 3)

    def shows_the_film(self, tmp_path: Path, path: Path) -> bool:
        film = clips.encode(tmp_path / "film.mp4", self.FILM)
        other = clips.encode(tmp_path / "other.mp4", self.OTHER)
        return (clips.match_of(path, film) is not None, clips.match_of(path, other)) == (True, None)

    def test_the_track_with_the_default_flag_is_shown(self, tmp_path: Path) -> None:
        path = clips.encode_with_tracks(
            tmp_path / "angles.mkv",
            [(self.OTHER, "libx264", NOTHING), (self.FILM, "libx264", DEFAULT)],
        )
        assert self.shows_the_film(tmp_path, path)

    def test_of_tracks_that_are_equal_the_first_is_shown(self, tmp_path: Path) -> None:
        path = clips.encode_with_tracks(
            tmp_path / "equal.mkv",
            [(self.FILM, "libx264", NOTHING), (self.OTHER, "libx264", NOTHING)],
        )
        assert self.shows_the_film(tmp_path, path)

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
    @pytest.mark.parametrize("flag", [NOTHING, DEFAULT])
    def test_a_film_is_shown_and_not_a_single_picture_before_it(
        self, tmp_path: Path, suffix: str, flag: Disposition
    ) -> None:
        path = clips.encode_with_tracks(
            tmp_path / f"poster{suffix}",
            [(self.OTHER[:1], "mjpeg", flag), (self.FILM, "libx264", DEFAULT)],
        )
        assert self.shows_the_film(tmp_path, path)

    def test_nothing_of_the_film_is_lost_behind_a_picture_before_it(self, tmp_path: Path) -> None:
        path = clips.encode_with_tracks(
            tmp_path / "poster.mkv",
            [(self.OTHER[:1], "mjpeg", NOTHING), (self.FILM, "libx264", DEFAULT)],
        )
        film = clips.encode(tmp_path / "film.mp4", self.FILM)
        assert len(footage_of(path).frames) == pytest.approx(len(footage_of(film).frames), abs=2)

    def test_a_cover_is_never_shown(self, tmp_path: Path) -> None:
        path = clips.encode_with_tracks(
            tmp_path / "covered.mp4",
            [(self.OTHER[:1], "mjpeg", Disposition.attached_pic), (self.FILM, "libx264", DEFAULT)],
        )
        assert self.shows_the_film(tmp_path, path)

    def test_a_track_that_is_switched_off_is_shown_last(self, tmp_path: Path) -> None:
        path = clips.encode_with_tracks(
            tmp_path / "off.mp4",
            [(self.OTHER, "libx264", DEFAULT), (self.FILM, "libx264", DEFAULT)],
        )
        data = bytearray(path.read_bytes())
        first = data.index(b"tkhd")
        data[first + 7] &= ~1  # the flag "enabled"
        path.write_bytes(data)
        assert self.shows_the_film(tmp_path, path)


ONE = 1 << 16
MATRICES = {
    "upright": ((ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), Turn()),
    "mirrored": ((-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), Turn(flipped_x=True)),
    "upside down": ((ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), Turn(flipped_y=True)),
    "half a turn": ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), Turn(False, True, True)),
    "quarter turn": ((0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), Turn(True, True, False)),
    "transposed": ((0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), Turn(True, False, False)),
    "zero": ((0, 0, 0, 0, 0, 0, 0, 0, 1 << 30), Turn()),
    "a line": ((ONE, ONE, 0, ONE, ONE, 0, 0, 0, 1 << 30), Turn()),
}


class TestMatrix:
    def test_no_large_picture_waits_for_the_garbage_collector(self, tmp_path: Path) -> None:
        path = clips.encode(tmp_path / "a.mp4", clips.scene(1, 2, width=320, height=240))
        gc.collect()
        gc.disable()
        try:
            footage_of(path)
            kept = [each for each in gc.get_objects() if isinstance(each, av.VideoFrame)]
        finally:
            gc.enable()
        assert all(picture.width < 320 for picture in kept)

    @pytest.mark.parametrize("name", MATRICES)
    def test_a_picture_is_shown_as_its_matrix_says_if_that_makes_sense(
        self, tmp_path: Path, name: str
    ) -> None:
        matrix, turn = MATRICES[name]
        pictures = clips.scene(1, 0.5)
        plain = footage_of(clips.encode(tmp_path / "plain.mp4", pictures)).stills[0].image
        path = clips.encode_with_matrix(tmp_path / "laid.mp4", pictures, matrix)
        shown = footage_of(path).stills[0].image
        wanted = turn.apply(plain)
        assert shown.shape == wanted.shape
        assert np.abs(shown.astype(float) - wanted).mean() < 2

    def test_a_file_that_is_shown_mirrored_is_no_mirrored_copy(self, tmp_path: Path) -> None:
        pictures = clips.scene(1, 3)
        stored = [picture[:, ::-1] for picture in pictures]
        plain = clips.encode(tmp_path / "plain.mp4", pictures)
        path = clips.encode_with_matrix(tmp_path / "laid.mp4", stored, MATRICES["mirrored"][0])
        match = clips.match_of(plain, path)
        assert match is not None
        assert Edit.MIRRORED not in match.edits


def sticker(seed: int, seconds: float = 2, laps: int = 1) -> list[NDArray[np.uint8]]:
    """Two coloured disks that move on a transparent ground, up and down so many times."""
    y, x = np.mgrid[0:96, 0:96]
    dice = np.random.default_rng(seed)
    colours, centres = dice.integers(40, 220, (2, 3)), dice.uniform(30, 66, (2, 2))
    pictures = []
    for number in range(round(seconds * clips.FPS)):
        picture = np.zeros((96, 96, 4), np.uint8)
        for disk, (colour, centre) in enumerate(zip(colours, centres, strict=True)):
            angle = 2 * np.pi * (number / seconds / clips.FPS + disk / 2)
            place = centre + 18 * np.array([np.cos(angle), np.sin(laps * angle)])
            inside = np.hypot(x - place[0], y - place[1]) < 14 + 6 * disk
            picture[inside] = [*colour, 255]
        pictures.append(picture)
    return pictures


def over(pictures: list[NDArray[np.uint8]], level: int) -> list[clips.Picture]:
    """A sticker over a plain ground."""
    return [np.where(p[..., 3:] > 0, p[..., :3], level).astype(np.uint8) for p in pictures]


KINDS = [("a.webp", ""), ("a.png", ""), ("a.avif", ""), ("a.gif", "")]
KINDS += [("vp9.webm", "libvpx-vp9"), ("vp8.webm", "libvpx")]


def are_paired(one: Path, other: Path) -> bool:
    """Whether a run pairs them, by any of their signatures."""
    signed = {}
    for name, path in (("one", one), ("other", other)):
        footage = footage_of(path)
        signed[name] = signature.sign(footage.frames, footage.duration)
        black = signature.sign(footage.over_black, footage.duration)
        if black.too_little is None:
            signed[name + signature.OVER_BLACK] = black
    return any(
        {signature.file_of(name) for name in match.pair} == {"one", "other"}
        for match in find_matches(signed, threshold=0.65)
    )


class TestTransparency:
    @pytest.mark.parametrize(("name", "codec"), KINDS)
    def test_what_is_transparent_is_shown_over_white(
        self, tmp_path: Path, name: str, codec: str
    ) -> None:
        path = clips.encode_sticker(tmp_path / name, sticker(1), codec)
        assert footage_of(path).stills[0].image[:4, :4].mean() > 245

    @pytest.mark.parametrize(("name", "codec"), KINDS)
    @pytest.mark.parametrize("level", [255, 0])
    def test_a_copy_over_white_or_black_is_found(
        self, tmp_path: Path, name: str, codec: str, level: int
    ) -> None:
        path = clips.encode_sticker(tmp_path / name, sticker(1), codec)
        copy = clips.encode(tmp_path / "copy.mp4", over(sticker(1), level))
        assert are_paired(path, copy)

    def test_another_sticker_is_not_found_over_any_ground(self, tmp_path: Path) -> None:
        path = clips.encode_sticker(tmp_path / "a.webp", sticker(1))
        for level in (0, 255):
            copy = clips.encode(tmp_path / f"{level}.mp4", over(sticker(2, laps=3), level))
            assert not are_paired(path, copy)

    def test_an_opaque_file_has_no_second_signature(self, tmp_path: Path) -> None:
        assert footage_of(clips.encode(tmp_path / "a.mp4", clips.scene(1, 1))).over_black == []
        assert (
            footage_of(clips.with_pillow(tmp_path / "a.webp", clips.scene(1, 1))).over_black == []
        )


@pytest.mark.parametrize("major", [b"mif1", b"msf1", b"avis"])
def test_an_avif_sequence_is_known_by_any_of_its_brands(tmp_path: Path, major: bytes) -> None:
    path = clips.encode_sticker(tmp_path / "a.avif", sticker(1))
    data = path.read_bytes()
    size = int.from_bytes(data[:4], "big")
    brands = {data[place : place + 4] for place in (8, *range(16, size, 4))}
    assert brands & {b"avif", b"avis"}
    path.write_bytes(data[:8] + major + data[12:])
    footage = footage_of(path)
    assert footage.duration == pytest.approx(2, abs=0.1)
    assert footage.over_black  # its transparency is in another track


def test_a_heif_sequence_is_shown_and_not_its_first_picture(tmp_path: Path) -> None:
    path = clips.encode_with_tracks(
        tmp_path / "sequence.mp4",
        [
            (clips.scene(2, 0.01), "libx265", DEFAULT),
            (clips.scene(1, 3), "libx265", DEFAULT),
        ],
    )
    data = path.read_bytes()
    place = data.index(b"ftyp") + 4
    path.write_bytes(data[:place] + b"hevc" + data[place + 4 :])
    film = clips.encode(tmp_path / "film.mp4", clips.scene(1, 3))
    match = clips.match_of(path, film)
    assert match is not None
    assert match.kind is Kind.SAME


def test_sound_with_a_cover_is_no_video_and_no_failure() -> None:
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        picture = clips.scene(1, 0.01, width=64, height=48)[0]
        container.mux(cover.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(cover.encode())
    with pytest.raises(NoMovingPicture):
        read_frames(file, signature.schedule)


@pytest.mark.parametrize("kind", ["mkv", "mp4"])
def test_so_is_sound_whose_cover_is_a_track_of_one_picture(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"song.{kind}"
    encode_with_sound(path, pictures=1, seconds=20)
    with path.open("rb") as file, pytest.raises(NoMovingPicture, match="only a cover"):
        read_frames(file, signature.schedule)


def test_two_pictures_with_sound_are_a_video(tmp_path: Path) -> None:
    path = tmp_path / "slides.mkv"
    encode_with_sound(path, pictures=2, seconds=20)
    with path.open("rb") as file:
        assert read_frames(file, signature.schedule).frames


def encode_with_sound(path: Path, pictures: int, seconds: float) -> None:
    """So many pictures at the start of a tone."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=clips.FPS)
        video.width, video.height = 160, 120
        audio = container.add_stream("aac", rate=8000, layout="mono")
        for picture in clips.scene(1, 1)[:pictures]:
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        tone = np.sin(np.arange(int(seconds * 8000)) / 3).astype(np.float32)
        for start in range(0, len(tone), 8000):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 8000], "fltp", "mono")
            frame.sample_rate, frame.pts = 8000, start
            container.mux(audio.encode(frame))
        container.mux(audio.encode())


@pytest.fixture
def anamorphic(tmp_path: Path) -> Path:
    """Pictures of 160×120 that are shown at 16:9."""
    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=clips.FPS)
        stream.width, stream.height = 160, 120
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for picture in clips.scene(1, 1):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_pictures_for_people_have_the_shape_that_a_player_shows(anamorphic: Path) -> None:
    with anamorphic.open("rb") as file:
        seen = view(file, [0.5])
    height, width, _ = seen.pictures[0].shape
    assert width / height == pytest.approx(16 / 9, abs=0.03)
    assert (seen.streams.width, seen.streams.height) == (160, 120)
    assert seen.streams.shown == (213, 120)
