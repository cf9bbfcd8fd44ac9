"""The command `request-key`."""

from pathlib import Path

from hydrus_video_deduplicator.cli.dotenv_file import check_writable, save_dotenv
from hydrus_video_deduplicator.cli.opening import endpoint, needed_permissions
from hydrus_video_deduplicator.cli.terminal import say
from hydrus_video_deduplicator.library.hydrus import (
    Connection,
    check_reach,
    request_key,
    wait_until_approved,
)
from hydrus_video_deduplicator.settings import Settings


def obtain_key(settings: Settings, dotenv: Path | None) -> int:
    """Have a key approved, and print it or save it in `dotenv`; returns the exit code."""
    if dotenv is not None:
        check_writable(dotenv)  # before Hydrus makes a key that would be lost
    unkeyed = Connection(endpoint(settings, ""))
    release = unkeyed.connect()
    needed = needed_permissions(settings)
    key = request_key(unkeyed, needed)
    say(f"{release} has the request. Press apply in its dialog to approve it. Waiting …")
    connection = Connection(endpoint(settings, key), reached=True)
    wait_until_approved(connection, needed)
    check_reach(connection)
    if dotenv is None:
        print(key)  # what was asked for: the one place where a key is shown
        say("Approved. Put it into .env as HYDRUS_API_KEY=…, or use --save next time.")
    else:
        save_dotenv(dotenv, {"HYDRUS_API_KEY": key} | _way_to_hydrus(settings))
        say(f"Approved, and saved in {dotenv.resolve()}, readable only by you.")
    return 0


def _way_to_hydrus(settings: Settings) -> dict[str, str]:
    """The other variables that the next run needs to reach this Hydrus."""
    usual = Settings()
    way = {}
    if settings.api_url != usual.api_url:
        way["HYDRUS_API_URL"] = settings.api_url
    if settings.verify_cert is not None:
        way["HVD_VERIFY_CERT"] = str(settings.verify_cert.resolve())
    return way
