"""Joins our scripts and sheets into static/built, so that a first visit asks for a dozen files.

    python3 tools/bundle.py           writes static/built anew
    python3 tools/bundle.py --check   says whether what is there is what would be written

Run it after a change in static/js or static/css. Until then the page is served from the changed
files as they lie. Needs npm, and takes the same pinned esbuild as `vendor.py` beside it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from vendor import TARGET, differing, installed  # noqa: E402

from app.web.assets import BUILT, MADE_FROM, sources_mark  # noqa: E402

STATIC = ROOT / "static"
ENTRIES = (
    # Each is asked for by a template or, later than the page, by `import()`.
    "js/page.js",
    "js/plain.js",
    "js/code-editor.js",
    "js/code-marks.js",
    "css/frame.css",
    "css/work.css",
    "css/embedded.css",
)


def make(out: Path) -> None:
    """Write the joined files, and what they were made from, into the empty folder `out`."""
    with installed() as work:
        for kind in ("js", "css"):
            subprocess.run(
                [
                    work / "node_modules" / ".bin" / "esbuild",
                    *(entry for entry in ENTRIES if entry.endswith(kind)),
                    "--bundle",
                    "--minify",
                    "--charset=utf8",
                    "--log-level=warning",
                    f"--target={TARGET}",
                    *(["--format=esm", "--splitting"] if kind == "js" else []),
                    "--external:../vendor/*",
                    "--chunk-names=shared-[hash]",
                    f"--outdir={out}",
                ],
                cwd=STATIC,
                check=True,
            )
    (out / Path(MADE_FROM).name).write_text(sources_mark(STATIC))


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
