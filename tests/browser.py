"""A headless Chromium for tests, driven over the pipe of its DevTools protocol.

No package is needed for that. Where there is no Chromium, or no pipes as on POSIX systems, tests
are skipped: see `find_chromium`.

    with Browser(find_chromium()) as browser:
        browser.open(path)
        assert browser.evaluate("document.title") == "..."
        assert browser.troubles == []
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)

READS, WRITES = 3, 4
"""The file descriptors that the browser takes commands from and answers to."""

FIRST_FREE = 10
"""Ours are moved out of the way of those."""


def find_chromium() -> str | None:
    """The program, or None if this machine has none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _started(command: list[str], commands: int, answers: int) -> int:
    """Start a program with the pipes where it expects them; they are closed here. Its id."""
    import fcntl  # noqa: PLC0415 not there on Windows, where the tests are skipped

    pipes = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE) for fd in (commands, answers)]
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, pipes[0], READS),
        (os.POSIX_SPAWN_DUP2, pipes[1], WRITES),
    ]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    for fd in (commands, answers, *pipes):
        os.close(fd)
    return process


class Browser:
    """One page in a browser of its own. A context manager.

    troubles: what the page wrote to the console, and errors of its scripts.
    requests: the addresses that were asked for, but for `data:` and the page itself.
    """

    def __init__(self, program: str) -> None:
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self._page = ""
        self._number = 0
        self._rest = b""
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        commands, self._to_browser = os.pipe()
        self._from_browser, answers = os.pipe()
        options = [*OPTIONS, f"--user-data-dir={self._profile.name}", "--no-startup-window"]
        if os.geteuid() == 0:
            options.insert(0, "--no-sandbox")
        self._process = _started([program, *options], commands, answers)

    def __enter__(self) -> Self:
        target = self._call("Target.createTarget", session=None, url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", session=None, targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._to_browser)
        os.close(self._from_browser)
        self._profile.cleanup()

    def show_as(self, *, width: int, height: int, theme: str = "light") -> None:
        """Pixels of the window, and the theme that the system wants."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self._call("Emulation.setEmulatedMedia", features=features)

    def open(self, path: Path) -> None:
        """Load a page and wait until it is there."""
        self.visit(path.as_uri())

    def visit(self, address: str, lands_at: str | None = None) -> None:
        """Load an address, which may lead to another one, and wait until the page is there."""
        self._page = lands_at or address
        self._call("Page.navigate", url=address)
        while self.evaluate("document.readyState") != "complete" or self._is_elsewhere():
            pass

    def _is_elsewhere(self) -> bool:
        return bool(self.evaluate("location.href").partition("#")[0] != self._page)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key, such as `j` or `ArrowRight`."""
        text = {"text": key} if len(key) == 1 else {}
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self, path: Path) -> None:
        """What the window shows, as PNG."""
        path.write_bytes(self.picture())

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        answer = self._call("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    def cookie(self, name: str) -> str:
        """A cookie of the page as a request carries it."""
        cookies = self._call("Network.getCookies")["cookies"]
        return next(f"{name}={each['value']}" for each in cookies if each["name"] == name)

    def forget(self) -> None:
        """Begin anew with what the page has written and asked for."""
        self.troubles.clear()
        self.requests.clear()

    def _call(self, method: str, *, session: str | None = "page", **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = self._session
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self._notice(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._from_browser, 1 << 20)
            assert data, "the browser has gone away"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def _notice(self, event: dict[str, Any]) -> None:
        match event.get("method"), event.get("params"):
            case "Network.requestWillBeSent", {"request": {"url": url}}:
                if not url.startswith("data:") and url != self._page:
                    self.requests.append(url)
            case (
                "Log.entryAdded" | "Runtime.consoleAPICalled" | "Runtime.exceptionThrown",
                told,
            ):
                self.troubles.append(json.dumps(told))
