#!/usr/bin/env python3
"""Backstep's front door: makes the project's own environment and runs one thing in it.

    python3 run.py [serve] [--host H] [--port P]     the page and its API, on 127.0.0.1:8000
    python3 run.py test [--slow | --long] [pytest arguments]  the tests; with --slow those that take
                                     minutes too, with --long every sweep there is
    python3 run.py test --exported [pytest arguments]  exported programs, PyTorch's and JAX's too;
                                     with --tensors all tests and these
    python3 run.py test --cluster                    replicas, a Redis and a Dask cluster here, each
                                     killed in turn; needs or fetches Debian's packages
    python3 run.py check                             lint, formatting, types, the lock file;
                                     the page's scripts too, where `npm ci` has been run
    python3 run.py verify [--texts N] [--only W]     gradients held against other ways, N of N texts
    python3 run.py bench [--only PARTS] [--dry]      how fast, beside others: benchmarks/RESULTS.md

Needs Python 3.11 or newer with pip, or uv. What it makes stands in this folder: the environment
in .venv, and uv, if there is none, in .uv. Outside it, in the home folder's .cache, a uv that was
there keeps the packages it fetched, and wasmtime the Graphviz that it compiled for this machine.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python must be told so, in words)
    sys.exit(
        f"Backstep needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.\n"
        "Run it with a newer one, for example: python3.12 run.py"
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OWN_UV = ROOT / ".uv"
BROWSERS = ROOT / ".browsers"
TENSORS = ROOT / ".tensors"
UV_PINNED = "0.13.8"
UV_OLDEST = (0, 7)  # the first to write lock files of the present form

# Where this is run by an environment's Python (.venv's own, say), the one it was made from.
PYTHON = getattr(sys, "_base_executable", None) or sys.executable


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name. Returns the exit code, where it returns."""
    if os.name == "nt":
        sys.exit("Backstep runs on Linux and macOS. On Windows, run it inside WSL.")
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    if not arguments or arguments[0].startswith("-"):
        arguments = ["serve", *arguments]
    os.chdir(ROOT)
    if arguments[0] == "test":
        return test(arguments[1:])
    if arguments[0] == "check":
        return check()
    if arguments[0] == "verify":
        make_environment(development=True)
        return become(["-m", "tests.verified", *arguments[1:]])
    if arguments[0] == "bench":
        make_environment(development=True)
        return become(["-m", "benchmarks", *arguments[1:]])
    make_environment(development=False)
    return become(["-m", "app.cli", *arguments])


def test(arguments: list[str]) -> int:
    """Run pytest on two to four processes, a file on one: its tests share a browser.

    A later `-n` or `-m` among the arguments wins. With --exported it is the tests of exported
    programs alone, the slow ones included, with PyTorch and JAX in an environment of their own;
    C's and Octave's run where `cc` and `octave-cli` are. With --tensors it is all tests, these two
    among them. With --cluster it is the test of several machines alone, with the servers it needs.
    """
    uv = make_environment(development=True)
    if "--exported" in arguments or "--tensors" in arguments:
        python = make_tensors(uv)
        if python:
            os.environ["TENSORS_PYTHON"] = python
        elif "--exported" in arguments:
            sys.exit("PyTorch and JAX could not be installed; pip's own words are above.")
        else:
            say("PyTorch and JAX could not be installed: their tests are passed over.")
    if "--exported" in arguments:
        rest = [argument for argument in arguments if argument != "--exported"]
        return become(["-m", "pytest", "-m", "not long", "tests/export", *rest])
    if "--cluster" in arguments:
        fetch_servers(uv)
        os.environ["TEST_CLUSTER"] = "1"
        rest = [argument for argument in arguments if argument != "--cluster"]
        return become(["-m", "pytest", "-m", "", "-s", "tests/cluster", *rest])
    fetch_chromium()
    marks = ["-m", "not long"] if "--slow" in arguments else []
    marks = ["-m", ""] if "--long" in arguments else marks
    rest = [argument for argument in arguments if argument not in ("--slow", "--long", "--tensors")]
    spread = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    return become(["-m", "pytest", *spread, *marks, *rest])


def make_tensors(uv: str) -> str | None:
    """Make the environment of PyTorch and JAX, this once. Returns the path of its Python, or None.

    By pip, which takes PyTorch from where it is set to look first: PyPI's brings CUDA along.
    """
    python = str(TENSORS / "bin" / "python")
    if not TENSORS.exists():
        say("Making an environment of PyTorch and JAX in .tensors (this once).")
    commands = [
        [uv, "venv", "--quiet", "--seed", "--allow-existing", str(TENSORS)],
        [python, "-m", "pip", "install", "--quiet", "numpy", "jax[cpu]", "torch==2.13.0"],
    ]
    for command in commands:
        if subprocess.run(command, env=environment(uv)).returncode:
            return None
    return python


def fetch_servers(uv: str) -> None:
    """Install Dask into the environment, and Redis and HAProxy from Debian where they are not."""
    extra = [uv, "sync", "--frozen", "--inexact", "--quiet", "--extra", "dask"]
    if subprocess.run(extra, env=environment(uv)).returncode:
        sys.exit("Dask could not be installed; uv's own words are above.")
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    missing = [name for name in ("redis-server", "haproxy") if not shutil.which(name, path=path)]
    if not missing:
        return
    say(f"Asking Debian for {' and '.join(missing)} (this once).")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    for command in (["apt-get", "update", "-qq"], install):
        try:
            failed = subprocess.run([*as_root, *command], stdout=subprocess.DEVNULL).returncode
        except FileNotFoundError:
            failed = 1
        if failed:
            sys.exit(f"Install these and try again: {', '.join(missing)}.")


