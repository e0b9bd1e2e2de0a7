"""The static files: joined where that was made from what lies there, else as they lie."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.web import assets
from app.web.assets import Assets

STATIC = Path(__file__).resolve().parents[2] / "static"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STATIC, tmp_path / "static"))


def test_what_is_joined_is_joined_from_what_lies_here() -> None:
    made_from = (STATIC / assets.MADE_FROM).read_text()
    assert made_from == assets.sources_mark(STATIC), "run tools/bundle.py"


def test_a_page_asks_for_the_joined_files(folder: Path) -> None:
    served = Assets(folder)
    assert served.url("js/page.js").endswith("/built/page.js")
    assert served.url("css/work.css").endswith("/built/work.css")
    assert served.url("js/theme.js").endswith("/js/theme.js"), "what is not joined is as it lies"
    modules = served.modules("js/page.js", "js/code-editor.js")
    assert modules[0] == "built/page.js"
    assert {"built/code-editor.js", "vendor/katex/katex.js"} < set(modules)
    assert len(modules) < 12
    assert all((folder / module).is_file() for module in modules)


def test_a_changed_source_is_served_as_it_lies(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "LOOK_AGAIN_SECONDS", 0.0)
    served = Assets(folder)
    before = served.url("js/page.js")
    with (folder / "js" / "tensor.js").open("a") as source:
        source.write("// changed\n")
    after = served.url("js/page.js")
    assert after.endswith("/js/page.js")
    assert after.split("/")[2] != before.split("/")[2]
    modules = served.modules("js/page.js", "js/code-editor.js")
    assert modules[0] == "js/page.js"
    assert "js/tensor.js" in modules
    assert not [module for module in modules if module.startswith("built/")]


def test_sheets_name_sheets_that_are_there() -> None:
    for sheet in ("frame", "work", "embedded"):
        text = (STATIC / "css" / f"{sheet}.css").read_text()
        named = [line.split('"')[1] for line in text.splitlines() if line.startswith("@import")]
        assert named
        assert all((STATIC / "css" / name).is_file() for name in named)
