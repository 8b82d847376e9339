"""Runs a command in a terminal of its own. Only the command's stdin is the terminal.

Text from stdin is typed into the terminal. When stdin ends, the terminal is closed. After the command, the settings of the
terminal are written to stdout, and the process ends as the command did.
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
    # Python may have changed the default action.
    signal.signal(-status, signal.SIG_DFL)
    signal.raise_signal(-status)
os._exit(status)
