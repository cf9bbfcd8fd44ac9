#!/usr/bin/env bash
# FFmpeg lists a WebP decoder that shows nothing of an animated WebP.
#
# av 18.1.0 (FFmpeg 8.1), Pillow 13.0.0.
# What it does: both read an animated WebP of four pictures.
# Seen:
#   Pillow: 4 pictures
#   FFmpeg: 0 pictures, InvalidDataError
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import av
from PIL import Image

assert "webp" in av.codecs_available
pictures = [Image.new("RGB", (64, 48), (60 * i, 90, 200)) for i in range(4)]
pictures[0].save("a.webp", save_all=True, append_images=pictures[1:], duration=100, loop=0)
shown = Image.open("a.webp").n_frames
decoded, error = 0, ""
try:
    with av.open("a.webp") as container:
        for _ in container.decode(video=0):
            decoded += 1
except av.error.FFmpegError as raised:
    error = type(raised).__name__
print(f"Pillow: {shown} pictures")
print(f"FFmpeg: {decoded} pictures, {error or 'no error'}")
raise SystemExit((shown, decoded, error) != (4, 0, "InvalidDataError"))
PYTHON
