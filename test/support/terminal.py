"""Runs a command on a terminal of its own (80 columns), for the tests: python3 terminal.py COMMAND ARG...

Reads orders from standard input, one a line: `key` types Ctrl-C, `quit-key` Ctrl-\\, `SIGNAL` sends a signal to the command, `hangup` closes the
terminal. Writes what the terminal shows to standard output, and at last `exit CODE` to standard error: the exit code, or
minus the number of the signal that ended the command.
"""
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios

master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
child = subprocess.Popen(
    sys.argv[1:],
    stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
)
os.close(slave)


def obey(order):
    global master
    if order == b'key':
        os.write(master, b'\x03')
    elif order == b'quit-key':
        os.write(master, b'\x1c')
    elif order == b'hangup':
        os.close(master)
        master = None
    elif child.poll() is None:
        child.send_signal(getattr(signal, order.decode()))


orders = b''
sources = [0]
while True:
    ready, _, _ = select.select(sources + ([] if master is None else [master]), [], [], 0.05)
    if master in ready:
        try:
            os.write(1, os.read(master, 65536))
        except OSError:  # Nothing has the terminal open.
            break
    if 0 in ready:
        chunk = os.read(0, 4096)
        if not chunk:
            sources = []
        *complete, orders = (orders + chunk).split(b'\n')
        for order in complete:
            obey(order)
    if master is None and child.poll() is not None:
        break
print('exit', child.wait(), file=sys.stderr)
