"""The files under `static/`, in memory, at addresses that change when any of them does.

The address holds one mark for all files, so that a script's relative imports keep to it and
browsers may keep every file for ever. No file outside the folder can be named. The bundles that
`tools/bundle.py` has made are served while their sources are unchanged, else the sources
themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import posixpath
import re
import time
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .compress import takes_gzip

PREFIX = "/static"
FOR_EVER = "public, max-age=31536000, immutable"
LOOK_AGAIN_SECONDS = 1.0
"""How long a scan of the folder is used: files change only while someone works on them."""

# Set here, since these types vary from one machine's registry to another's.
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
_IMPORT = re.compile(rb"""\b(?:from|import)\s*["'](\.{1,2}/[^"']+)["']""")
BUILT = "built"
SOURCES = ("css", "js")
MADE_FROM = f"{BUILT}/made-from.txt"
"""Holds the `sources_mark` of what was joined."""
_PACKED = (".js", ".css", ".svg", ".txt", ".json")


@dataclass(frozen=True, slots=True)
class _File:
    media: str
    body: bytes
    packed: bytes | None


class Assets:
    """The files of the folder `root`, served under `PREFIX`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, _File] = {}
        self._seen: frozenset[tuple[str, int, int]] = frozenset()
        self._looked = float("-inf")
        self._mark = ""
        self._built = False
        self._modules: dict[tuple[str, ...], list[str]] = {}

    def url(self, path: str) -> str:
        """The address of a file, by its path in the folder."""
        self._look()
        return f"{PREFIX}/{self._mark}/{self._joined(path)}"

    def modules(self, *paths: str) -> list[str]:
        """These modules and all that they import, directly or not."""
        self._look()
        if paths in self._modules:
            return self._modules[paths]
        found: dict[str, None] = {}
        left = [self._joined(path) for path in reversed(paths)]
        while left:
            path = left.pop()
            if path in found:
                continue
            found[path] = None
            imported = _IMPORT.findall(self._files[path].body)
            folder = posixpath.dirname(path)
            left.extend(posixpath.normpath(f"{folder}/{each.decode()}") for each in imported)
        self._modules[paths] = list(found)
        return self._modules[paths]

    def _joined(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        joined = f"{BUILT}/{name}"
        return joined if self._built and folder in SOURCES and joined in self._files else path

    async def serve(self, request: Request) -> Response:
        """Answer with the file that the address names."""
        self._look()
        path = request.path_params["path"]
        file = self._files.get(path)
        if file is None:
            raise HTTPException(404)
        current = request.path_params["mark"] == self._mark
        headers = {
            "Content-Type": file.media,
            "Cache-Control": FOR_EVER if current else "no-cache",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",  # an embedded page requests its fonts with CORS
        }
        if file.packed is None:
            return Response(file.body, headers=headers)
        headers["Vary"] = "Accept-Encoding"
        if not takes_gzip(Headers(scope=request.scope)):
            return Response(file.body, headers=headers)
        return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"})

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_AGAIN_SECONDS:
            return
        self._looked = now
        paths = [path for path in sorted(self._root.rglob("*")) if path.is_file()]
        stats = [(path, path.stat()) for path in paths]
        seen = frozenset((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)
        if seen == self._seen:
            return
        self._seen = seen
        self._modules = {}
        self._files = {path.relative_to(self._root).as_posix(): _read(path) for path in paths}
        mark = hashlib.blake2b(digest_size=6)
        for name, file in self._files.items():
            mark.update(b"%s\0%d\0%s" % (name.encode(), len(file.body), file.body))
        self._mark = mark.hexdigest()
        made_from = self._files.get(MADE_FROM)
        self._built = made_from is not None and made_from.body.decode() == sources_mark(self._root)


def sources_mark(root: Path) -> str:
    """A hash of all our own scripts and sheets in the folder `root`, by name and content."""
    mark = hashlib.blake2b(digest_size=16)
    for folder in SOURCES:
        for path in sorted((root / folder).iterdir()):
            body = path.read_bytes()
            mark.update(b"%s/%s\0%d\0%s" % (folder.encode(), path.name.encode(), len(body), body))
    return mark.hexdigest()


def _read(path: Path) -> _File:
    body = path.read_bytes()
    media = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in _PACKED else None
    smaller = packed is not None and len(packed) < len(body)
    return _File(media or "application/octet-stream", body, packed if smaller else None)
