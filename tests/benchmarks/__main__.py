"""`make bench`: measures, beside the bare tools in the same run, and says which bars are kept.

    python -m tests.benchmarks [PART …]      parts: server pages in_and_out agreement browser

Exit status 1 when a bar is crossed. Figures of one run are comparable with each other, not with
another machine's.
"""

import sys
from importlib import import_module

from tests.benchmarks.result import Result, show

PARTS = ("server", "pages", "in_and_out", "agreement", "browser")


def main(wished: list[str]) -> int:
    unknown = set(wished) - set(PARTS)
    if unknown:
        sys.stderr.write(f"No such part: {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}\n")
        return 2
    results: list[Result] = []
    for part in wished or PARTS:
        found = import_module(f"tests.benchmarks.{part}").measure()
        sys.stdout.write(f"\n{part}\n{show(found)}\n")
        sys.stdout.flush()
        results += found
    crossed = [result for result in results if not result.good]
    sys.stdout.write(f"\n{len(results)} figures, {len(crossed)} beyond their bar\n")
    return 1 if crossed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
