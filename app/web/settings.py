"""The service's settings beside the limits, and all settings of an environment together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backstep.limits import Limits
from backstep.settings import Setting, check_names, read, setting, settings_of, shown

from ..jobs import cluster, redis_connection


def _networks(text: str) -> str:
    """A list of addresses and networks. Raises ValueError."""
    for each in filter(None, map(str.strip, text.split(","))):
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise ValueError(
                f"must be addresses or networks with commas between them, and {each[:50]!r} is"
                " neither"
            ) from None
    return text


def _proxies(text: str) -> str:
    return text if text == "*" else _networks(text)


def _redis(text: str) -> str:
    if text:
        redis_connection.place(text)
    return text


def _dask(text: str) -> str:
    if text:
        cluster.place(text)
    return text


@dataclass(frozen=True, slots=True)
class Settings:
    """The service's settings. Raises ValueError where one cannot be meant."""

    workers: int = setting(
        2, "processes", "Workers that compute at once: best the number of cores.", most=256
    )
    cheap_workers: int = setting(
        1,
        "processes",
        "Workers beside these that take cheap jobs alone, so that none waits for dear ones.",
        least=0,
        most=64,
    )
    jobs_per_worker: int = setting(
        5000, "jobs", "A worker is replaced after so many: what libraries keep only grows."
    )
    cache_bytes: int = setting(
        64_000_000, "bytes", "Memory for cached answers; 0 for none.", least=0
    )
    redis: str = setting(
        "",
        "",
        "A Redis or Valkey through which replicas share answers, what is refused for a while, and"
        " what clients have taken, such as `redis://:password@host:6379/0`; none where it is empty."
        " Whoever can write to it says what is answered.",
        right=_redis,
    )
    dask: str = setting(
        "",
        "",
        "The scheduler of a Dask cluster that computes what is heavy, such as `tcp://host:8786`;"
        " its workers are started by `backstep worker`. None where it is empty.",
        right=_dask,
    )
    proxies: str = setting(
        "127.0.0.1,::1",
        "",
        "Proxies whose header for the client's address is trusted: addresses and networks, or `*`"
        " for any.",
        right=_proxies,
    )
    class_addresses: str = setting(
        "",
        "",
        "Addresses and networks behind each of which sits a class, such as a school's own: every"
        " limit of one client holds there for `BACKSTEP_CLASS_CLIENTS` of them.",
        right=_networks,
    )
    access_log: bool = setting(
        True, "", "A line for each request. No line holds a query, a body or an address."
    )
    log_addresses: bool = setting(
        False,
        "",
        "Whether a request's line has the client's address too.",
    )
    log_format: str = setting(
        "auto",
        "",
        "For a person or a program to read; `auto` is `console` on a terminal, else `json`.",
        choices=("auto", "console", "json"),
    )
    metrics: bool = setting(
        True, "", "Whether `/metrics` answers; it counts requests and shows none of their content."
    )
    graphviz: str = setting(
        "own",
        "",
        "`system` runs the machine's own `dot` in the place of the Graphviz that is installed with"
        " Backstep.",
        choices=("own", "system"),
    )

    def __post_init__(self) -> None:
        for name, each in settings_of(Settings):
            try:
                each.check(getattr(self, name))
            except ValueError as wrong:
                raise ValueError(f"{name} {wrong}") from None


def known() -> Iterator[tuple[type[Settings | Limits], str, Setting]]:
    """Every setting there is, with the class and the field that hold it."""
    for group in (Settings, Limits):
        yield from ((group, name, each) for name, each in settings_of(group))


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The service's settings as an environment gives them.

    Raises SettingError where a value, of a limit too, cannot be meant, or a name is none.
    """
    check_names(environment, [each.variable for _, _, each in known()])
    read(Limits, environment)
    return read(Settings, environment)


def listed(environment: Mapping[str, str]) -> str:
    """Every setting: its value, its unit, its default where the value is another, its reason.

    Raises what `from_environment` raises.
    """
    values = {Settings: from_environment(environment), Limits: read(Limits, environment)}
    return "\n".join(_told(each, getattr(values[group], name)) for group, name, each in known())


def _told(each: Setting, value: int | float | str) -> str:
    changed = "" if value == each.default else f"   (where it is not given: {shown(each.default)})"
    return f"{each.variable}={shown(value)} {each.unit}".rstrip() + f"{changed}\n    {each.reason}"
