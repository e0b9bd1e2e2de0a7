"""The wheel: it holds the package, the pages and the static files, and serves from them alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest

import app
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
            ("app", "app"),
            ("templates", "app/templates"),
            ("static", "app/static"),
        )
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted
    assert any(name.startswith("app/templates/") for name in held)
    assert "app/static/vendor/katex/katex.js" in held


def test_wheel_says_its_version_licence_and_command(wheel: Path) -> None:
    assert wheel.name == f"backstep-{app.__version__}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        about = f"backstep-{app.__version__}.dist-info"
        assert "MIT License" in archive.read(f"{about}/licenses/LICENSE").decode()
        assert "backstep = app.cli:main" in archive.read(f"{about}/entry_points.txt").decode()


@pytest.mark.slow
def test_wheel_serves_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # A wheel of Python files alone is installed by being unpacked; the dependencies are those
    # of this environment.
    site = tmp_path / "site"
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    env = {**os.environ, "PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-c", "import app; print(app.__file__)"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    with running(tmp_path / "log.txt", cwd=tmp_path, env=env) as address:
        with urllib.request.urlopen(f"{address}/", timeout=30) as answer:
            page = answer.read().decode()
        files = re.findall(r'"(/static/[^"#?]+\.\w+)"', page)
        assert files
        for file in files:
            with urllib.request.urlopen(address + file, timeout=30) as answer:
                assert answer.read(), file
