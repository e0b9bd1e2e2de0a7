"""What the library loads, and when: each test asks a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys

WEB = (
    "fastapi starlette uvicorn pydantic pydantic_settings structlog prometheus_client httptools "
    "websockets h11 uvloop watchfiles dotenv anyio"
)
EXTRAS = "rich anywidget mcp"
NET = "net = backstep.Network('input x = 2\\nparam w = [0.5, 1]\\nh = tanh(w*x)\\nL = sum(h^2)')\n"


def fresh(script: str) -> None:
    """Run a script in a new interpreter, bytecode kept as it is by default."""
    known = {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", script], check=True, env=known)


def test_the_package_alone_is_imported_at_once_and_loads_nothing_heavy() -> None:
    fresh(
        "import sys, time; began = time.process_time(); import backstep\n"
        "assert time.process_time() - began < 0.6, time.process_time() - began\n"
        "heavy = {'numpy', 'sympy', 'fastapi', 'pydantic', 'uvicorn', 'wasmtime', 'lark'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert not hasattr(backstep, 'Nothing')\n"
        "assert all(getattr(backstep, name) for name in backstep.__all__)\n"
    )


def test_the_library_works_without_the_web_and_loads_sympy_and_wasmtime_when_first_used() -> None:
    fresh(
        "import sys, time\n"
        f"for name in {[*WEB.split(), *EXTRAS.split()]}: sys.modules[name] = None\n"
        "loaded = lambda *names: [name for name in names if name in sys.modules]\n"
        f"import backstep\n{NET}"
        "net.evaluate(); net.compile()(w=[1, 2]); net.jacobian('h', 'w'); net.cost()\n"
        "list(net.train(steps=2)); net.gradient('w', form='shared'); net.walk().steps\n"
        "net.derivation('w'); assert loaded('sympy', 'mpmath', 'wasmtime') == []\n"
        "net.graph().svg; assert loaded('sympy', 'wasmtime') == ['wasmtime']\n"
        "net.gradient('w', form='scalar'); assert loaded('sympy') == ['sympy']\n"
        "net.check(); net.compare('w', '2*h*(1 - h^2)*x'); net.hessian(); net.export('numpy')\n"
        "net.loss.numpy()(); net.walk()._repr_html_()\n"
        "assert not [name for name in sys.modules if name.startswith(('app.', 'backstep.app'))]\n"
    )
