"""The whole service in this process, for cases that are asked by HTTP. Holds no checks."""

from tests.web.conftest import anyio_backend, real

__all__ = ["anyio_backend", "real"]
