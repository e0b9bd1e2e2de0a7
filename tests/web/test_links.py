"""What other sites are told of a link: Open Graph, its picture, and oEmbed."""

from __future__ import annotations

import io
import re
from html import unescape

import httpx
import pytest
from PIL import Image

from app.api import oembed, share_link
from app.api.request import NEURON
from backstep.examples import EXAMPLES

pytestmark = pytest.mark.anyio

D = share_link.encode({"source": NEURON, "step": 12})
SITE = "https://backstep.example/"


async def test_a_page_says_what_it_is_of_and_where_its_picture_is(real: httpx.AsyncClient) -> None:
    for path in ("/", "/embed"):
        page = (await real.get(path, params={"d": D})).text
        told = dict(re.findall(r'<meta property="og:([a-z:_]+)" content="([^"]*)"', page))
        assert told["title"]
        assert told["url"].startswith("http")
        (d,) = re.findall(r"/\?d=([\w-]+)$", told["url"])
        assert share_link.decode(d) == share_link.decode(D)
        picture = await real.get(told["image"])
        assert picture.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.size == (1200, 630)
        assert (told["image:width"], told["image:height"]) == ("1200", "630")
        (link,) = re.findall(r'type="application/json\+oembed"[^>]* href="([^"]*)"', page)
        answer = (await real.get(unescape(link))).json()
        assert answer["thumbnail_url"] == told["image"]
        assert f"embed?d={d}" in answer["html"]


def test_a_frame_keeps_to_what_there_is_room_for() -> None:
    found = oembed.embedded(f"{SITE}?d={D}", SITE, 300, None)
    assert found is not None
    assert (found.width, found.height) == (300, 520)
    assert 'width="300" height="520"' in found.html
    example = share_link.encode({"source": EXAMPLES[0].source})
    named = oembed.embedded(f"{SITE}embed?answer=hidden&d={example}", SITE, None, None)
    assert named is not None
    assert named.title == EXAMPLES[0].title
    assert f'src="{SITE}embed?answer=hidden&amp;d={example}"' in named.html


def test_a_text_in_an_address_is_a_state_too() -> None:
    found = oembed.embedded(f"{SITE}?source=param+w+%3D+2%0AL+%3D+w%5E2", SITE, None, None)
    assert found is not None
    (d,) = re.findall(r"d=([\w-]+)", found.thumbnail_url)
    assert share_link.decode(d)["source"] == "param w = 2\nL = w^2"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        SITE,
        "/train",
        f"{SITE}train?d={D}",
        f"https://other.example/?d={D}",
        f"//evil/?d={D}",
    ],
)
def test_other_addresses_have_no_frame(url: str) -> None:
    assert oembed.embedded(url, SITE, None, None) is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 404),
        ({"url": "https://other.example/?d=x"}, 404),
        ({"url": "http://test/?d=x"}, 400),
        ({"url": "http://test/", "format": "xml"}, 400),
        ({"url": "http://test/", "maxwidth": "wide"}, 400),
        ({"url": "http://test/", "maxheight": "0"}, 400),
    ],
)
async def test_what_cannot_be_told_is_refused(
    real: httpx.AsyncClient, query: dict[str, str], status: int
) -> None:
    here = str(real.base_url).rstrip("/") + "/"
    query = {name: value.replace("http://test/", here) for name, value in query.items()}
    response = await real.get("/api/v1/oembed", params=query)
    assert response.status_code == status, response.text
