"""Who a request is counted for: an address, or a network; and how many clients that stands for."""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from starlette.requests import Request

from backstep.limits import LIMITS


@dataclass(frozen=True, slots=True)
class Client:
    """A client by its name, and how many clients its limits are meant for."""

    name: str
    count: int = 1


class Clients:
    """Tells clients apart. `class_addresses` each stand for a whole class."""

    def __init__(
        self, class_addresses: str = "", class_clients: int = LIMITS.class_clients
    ) -> None:
        self._classes = networks(class_addresses)
        self._class_clients = class_clients
        self.at = functools.lru_cache(maxsize=4096)(self._at)

    def of(self, request: Request) -> Client:
        """The client that a request is counted for."""
        return Client("") if request.client is None else self.at(request.client.host)

    def _at(self, host: str) -> Client:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return Client(host)
        mapped = getattr(address, "ipv4_mapped", None)
        address = address if mapped is None else mapped
        count = self._class_clients if any(address in each for each in self._classes) else 1
        if address.version == 4:
            return Client(str(address), count)
        # A household or a server has 64 bits of addresses to itself.
        return Client(str(ipaddress.ip_network((address, 64), strict=False)), count)


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks with commas between them. Raises ValueError."""
    return tuple(
        ipaddress.ip_network(each) for each in filter(None, map(str.strip, text.split(",")))
    )


def is_within(host: str, places: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether an address is in one of the networks."""
    try:
        address: IPv4Address | IPv6Address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in each for each in places)
