"""Where a Chromium is on this machine. Standard library only, as `run.py` asks it too."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# First the one without a window: the same engine, which starts and paints in half the time.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
# Playwright's folders: a whole browser first, then the one that only runs without a window.
PATTERNS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/chrome-*/headless_shell",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell",
)
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find() -> Path | None:
    """The Chromium to test with: $CHROMIUM, one on the PATH, Playwright's own, or None."""
    if named := os.environ.get("CHROMIUM"):
        found = shutil.which(named)
        return Path(found) if found else None
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    for application in APPLICATIONS:
        if Path(application).exists():
            return Path(application)
    for folder in _playwright_folders():
        for pattern in PATTERNS:
            for path in sorted(folder.glob(pattern), reverse=True):
                if os.access(path, os.X_OK):
                    return path
    return None


def _playwright_folders() -> list[Path]:
    folders = [ROOT / ".browsers"]
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        folders.append(Path(named))
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    folders.append(Path.home() / caches / "ms-playwright")
    return folders


if __name__ == "__main__":
    path = find()
    sys.exit("no Chromium was found") if path is None else print(path)
