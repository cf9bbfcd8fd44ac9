"""What people call codecs."""

NAMES = {
    "aac": "AAC",
    "ac3": "AC-3",
    "amr_nb": "AMR",
    "apng": "APNG",
    "av1": "AV1",
    "cook": "RealAudio",
    "dts": "DTS",
    "eac3": "E-AC-3",
    "flv1": "Sorenson H.263",
    "gif": "GIF",
    "h263": "H.263",
    "h264": "H.264",
    "hevc": "HEVC",
    "jpegxl": "JPEG XL",
    "mjpeg": "Motion JPEG",
    "mp2": "MP2",
    "mp3": "MP3",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4",
    "msmpeg4v1": "MS MPEG-4",
    "msmpeg4v2": "MS MPEG-4",
    "msmpeg4v3": "MS MPEG-4",
    "opus": "Opus",
    "prores": "ProRes",
    "rv30": "RealVideo",
    "rv40": "RealVideo",
    "theora": "Theora",
    "vc1": "VC-1",
    "vorbis": "Vorbis",
    "vp6f": "VP6",
    "vp8": "VP8",
    "vp9": "VP9",
    "webp": "WebP",
    "wmav1": "WMA",
    "wmav2": "WMA",
    "wmv1": "WMV 7",
    "wmv2": "WMV 8",
    "wmv3": "WMV 9",
}
"""By FFmpeg's names, those that are not only to be written in capitals."""


def codec_name(name: str) -> str:
    """The one spelling of a codec that FFmpeg calls so."""
    return "PCM" if name.startswith("pcm_") else NAMES.get(name, name.upper())
