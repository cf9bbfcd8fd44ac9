"""What wraps the streams of a file: its container, told by its first bytes and not by its name."""

from dataclasses import dataclass

HEAD_BYTES = 256
"""Bytes of a file that tell its container."""

EBML = b"\x1a\x45\xdf\xa3"
PNG = b"\x89PNG\r\n\x1a\n"
JPEG_XL = b"\xff\x0a", b"\x00\x00\x00\x0cJXL "
ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of container. mime: how a browser knows it."""

    name: str
    mime: str


UNKNOWN = Container("", "application/octet-stream")

STARTS: tuple[tuple[int, bytes, Container], ...] = (
    (0, b"GIF8", Container("GIF", "image/gif")),
    (0, PNG, Container("APNG", "image/apng")),
    (0, JPEG_XL[0], Container("JPEG XL", "image/jxl")),
    (0, JPEG_XL[1], Container("JPEG XL", "image/jxl")),
    (8, b"WEBP", Container("WebP", "image/webp")),
    (8, b"AVI ", Container("AVI", "video/x-msvideo")),
    (0, ASF, Container("ASF", "video/x-ms-asf")),
    (0, b"FLV", Container("FLV", "video/x-flv")),
    (0, b".RMF", Container("RealMedia", "application/vnd.rn-realmedia")),
    (0, b"OggS", Container("Ogg", "video/ogg")),
    (0, b"\x00\x00\x01\xba", Container("MPEG-PS", "video/mpeg")),
    (0, b"\x00\x00\x01\xb3", Container("MPEG", "video/mpeg")),
    (0, b"\x47", Container("MPEG-TS", "video/mp2t")),
    (4, b"\x47", Container("M2TS", "video/mp2t")),
    (0, b"PK\x03\x04", Container("ZIP", "application/zip")),
    (4, b"ftypqt", Container("MOV", "video/quicktime")),
    (4, b"ftypavi", Container("AVIF", "image/avif")),
    (4, b"ftyphe", Container("HEIF", "image/heif")),
    (4, b"ftypmsf1", Container("HEIF", "image/heif")),
    (4, b"ftyp3g", Container("3GP", "video/3gpp")),
    (4, b"ftyp", Container("MP4", "video/mp4")),
    (4, b"moov", Container("MOV", "video/quicktime")),
    (4, b"mdat", Container("MOV", "video/quicktime")),
    (4, b"wide", Container("MOV", "video/quicktime")),
)
"""Position, bytes that stand there, and what that means; the first that fits counts."""


def container_of(head: bytes) -> Container:
    """The container of a file that begins with these bytes, `HEAD_BYTES` of it."""
    if head.startswith(EBML):
        is_webm = b"webm" in head
        return Container(*(("WebM", "video/webm") if is_webm else ("MKV", "video/x-matroska")))
    fitting = (kind for at, start, kind in STARTS if head[at : at + len(start)] == start)
    return next(fitting, UNKNOWN)
