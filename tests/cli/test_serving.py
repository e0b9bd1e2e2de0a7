"""`backstep serve`: what it refuses and in which words. The running service is tested elsewhere."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from app.cli import main
from tests import service


def test_a_taken_port_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    said = capsys.readouterr()
    assert f"Port {port} of 127.0.0.1 is taken" in said.err
    assert f"--port {port + 1}" in said.err
    assert said.out == ""


def test_an_address_of_another_machine_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "192.0.2.1", "--port", "0"]) == 1
    assert capsys.readouterr().err.startswith("Cannot listen on 192.0.2.1, port 0: ")


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_out_of_range_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", f"--port={port}"])
    assert stopped.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_the_service_says_where_it_is(server: str) -> None:
    host, _, port = server.removeprefix("http://").partition(":")
    assert host == "127.0.0.1"
    with socket.create_connection((host, int(port)), timeout=60):
        pass


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="no port for several here")
def test_several_processes_serve_on_one_port(tmp_path: Path) -> None:
    logs = [tmp_path / "one", tmp_path / "other"]
    with service.running(logs[0], arguments=("--port", "0", "--reuse-port")) as address:
        port = address.rpartition(":")[2]
        with service.running(logs[1], arguments=("--port", port, "--reuse-port")) as same:
            assert same == address
            for _ in range(40):  # each on a connection of its own
                assert httpx.get(f"{address}/api/v1/examples", timeout=60).status_code == 200
            assert all(log.read_text().count("/api/v1/examples") > 3 for log in logs)
        assert httpx.get(f"{address}/api/v1/examples", timeout=60).status_code == 200
