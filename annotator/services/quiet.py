"""Long loops without the garbage collector.

Import and export make hundreds of thousands of small tuples and no cycles. The collector does not
know that: every few thousand of them it looks through the whole process, which costs a third of
the time. Whoever runs such a loop pauses it, for as long as the loop runs.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_paused = 0
_was_on = True


@contextmanager
def collector_paused() -> Iterator[None]:
    """No automatic collection inside the block; blocks may nest and overlap in other threads."""
    global _paused, _was_on
    with _lock:
        if _paused == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _paused += 1
    try:
        yield
    finally:
        with _lock:
            _paused -= 1
            if _paused == 0 and _was_on:
                gc.enable()
