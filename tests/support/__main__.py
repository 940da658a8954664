"""`python -m tests.support`: get what tests need from the machine, and say what was done."""

import sys

from tests.support import chromium, postgres


def main() -> int:
    for need in (chromium, postgres):
        try:
            sys.stdout.write(need.get() + "\n")
        except RuntimeError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
