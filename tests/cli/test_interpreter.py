"""What a process that lives long asks of its interpreter."""

import subprocess
import sys

import pytest

_HEAPS_OF_TEN_THREADS = """
import ctypes, threading
from hub.cli.interpreter import share_heaps

share_heaps()
together = threading.Barrier(10)

def work():
    held = bytearray(100_000)
    together.wait()

threads = [threading.Thread(target=work) for _ in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc has several heaps")
def test_many_threads_share_few_heaps():
    told = subprocess.run(
        [sys.executable, "-c", _HEAPS_OF_TEN_THREADS], capture_output=True, text=True, check=True
    ).stdout
    assert 1 <= told.count("<heap nr=") <= 2
