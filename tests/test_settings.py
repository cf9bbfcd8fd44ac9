"""Where a setting comes from, and what is said of one that cannot be used."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from dotenv import dotenv_values

from hydrus_video_deduplicator.cli.commands import COMMANDS, RUN, obeyed_by
from hydrus_video_deduplicator.cli.parser import parse
from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.library.hydrus import Permission
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.settings import Settings, about_of, option_of, resolve, variables

ROOT = Path(__file__).parent.parent
VALUES = {
    "api_key": ("aa", "bb", "cc", None),
    "api_url": ("http://a:1", "http://b:1", "http://c:1", "http://localhost:45869"),
    "verify_cert": ("a.crt", "b.crt", "c.crt", None),
    "tag_service": ("a", "b", "c", "my tags"),
    "file_service": ("a", "b", "c", None),
    "query": ("a", "b; bb", "c", ()),
    "folder": ("a", "b", "c", None),
    "threshold": ("strict", "loose", "0.9", Settings().threshold),
    "kinds": ("same", "same, trimmed", "excerpt", frozenset(Kind)),
    "page": ("a", "b", "c", None),
    "format": ("csv", "json", "html", "html"),
    "output": ("a", "b", "c", None),
    "limit": ("1", "2", "3", 500),
    "by_tag": ("1", "2", "3", None),
    "max_time": ("1h", "2h", "3h", None),
    "log_file": ("a", "b", "c", None),
    "jobs": ("1", "2", "3", Settings().jobs),
    "readers": ("1", "2", "3", None),
    "scheduler": ("tcp://a:1", "tcp://b:1", "tcp://c:1", None),
    "file_timeout": ("1", "2", "3", 600),
    "file_memory": ("100", "200", "300", 2048),
    "data_dir": ("a", "b", "c", Settings().data_dir),
}
FLAGS = [
    *("insecure", "dry_run", "no_tags", "retry_failed", "popup", "when_idle"),
    *("no_browser", "no_merge", "allow_delete"),
    *("json", "quiet", "verbose", "debug"),
]


def parse_with(name: str, *value: str) -> dict[str, object]:
    """The options of a command that obeys the setting, which is given."""
    command = [] if name in obeyed_by(RUN) else [next(c for c in COMMANDS if name in obeyed_by(c))]
    return parse([*command, "--" + name.replace("_", "-"), *value])[1]


def resolved(name: str, option: str | None, variable: str | None, dotenv: str | None) -> object:
    (about,) = (about_of(setting) for setting in fields(Settings) if setting.name == name)
    given = {} if option is None else parse_with(name, option)
    settings = resolve(
        given,
        {} if variable is None else {about.variable: variable},
        {} if dotenv is None else {about.variable: dotenv},
    )
    value: object = getattr(settings, name)
    return value


def test_the_table_below_has_every_setting() -> None:
    assert {*VALUES, *FLAGS} == {setting.name for setting in fields(Settings)}


@pytest.mark.parametrize("name", VALUES)
def test_the_option_wins_then_the_environment_then_dotenv_then_the_default(name: str) -> None:
    option, variable, dotenv, default = VALUES[name]
    alone = [
        resolved(name, option, None, None),
        resolved(name, None, variable, None),
        resolved(name, None, None, dotenv),
    ]
    assert len({str(value) for value in alone}) == 3
    assert resolved(name, option, variable, dotenv) == alone[0]
    assert resolved(name, None, variable, dotenv) == alone[1]
    assert resolved(name, None, None, dotenv) == alone[2]
    assert resolved(name, None, None, None) == default


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("yes", True), ("TRUE", True), ("0", False), ("no", False)]
)
def test_a_flag_can_be_set_by_a_variable(name: str, text: str, value: bool) -> None:
    assert resolved(name, None, text, None) is value


def test_a_flag_is_off_unless_it_is_given() -> None:
    assert not any(getattr(Settings(), name) for name in FLAGS)
    assert all(parse_with(name) == {name: True} for name in FLAGS)


def test_options_may_stand_before_or_after_the_command() -> None:
    assert parse(["--jobs", "3", "hash"]) == parse(["hash", "--jobs", "3"])


def test_a_predicate_is_passed_on_as_it_is_typed() -> None:
    _, given = parse(["--query", "system:filesize > 1 MB; x", "--query", "creator:a"])
    settings = resolve(given, {}, {})
    assert settings.query == ("system:filesize > 1 MB; x", "creator:a")


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("HYDRUS_API_URL", "localhost:45869"),
        ("HYDRUS_API_URL", "ftp://localhost"),
        ("HVD_JOBS", "0"),
        ("HVD_JOBS", "many"),
        ("HVD_READERS", "0"),
        ("HVD_THRESHOLD", "sloppy"),
        ("HVD_FORMAT", "pdf"),
        ("HVD_LIMIT", "0"),
        ("HVD_THRESHOLD", "1.1"),
        ("HVD_THRESHOLD", "nan"),
        ("HVD_BY_TAG", "65"),
        ("HVD_KINDS", "same, other"),
        ("HVD_DRY_RUN", "perhaps"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place_and_never_ignored(
    variable: str, text: str
) -> None:
    said = rf": {text!r} \w+ .+\.$"
    with pytest.raises(UsageError, match=rf"^{variable} in the environment{said}"):
        resolve({}, {variable: text}, {})
    with pytest.raises(UsageError, match=rf"^{variable} in \.env{said}"):
        resolve({}, {}, {variable: text})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("HYDRUS_API_KEY", " "),
        ("HYDRUS_API_URL", "localhost:1/?key=hunter2"),
        ("HYDRUS_API_URL", "http://me:hunter2@localhost:1"),
        ("HYDRUS_API_URL", "http://[me:hunter2@localhost"),
        ("HYDRUS_API_URL", "http://localhost:1/#hunter2"),
        ("HVD_JOBS", "0123456789abcdef"),
    ],
)
def test_a_value_that_may_hold_a_secret_is_not_repeated(variable: str, text: str) -> None:
    with pytest.raises(UsageError, match=rf"^{variable} in the environment: the value ") as raised:
        resolve({}, {variable: text}, {})
    assert "hunter2" not in str(raised.value)
    assert "0123456789" not in str(raised.value)


def test_a_home_folder_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match=r"^HVD_FOLDER in the environment: '~nobody"):
        resolve({}, {"HVD_FOLDER": "~nobody-at-all/x"}, {})


class TestAVariableThatIsNoSetting:
    @pytest.mark.parametrize(
        ("variable", "meant"),
        [
            ("HVD_JBOS", "HVD_JOBS"),
            ("hvd_quiet", "HVD_QUIET"),
            ("HYDRUS_API_KYE", "HYDRUS_API_KEY"),
            ("LOCAL_TAG_SERVICE", "LOCAL_TAG_SERVICE_NAME"),
        ],
    )
    @pytest.mark.parametrize("place", ["the environment", ".env"])
    def test_is_named_with_the_one_that_was_meant_and_without_its_value(
        self, variable: str, meant: str, place: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        given = {variable: "hunter2"}
        in_environment, in_dotenv = (given, {}) if place == "the environment" else ({}, given)
        resolve({}, in_environment, in_dotenv)
        assert caplog.messages == [
            f"{variable} in {place} is not a setting and is ignored. Did you mean {meant}?"
        ]

    def test_is_named_also_if_nothing_like_it_exists(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        resolve({}, {"HVD_ZZZZZZZ": "1"}, {})
        assert caplog.messages == [
            "HVD_ZZZZZZZ in the environment is not a setting and is ignored."
        ]

    def test_is_named_once_if_it_is_in_both_places(self, caplog: pytest.LogCaptureFixture) -> None:
        resolve({}, {"HVD_JBOS": "1"}, {"HVD_JBOS": "2"})
        assert len(caplog.messages) == 1

    def test_is_no_concern_of_ours_if_it_is_the_tests_or_another_programs(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        others = ["HVD_LIVE_TESTS", "HVD_KILLS", "HVD_KILLS_SEED", "HYDRUS_DIR", "PATH", "API_KEY"]
        resolve({}, dict.fromkeys(others, "1"), dict.fromkeys(variables()))
        assert caplog.messages == []


def test_the_api_key_is_in_no_representation_of_the_settings() -> None:
    assert "secret" not in repr(Settings(api_key="secret"))


def test_env_example_lists_and_explains_every_setting_and_changes_none() -> None:
    example = ROOT / ".env.example"
    lines = example.read_text(encoding="utf-8").splitlines()
    for setting in fields(Settings):
        variable = about_of(setting).variable
        (place,) = (
            n for n, line in enumerate(lines) if line.lstrip("# ").startswith(variable + "=")
        )
        assert lines[place - 1].startswith("# "), f"{variable} is not explained"
    assert set(dotenv_values(example)) == {"HYDRUS_API_KEY"}


def test_the_readme_lists_every_option_and_variable() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for setting in fields(Settings):
        assert f"`{option_of(setting)}" in readme
        assert f"`{about_of(setting).variable}`" in readme


def test_every_permission_that_is_asked_for_is_listed_with_its_reason() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for permission in Permission:
        assert re.search(rf"^\| \*{permission.hydrus_name}\*.* \| .+ \| .+ \|$", text, re.MULTILINE)
