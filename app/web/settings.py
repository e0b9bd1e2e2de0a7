"""What whoever runs the service may set, by environment variables `BACKSTEP_<NAME>`.

Limits on what comes in are not here: they are in `backstep.limits` and are set the same way.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The service's settings, from the environment where they are not given."""

    model_config = SettingsConfigDict(env_prefix="BACKSTEP_", frozen=True)

    workers: int = Field(default=2, ge=1, le=256)
    """Processes that do mathematics at once; as many as there are cores."""
    jobs_per_worker: int = Field(default=5000, ge=1)
    """A worker is replaced after so many jobs: what libraries keep only grows."""
    cache_bytes: int = Field(default=64_000_000, ge=0)
    """Memory for answers that were given before."""
    access_log: bool = True
    """A line for each request. No line holds a query, a body or an address."""
    log_format: Literal["auto", "console", "json"] = "auto"
    """For a person to read, or for a machine; `auto` is for a person where a terminal shows it."""
    proxies: str = "127.0.0.1,::1"
    """Addresses of proxies whose word on the client's address is taken, or `*` for any."""
    metrics: bool = True
    """Whether `/metrics` answers; it says how much is asked, and nothing of what."""
