"""Remakes backstep/drawing/fonts: the typefaces of PNG and PDF pictures, as TrueType files.

    uv run --with fonttools --with brotli python tools/picture_fonts.py

Needs npm. Inter is instanced at the two weights that the drawing uses, with tabular figures as its
plain ones, since no renderer of pictures is asked for features; all are cut to the characters that
names, figures and formulas are likely to have.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

OUT = Path(__file__).resolve().parent.parent / "backstep" / "drawing" / "fonts"
PACKAGES = {
    "inter-ui@4.1.1": "e392e4d71f18a7c1f23dfecd833d68fa05eeab41862686584e80fd2b5d87e9c0",
    "katex@0.16.47": "ad2d1ab2f7fcc227019784320e8a2c5218ff6bb333b36df4136d10365ae29375",
    "dejavu-fonts-ttf@2.37.3": "b7013ac58f9225250619db82cfb72e99c37ca8195f2b5a06a9e6a95bc5e1c84a",
}
"""The packages of npm, with the SHA-256 of each archive."""
LICENCES = {
    "Inter": ("inter-ui@4.1.1", "package/LICENSE.txt"),
    "KaTeX_Main, KaTeX_Math": ("katex@0.16.47", "package/LICENSE"),
    "DejaVu Sans": ("dejavu-fonts-ttf@2.37.3", "package/LICENSE"),
}

TEXT = (
    (0x20, 0x17F), (0x1A0, 0x1B0), (0x1CD, 0x1DC), (0x2B0, 0x304), (0x30A, 0x30C), (0x370, 0x3FF),
    (0x400, 0x45F), (0x1D2C, 0x1D6A), (0x1E00, 0x1EFF), (0x2009, 0x206F), (0x2070, 0x209F),
    (0x20AC, 0x20AC), (0x2100, 0x214F), (0x2150, 0x215F), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x25A0, 0x25FF), (0xFFFD, 0xFFFD),
)  # fmt: skip
"""Latin, Greek and Cyrillic letters, marks, raised and lowered signs, arrows, mathematics."""
MORE = (*TEXT, (0x180, 0x2AF), (0x300, 0x36F), (0x460, 0x52F), (0x531, 0x58F), (0x5D0, 0x5EA),
        (0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x1F00, 0x1FFF), (0x2A00, 0x2AFF))  # fmt: skip
"""For what the others lack: Armenian, Hebrew, Georgian, more Greek and Cyrillic."""


def main() -> None:
    """Write the folder anew."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        archives = {package: fetched(package, Path(name)) for package in PACKAGES}
        inter = archives["inter-ui@4.1.1"]["package/variable/InterVariable.woff2"]
        katex = archives["katex@0.16.47"]
        sans = archives["dejavu-fonts-ttf@2.37.3"]["package/ttf/DejaVuSans.ttf"]
        main, italic = (
            opened(katex[f"package/dist/fonts/KaTeX_{name}.ttf"])
            for name in ("Main-Regular", "Math-Italic")
        )
        widths = {
            "sans": written(instance(inter, 400), TEXT, "Inter-400.ttf"),
            "bold": written(instance(inter, 600), TEXT, "Inter-600.ttf"),
            "serif": written(main, TEXT, "KaTeX_Main-Regular.ttf"),
            "italic": written(italic, TEXT, "KaTeX_Math-Italic.ttf"),
            "signs": written(opened(sans), MORE, "DejaVuSans.ttf"),
        }
        said = json.dumps(widths, ensure_ascii=False, separators=(",", ":"))
        (OUT / "widths.json").write_text(said + "\n", encoding="utf-8")
        licences = [
            f"{fonts}\n\n{archives[package][path].decode().strip()}\n"
            for fonts, (package, path) in LICENCES.items()
        ]
        (OUT / "LICENSE.txt").write_text("\n\n".join(licences), encoding="utf-8")


def fetched(package: str, folder: Path) -> dict[str, bytes]:
    """The files of a package, whose archive must be the one that is pinned."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True, check=True
    )
    archive = (folder / packed.stdout.strip()).read_bytes()
    mark = hashlib.sha256(archive).hexdigest()
    if mark != PACKAGES[package]:
        raise SystemExit(f"{package} is another one: its SHA-256 is {mark}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        found = {}
        for each in files.getmembers():
            held = files.extractfile(each)
            if held is not None:
                found[each.name] = held.read()
        return found


def opened(font: bytes) -> TTFont:
    """The font of a file's bytes."""
    return TTFont(io.BytesIO(font))


def instance(variable: bytes, weight: int) -> TTFont:
    """Inter at a weight, at the optical size of text, with tabular figures as its plain ones."""
    font = instantiateVariableFont(opened(variable), {"wght": weight, "opsz": 14})
    tabular = {
        lookup
        for record in font["GSUB"].table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for lookup in record.Feature.LookupListIndex
    }
    swaps: dict[str, str] = {}
    for index in tabular:
        for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
            swaps |= getattr(getattr(table, "ExtSubTable", table), "mapping", {})
    for table in font["cmap"].tables:
        table.cmap = {code: swaps.get(glyph, glyph) for code, glyph in table.cmap.items()}
    for record in font["name"].names:
        said = {1: "Inter", 2: "Regular", 4: f"Inter {weight}", 6: f"Inter-{weight}", 16: "Inter"}
        if record.nameID in said:
            record.string = said[record.nameID]
    font["OS/2"].usWeightClass = weight
    return font


def written(font: TTFont, ranges: tuple[tuple[int, int], ...], name: str) -> dict[str, int]:
    """The font cut to its characters in the ranges, without features and hints, as a file. Returns
    the characters' widths in thousandths of the type size."""
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [0, 1, 2, 4, 5, 6, 13, 14, 16]
    options.notdef_outline = True
    cutter = Subsetter(options)
    cutter.populate(unicodes=[code for first, last in ranges for code in range(first, last + 1)])
    cutter.subset(font)
    font.flavor = None
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(OUT / name)
    advances, units = font["hmtx"], font["head"].unitsPerEm
    return {
        chr(code): round(advances[glyph][0] * 1000 / units)
        for code, glyph in sorted(font.getBestCmap().items())
    }


if __name__ == "__main__":
    main()
