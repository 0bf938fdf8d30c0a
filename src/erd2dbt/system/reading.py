"""Files that others name, read whole: bounded in size, and without waiting for what never comes."""

from __future__ import annotations

import errno
import os
import stat
import sys

LARGEST = 256 << 20  # bytes: no schema, board or spec comes near
_CHUNK = 1 << 16  # larger buffers cost more than they save: most files are small
_PATIENCE = 5  # seconds for which a named pipe may have nobody who writes into it
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line endings
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)


def read_whole(place: str | os.PathLike[str]) -> bytes:
    """The bytes of a file, a pipe or a device. OSError, also where it is too large or nobody writes into it."""
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
    """The bytes of a file that stands in somebody's folder. OSError, also for a folder, a pipe or a device."""
    handle = os.open(place, os.O_RDONLY | _BINARY | _WITHOUT_WAITING)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(place))
        return _rest(handle, found.st_size)
    finally:
        os.close(handle)


def read_stdin() -> bytes:
    """All of standard input. OSError, also where it is closed or has too much."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    data = sys.stdin.buffer.read(LARGEST + 1)
    return _bounded(data)


def _rest(handle: int, size: int) -> bytes:
    """`size`: as the system says, which is 0 for what is no file."""
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
    """Until somebody writes into a named pipe, or has done so. OSError."""
    import select

    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    if not waiting.poll(_PATIENCE * 1000):
        raise OSError(errno.EAGAIN, f"nobody wrote into this pipe for {_PATIENCE} seconds")
