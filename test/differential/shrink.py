"""Makes a query that fails smaller, as long as it fails in the same way."""
import time

from compare import Refused, compare

MAX_SECONDS = 60


def shrink(sides, query, difference, seconds=MAX_SECONDS):
    """The smallest query found, its difference, and how many were tried."""
    tried, end = 0, time.monotonic() + seconds
    while True:
        for candidate in query.smaller():
            if time.monotonic() > end:
                return query, difference, tried
            tried += 1
            try:
                found = compare(sides, candidate)
            except Refused:
                continue
            # What is no SQL any more fails on the copy too, and is refused.
            if found and found.kind == difference.kind:
                query, difference = candidate, found
                break
        else:
            return query, difference, tried
