"""Files that harm a program that trusts them; most are a few bytes written by hand."""

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path

import av
import clips
import numpy as np
from PIL import Image

HUGE = 16_384
"""Pixels of a side."""

MANY = 100_000
"""Pictures."""


def mp4(folder: Path) -> bytes:
    return clips.encode(folder / "whole.mp4", clips.scene(1, 1.5, 12)).read_bytes()


def mkv(folder: Path) -> bytes:
    return clips.encode(folder / "whole.mkv", clips.scene(1, 1.5, 12)).read_bytes()


def gif(folder: Path) -> bytes:
    return clips.encode(folder / "whole.gif", clips.scene(1, 1.5, 12), 12).read_bytes()


def webp(folder: Path) -> bytes:
    return clips.with_pillow(folder / "whole.webp", clips.scene(1, 1.5, 12), 12).read_bytes()


def avif(folder: Path) -> bytes:
    return clips.with_pillow(folder / "whole.avif", clips.scene(1, 1.5, 12), 12).read_bytes()


WHOLE: dict[str, Callable[[Path], bytes]] = {
    "mp4": mp4,
    "mkv": mkv,
    "gif": gif,
    "webp": webp,
    "avif": avif,
}


def nothing(_: Path) -> bytes:
    return b""


def only_sound(folder: Path) -> bytes:
    return _muxed(folder / "sound.mkv", pictures=None).read_bytes()


def sound_with_a_cover(folder: Path) -> bytes:
    return _muxed(folder / "covered.mp4", pictures="mjpeg", is_cover=True).read_bytes()


def one_picture(folder: Path) -> bytes:
    return clips.encode(folder / "one.mp4", clips.scene(1, 0.01)).read_bytes()


def many_tiny_pictures(_: Path) -> bytes:
    return _gif(1, 1, [_gif_picture(delay=4)] * MANY)


def endless_gif(folder: Path) -> bytes:
    """It says that it is to be shown again for ever."""
    path = folder / "endless.gif"
    first, *others = [Image.fromarray(picture) for picture in clips.scene(1, 1, 12)]
    first.save(path, save_all=True, append_images=others, duration=80, loop=0)
    return path.read_bytes()


def huge_gif(_: Path) -> bytes:
    return _gif(65_535, 65_535, [_gif_picture(delay=4)] * 2)


def huge_apng(_: Path) -> bytes:
    return png(HUGE, HUGE, frames=2)


def huge_picture_in_a_video(folder: Path) -> bytes:
    """A PNG of 1 MB in a container that says it is of 64×64 pixels."""
    return _with_packets(folder / "huge.mov", "png", [png(HUGE, HUGE)] * 2).read_bytes()


def growing_picture_in_a_video(folder: Path) -> bytes:
    """The first picture is small."""
    packets = [png(64, 64), png(HUGE, HUGE)]
    return _with_packets(folder / "grow.mov", "png", packets).read_bytes()


def huge_webp(folder: Path) -> bytes:
    """Small pictures on a canvas of a gigabyte."""
    data = bytearray(webp(folder))
    place = data.index(b"VP8X") + 12
    data[place : place + 6] = (HUGE - 2).to_bytes(3, "little") * 2
    return bytes(data)


def packed_text(_: Path) -> bytes:
    """A comment of 500 MB in 2 MB."""
    text = b"Comment\0\0" + _packed(bytes(1 << 20), 500)
    return png(64, 64, frames=2, more=_png_chunk(b"zTXt", text))


def absurd_duration(folder: Path) -> bytes:
    """The header says 136 years."""
    data = bytearray(mp4(folder))
    for box, place in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        start = data.index(box) + place
        data[start : start + 4] = b"\xff" * 4
    return bytes(data)


def absurd_times(folder: Path) -> bytes:
    """Its second picture is shown after 190 years."""
    times = [0.0, *(6e9 + number / 12 for number in range(11))]
    path = clips.encode_with_times(folder / "late.mkv", clips.scene(1, 1, 12), times)
    return path.read_bytes()


def negative_times(folder: Path) -> bytes:
    times = [number / 12 - 50 for number in range(12)]
    path = clips.encode_with_times(folder / "early.mp4", clips.scene(1, 1, 12), times)
    return path.read_bytes()


def times_that_run_backwards(folder: Path) -> bytes:
    pictures = [_jpeg(picture) for picture in clips.scene(1, 2, 12)]
    packets = _with_packets(folder / "back.mkv", "mjpeg", pictures, backwards=True)
    return packets.read_bytes()


def large_attachment(folder: Path) -> bytes:
    path = folder / "attached.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height = 160, 120
        attached = np.random.default_rng(1).bytes(32 << 20)
        container.add_attachment("font.ttf", "application/x-truetype-font", attached)
        for picture in clips.scene(1, 1, 12):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path.read_bytes()


