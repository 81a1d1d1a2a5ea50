"""What machine a figure was taken on, and how busy it was with other work."""

import os
import subprocess
import time


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def cpu_model():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def describe():
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    flags = open("/proc/cpuinfo").read()
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "neither AVX2 nor AVX-512"
    return {
        "cpu": f"{cpu_model()}, {vectors}",
        "cores": os.cpu_count(),
        "system": release["PRETTY_NAME"].strip('"'),
        "compiler": first_line(["c++", "--version"]),
        "date": time.strftime("%Y-%m-%d"),
    }


def cpu_times():
    """busy and all time of the machine since it started, in ticks"""
    ticks = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


class Calm:
    """Lets measurements run while nothing else does: waits until the machine is idle, then says how many cores other
    processes took while a measurement ran. A process that was asked to wait longer than `patience` seconds in all goes on
    without."""

    LIMIT = 0.1  # cores

    def __init__(self, patience):
        self.patience = patience

    def wait(self):
        while True:
            start = time.monotonic()
            before = cpu_times()
            time.sleep(0.15)
            after = cpu_times()
            if os.cpu_count() * (after[0] - before[0]) / max(1, after[1] - before[1]) < self.LIMIT or self.patience <= 0:
                return
            self.patience -= time.monotonic() - start

    def measure(self, pids, run):
        """run() while the machine is calm, again if it was not -> what it returned, the cores that others took"""
        while True:
            self.wait()
            start, ours, all_busy = time.monotonic(), sum(map(used, pids)), cpu_times()[0]
            result = run()
            others = (cpu_times()[0] - all_busy) - (sum(map(used, pids)) - ours)
            cores = max(0.0, others - 1) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - start)  # a tick of rounding
            if cores < self.LIMIT or self.patience <= 0:
                return result, cores
            self.patience -= time.monotonic() - start


def used(pid):
    """Ticks that a process and its threads have computed."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