def check() -> int:
    """Run every check, even after one has failed. Returns 1 if any failed."""
    uv = make_environment(development=True)
    checks = [
        [in_venv("ruff"), "check", "."],
        [in_venv("ruff"), "format", "--check", "."],
        [in_venv("mypy")],
        [uv, "lock", "--check", "--quiet"],
    ]
    # The page's scripts and sheets: only CI must have Node.
    if (ROOT / "node_modules").exists() or os.environ.get("CI", "").lower() not in (
        "",
        "0",
        "false",
    ):
        checks.append(["npm", "run", "--silent", "check"])
    failed = []
    for command in checks:
        said = " ".join([Path(command[0]).name, *command[1:]])
        print(f"· {said}", flush=True)
        if subprocess.run(command, env=environment(uv)).returncode:
            failed.append(said)
    print(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def in_venv(name: str) -> str:
    """The path of a program of the project's environment."""
    return str(VENV / "bin" / name)


def become(arguments: list[str]) -> int:
    """Go on as the environment's Python, so that signals and the exit code are its own."""
    sys.stdout.flush()
    python = in_venv("python")
    # Without kept bytecode each worker, and each of the tests' many processes, would compile
    # every package again, SymPy above all: three seconds instead of one.
    dropped = ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    variables = {name: value for name, value in os.environ.items() if name not in dropped}
    os.execve(python, [python, *arguments], variables)


def make_environment(development: bool) -> str:
    """Bring .venv to what uv.lock says and return the path of uv, found or fetched.

    Other installed packages stay, so that serving does not remove the tests' packages. uv finds
    in about 20 ms that nothing is to be done, so no record of it is kept.
    """
    uv = find_uv() or fetch_uv()
    command = [uv, "sync", "--frozen", "--inexact"]
    if not development:
        command.append("--no-dev")
    if VENV.exists():
        command.append("--quiet")
    else:
        say("Making Backstep's environment in .venv (this once).")
    # uv brings certificates of its own; where the network has others, the system knows them.
    by_system = {**environment(uv), "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    if all(subprocess.run(command, env=known).returncode for known in (environment(uv), by_system)):
        sys.exit(
            "The packages could not be installed; uv's own words are above.\n"
            "If the network could not be reached, try again when it can; behind a proxy, set "
            "HTTPS_PROXY, and SSL_CERT_FILE where it has a certificate of its own."
        )
    return uv


def environment(uv: str) -> dict[str, str]:
    """The variables uv runs with: this Python, this folder, no Python downloaded."""
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    variables["UV_PYTHON"] = PYTHON
    variables["UV_PYTHON_DOWNLOADS"] = "never"
    variables["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    if uv.startswith(str(OWN_UV)):
        variables.setdefault("UV_CACHE_DIR", str(OWN_UV / "cache"))
    return variables


def find_uv() -> str | None:
    """The path of a uv that runs and is new enough, or None."""
    for candidate in (shutil.which("uv"), str(OWN_UV / "bin" / "uv")):
        if candidate is None or not Path(candidate).exists():
            continue
        asked = subprocess.run([candidate, "--version"], capture_output=True, text=True)
        version = re.match(r"uv (\d+)\.(\d+)", asked.stdout)
        if asked.returncode == 0 and version:
            major, minor = version.groups()
            if (int(major), int(minor)) >= UV_OLDEST:
                return candidate
    return None


def fetch_uv() -> str:
    """Put uv in .uv with pip and return its path; ends the run where that cannot be done."""
    oldest = ".".join(map(str, UV_OLDEST))
    say(f"No uv (from {oldest} on) was found: putting uv {UV_PINNED} in .uv (this once).")
    command = [find_pip(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-cache-dir", "--upgrade", "--target", str(OWN_UV), f"uv=={UV_PINNED}"]
    # Settings that suit other installs and forbid this one.
    variables = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    variables["PIP_ROOT_USER_ACTION"] = "ignore"
    failed = subprocess.run(command, env=variables).returncode
    uv = find_uv()
    if failed or uv is None:
        sys.exit(
            "uv could not be installed; pip's own words are above.\n"
            "If the network could not be reached, try again when it can. Any uv on the PATH "
            "serves as well: https://docs.astral.sh/uv/getting-started/installation/"
        )
    return uv


def find_pip() -> str:
    """A Python that has pip: this one, or one made from it in .uv; else the run ends."""
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return PYTHON
    made = OWN_UV / "python"
    if subprocess.run([PYTHON, "-m", "venv", str(made)], capture_output=True).returncode == 0:
        return str(made / "bin" / "python")
    sys.exit(
        f"{PYTHON} has neither pip nor the means to make an environment with one.\n"
        "Install pip (on Debian and Ubuntu: apt-get install python3-pip) or uv, and try again."
    )


def fetch_chromium() -> None:
    """Have Playwright install a Chromium if there is none; the tests can do without."""
    from tests.chromium import find

    if find() is not None:
        return
    say("No Chromium was found: asking Playwright for one, into .browsers (this once).")
    variables = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS)}
    command = [in_venv("python"), "-m", "playwright", "install", "chromium"]
    try:
        asked = subprocess.run(command, env=variables, timeout=300, stderr=subprocess.PIPE)
        failure = asked.stderr.decode().strip().partition("\n")[0] if asked.returncode else ""
    except subprocess.TimeoutExpired:
        failure = "five minutes were not enough"
    if failure:
        say(f"That failed ({failure}). Tests that need a browser will say so and be skipped.")


def say(words: str) -> None:
    """Tell the user what is being done, ahead of what other programs write."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