def large_subtitles(folder: Path) -> bytes:
    path, said = folder / "said.mkv", folder / "said.srt"
    said.write_text("1\n00:00:00,000 --> 00:00:01,000\nAll work and no play.\n")
    with av.open(str(path), "w") as container, av.open(str(said)) as lines:
        video = container.add_stream("libx264", rate=12)
        video.width, video.height = 160, 120
        text = container.add_stream_from_template(lines.streams.subtitles[0])
        for picture in clips.scene(1, 1, 12):
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        for number in range(4):
            line = av.Packet(b"All work and no play. " * 400_000)
            line.stream, line.time_base = text, Fraction(1, 1000)
            line.pts = line.dts = number * 200
            line.duration = 200
            container.mux(line)
    return path.read_bytes()


def unknown_codec(folder: Path) -> bytes:
    """A kind of video that there is no decoder for."""
    data = clips.encode(folder / "unknown.avi", clips.scene(1, 1, 12), 12).read_bytes()
    return data.replace(b"FMP4", b"\0Zz?")


def of_no_duration(folder: Path) -> bytes:
    """A picture that lasts for 0 s, in a file that says it lasts for 0 s."""
    path = clips.encode(folder / "one.apng", clips.scene(1, 0.01))
    return path.read_bytes()


def stream_that_begins_on_the_way(folder: Path) -> bytes:
    """MPEG-TS with a stream that the first program map does not have."""
    alone = _muxed(folder / "a.ts", pictures="libx264", has_sound=False).read_bytes()
    both = _muxed(folder / "b.ts", pictures="libx264").read_bytes()
    return alone * 60 + both


# --- what they are made of


def png(width: int, height: int, frames: int = 1, more: bytes = b"") -> bytes:
    """White; with more frames than one, an APNG."""
    pixels = _packed(b"\0" + b"\xff" * width, height)
    size = struct.pack(">II", width, height)
    chunks = [_png_chunk(b"IHDR", size + bytes([8, 0, 0, 0, 0]))]
    if frames > 1:
        chunks.append(_png_chunk(b"acTL", struct.pack(">II", frames, 0)))
    chunks.append(more)
    number = 0
    for frame in range(frames):
        if frames > 1:
            control = struct.pack(">I", number) + size + struct.pack(">IIHHBB", 0, 0, 1, 12, 0, 0)
            chunks.append(_png_chunk(b"fcTL", control))
            number += 1
        if frame == 0:
            chunks.append(_png_chunk(b"IDAT", pixels))
        else:
            chunks.append(_png_chunk(b"fdAT", struct.pack(">I", number) + pixels))
            number += 1
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _png_chunk(b"IEND", b"")


@cache
def _packed(data: bytes, times: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(data) for _ in range(times)), packer.flush()])


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _gif(width: int, height: int, pictures: list[bytes]) -> bytes:
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    return b"GIF89a" + screen + b"\0\0\0\xff\xff\xff" + b"".join(pictures) + b";"


def _gif_picture(delay: int) -> bytes:
    """Of one pixel, for `delay` hundredths of a second."""
    control = b"!\xf9\x04\0" + struct.pack("<H", delay) + b"\0\0"
    return control + b",\0\0\0\0\x01\0\x01\0\0" + b"\x02\x02\x44\x01\0"


def _jpeg(picture: clips.Picture) -> bytes:
    data = BytesIO()
    Image.fromarray(picture).save(data, "JPEG")
    return data.getvalue()


def _with_packets(path: Path, codec: str, packets: list[bytes], backwards: bool = False) -> Path:
    """A video of pictures that no encoder of FFmpeg has made."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=12)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
        for number, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 12)
            packet.dts = number
            packet.pts = 2 * len(packets) - number if backwards else number
            packet.is_keyframe = True
            container.mux(packet)
    return path


def _muxed(
    path: Path, pictures: str | None, is_cover: bool = False, has_sound: bool = True
) -> Path:
    with av.open(str(path), "w") as container:
        video = None
        if pictures is not None:
            video = container.add_stream(pictures, rate=12)
            video.width, video.height = 160, 120
            video.pix_fmt = "yuvj420p" if pictures == "mjpeg" else "yuv420p"
            if is_cover:
                video.disposition = av.stream.Disposition.attached_pic
        sound = container.add_stream("aac", rate=8000) if has_sound else None
        if sound is not None:
            sound.layout = "mono"
        if video is not None:
            for picture in clips.scene(1, 0.01 if is_cover else 1, 12):
                container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(video.encode())
        if sound is not None:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.float32), "fltp", "mono")
            frame.rate, frame.pts = 8000, 0
            fitted = av.AudioResampler("fltp", "mono", 8000, frame_size=1024)
            for part in [*fitted.resample(frame), *fitted.resample(None), None]:
                container.mux(sound.encode(part))
    return path
