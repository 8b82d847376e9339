"""Runs a command in a terminal of its own, which is its stdin alone.

What comes from stdin is typed into the terminal; when that ends, the terminal is closed. After the command the terminal's
settings are written to stdout, and the process ends as the command did.
"""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading

controller, terminal = os.openpty()


def take_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


child = subprocess.Popen(
    sys.argv[1:], stdin=terminal, close_fds=False, preexec_fn=take_terminal
)


def type_stdin():
    while text := os.read(0, 100):
        os.write(controller, text)
    os.close(controller)


threading.Thread(target=type_stdin, daemon=True).start()
status = child.wait()
try:
    print("terminal:", *termios.tcgetattr(terminal), flush=True)
except termios.error:
    print("terminal: closed", flush=True)
if status < 0:
    # Its default action may have been changed by Python.
    signal.signal(-status, signal.SIG_DFL)
    signal.raise_signal(-status)
os._exit(status)
