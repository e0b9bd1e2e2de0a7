"""The wheel: it holds the package, the pages and the static files, and serves from them alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
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


def test_wheel_says_its_version_licence_and_command(wheel: Path) -> None:
    assert wheel.name == f"backstep_learn-{__version__}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        about = f"backstep_learn-{__version__}.dist-info"
        assert "MIT License" in archive.read(f"{about}/licenses/LICENSE").decode()
        commands = archive.read(f"{about}/entry_points.txt").decode()
        assert "backstep = backstep.app.cli:main" in commands


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
