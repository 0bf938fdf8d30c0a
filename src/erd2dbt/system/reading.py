"""Reads files that the user names: with a maximum size, and without waiting forever."""

from __future__ import annotations

import errno
import os
import stat
import sys

LARGEST = 256 << 20  # bytes: more than any schema, board or spec
_CHUNK = 1 << 16  # larger buffers are slower: most files are small
_PATIENCE = 5  # seconds to wait for a writer of a named pipe
_BINARY = getattr(os, "O_BINARY", 0)  # without it, Windows would translate line ends
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)


def read_whole(place: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file, a pipe or a device. Raises OSError, also if it is too large or has no writer."""
    handle = os.open(place, os.O_RDONLY | _BINARY | _WITHOUT_WAITING)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISFIFO(mode):
            _wait(handle)
        if _WITHOUT_WAITING:
            os.set_blocking(handle, True)
        return _rest(handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def read_regular(place: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a regular file. Raises OSError, also for a folder, a pipe or a device."""
    handle = os.open(place, os.O_RDONLY | _BINARY | _WITHOUT_WAITING)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(place))
        return _rest(handle, found.st_size)
    finally:
        os.close(handle)


def read_stdin() -> bytes:
    """Return all of standard input. Raises OSError, also if it is closed or too large."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    data = sys.stdin.buffer.read(LARGEST + 1)
    return _bounded(data)


def _rest(handle: int, size: int) -> bytes:
    """Read the rest. `size`: from the system, which reports 0 for pipes and devices."""
    if size > LARGEST:
        raise _too_large()
    chunks, left = [os.read(handle, _CHUNK)], LARGEST + 1 - _CHUNK
    while chunks[-1] and left > 0:
        chunks.append(os.read(handle, _CHUNK))
        left -= len(chunks[-1])
    return _bounded(chunks[0] if len(chunks) == 1 else b"".join(chunks))


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise _too_large()
    return data


def _too_large() -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} megabytes")


def _wait(handle: int) -> None:
    """Wait until a writer opens a named pipe. Raises OSError."""
    import select

    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    if not waiting.poll(_PATIENCE * 1000):
        raise OSError(errno.EAGAIN, f"nobody wrote into this pipe for {_PATIENCE} seconds")
