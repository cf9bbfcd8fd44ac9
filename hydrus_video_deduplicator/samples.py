"""Make sample clips, to try the program without a video at hand.

    python -m hydrus_video_deduplicator.samples DIR

writes three short made-up films and edited copies of two of them.
"""

import argparse
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""uint8 array of shape (height, width, 3), RGB."""

CODECS = {
    ".mp4": ("libx264", "yuv420p"),
    ".mov": ("libx264", "yuv420p"),
    ".mkv": ("libx264", "yuv420p"),
    ".webm": ("libvpx-vp9", "yuv420p"),
    ".avi": ("mpeg4", "yuv420p"),
    ".flv": ("flv", "yuv420p"),
    ".wmv": ("wmv2", "yuv420p"),
    ".ogv": ("libvpx", "yuv420p"),
    ".mpg": ("mpeg2video", "yuv420p"),
    ".gif": ("gif", "rgb8"),
    ".apng": ("apng", "rgb24"),
}
"""Encoder and pixel format for each file name's suffix."""

FPS = 24


def scene(
    seed: int, seconds: float = 4, fps: int = FPS, width: int = 160, height: int = 120
) -> list[Picture]:
    """The pictures of a film that no other seed has: coloured patches that drift.

    Every second the film cuts to another shot.
    """
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    pictures = []
    for number in range(max(1, round(seconds * fps))):
        time = number / fps
        shot = np.random.default_rng([seed, int(time)])
        picture = np.zeros((height, width, 3))
        for _ in range(12):
            colour, place, drift = shot.random(3), shot.random(2), shot.random(2) - 0.5
            size = shot.uniform(0.05, 0.3)
            centre_x, centre_y = place + drift * (time % 1)
            patch = np.hypot(x - centre_x, y - centre_y) < size
            patch |= abs(x - centre_y) + abs(y - centre_x) < size / 2
            picture[patch] = picture[patch] * 0.3 + colour * 0.7
        wave_x, wave_y = shot.uniform(5, 40, 2)
        ripple = 0.08 * np.sin(x * wave_x + y * wave_y + 3 * time)
        pictures.append(((picture + ripple[..., None]).clip(0, 1) * 255).astype(np.uint8))
    return pictures


SAME_BYTES = {"x264-params": "asm=0:threads=1"}
"""Several threads, or on some processors the assembly code of x264, make other bytes each time."""


def encode(
    path: Path,
    pictures: Sequence[Picture],
    fps: int = FPS,
    options: Mapping[str, str] | None = None,
) -> Path:
    """Write the pictures as a video of the kind that the suffix of `path` names.

    options: of the encoder. On one machine, `SAME_BYTES` makes the same of the same pictures.
    """
    codec, pixel_format = CODECS[path.suffix]
    height, width, _ = pictures[0].shape
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=fps, options=dict(options or {}))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def make_samples(folder: Path) -> list[Path]:
    """Write the sample clips into `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    first, second, third = (scene(seed, seconds=6) for seed in (1, 2, 3))
    with_x264 = partial(encode, options=SAME_BYTES)
    return [
        with_x264(folder / "first.mp4", first),
        encode(folder / "first in small.webm", [picture[::2, ::2] for picture in first]),
        with_x264(folder / "first mirrored.mkv", [picture[:, ::-1] for picture in first]),
        with_x264(folder / "second.mp4", second),
        with_x264(folder / "second trimmed.mp4", second[FPS:]),
        encode(folder / "second as animation.gif", second[::2], FPS // 2),
        with_x264(folder / "third.mp4", third),
    ]


def main() -> None:
    """Write the sample clips into the folder given on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m hydrus_video_deduplicator.samples", description="Make sample clips."
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    for path in make_samples(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
