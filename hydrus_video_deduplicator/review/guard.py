"""Who may ask: only the page that we gave to the browser that the user opened it in.

Other pages in that browser can send requests here too, other programs can ask, and a name of
somebody else's can be made to stand for this address. So each request has to name this address as
its host, must not come from another page, and has to carry a cookie. The cookie is given once, for
a secret that only the opened address holds.
"""

import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "review"

OWN_SITES = frozenset({"same-origin", "none"})
"""What a browser says of requests of our page, and of an address that its user opened. A page from
another port of this machine is `same-site`."""

READING = frozenset({"GET", "HEAD"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer, unless it has its own."""


@dataclass
class Pass:
    """What lets a browser in.

    host: name and port of this server.
    folder: what each path begins with. Browsers send a cookie to all ports of a machine, but only
        where the path fits.
    secret: turned into the cookie once, then void.
    """

    host: str
    folder: str = field(default_factory=lambda: f"/{secrets.token_urlsafe(9)}")
    secret: str | None = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def origin(self) -> str:
        """Of the page."""
        return f"http://{self.host}"

    @property
    def address(self) -> str:
        """What the user opens."""
        return f"{self.origin}{self.folder}/?key={self.secret}"


class Guard:
    """Lets requests through to an app, as ASGI middleware."""

    def __init__(self, app: ASGIApp, admission: Pass) -> None:
        self._app = app
        self._pass = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._answer(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (self._app if answer is None else answer)(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """The answer to one that may not pass, or to one that is let in; None to let it pass."""
        headers = Headers(scope=scope)
        if headers.getlist("host") != [self._pass.host]:
            return _refuse("This address is not the one that was opened.")
        if headers.get("sec-fetch-site", "none") not in OWN_SITES:
            return _refuse("Requests from other pages are refused.")
        if scope["method"] not in READING and headers.get("origin") != self._pass.origin:
            return _refuse("Requests from other pages are refused.")
        has_cookie = self._has_cookie(headers)
        keys = parse_qs(scope["query_string"].decode("latin-1")).get("key", [])
        if keys and scope["path"] == f"{self._pass.folder}/":
            return self._admit(keys[0], has_cookie=has_cookie)
        if not has_cookie:
            return _refuse("Open the address that `hydrus-video-deduplicator review` prints.")
        return None

    def _admit(self, key: str, *, has_cookie: bool) -> Response:
        secret = self._pass.secret
        fits = secret is not None and secrets.compare_digest(key.encode(), secret.encode())
        if not fits and not has_cookie:
            return _refuse("This address has already been used. Start `review` again.")
        answer = RedirectResponse(f"{self._pass.folder}/", 303, {"Cache-Control": "no-store"})
        if fits:
            self._pass.secret = None
            answer.set_cookie(
                COOKIE,
                self._pass.cookie,
                path=self._pass.folder,
                httponly=True,
                samesite="strict",
            )
        return answer

    def _has_cookie(self, headers: Headers) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return False
        given = cookies[COOKIE].value if COOKIE in cookies else ""
        return secrets.compare_digest(given.encode(), self._pass.cookie.encode())


def _refuse(why: str) -> Response:
    return PlainTextResponse(why, 403)
