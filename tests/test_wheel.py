"""The wheel: it holds the package, the pages and the static files, and serves from them alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest

from backstep import __version__
from tests.service import running

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_wheel_carries_the_package_the_pages_and_the_static_files(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in (
            ("backstep", "backstep"),
            ("app", "backstep/app"),
            ("templates", "backstep/app/templates"),
            ("static", "backstep/app/static"),
        )
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted
    assert any(name.startswith("backstep/app/templates/") for name in held)
    assert "backstep/app/static/vendor/katex/katex.js" in held


@pytest.mark.slow
def test_an_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    hatchling = [sys.executable, "-m", "hatchling", "build", "-t"]
    subprocess.run([*hatchling, "sdist", "-d", str(tmp_path)], cwd=ROOT, check=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="tar")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    subprocess.run([*hatchling, "wheel", "-d", str(tmp_path)], cwd=unpacked, check=True)
    (again,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as one, ZipFile(again) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        differing = [
            name
            for name in one.namelist()
            if not name.endswith("/RECORD") and one.read(name) != other.read(name)
        ]
    assert differing == []


@pytest.mark.slow
def test_the_wheel_is_installed_into_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """Needs the network, or the packages in pip's or uv's cache."""
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    place = tmp_path / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(place)], check=True)
    python = str(place / "bin" / "python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, str(wheel)], check=True)
    (tmp_path / "net.nn").write_text("input x = 2\nparam w = 0.5\nL = (w*x - 3)^2\n")

    def asked(*command: str) -> str:
        found = subprocess.run(
            [str(place / "bin" / command[0]), *command[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={name: each for name, each in os.environ.items() if name != "PYTHONPATH"},
        )
        assert found.returncode == 0, found.stderr
        return found.stdout

    assert asked("backstep", "--version") == f"backstep {__version__}\n"
    assert "L = 4" in asked("backstep", "evaluate", "net.nn").splitlines()
    assert asked("backstep", "check", "net.nn").startswith("Backprop, SymPy and differences agree")
    for name in ("net.svg", "net.png", "net.pdf"):
        asked("backstep", "draw", "net.nn", "-o", name)
        assert (tmp_path / name).stat().st_size > 1000
    script = "import backstep; print(backstep.read('net.nn').gradient('w', form='matrix').text)"
    assert asked("python", "-c", script) == "2*(w*x - 3)*x\n"


def test_wheel_says_its_version_licence_and_command(wheel: Path) -> None:
    assert wheel.name == f"backstep_learn-{__version__}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        about = f"backstep_learn-{__version__}.dist-info"
        assert "MIT License" in archive.read(f"{about}/licenses/LICENSE").decode()
        commands = archive.read(f"{about}/entry_points.txt").decode()
        assert "backstep = backstep.app.cli:main" in commands
        about_it = archive.read(f"{about}/METADATA").decode()
        assert "# Backstep\n" in about_it
        assert "Provides-Extra: notebook" in about_it
        assert "Classifier: Typing :: Typed" in about_it
        assert "backstep/py.typed" in archive.namelist()


@pytest.mark.slow
def test_wheel_serves_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # A wheel of Python files alone is installed by being unpacked; the dependencies are those
    # of this environment. Another project's package named `app` stands beside it.
    site = tmp_path / "site"
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "app").mkdir()
    (site / "app" / "__init__.py").write_text("raise ImportError('another project')")
    env = {**os.environ, "PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import backstep.app; print(backstep.app.__file__)"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    log = tmp_path / "log.txt"
    with running(log, cwd=tmp_path, env=env, module="backstep.app.cli") as address:
        with urllib.request.urlopen(f"{address}/", timeout=30) as answer:
            page = answer.read().decode()
        files = re.findall(r'"(/static/[^"#?]+\.\w+)"', page)
        assert files
        for file in files:
            with urllib.request.urlopen(address + file, timeout=30) as answer:
                assert answer.read(), file
        body = json.dumps({"source": "param w = 2\nL = w^2"}).encode()
        asked = urllib.request.Request(
            f"{address}/api/v1/evaluate", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert json.load(answer)["gradients"] == {"w": 4.0}


def test_the_pages_are_found_through_the_link_of_a_clone_too() -> None:
    command = "import backstep.app.paths as p; print(p.TEMPLATES.is_dir(), p.STATIC.is_dir())"
    found = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True
    )
    assert found.stdout.split() == ["True", "True"], found.stderr
