"""The front door, run.py: what it needs, what it asks of uv, what it becomes."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "run.py"
FakeUv = Callable[..., Path]


SPREAD = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as a module, with every folder it writes to moved to a temporary one."""
    spec = importlib.util.spec_from_file_location("front_door", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("VENV", "OWN_UV", "BROWSERS"):
        monkeypatch.setattr(module, name, tmp_path / name.lower())
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return module


@pytest.fixture
def fake_uv(tmp_path: Path) -> FakeUv:
    """Makes a uv in a folder: it says its version, and writes down how else it was called."""

    def make(folder: Path, version: str = "0.13.8", code: int = 0) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        uv = folder / "uv"
        uv.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = --version ] && echo "uv {version} (x86_64)" && exit 0\n'
            f'echo "$@" >> {tmp_path}/called\n'
            f"env > {tmp_path}/environment\n"
            f"exit {code}\n"
        )
        uv.chmod(0o755)
        return uv

    return make


def test_it_needs_the_standard_library_alone() -> None:
    for source in (SOURCE, ROOT / "tests" / "chromium.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                known = name.split(".")[0] in sys.stdlib_module_names
                assert known or name == "tests.chromium", f"{source.name} imports {name}"


def test_an_old_python_gets_as_far_as_being_told() -> None:
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 7))
    said = next(node.lineno for node in tree.body if isinstance(node, ast.If))
    assert said < min(n.lineno for n in tree.body if isinstance(n, ast.FunctionDef | ast.Assign))


def test_help_makes_nothing() -> None:
    said = subprocess.run([sys.executable, SOURCE, "--help"], capture_output=True, text=True)
    assert said.returncode == 0
    assert "python3 run.py test [--slow | --long]" in said.stdout


def test_a_uv_on_the_path_is_taken(
    run: ModuleType, fake_uv: FakeUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = fake_uv(tmp_path / "bin")
    fake_uv(run.OWN_UV / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert run.find_uv() == str(uv)


@pytest.mark.parametrize("version", ["0.6.17", "nonsense"])
def test_a_uv_that_will_not_do_is_passed_over(
    version: str,
    run: ModuleType,
    fake_uv: FakeUv,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_uv(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert run.find_uv() is None
    own = fake_uv(run.OWN_UV / "bin")
    assert run.find_uv() == str(own)


@pytest.mark.parametrize(
    ("development", "asked"),
    [
        (False, "sync --frozen --inexact --no-dev"),
        (True, "sync --frozen --inexact"),
    ],
)
def test_uv_is_asked_for_what_is_needed(
    development: bool, asked: str, run: ModuleType, fake_uv: FakeUv, tmp_path: Path
) -> None:
    fake_uv(run.OWN_UV / "bin")
    run.make_environment(development=development)
    assert (tmp_path / "called").read_text().strip() == asked
    settings = (tmp_path / "environment").read_text().splitlines()
    assert f"UV_PYTHON={run.PYTHON}" in settings
    assert "UV_PYTHON_DOWNLOADS=never" in settings
    assert f"UV_PROJECT_ENVIRONMENT={run.VENV}" in settings
    assert f"UV_CACHE_DIR={run.OWN_UV / 'cache'}" in settings


def test_a_failed_installation_is_said_in_words(
    run: ModuleType, fake_uv: FakeUv, tmp_path: Path
) -> None:
    fake_uv(run.OWN_UV / "bin", code=2)
    with pytest.raises(SystemExit, match="could not be installed"):
        run.make_environment(development=False)
    # By then the system's certificates were tried as well.
    assert len((tmp_path / "called").read_text().splitlines()) == 2
    assert "UV_SYSTEM_CERTS=1" in (tmp_path / "environment").read_text().splitlines()


@pytest.mark.parametrize(
    ("arguments", "become"),
    [
        ([], ["-m", "app.cli", "serve"]),
        (["--port", "9000"], ["-m", "app.cli", "serve", "--port", "9000"]),
        (["serve", "--host", "::1"], ["-m", "app.cli", "serve", "--host", "::1"]),
        (["test"], ["-m", "pytest", *SPREAD]),
        (
            ["test", "--slow", "-k", "x"],
            ["-m", "pytest", *SPREAD, "-m", "not long", "-k", "x"],
        ),
        (["test", "--long"], ["-m", "pytest", *SPREAD, "-m", ""]),
        (["verify", "--texts", "9"], ["-m", "tests.verified", "--texts", "9"]),
        (["bench", "--only", "G"], ["-m", "benchmarks", "--only", "G"]),
    ],
)
def test_it_becomes_the_command(
    arguments: list[str],
    become: list[str],
    run: ModuleType,
    fake_uv: FakeUv,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_uv(run.OWN_UV / "bin")
    became = []
    monkeypatch.setattr(run, "fetch_chromium", lambda: None)
    monkeypatch.setattr(os, "chdir", lambda path: None)
    monkeypatch.setattr(os, "execve", lambda python, argv, env: became.append((python, argv)))
    run.main(arguments)
    python = str(run.VENV / "bin" / "python")
    assert became == [(python, [python, *become])]


def test_what_is_compiled_is_kept_for_the_next_process(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("CI", "true")
    given: dict[str, str] = {}
    monkeypatch.setattr(os, "execve", lambda python, argv, env: given.update(env))
    run.become(["-m", "pytest"])
    assert given["CI"] == "true"
    assert not {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"} & set(given)


@pytest.mark.parametrize(
    ("arguments", "becomes"),
    [
        (["--exported", "-x"], ["-m", "pytest", "-m", "not long", "tests/export", "-x"]),
        (
            ["--slow", "--tensors", "-n", "0"],
            ["-m", "pytest", *SPREAD, "-m", "not long", "-n", "0"],
        ),
    ],
)
def test_exported_programs_are_run_with_an_environment_of_their_own(
    arguments: list[str],
    becomes: list[str],
    run: ModuleType,
    fake_uv: FakeUv,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_uv(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    python = fake_uv(tmp_path / "tensors" / "bin").rename(tmp_path / "tensors" / "bin" / "python")
    monkeypatch.setattr(run, "TENSORS", tmp_path / "tensors")
    monkeypatch.setattr(run, "fetch_chromium", lambda: None)
    monkeypatch.setenv("TENSORS_PYTHON", "")
    became: list[list[str]] = []
    monkeypatch.setattr(run, "become", became.append)
    run.test(arguments)
    assert became == [becomes]
    assert os.environ["TENSORS_PYTHON"] == str(python)
    called = (tmp_path / "called").read_text()
    assert "-m pip install" in called
    assert "torch==2.13.0" in called
