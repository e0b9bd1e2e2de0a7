"""What a browser is allowed to do with what is sent, and which sites may ask."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from app.api import share_link
from app.api.request import NEURON

pytestmark = pytest.mark.anyio

ADDRESSES = ("/", "/api", "/api/v1/health", "/api/v1/nothing", "/nothing", "/?d=x", "/metrics")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_response_is_guarded(real: httpx.AsyncClient, address: str) -> None:
    headers = (await real.get(address, headers={"Accept": "text/html"})).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])
    assert "server" not in headers
    assert "set-cookie" not in headers


async def test_a_pages_scripts_are_its_own(real: httpx.AsyncClient) -> None:
    for address in ("/", "/embed", "/examples", "/api"):
        response = await real.get(address)
        assert response.status_code == 200
        found = re.search(r"'nonce-([^']+)'", response.headers["content-security-policy"])
        assert found is not None
        for tag in re.findall(r"<script\b[^>]*>", response.text):
            data = 'type="application/json"' in tag
            assert data or f'nonce="{found[1]}"' in tag, tag
        assert not re.search(r"\son[a-z]+\s*=", re.sub(r">[^<]*<", "><", response.text))
        assert "javascript:" not in response.text


async def test_a_nonce_is_used_once(real: httpx.AsyncClient) -> None:
    policies = {(await real.get("/api")).headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


async def test_the_embed_alone_may_be_framed(real: httpx.AsyncClient) -> None:
    response = await real.get("/embed?d=" + share_link.encode({"source": NEURON}))
    assert "frame-ancestors *" in response.headers["content-security-policy"]
    assert "x-frame-options" not in response.headers


async def test_a_picture_is_sandboxed(real: httpx.AsyncClient) -> None:
    response = await real.get("/api/v1/graph.svg?d=" + share_link.encode({"source": NEURON}))
    policy = response.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@pytest.mark.parametrize(
    "source",
    [
        f"# {MARKUP}\n{NEURON}",
        f"param w = 1 {MARKUP}\nL = w",
        f"{MARKUP}",
        "</textarea></script><script>alert(1)</script>",
        "{{ 7*7 }}{% raw %}",
    ],
)
async def test_what_is_typed_is_never_markup(real: httpx.AsyncClient, source: str) -> None:
    for path in ("/", "/embed"):
        response = await real.get(path, params={"d": share_link.encode({"source": source})})
        assert response.status_code == 200
        assert "<script>alert" not in response.text
        assert "<img src=x" not in response.text
        assert "</textarea></script>" not in response.text
        if path == "/":
            assert source in html.unescape(response.text)


async def test_any_site_may_call_the_api(fake: httpx.AsyncClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    for response in (
        await fake.post("/api/v1/evaluate", json={"source": "x"}, headers=origin),
        await fake.post("/api/v1/evaluate", json={}, headers=origin),
        await fake.get("/api/v1/openapi.json", headers=origin),
    ):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert "Retry-After" in response.headers["access-control-expose-headers"]


async def test_a_preflight_is_answered(fake: httpx.AsyncClient) -> None:
    response = await fake.options(
        "/api/v1/evaluate",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert response.status_code == 204
    assert response.content == b""
    assert response.headers["access-control-allow-origin"] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "content-type"


async def test_pages_are_not_for_other_sites(real: httpx.AsyncClient) -> None:
    response = await real.get("/", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in response.headers
