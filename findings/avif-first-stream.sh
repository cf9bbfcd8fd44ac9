#!/usr/bin/env bash
# The first video stream of an AVIF sequence is a still picture.
#
# av 18.1.0 (FFmpeg 8.1), Pillow 13.0.0.
# What it does: `container.decode(video=0)`, as most examples have it, of an AVIF sequence.
# The file also holds its first picture as an item, and FFmpeg lists items before tracks.
# Seen:
#   Pillow: 12 pictures
#   decode(video=0): 1 picture
#   decode(video=1): 12 pictures
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

pictures = [Image.new("RGB", (128, 96), (20 * i, 90, 200)) for i in range(12)]
pictures[0].save("a.avif", save_all=True, append_images=pictures[1:], duration=100)
seen = [Image.open("a.avif").n_frames]
print(f"Pillow: {seen[0]} pictures")
for number in (0, 1):
    with av.open("a.avif") as container:
        seen.append(sum(1 for _ in container.decode(video=number)))
    print(f"decode(video={number}): {seen[-1]} picture{'s' * (seen[-1] > 1)}")
raise SystemExit(seen != [12, 1, 12])
PYTHON
