"""Settings: read from the environment, and refused in a sentence where they cannot be meant."""

from __future__ import annotations

from dataclasses import fields

import pytest

from app import cli
from app.web.settings import Settings, from_environment, known, listed
from backstep.limits import Limits
from backstep.settings import SettingError, read, settings_of

LIMIT_NAMES = [name for name, _ in settings_of(Limits)]


def refused(**given: str) -> str:
    """What is said of an environment."""
    with pytest.raises(SettingError) as raised:
        from_environment({f"BACKSTEP_{name}": value for name, value in given.items()})
    said = str(raised.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def test_settings_come_from_the_environment() -> None:
    given = {"BACKSTEP_WORKERS": "5", "BACKSTEP_METRICS": "no", "BACKSTEP_JOB_SECONDS": "3"}
    found = from_environment(given)
    assert (found.workers, found.metrics) == (5, False)
    assert read(Limits, given).job_seconds == 3.0


def test_settings_of_a_program_are_checked_too() -> None:
    with pytest.raises(ValueError, match="workers must be a number above 0"):
        Settings(workers=0)


def test_every_setting_has_its_unit_and_its_reason() -> None:
    settings = list(known())
    assert len({each.variable for _, _, each in settings}) == len(settings) > 50
    for group, name, each in settings:
        assert each.reason.rstrip().endswith("."), each.variable
        is_number = isinstance(each.default, int | float) and not isinstance(each.default, bool)
        assert bool(each.unit) is is_number, each.variable
        assert name in {field.name for field in fields(group)}
        assert each.check(each.default) == each.default


@pytest.mark.parametrize("value", ["nan", "-1", "inf", "-inf", "", "much", "2,5", "1e400", "0x10"])
def test_no_limit_is_set_to_what_is_no_amount(value: str) -> None:
    for name in LIMIT_NAMES:
        assert f"BACKSTEP_{name.upper()}={value} is refused" in refused(**{name.upper(): value})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("JOB_SECONDS", "nan", "must be a number above 0 (where it is not given: 2 seconds)."),
        ("WORKERS", "2.5", "must be a whole number"),
        ("WORKERS", "257", "must be at most 256"),
        ("ACCESS_LOG", "maybe", "must be true or false"),
        ("LOG_FORMAT", "xml", "must be one of auto, console, json"),
        ("PROXIES", "10.0.0.1, nginx", "'nginx' is neither"),
        ("PROXIES", "10.0.0.1/8", "is neither"),
        ("REDIS", "http://:secret@host", "BACKSTEP_REDIS=http://…@host is refused"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(name: str, value: str, said: str) -> None:
    assert said in refused(**{name: value})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WORKER", "BACKSTEP_WORKERS may be meant"),
        ("JOB_SECOND", "BACKSTEP_JOB_SECONDS may be meant"),
        ("XYZZY", "BACKSTEP_XYZZY is no setting (`backstep settings` lists them)."),
    ],
)
def test_a_misspelt_name_is_refused(name: str, said: str) -> None:
    assert said in refused(**{name: "1"})


def test_a_name_in_small_letters_is_refused() -> None:
    with pytest.raises(SettingError, match="BACKSTEP_WORKERS may be meant"):
        from_environment({"backstep_workers": "3"})


def test_what_kubernetes_says_of_a_service_is_passed_over() -> None:
    from_environment(
        {
            "BACKSTEP_SERVICE_HOST": "10.0.0.1",
            "BACKSTEP_SERVICE_PORT_HTTP": "80",
            "BACKSTEP_PORT": "tcp://10.0.0.1:80",
            "BACKSTEP_PORT_80_TCP_ADDR": "10.0.0.1",
        }
    )


def test_a_password_is_not_listed() -> None:
    told = listed({"BACKSTEP_REDIS": "redis://user:secret@host/1"})
    assert "BACKSTEP_REDIS=redis://…@host/1" in told
    assert "secret" not in told


def test_the_list_says_what_is_changed() -> None:
    lines = listed({"BACKSTEP_WORKERS": "5"}).splitlines()
    assert "BACKSTEP_WORKERS=5 processes   (where it is not given: 2)" in lines
    assert "BACKSTEP_JOB_SECONDS=2 seconds" in lines


@pytest.mark.parametrize("command", ["serve", "settings"])
def test_the_command_refuses_and_says_so(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKSTEP_JOB_SECONDS", "nan")
    assert cli.main([command]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("BACKSTEP_JOB_SECONDS=nan is refused")
    assert said.out == ""


def test_the_command_lists_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["settings"]) == 0
    assert "BACKSTEP_STREAMS=200 trainings" in capsys.readouterr().out
