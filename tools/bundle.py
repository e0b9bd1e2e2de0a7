"""Joins our scripts and sheets into static/built, so that a first visit asks for a dozen files.

    python3 tools/bundle.py           writes static/built
    python3 tools/bundle.py --check   checks that it holds what would be written

Run it after a change in static/js or static/css. Until then the page is served from the changed
sources. Needs npm, and uses the same pinned esbuild as `vendor.py` beside it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.web.assets import BUILT, MADE_FROM, sources_mark  # noqa: E402
from tools.vendor import TARGET, differing, installed  # noqa: E402

STATIC = ROOT / "static"
ENTRIES = (
    # Each is loaded by a template or, later than the page, by `import()`. The working page's
    # scripts share what they have in common.
    "js/page.js",
    "js/plain.js",
    "js/code-editor.js",
    "js/code-marks.js",
    "css/frame.css",
    "css/work.css",
    "css/embedded.css",
    "css/train.css",
)
ALONE = ("js/train.js",)
"""Bundled separately: what they share would split the working page's scripts into more files. The
editor is loaded later than the page, and is the working page's."""
LATER = ("./code-editor.js", "./code-marks.js")


def make(out: Path) -> None:
    """Write the bundles, and the hash of their sources, into the empty folder `out`."""
    with installed() as work:
        _join(work, out, [entry for entry in ENTRIES if entry.endswith("css")])
        shared = [entry for entry in ENTRIES if entry.endswith("js")]
        _join(work, out, shared, "--format=esm", "--splitting", "--chunk-names=shared-[hash]")
        for entry in ALONE:
            _join(work, out, [entry], "--format=esm", *(f"--external:{name}" for name in LATER))
    (out / Path(MADE_FROM).name).write_text(sources_mark(STATIC))


def _join(work: Path, out: Path, entries: list[str], *options: str) -> None:
    command: list[str | Path] = [
        work / "node_modules" / ".bin" / "esbuild",
        *entries,
        "--bundle",
        "--minify",
        "--charset=utf8",
        "--log-level=warning",
        f"--target={TARGET}",
        "--external:../vendor/*",
        *options,
        f"--outdir={out}",
    ]
    subprocess.run(command, cwd=STATIC, check=True)


def main() -> int:
    """Make or check. Returns 1 where a check finds a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    options = parser.parse_args()
    built = STATIC / BUILT
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / BUILT
        made.mkdir()
        make(made)
        if options.check:
            found = differing(built, made)
            print("\n".join(found) if found else f"static/{BUILT} is what would be made.")
            return 1 if found else 0
        shutil.rmtree(built, ignore_errors=True)
        shutil.copytree(made, built)
    return 0


if __name__ == "__main__":
    sys.exit(main())
