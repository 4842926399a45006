"""What `make run` does: the first look and the first Admin once, then the runner and the app until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Final

from audit_core.access.passwords import new_password
from audit_core.actors import Role
from audit_core.errors import AuditError, ConfigError
from audit_core.store.accounts import Accounts
from audit_core.workspace import Workspace
from jobs.tasks import JOBS
from jobs.told import execute_and_tell

FIRST_ADMIN: Final = "admin@redline.example"
_ROOT = Path(__file__).resolve().parents[1]
_FIRST_JOBS = ("sync", "retrain", "report")
_READY_S, _END_S = 60, 50


def launch(workspace: Workspace) -> int:
    """Run everything. Returns 0 after Ctrl-C or SIGTERM, 1 when the app or the runner ended by itself."""
    host, port = workspace.settings.dashboard.host, workspace.settings.dashboard.port
    _require_free(host, port)
    workspace.store.create()
    if not workspace.store.snapshots.latest() and (code := _first_look(workspace)):
        return code
    password = _first_admin(workspace)
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    environment = {"FORWARDED_ALLOW_IPS": ""} | os.environ | {"AUDIT_CONFIG": str(workspace.config.absolute())}
    app = ["-m", "streamlit", "run", "streamlit_app.py", "--server.address", host, "--server.port", str(port)]
    children = [
        subprocess.Popen([sys.executable, *words], cwd=_ROOT, env=environment, start_new_session=True)
        for words in (["-m", "jobs", "start"], app)
    ]
    try:
        if _ready(host, port, children, asked):
            _say_how_to_sign_in(host, port, password)
        while not asked.wait(1):
            if any(child.poll() is not None for child in children):
                print("The app or the runner has ended; its last words stand above.", file=sys.stderr)
                return 1
        return 0
    finally:
        _end(children)


def _first_look(workspace: Workspace) -> int:
    """Read the sheets for the first time. Returns the exit code of a job that was cancelled, else 0."""
    print("First start: reading the sheets, fitting the model, making a report. This takes a minute.", flush=True)
    for name in _FIRST_JOBS:
        result = execute_and_tell(workspace, JOBS[name])
        print(f"  {name}: {result.status}. {result.message}", flush=True)
        if result.exit_code > 128:
            return result.exit_code
    return 0


def _first_admin(workspace: Workspace) -> str | None:
    """The password of an Admin made now; None when there is one already."""
    if any(person.role == Role.ADMIN and person.active for person in Accounts(workspace.store).everybody()):
        return None
    password = new_password()
    words = [sys.executable, "-m", "jobs", "user", "add", FIRST_ADMIN, "--role", Role.ADMIN.value]
    environment = os.environ | {"AUDIT_CONFIG": str(workspace.config.absolute())}
    made = subprocess.run(
        words, input=f"{password}\n", text=True, capture_output=True, cwd=_ROOT, env=environment, check=False
    )
    if made.returncode:
        raise AuditError(f"The first Admin could not be made ({made.stderr.strip()}).")
    # at once: whatever happens from here on, these words are the only place where it stands
    print(f"The first Admin, {FIRST_ADMIN}, has the password {password}", flush=True)
    return password


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"dashboard.port: {host}:{port} cannot be used ({error.strerror}): end what runs there, "
                "or name another port in config.json."
            ) from error


def _ready(host: str, port: int, children: list["subprocess.Popen[bytes]"], asked: threading.Event) -> bool:
    """Whether the app answers, within a minute, while everything lives."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline and not asked.is_set() and all(child.poll() is None for child in children):
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/_stcore/health", timeout=2):
                return True
        except OSError:
            asked.wait(0.3)
    return False


def _say_how_to_sign_in(host: str, port: int, password: str | None) -> None:
    shown = "localhost" if host == "127.0.0.1" else host
    print(f"\nRedline is up: http://{shown}:{port}\n", flush=True)
    if password is None:
        print("Sign in as before; 'python -m jobs user add' lets more people in. Ctrl-C ends it.", flush=True)
        return
    print("Sign in with\n", f"  E-mail    {FIRST_ADMIN}", f"  Password  {password}\n", sep="\n", flush=True)
    print("The password is shown only now. Ctrl-C ends it; 'make run' starts it again.", flush=True)


def _end(children: list["subprocess.Popen[bytes]"]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + _END_S
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
