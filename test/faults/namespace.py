"""Runs a command in a network namespace of its own, whose resolver takes every question and answers none.

usage: namespace.py COMMAND…     exit status 77: no namespace can be made here
"""
import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile

NO_NAMESPACE = 77
INSIDE = "CRM_FDW_NAMESPACE"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))


def be_inside(command):
    raise_loopback()
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.1", 53))
    with tempfile.NamedTemporaryFile("w") as settings:
        os.chmod(settings.name, 0o644)
        settings.write("nameserver 127.0.0.1\n")
        settings.flush()
        subprocess.run(["mount", "--bind", settings.name, "/etc/resolv.conf"], check=True)
        return subprocess.run(command, check=False).returncode


def main():
    command = sys.argv[1:]
    if os.environ.get(INSIDE):
        sys.exit(be_inside(command))
    # Root stays root, because PostgreSQL is started under another user; others get the rights they need in a user
    # namespace.
    unshare = ["unshare", "--mount", "--net"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-current-user", "--keep-caps"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode != 0:
        sys.exit(NO_NAMESPACE)
    sys.exit(subprocess.run([*unshare, sys.executable, __file__, *command], check=False,
                            env={**os.environ, INSIDE: "1"}).returncode)


if __name__ == "__main__":
    main()
