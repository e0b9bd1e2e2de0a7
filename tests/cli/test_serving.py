"""`backstep serve`: what it refuses and in which words. The running service is tested elsewhere."""

from __future__ import annotations

import socket

import pytest

from app.cli import main


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
