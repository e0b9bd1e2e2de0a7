"""The tools served by the Model Context Protocol over standard input and output.

Needs the SDK, the package mcp: the extra of that name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Image
from mcp.server.mcpserver.exceptions import ToolError

from backstep import __version__
from backstep.errors import BackstepError

from ..jobs.protocol import to_json
from .tools import INSTRUCTIONS, TOOLS, draw


def make() -> MCPServer:
    """The server with its five tools."""
    server = MCPServer(
        "backstep", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    for tool in TOOLS:
        server.tool(description=" ".join((tool.__doc__ or "").split()), structured_output=False)(
            _served(tool)
        )
    return server


def _served(tool: Callable[..., Any]) -> Callable[..., Any]:
    """The tool, whose answer is JSON or a picture, and whose refusals the model reads in words."""

    @functools.wraps(tool)
    def served(*args: object, **kwargs: object) -> Any:
        try:
            found = tool(*args, **kwargs)
        except BackstepError as error:
            raise ToolError(str(error)) from None
        if tool is draw:
            return Image(data=found, format="png")
        return to_json(found).decode()

    # The SDK reads a tool's arguments off its signature, with annotations that are resolved.
    hints = inspect.get_annotations(tool, eval_str=True)
    kept: Any = served
    kept.__annotations__ = {**hints, "return": Any}
    kept.__signature__ = inspect.signature(tool, eval_str=True).replace(return_annotation=Any)
    return served


def serve() -> None:
    """Answer on standard input and output until they close."""
    make().run("stdio")
