"""The service's settings, read from environment variables `BACKSTEP_<NAME>`.

Limits on requests are in `backstep.limits` and are set the same way.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The service's settings; those that are not passed come from the environment."""

    model_config = SettingsConfigDict(env_prefix="BACKSTEP_", frozen=True)

    workers: int = Field(default=2, ge=1, le=256)
    """Worker processes that compute at once; best one for each core."""
    jobs_per_worker: int = Field(default=5000, ge=1)
    """A worker is replaced after so many jobs: what libraries keep only grows."""
    cache_bytes: int = Field(default=64_000_000, ge=0)
    """Memory for cached answers."""
    access_log: bool = True
    """A line for each request. No line holds a query, a body or an address."""
    log_format: Literal["auto", "console", "json"] = "auto"
    """For a person or a program to read; `auto` is `console` on a terminal, else `json`."""
    proxies: str = "127.0.0.1,::1"
    """Addresses of proxies whose header for the client's address is trusted, or `*` for any."""
    metrics: bool = True
    """Whether `/metrics` answers; it counts requests and shows nothing of their content."""
