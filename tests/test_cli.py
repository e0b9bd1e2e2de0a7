"""The command line: what it refuses and in which words. The running service is tested elsewhere."""

from __future__ import annotations

import io
import socket
from pathlib import Path

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


NET = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2\n"


def test_a_definition_is_exported_to_a_file_or_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "net.nn", tmp_path / "net.py"
    source.write_text(NET)
    assert main(["export", str(source), "--target", "numpy", "-o", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert "w = 0.5  # param" in out.read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(NET))
    asked = ["export", "-", "--target", "numpy", "--set", "w=0.7", "--wrt", "x"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "w = 0.7  # param" in told
    assert "return L, {'x': dx}" in told


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--target", "fortran"], "there is no target 'fortran'"),
        (["--target", "numpy", "--set", "w"], "write NAME=VALUE"),
        (["--target", "numpy", "--set", "w=much"], "is no number"),
        (["--target", "numpy", "--set", "v=1"], "'v' is not in the text"),
        (["--target", "numpy", "--wrt", "v"], "no name 'v'"),
    ],
)
def test_what_cannot_be_exported_is_said(
    asked: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "net.nn"
    source.write_text(NET)
    assert main(["export", str(source), *asked]) == 1
    assert said in capsys.readouterr().err
    source.write_text("param w = 1\nL = w*v")
    assert main(["export", str(source), "--target", "numpy"]) == 1
    assert "^" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "no.nn"), "--target", "numpy"]) == 1
    assert "no.nn" in capsys.readouterr().err
