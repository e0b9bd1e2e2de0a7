"""Remakes static/vendor from npm: copies, bundles, licences, hashes. Nothing needs it but updates.

    python3 tools/vendor.py           writes static/vendor
    python3 tools/vendor.py --check   checks that it holds what would be written

Needs npm. The versions are those of tools/vendor/package-lock.json. To take newer ones, change
tools/vendor/package.json, run `npm install --package-lock-only` there, then this.
"""

from __future__ import annotations

import argparse
import filecmp
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tools" / "vendor"
VENDOR = ROOT / "static" / "vendor"
# The oldest browsers with what the page's own modules use.
TARGET = "es2022"

FACE = """\
@font-face {{
  font-family: "{family}";
  font-style: normal;
  font-weight: {weight};
  font-display: swap;
  src: url({file}) format("woff2");
  unicode-range: {range};
}}
"""


@dataclass
class Library:
    """One folder of static/vendor: its files and the npm packages that they come from."""

    name: str
    packages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Maker:
    """Fills `out` from the packages installed in `work`."""

    def __init__(self, work: Path, out: Path) -> None:
        self.modules = work / "node_modules"
        self.work = work
        self.out = out

    def katex(self) -> Library:
        """The module, and its style sheet with the one font format that every browser reads."""
        library = self.bundle("katex")
        fonts = self.out / "katex" / "fonts"
        fonts.mkdir()
        css = (self.modules / "katex/dist/katex.min.css").read_text()
        css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)', "", css)
        self.write(library, "katex.css", css)
        for path in sorted((self.modules / "katex/dist/fonts").glob("*.woff2")):
            shutil.copy(path, fonts / path.name)
            library.files.append(f"fonts/{path.name}")
        return library

    def fonts(self) -> Library:
        """Inter for the page and JetBrains Mono for the editor: Latin and Greek letters only."""
        library = Library("fonts")
        faces = []
        for package, family, weight, source in (
            ("@fontsource-variable/inter", "Inter", "100 900", "inter-{}-wght-normal"),
            ("@fontsource/jetbrains-mono", "JetBrains Mono", "400", "jetbrains-mono-{}-400-normal"),
        ):
            library.packages.append(package)
            folder = self.modules / package
            ranges = json.loads((folder / "unicode.json").read_text())
            for script in ("latin", "greek"):
                file = f"{package.split('/')[1]}-{script}.woff2"
                self.write(library, file, (folder / f"files/{source.format(script)}.woff2"))
                faces.append(
                    FACE.format(family=family, weight=weight, file=file, range=ranges[script])
                )
        self.write(library, "fonts.css", "\n".join(faces))
        self.licences(library)
        return library

    def bundle(self, name: str) -> Library:
        """One minified ES module from tools/vendor/NAME.js and all that it imports."""
        library = Library(name)
        folder = self.out / name
        folder.mkdir()
        meta = self.work / f"{name}.json"
        subprocess.run(
            [
                self.modules / ".bin" / "esbuild",
                self.work / f"{name}.js",
                "--bundle",
                "--minify",
                "--format=esm",
                "--charset=utf8",
                "--legal-comments=none",
                "--log-level=warning",
                f"--target={TARGET}",
                f"--banner:js=/*! {name}: made by tools/vendor.py; licences in LICENSE.txt */",
                f"--metafile={meta}",
                f"--outfile={folder / f'{name}.js'}",
            ],
            cwd=self.work,
            check=True,
        )
        library.files.append(f"{name}.js")
        inputs = json.loads(meta.read_text())["inputs"]
        found = (re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", path) for path in inputs)
        library.packages = sorted({match[1] for match in found if match})
        self.licences(library)
        return library

    def licences(self, library: Library) -> None:
        """Write the licences of all packages in the folder into one text, equal ones once."""
        texts: dict[str, list[str]] = {}
        for package in library.packages:
            text = next((self.modules / package).glob("LICENSE*")).read_text().strip()
            texts.setdefault(text, []).append(package)
        parts = [f"{', '.join(packages)}\n\n{text}\n" for text, packages in texts.items()]
        self.write(library, "LICENSE.txt", ("\n" + "-" * 72 + "\n\n").join(parts))

    def write(self, library: Library, file: str, content: str | Path) -> None:
        """Put a text, or a copy of a file, into the library's folder."""
        path = self.out / library.name / file
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, Path):
            shutil.copy(content, path)
        else:
            path.write_text(content)
        library.files.append(file)

    def record(self, library: Library, lock: dict[str, Any]) -> dict[str, Any]:
        """The library's entry in vendor.json."""
        packages, files = {}, {}
        for name in library.packages:
            pin = lock["packages"][f"node_modules/{name}"]
            packages[name] = {
                "version": pin["version"],
                "license": pin["license"],
                "integrity": pin["integrity"],
            }
        for file in sorted(library.files):
            content = (self.out / library.name / file).read_bytes()
            files[file] = {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
        return {"packages": packages, "licences": "LICENSE.txt", "files": files}


@contextmanager
def installed() -> Iterator[Path]:
    """A temporary folder with the pinned packages and the entry points."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for path in PINS.iterdir():
            if path.is_file():
                shutil.copy(path, work)
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(npm, cwd=work, check=True, stdout=subprocess.DEVNULL)
        yield work


def make(out: Path) -> None:
    """Write all of static/vendor into the empty folder `out`."""
    with installed() as work:
        maker = Maker(work, out)
        lock = json.loads((work / "package-lock.json").read_text())
        made = [maker.katex(), maker.bundle("codemirror"), maker.fonts()]
        listing = {
            "made_by": "tools/vendor.py",
            "esbuild": lock["packages"]["node_modules/esbuild"]["version"],
            "libraries": {library.name: maker.record(library, lock) for library in made},
        }
        (out / "vendor.json").write_text(json.dumps(listing, indent=2) + "\n")


def sizes(folder: Path) -> None:
    """Print each file's size, and what a browser downloads of it where the server compresses."""
    for path in sorted(folder.rglob("*.*")):
        content = path.read_bytes()
        sent = len(content) if path.suffix == ".woff2" else len(gzip.compress(content))
        print(f"{path.relative_to(folder)!s:40} {len(content):8,} bytes {sent:8,} sent")


def differing(here: Path, there: Path) -> list[str]:
    """The names of files that are in one folder only, or differ."""
    paths = {
        path.relative_to(folder)
        for folder in (here, there)
        for path in folder.rglob("*")
        if path.is_file()
    }
    return sorted(
        str(path)
        for path in paths
        if not (here / path).exists()
        or not (there / path).exists()
        or not filecmp.cmp(here / path, there / path, shallow=False)
    )


def main() -> int:
    """Make or check. Returns 1 where a check finds a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        make(made)
        if options.check:
            found = differing(VENDOR, made)
            print("\n".join(found) if found else "static/vendor is what would be made.")
            return 1 if found else 0
        shutil.rmtree(VENDOR, ignore_errors=True)
        shutil.copytree(made, VENDOR)
    sizes(VENDOR)
    return 0


if __name__ == "__main__":
    sys.exit(main())
