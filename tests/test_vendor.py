"""The vendored libraries: every file listed with its hash and licence, and each one works."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

NewContext = Callable[..., "BrowserContext"]

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
LISTING: dict[str, Any] = json.loads((VENDOR / "vendor.json").read_text())
LIBRARIES: dict[str, Any] = LISTING["libraries"]
FILES = [(name, file) for name, library in LIBRARIES.items() for file in library["files"]]
ORIGIN = "http://vendor.test"
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
# The strictest policy all of them work under.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-n0nce'; font-src 'self'; "
    "style-src-attr 'none'"
)


@pytest.mark.parametrize(("library", "file"), FILES, ids="/".join)
def test_file_is_what_was_vendored(library: str, file: str) -> None:
    facts = LIBRARIES[library]["files"][file]
    content = (VENDOR / library / file).read_bytes()
    assert len(content) == facts["bytes"]
    assert hashlib.sha256(content).hexdigest() == facts["sha256"]


def test_no_file_is_unlisted() -> None:
    found = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert found == {"vendor.json"} | {f"{library}/{file}" for library, file in FILES}


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_package_has_its_pin_and_licence(name: str) -> None:
    library = LIBRARIES[name]
    lock = json.loads((ROOT / "tools" / "vendor" / "package-lock.json").read_text())["packages"]
    text = (VENDOR / name / library["licences"]).read_text()
    assert library["packages"]
    for package, facts in library["packages"].items():
        pin = lock[f"node_modules/{package}"]
        assert (facts["version"], facts["integrity"]) == (pin["version"], pin["integrity"])
        assert facts["license"] in {"MIT", "ISC", "BSD-3-Clause", "OFL-1.1"}
        assert re.search(rf"(?m)^(.*, )?{re.escape(package)}(,.*)?$", text), package


def test_pins_are_exact() -> None:
    package = json.loads((ROOT / "tools" / "vendor" / "package.json").read_text())
    for versions in (package["dependencies"], package["devDependencies"]):
        assert [v for v in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


@pytest.mark.parametrize("style", sorted(VENDOR.rglob("*.css")), ids=lambda path: path.name)
def test_styles_reach_only_files_beside_them(style: Path) -> None:
    addresses = re.findall(r"url\(([^)]*)\)", style.read_text())
    assert addresses
    for address in addresses:
        assert (style.parent / address).is_file(), address
        assert address.endswith(".woff2")


@pytest.mark.parametrize("script", sorted(VENDOR.rglob("*.js")), ids=lambda path: path.name)
def test_modules_stand_alone(script: Path) -> None:
    text = script.read_text()
    assert re.search(r"export\s*\{", text)
    assert not re.search(r"""\bfrom\s*["']|\bimport\s*[("']|\bimportScripts\b""", text)
    assert not re.search(r"\beval\(|\bnew Function\(", text), "a strict policy forbids it"


@pytest.fixture
def bench(new_context: NewContext) -> Iterator[Page]:
    """An empty page, under the strict policy, whose own origin serves static/vendor."""

    def answer(route: Route) -> None:
        path = VENDOR / route.request.url.removeprefix(f"{ORIGIN}/")
        if path == VENDOR / "":
            links = "".join(
                f'<link rel="stylesheet" href="/{style.relative_to(VENDOR)}">'
                for style in sorted(VENDOR.rglob("*.css"))
            )
            route.fulfill(
                body=f"<!doctype html>{links}<main></main>",
                content_type="text/html",
                headers={"Content-Security-Policy": POLICY},
            )
        else:
            route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])

    context = new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()
    assert complaints == []


def test_katex_sets_a_formula(bench: Page) -> None:
    version, text = bench.evaluate(
        r"""async () => {
            const { default: katex, version } = await import("/katex/katex.js");
            const place = document.querySelector("main");
            const options = { trust: false, throwOnError: true };
            katex.render(String.raw`\frac{\partial L}{\partial w}`, place, options);
            await document.fonts.ready;
            return [version, place.querySelector(".katex-html").textContent];
        }"""
    )
    assert version == LIBRARIES["katex"]["packages"]["katex"]["version"]
    assert "∂" in text
    assert "w" in text
    assert bench.evaluate("() => document.fonts.check('16px KaTeX_Math')")


def test_codemirror_edits_highlights_and_marks(bench: Page) -> None:
    bench.evaluate(
        """async () => {
            const cm = await import("/codemirror/codemirror.js");
            const words = cm.StreamLanguage.define({
                token: (stream) => {
                    if (stream.match(/param/)) return "keyword";
                    stream.next();
                    return null;
                },
            });
            const style = cm.HighlightStyle.define([{ tag: cm.tags.keyword, class: "word" }]);
            const line = cm.Decoration.line({ class: "lit" });
            const view = new cm.EditorView({
                parent: document.querySelector("main"),
                state: cm.EditorState.create({
                    doc: "param w = 1",
                    extensions: [
                        cm.EditorView.cspNonce.of("n0nce"),
                        cm.history(),
                        cm.autocompletion(),
                        words,
                        cm.syntaxHighlighting(style),
                        cm.EditorView.decorations.of(cm.Decoration.set([line.range(0)])),
                        cm.keymap.of([...cm.defaultKeymap, ...cm.historyKeymap]),
                    ],
                }),
            });
            view.focus();
        }"""
    )
    assert bench.locator(".word").inner_text() == "param"
    assert bench.locator(".cm-line.lit").count() == 1
    bench.keyboard.press("End")
    bench.keyboard.type("23")
    assert bench.locator(".cm-line").inner_text() == "param w = 123"
    bench.keyboard.press("Control+z")
    assert bench.locator(".cm-line").inner_text() == "param w = 1"
    # Its own style sheet came in through the nonce.
    assert bench.locator(".cm-scroller").evaluate("e => getComputedStyle(e).display") == "flex"


@pytest.mark.parametrize("family", ["Inter", "JetBrains Mono"])
def test_fonts_have_latin_and_greek_letters(bench: Page, family: str) -> None:
    loaded = bench.evaluate(
        "async (family) => (await document.fonts.load(`16px '${family}'`, 'wσ')).length", family
    )
    assert loaded == 2
