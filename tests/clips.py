"""Clips that the tests make for themselves, beyond what `samples` can."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image
from tunes import RATE, Wave

from hydrus_video_deduplicator.samples import CODECS, FPS, Picture, encode, scene

__all__ = [
    "CODECS",
    "FPS",
    "encode",
    "encode_film",
    "encode_turned",
    "encode_with_sound",
    "encode_with_times",
    "scene",
    "with_pillow",
]


def with_pillow(path: Path, pictures: Sequence[Picture], fps: int = FPS) -> Path:
    """An animated WebP or an AVIF sequence."""
    first, *others = [Image.fromarray(picture) for picture in pictures]
    first.save(path, save_all=True, append_images=others, duration=1000 // fps, quality=80)
    return path


def encode_film(path: Path, seconds: float, key_frame_every: float) -> Path:
    """A small film with so many seconds from one key frame to the next."""
    codec, pixel_format = CODECS[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS, options={"sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        stream.codec_context.gop_size = round(key_frame_every * FPS)
        for picture in scene(1, seconds, width=64, height=48):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def without_key_frames(path: Path) -> Path:
    """A copy in which no picture is called a key frame, so that FFmpeg cannot seek (FLV)."""
    copy = path.with_stem(f"{path.stem} without key frames")
    with av.open(str(path)) as container, av.open(str(copy), "w") as copied:
        stream = copied.add_stream_from_template(container.streams.video[0])
        for packet in container.demux(video=0):
            if packet.dts is not None:
                packet.is_keyframe, packet.stream = False, stream
                copied.mux(packet)
    return copy


def encode_with_sound(
    path: Path, pictures: Sequence[Picture], wave: Wave, codec: str = "libx264"
) -> Path:
    """A video with sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.height, stream.width, _ = pictures[0].shape
        sound = container.add_stream("aac", rate=RATE)
        sound.layout = "mono"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
        frame = av.AudioFrame.from_ndarray(wave[None], "fltp", "mono")
        frame.rate, frame.pts = RATE, 0
        fitted = av.AudioResampler("fltp", "mono", RATE, frame_size=1024)
        for part in [*fitted.resample(frame), *fitted.resample(None), None]:
            container.mux(sound.encode(part))
    return path


def encode_with_times(path: Path, pictures: Sequence[Picture], times: Sequence[float]) -> Path:
    """A video with a time stamp in seconds for each picture."""
    clock = Fraction(1, 1000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.height, stream.width, _ = pictures[0].shape
        stream.codec_context.time_base = clock
        for picture, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def encode_turned(path: Path, pictures: Sequence[Picture], degrees: int) -> Path:
    """A video whose metadata tell the player to turn it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.height, stream.width, _ = pictures[0].shape
        stream.set_display_rotation(degrees)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
