#!/usr/bin/python3
"""How much sooner is `procedura run` done than the least that Python's websockets needs for the same?

    bench/startup_vs_python.py                          with the programs in build/release/bin
    bench/startup_vs_python.py --bin build/dev/bin --pairs 50
    bench/startup_vs_python.py --json > startup.json    all samples, for a report
    bench/startup_vs_python.py --at-least 15            exit 1 if the ratio's lower bound is below

What is measured: whole processes, from fork to exit, that connect to the same mock-agent with the same token, run
`worldstate_snapshot --terse` and print its result. The Python side is not the published SDK (which does more) but the shortest
program on `websockets` that does the job: connect with the token, send one frame, read until `finished`, print, close. Both are
started with the same call from this script, which costs each the same fork and exec.

How: one warm-up of each, then pairs, the order within each pair drawn at random from a seed, so that a machine that changes its
speed changes it for both. Reported: median, quartiles and fastest of each, and the median CPU time (user and system); the ratio of
the medians; and a 95 % bootstrap interval of that ratio over the pairs. Run it on an idle machine: load adds the same waiting to
both and so flattens the ratio. Start-up only: it says nothing about throughput.

Needs: the system's Python with python3-websockets (Debian), and built programs (./dev build procedura mock-agent).
"""

import argparse
import json
import os
import pathlib
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TOKEN = "ci-token"  # of demo-world.json

PYTHON_CLIENT = """
import asyncio, json, sys, websockets
async def main(url, token):
    headers = {"Authorization": "Bearer " + token}
    async with websockets.connect(url, extra_headers=headers, subprotocols=[token]) as ws:
        await ws.send(json.dumps({"id": "1", "cmd": "worldstate_snapshot", "args": ["--terse"], "mode": "sync"}))
        while True:
            reply = json.loads(await ws.recv())
            if reply["status"] in ("finished", "error"):
                break
    print(json.dumps(reply.get("result", reply), indent=2, ensure_ascii=False))
asyncio.run(main(*sys.argv[1:]))
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog="see the head of the file")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin", help="where the programs are")
    parser.add_argument("--python", default="/usr/bin/python3", help="the Python that has websockets")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="all samples as JSON on stdout; the summary goes to stderr")
    parser.add_argument("--at-least", type=float, metavar="RATIO", help="exit 1 if the interval's lower bound is below")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    if arguments.pairs < 5:
        parser.error("--pairs: at least 5, or the interval means nothing")
    for name in ("procedura", "mock-agent"):
        if not (arguments.bin / name).exists():
            parser.error(f"{arguments.bin / name} is not built: ./dev build procedura mock-agent, or --bin FOLDER")
    if subprocess.run([arguments.python, "-c", "import websockets"], capture_output=True, check=False).returncode:
        parser.error(f"{arguments.python} has no websockets: apt-get install python3-websockets, or --python PROGRAM")
    return arguments


class Mock:
    def __init__(self, program, folder):
        scenario = ROOT / "mockserver" / "scenarios" / "demo-world.json"
        self.process = subprocess.Popen([program, "--script", scenario, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        cwd=folder)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("mock-agent did not start")
        self.url = json.loads(line)["listening"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def once(command, env):
    """Runs a program to its end: ({"wall": ms, "cpu": ms}, what it printed)."""
    with tempfile.TemporaryFile() as stderr:
        begun = time.perf_counter_ns()
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter_ns() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        if process.returncode != 0:
            stderr.seek(0)
            raise SystemExit(f"{command[0]} failed: {stderr.read().decode()}")
    return {"wall": elapsed / 1e6, "cpu": (usage.ru_utime + usage.ru_stime) * 1e3}, json.loads(output)


def measure(commands, env, pairs, rng):
    results = {once(command, env)[1]["meta"]["world"] for command in commands.values()}  # the warm-up, and: do both the same?
    if len(results) != 1:
        raise SystemExit("the two programs printed different results")
    samples = []
    for _ in range(pairs):
        order = list(commands)
        rng.shuffle(order)
        samples.append({name: once(commands[name], env)[0] for name in order})
    return samples


def ratio_of_medians(samples, kind="wall"):
    return statistics.median(s["python"][kind] for s in samples) / statistics.median(s["procedura"][kind] for s in samples)


def interval(samples, rng, rounds=2000):
    ratios = sorted(ratio_of_medians(rng.choices(samples, k=len(samples))) for _ in range(rounds))
    return ratios[int(rounds * 0.025)], ratios[int(rounds * 0.975)]


def main():
    arguments = parse_arguments()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        client = pathlib.Path(home) / "client.py"
        client.write_text(PYTHON_CLIENT)
        mock = Mock(arguments.bin / "mock-agent", home)
        commands = {
            "procedura": [arguments.bin / "procedura", "--url", mock.url, "--token", TOKEN, "run", "worldstate_snapshot", "--", "--terse"],
            "python": [arguments.python, client, mock.url, TOKEN],
        }
        try:
            samples = measure(commands, env, arguments.pairs, rng)
        finally:
            mock.stop()

    ratio, (low, high) = ratio_of_medians(samples), interval(samples, rng)
    out = sys.stderr if arguments.json else sys.stdout
    print(f"{'ms, whole process':<20}{'median':>9}{'q1':>9}{'q3':>9}{'fastest':>9}{'CPU time':>10}", file=out)
    for name in commands:
        times = [sample[name]["wall"] for sample in samples]
        cpu = statistics.median(sample[name]["cpu"] for sample in samples)
        q1, median, q3 = statistics.quantiles(times, n=4)
        print(f"{name:<20}{median:>9.2f}{q1:>9.2f}{q3:>9.2f}{min(times):>9.2f}{cpu:>10.2f}", file=out)
    print(f"CPU time: {ratio_of_medians(samples, 'cpu'):.1f} to 1, which a busy machine changes less", file=out)
    print(f"procedura is {ratio:.1f} times as fast (95 % interval {low:.1f} to {high:.1f}, {len(samples)} pairs, seed {arguments.seed}, "
          f"{os.cpu_count()} cores, {platform.machine()})", file=out)
    if arguments.json:
        json.dump({"samples_ms": samples, "ratio_of_medians": ratio, "interval_95": [low, high], "pairs": len(samples),
                   "seed": arguments.seed, "cores": os.cpu_count(), "machine": platform.machine(), "bin": str(arguments.bin)}, sys.stdout,
                  indent=1)
        print()
    return 1 if arguments.at_least and low < arguments.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
