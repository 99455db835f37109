"""What is read off the machine while two processes work: their CPU time, and how much of the machine others took."""

import os
import pathlib
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
CPUCLOCK_SCHED = 2  # of a process, to the nanosecond: the clock that clock_getcpuclockid(3) names


def cpu_s(pid):
    """The CPU time of a process, all its threads."""
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


def machine_busy_s():
    """The CPU time that anybody took of this machine, and that its host took from it."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, pathlib.Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_S


class Span:
    """From its making to `end`: the CPU time per second of each process, and the share of the machine that others took."""

    def __init__(self, *pids):
        self.pids = pids
        self.begun = self.look()

    def look(self):
        return time.perf_counter(), [cpu_s(pid) for pid in self.pids], machine_busy_s(), time.process_time()

    def end(self):
        then, cpu_then, busy_then, own_then = self.begun
        now, cpu_now, busy_now, own_now = self.look()
        seconds = now - then
        each = [(after - before) / seconds for before, after in zip(cpu_then, cpu_now)]
        ours = sum(each) + (own_now - own_then) / seconds
        return each, max(0.0, ((busy_now - busy_then) / seconds - ours) / os.cpu_count())


def machine():
    """Which machine it is, for people."""
    models = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{models[0] if models else os.uname().machine}, {os.cpu_count()} cores, Linux {os.uname().release}"
