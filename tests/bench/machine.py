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


def busy(seconds=0.1):
    """The cores that are busy now, while our own processes sleep: what other work takes."""
    before = cpu_times()
    time.sleep(seconds)
    after = cpu_times()
    return os.cpu_count() * (after[0] - before[0]) / max(1, after[1] - before[1])
