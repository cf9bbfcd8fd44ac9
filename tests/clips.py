"""Clips that the tests make for themselves, beyond what `samples` can."""

import json
import struct
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray
from PIL import Image
from tunes import RATE, Wave

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.frames import read_frames
from hydrus_video_deduplicator.match import THRESHOLDS, Match
from hydrus_video_deduplicator.matching import find_matches
from hydrus_video_deduplicator.samples import CODECS, FPS, Picture, encode, scene
from hydrus_video_deduplicator.signature import Signature

__all__ = ["CODECS", "FPS", "encode", "scene"]


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


def encode_with_tracks(
    path: Path, tracks: Sequence[tuple[Sequence[Picture], str, Disposition]]
) -> Path:
    """A video of several tracks: pictures, encoder and flags of each, shown in parallel."""
    with av.open(str(path), "w") as container:
        streams = []
        for pictures, codec, disposition in tracks:
            stream = container.add_stream(codec, rate=FPS)
            stream.height, stream.width, _ = pictures[0].shape
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = disposition
            streams.append(stream)
        for number in range(max(len(pictures) for pictures, _, _ in tracks)):
            for stream, (pictures, _, _) in zip(streams, tracks, strict=True):
                if number < len(pictures):
                    frame = av.VideoFrame.from_ndarray(pictures[number], format="rgb24")
                    frame.pts, frame.time_base = number, Fraction(1, FPS)
                    container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    return path


def encode_with_matrix(path: Path, pictures: Sequence[Picture], matrix: Sequence[int]) -> Path:
    """An MP4 with the nine numbers of a display matrix, as they are stored."""
    encode(path, pictures)
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    data[place : place + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(data)
    return path


def with_stamp(path: Path, share: float, seconds: float) -> Path:
    """A copy of an MP4 in which one picture, at a share of the film, is shown so much later."""
    data = bytearray(path.read_bytes())
    table = data.index(b"ctts") + 8  # behind its version: how many entries, then those
    entries = int.from_bytes(data[table : table + 4], "big")
    place = table + 4 + 8 * int(entries * share) + 4
    units = int.from_bytes(data[(clock := data.index(b"mdhd") + 16) : clock + 4], "big")
    data[place : place + 4] = struct.pack(">i", round(seconds * units))
    copy = path.with_name(f"{path.stem} with a stamp.mp4")
    copy.write_bytes(data)
    return copy


def blanked(data: bytes, first: float, last: float) -> bytes:
    """With zeros between two shares of the pictures."""
    start = data.find(b"mdat") + 4
    place, end = (start + round((len(data) - start) * share) for share in (first, last))
    if b"moov" in data:
        end = min(end, data.index(b"moov") - 4)
    return data[:place] + bytes(end - place) + data[end:]


def encode_sticker(path: Path, pictures: Sequence[NDArray[np.uint8]], codec: str = "") -> Path:
    """Pictures with transparency, (height, width, 4); by Pillow, or by an encoder for WebM."""
    if not codec:
        first, *others = [Image.fromarray(picture) for picture in pictures]
        first.save(path, save_all=True, append_images=others, duration=1000 // FPS, disposal=2)
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS, options={"auto-alt-ref": "0"})
        stream.height, stream.width, _ = pictures[0].shape
        stream.pix_fmt = "yuva420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgba")))
        container.mux(stream.encode())
    return path


def ugoira(
    path: Path, pictures: Sequence[Picture], description: object = None, suffix: str = ".jpg"
) -> Path:
    """A zip of numbered pictures, with `animation.json` if there is a description."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, picture in enumerate(pictures):
            with archive.open(f"{number:06}{suffix}", "w") as file:
                Image.fromarray(picture).save(file, Image.registered_extensions()[suffix])
        if description is not None:
            archive.writestr("animation.json", json.dumps(description))
    return path


def signed(path: Path) -> Signature:
    """The signature of a file, as a run makes it."""
    with path.open("rb") as file:
        footage = read_frames(file, signature.schedule)
    return signature.sign(footage.frames, footage.duration, footage.unread)


def match_of(one: Path, other: Path, threshold: float = THRESHOLDS["normal"]) -> Match | None:
    """What a run finds of two files, at the score from which it posts."""
    return next(find_matches({"a": signed(one), "b": signed(other)}, threshold=threshold), None)
