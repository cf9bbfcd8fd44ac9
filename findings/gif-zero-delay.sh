#!/usr/bin/env bash
# The stated duration of a GIF leaves its last picture out if the delays are 0.
#
# av 18.1.0 (FFmpeg 8.1), Pillow 13.0.0.
# What it does: `container.duration` of a GIF against the sum of the durations of its packets.
# Seen:
#   delay   0 ms: container 3.9 s, packets 4.0 s
#   delay 100 ms: container 4.0 s, packets 4.0 s
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

pictures = [Image.new("RGB", (64, 48), (6 * i, 90, 200 - 4 * i)) for i in range(40)]
seen = []
for delay in (0, 100):
    pictures[0].save("a.gif", save_all=True, append_images=pictures[1:], duration=delay, loop=0)
    with av.open("a.gif") as container:
        [stream] = container.streams.video
        packets = sum(packet.duration or 0 for packet in container.demux(stream))
        seen.append((container.duration / av.time_base, float(packets * stream.time_base)))
    print(f"delay {delay:3} ms: container {seen[-1][0]:.1f} s, packets {seen[-1][1]:.1f} s")
raise SystemExit(seen != [(3.9, 4.0), (4.0, 4.0)])
PYTHON
