"""What a command prints, where nobody takes it any more."""

import os
import sys


def cut_off(error: OSError) -> int:
    """Say why the output ends here, unless whoever read, such as `head`, has enough; return 1."""
    # Nothing is left to flush when Python ends.
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        sys.stderr.write(f"The answer cannot be written: {error.strerror}.\n")
    return 1
