"""Prints how long a command takes from its start to its end: the median of 30."""

import statistics
import subprocess
import sys
import time


def run():
    start = time.perf_counter()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


run()
times = [run() for _ in range(30)]
print(f"{sys.argv[2]}: median {statistics.median(times):.1f} ms, least {min(times):.1f} ms of {len(times)}")
