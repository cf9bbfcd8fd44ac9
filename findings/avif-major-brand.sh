#!/usr/bin/env bash
# An AVIF sequence is a still picture for Pillow if its major brand is `avif`.
#
# Pillow 13.0.0 (libavif), av 18.1.0 (FFmpeg 8.1).
# What it does: counts the pictures of the same file with each major brand;
# `avis` stays among the compatible ones.
# Seen:
#   avis: Pillow 12, FFmpeg 12
#   msf1: Pillow 12, FFmpeg 12
#   mif1: Pillow 12, FFmpeg 12
#   avif: Pillow 1, FFmpeg 12
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from io import BytesIO

import av
from PIL import Image

pictures = [Image.new("RGB", (128, 96), (20 * i, 90, 200)) for i in range(12)]
file = BytesIO()
pictures[0].save(file, "AVIF", save_all=True, append_images=pictures[1:], duration=100)
data = file.getvalue()
assert data[4:12] == b"ftypavis"
seen = {}
for brand in ("avis", "msf1", "mif1", "avif"):
    branded = data[:8] + brand.encode() + data[12:]
    with Image.open(BytesIO(branded)) as image, av.open(BytesIO(branded)) as container:
        seen[brand] = image.n_frames, max(stream.frames for stream in container.streams.video)
    print(f"{brand}: Pillow {seen[brand][0]}, FFmpeg {seen[brand][1]}")
expected = {"avis": (12, 12), "msf1": (12, 12), "mif1": (12, 12), "avif": (1, 12)}
raise SystemExit(seen != expected)
PYTHON
