# SPDX-License-Identifier: Apache-2.0
"""What tests, a demonstration or a benchmark start on this machine, and how all of it goes away again."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# How long an event is waited for. Where it comes this costs nothing, however busy the machine is.
EVENT_SECONDS = 60


class Stage:
    """A scratch folder and processes; leaving it, however that happens, ends the processes and removes the folder."""

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        self.folder = tempfile.mkdtemp(prefix="weir-")
        self.processes = []
        return self

    def __exit__(self, *unused):
        # From here on a second Ctrl-C must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self.processes):
            stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        path = os.path.join(self.folder, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def start(self, name, argv, **options):
        """Runs argv in a session of its own (Ctrl-C is for us to pass on); output goes to NAME.log."""
        log = open(self.path(name + ".log"), "wb")
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                   **options)
        process.log = log.name
        log.close()
        self.processes.append(process)
        return process


def interrupt(number, frame):
    raise KeyboardInterrupt


def stop(process, seconds=EVENT_SECONDS):
    """SIGTERM, and SIGKILL for one that does not listen. Returns the exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class HeldPort:
    """A port of the loopback, for a program that must be told one: bound until close(), and never listened on.
    The kernel gives it to no other; a program that sets SO_REUSEADDR, as servers do, may listen on it, and again."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]

    def close(self):
        self.socket.close()


def wait_for(what, check, seconds=EVENT_SECONDS, process=None):
    """The first true answer of check(), asked again and again; raises where time or the process ends first."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: ended with {process.returncode}:\n{tail(process.log)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds:g} s\n{tail(process.log) if process else ''}")
        time.sleep(0.01)


def tail(path, lines=20):
    with open(path, "rb") as file:
        return "".join(line.decode(errors="replace") for line in file.readlines()[-lines:])
