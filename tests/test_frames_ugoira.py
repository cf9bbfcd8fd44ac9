"""Ugoira: what Hydrus calls one, and for how long it shows each picture (v681 and v682)."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import clips
import pytest
from PIL import Image

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import NoMovingPicture, UnreadableVideo
from hydrus_video_deduplicator.frames import Footage, read_frames, ugoira, view
from hydrus_video_deduplicator.match import Kind

PICTURES = clips.scene(1, 4, fps=1)
NAMES = [f"{number:06}.jpg" for number in range(4)]
DELAYS = [100, 50, 200, 250]
FRAMES = [{"file": name, "delay": delay} for name, delay in zip(NAMES, DELAYS, strict=True)]


def footage_of(path: Path) -> Footage:
    with path.open("rb") as file:
        return read_frames(file, signature.schedule)


def duration_of(tmp_path: Path, description: object) -> float:
    return footage_of(clips.ugoira(tmp_path / "a.zip", PICTURES, description)).duration


class TestDelays:
    @pytest.mark.parametrize(
        "description",
        [FRAMES, {"frames": FRAMES}, [{**frame, "md5": "x"} for frame in FRAMES]],
        ids=["a list", "frames", "more that is said"],
    )
    def test_stated_delays_are_those_of_the_pictures(
        self, tmp_path: Path, description: object
    ) -> None:
        assert duration_of(tmp_path, description) == pytest.approx(0.6)

    @pytest.mark.parametrize(
        "description",
        [
            None,
            {"ugokuIllustData": {"frames": FRAMES}},
            {"frames": None},
            [{"file": name, "delay": 0} for name in NAMES],
            [*FRAMES[:3], {"file": NAMES[3]}],
            [{"file": name, "delay": "100"} for name in NAMES],
            [],
        ],
        ids=["none", "Pixiv's own", "nothing", "all 0", "one missing", "texts", "empty"],
    )
    def test_without_usable_delays_each_picture_is_shown_for_125_ms(
        self, tmp_path: Path, description: object
    ) -> None:
        assert duration_of(tmp_path, description) == pytest.approx(4 * 0.125)

    def test_the_order_is_that_of_the_description(self, tmp_path: Path) -> None:
        slow = [{**frame, "delay": 500} for frame in FRAMES]
        plain = footage_of(clips.ugoira(tmp_path / "plain.zip", PICTURES, slow)).frames
        turned = footage_of(clips.ugoira(tmp_path / "turned.zip", PICTURES, slow[::-1])).frames
        assert (turned[0].image == plain[-1].image).all()
        assert (turned[-1].image == plain[0].image).all()

    def test_a_picture_that_is_missing_is_left_out(self, tmp_path: Path) -> None:
        more = [*FRAMES, {"file": "000004.jpg", "delay": 77}]
        assert duration_of(tmp_path, more) == pytest.approx(0.6)


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def jpeg() -> bytes:
    file = BytesIO()
    Image.fromarray(PICTURES[0]).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    "names",
    [
        ["0000.jpg", "0001.jpg"],
        ["000001.jpg", "000002.jpg"],
        ["000000.jpg", "000002.jpg"],
        ["000001.jpg", "000000.jpg"],
        ["000000.jpg", "000001.png"],
        ["000000.jpg", "000001.jpg", "readme.txt"],
        ["a/000000.jpg", "a/000001.jpg"],
        ["000000.jpg"],
        ["page.jpg", "cover.jpg"],
        [],
    ],
    ids=lambda names: " ".join(names) or "empty",
)
def test_another_zip_is_no_video_and_no_failure(tmp_path: Path, names: list[str]) -> None:
    path = zipped(tmp_path / "a.zip", dict.fromkeys(names, jpeg()))
    if names:
        with pytest.raises(NoMovingPicture, match="not a ugoira"):
            footage_of(path)
    else:
        with pytest.raises(UnreadableVideo):
            footage_of(path)


class TestBounds:
    """A zip is never unpacked to disk, and costs at most the file."""

    def test_a_picture_that_unpacks_to_more_than_the_bound_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ugoira, "MOST_BYTES", 1000)
        path = clips.ugoira(tmp_path / "a.zip", PICTURES, FRAMES)
        with pytest.raises(UnreadableVideo, match="in the zip is larger than"):
            footage_of(path)

    def test_a_description_that_unpacks_to_more_than_the_bound_is_refused(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("animation.json", b" " * (ugoira.MOST_DESCRIBED + 1))
        with pytest.raises(UnreadableVideo, match="larger than"):
            footage_of(path)

    def test_too_many_files_are_no_ugoira(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ugoira, "MOST_PICTURES", 3)
        with pytest.raises(NoMovingPicture):
            footage_of(clips.ugoira(tmp_path / "a.zip", PICTURES, FRAMES))

    def test_a_picture_of_too_many_pixels_is_refused(self, tmp_path: Path) -> None:
        file = BytesIO()
        Image.new("1", (9000, 9000)).save(file, "PNG")
        path = zipped(
            tmp_path / "a.zip",
            {
                "a.png": file.getvalue(),
                "animation.json": json.dumps([{"file": "a.png", "delay": 9}]).encode(),
            },
        )
        with pytest.raises(UnreadableVideo, match="too large"):
            footage_of(path)

    @pytest.mark.parametrize("length", [4, 30, 1000])
    def test_a_zip_that_was_cut_off_is_unreadable_with_a_reason(
        self, tmp_path: Path, length: int
    ) -> None:
        path = clips.ugoira(tmp_path / "a.zip", PICTURES, FRAMES)
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(UnreadableVideo, match=r"\w"):
            footage_of(path)


def test_a_ugoira_and_the_video_made_of_it_are_the_same(tmp_path: Path) -> None:
    pictures = clips.scene(1, 4, fps=8)
    described = [{"file": f"{n:06}.png", "delay": 125} for n in range(len(pictures))]
    path = clips.ugoira(tmp_path / "a.zip", pictures, described, suffix=".png")
    match = clips.match_of(path, clips.encode(tmp_path / "a.mp4", pictures, fps=8))
    assert match is not None
    assert match.kind is Kind.SAME


def test_people_see_its_pictures_too(tmp_path: Path) -> None:
    path = clips.ugoira(tmp_path / "a.zip", PICTURES, FRAMES)
    with path.open("rb") as file:
        seen = view(file, [0.0, 0.2, 9.0])
    assert len(seen.pictures) == 3
    assert (seen.streams.width, seen.streams.height, seen.streams.codec) == (160, 120, "mjpeg")
    assert seen.streams.frame_rate == pytest.approx(4 / 0.6)
