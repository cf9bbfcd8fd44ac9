#!/usr/bin/env bash
# For an older FFmpeg a GIF with delays of 10 ms lasts ten times as long.
#
# av 18.1.0 (FFmpeg 8.1), imageio-ffmpeg 0.6.0 (FFmpeg 7.0.2) and 0.4.8 (FFmpeg 4.2.2);
# wheels for Linux x86_64.
# What it does: each reads one GIF of 40 pictures of 10 ms.
# Browsers show such pictures for 100 ms each, as the older FFmpeg does.
# Seen:
#   av 18.1.0: 0.40 s
#   FFmpeg 7.0.2: 0.40 s
#   FFmpeg 4.2.2: 4.00 s
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 pillow==13.0.0
cd "$work"
for release in 0.6.0 0.4.8; do
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --target "$work/$release" "imageio-ffmpeg==$release"
done
"$work/venv/bin/python" - <<'PYTHON'
import re, subprocess
from pathlib import Path

import av
from PIL import Image

pictures = [Image.new("RGB", (64, 48), (6 * i, 90, 200 - 4 * i)) for i in range(40)]
pictures[0].save("a.gif", save_all=True, append_images=pictures[1:], duration=10, loop=0)

with av.open("a.gif") as container:
    seen = {"av 18.1.0": container.duration / av.time_base}
for release in ("0.6.0", "0.4.8"):
    [program] = Path(release).glob("imageio_ffmpeg/binaries/ffmpeg-*")
    program.chmod(0o755)
    command = [program, "-hide_banner", "-i", "a.gif", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    about = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
    version = about.split()[2]
    minutes, seconds = re.findall(r"time=00:(\d+):([\d.]+)", said)[-1]
    seen[f"FFmpeg {version.split('-')[0]}"] = 60 * int(minutes) + float(seconds)
for name, seconds in seen.items():
    print(f"{name}: {seconds:.2f} s")
expected = {"av 18.1.0": 0.4, "FFmpeg 7.0.2": 0.4, "FFmpeg 4.2.2": 4.0}
same = seen.keys() == expected.keys() and all(abs(seen[n] - expected[n]) < 0.05 for n in expected)
raise SystemExit(not same)
PYTHON
