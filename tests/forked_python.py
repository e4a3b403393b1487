"""Python in processes of their own that start at once: forks of one that has imported the project already.

A new interpreter takes most of a second for its imports, and the tests start hundreds. A fork gets what a new one would
get: arguments, environment, folder, input and output. What is read from the environment while a module is imported
(`ldn_directory.settings`) is not imported before.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from types import ModuleType
from typing import Any, NoReturn

PROJECT = Path(__file__).parents[1]
STATUS = struct.Struct("qq")
IMPORTED = (
    "ldn_directory.cli.app",
    "ldn_directory.cli.demo",
    "ldn_directory.cli.health",
    "ldn_directory.crawl.archive_cache",
    "ldn_directory.crawl.csv_feed",
    "ldn_directory.crawl.harvest_extension",
    "ldn_directory.crawl.middlewares",
    "ldn_directory.crawl.replay",
    "ldn_directory.crawl.resolver",
    "ldn_directory.crawl.robots",
    "ldn_directory.crawl.runner",
    "ldn_directory.crawl.site_throttle",
    "ldn_directory.families",
    "ldn_directory.matching.review_queue",
    "ldn_directory.probe",
    "ldn_directory.publish.build",
    "ldn_directory.publish.packages",
    "scrapy.core.downloader.contextfactory",
    "scrapy.core.downloader.handlers.file",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.cookies",
    "scrapy.extensions.feedexport",
    "scrapy.extensions.remote_control",
    "scrapy.extensions.telnet",
    "twisted.internet.asyncioreactor",
)


class Process:
    """A fork that runs `python ARGUMENTS`, begun with `-c CODE` or `-m MODULE`."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | str | None = None,
        input: str = "",
    ) -> None:
        self.arguments, self.returncode, self.peak_mb = arguments, None, 0
        told = {"arguments": arguments, "env": dict(os.environ if env is None else env), "cwd": str(cwd or Path.cwd())}
        (self._status, status), (out, out_end), (err, err_end) = (os.pipe() for _ in range(3))
        with TemporaryFile() as given:
            given.write(input.encode())
            given.seek(0)
            files = [status, given.fileno(), out_end, err_end]
            socket.send_fds(_server(), [json.dumps(told).encode()], files)
        for end in (status, out_end, err_end):
            os.close(end)
        self._out, self._err = _Reader(out), _Reader(err)
        self.pid, _ = self._told(60)

    def _told(self, timeout: float) -> tuple[int, int]:
        """The next two numbers that are known of it."""
        if not select.select([self._status], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(list(self.arguments), timeout)
        told = os.read(self._status, STATUS.size)
        assert told, f"the process that forks has ended: {self.arguments}"
        return STATUS.unpack(told)

    def wait(self, timeout: float = 120) -> int:
        """Its exit code, once it has ended; the negative number of the signal that killed it."""
        if self.returncode is None:
            self.returncode, self.peak_mb = self._told(timeout)
            os.close(self._status)
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def said(self) -> str:
        """What it has written so far."""
        return b"".join(self._out.read).decode()

    def communicate(self, timeout: float = 120) -> tuple[str, str]:
        """All that it and its own processes write, once they have ended; it is killed if that takes longer."""
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.send_signal(signal.SIGKILL)
            raise
        return self._out.all(timeout), self._err.all(timeout)


class _Reader(threading.Thread):
    """Reads a pipe until nobody can write to it any more."""

    def __init__(self, pipe: int) -> None:
        super().__init__(daemon=True)
        self.pipe, self.read = pipe, []
        self.start()

    def run(self) -> None:
        with os.fdopen(self.pipe, "rb", buffering=0) as pipe:
            while more := pipe.read(65_536):
                self.read.append(more)

    def all(self, timeout: float) -> str:
        self.join(timeout)
        assert not self.is_alive(), "a process that it has started goes on"
        return b"".join(self.read).decode()


def run(arguments: Sequence[str], *, timeout: float = 120, **how: Any) -> subprocess.CompletedProcess[str]:
    """What `python ARGUMENTS` says and how it ends, as `subprocess.run` gives it."""
    process = Process(arguments, **how)
    out, err = process.communicate(timeout)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@cache
def _server() -> socket.socket:
    """The way to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, __file__, str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=os.environ | {"PYTHONPATH": str(PROJECT)})
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(60)

    atexit.register(end)
    return ours


def _serve(asks: socket.socket) -> None:
    """Forks for each message, until the other end is closed."""
    path = sys.path[1:]
    for name in IMPORTED:
        import_module(name)
    assert not {"ldn_directory.settings", "twisted.internet.reactor"} & sys.modules.keys()
    assert threading.active_count() == 1, "a fork of a process with threads may never end"
    gc.freeze()
    while True:
        message, files, *_ = socket.recv_fds(asks, 2**20, 4)
        if not message:
            break
        if not os.fork():
            asks.close()
            _watch(json.loads(message), path, *files)
        for file in files:
            os.close(file)
        while _has_ended(os.WNOHANG):
            pass
    while _has_ended(0):
        pass
    os._exit(0)


def _has_ended(how: int) -> bool:
    try:
        return os.waitpid(-1, how)[0] > 0
    except ChildProcessError:
        return False


def _watch(told: dict[str, Any], path: list[str], status: int, *files: int) -> NoReturn:
    """Forks once more, and says which process that is, how it ends, and the memory of the largest of its processes."""
    pid = os.fork()
    if not pid:
        os.close(status)
        _become(told, path, *files)
    for file in files:
        os.close(file)
    os.write(status, STATUS.pack(pid, 0))
    _, ended, used = os.wait4(pid, 0)
    os.write(status, STATUS.pack(os.waitstatus_to_exitcode(ended), used.ru_maxrss // 1024))
    os._exit(0)


def _become(told: dict[str, Any], path: list[str], *files: int) -> NoReturn:
    """Does what a new interpreter would, and ends as it would."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    (how, what), sys.argv[1:] = told["arguments"][:2], told["arguments"][2:]
    sys.argv[0] = how
    sys.path[:] = ["", *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), *path]
    sys.modules["__main__"] = main = ModuleType("__main__")
    code = 0
    try:
        if how == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(compile(what, "<string>", "exec"), vars(main))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
