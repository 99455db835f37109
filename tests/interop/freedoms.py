"""What the protocol leaves to an agent, as switches of the agents here: every client and every judge has to get along with each."""

import concurrent.futures

# By what they are about: of each one at most, and any with any other.
FACTORS = {
    "target": {"targeted by id": ["--target", "id"], "targeted by job_id": ["--target", "job_id"]},
    "ack": {"ack with a job_id": ["--ack-job-id"]},
    "started": {"started without id": ["--started-without-id"]},
    "echo": {"token not echoed": ["--no-echo"]},
    "refuse": {"dead tokens get no upgrade": ["--refuse", "http-401"]},
    "replace": {"replace closes others": ["--replace", "close"]},
    "running": {"running frames in sync": ["--running-in-sync"]},
    "members": {"unknown members": ["--extra-members"]},
    "frames": {"unknown frames": ["--extra-frames"]},
    "json": {"JSON as Python writes it": ["--json", "python"], "JSON over many lines": ["--json", "spread"]},
    "order": {"status and id last": ["--order", "reversed"]},
    "delay": {"every frame 20 ms late": ["--delay", "20"]},
    "coalesce": {"many frames in a segment": ["--coalesce"]},
    "split": {"a frame in many segments": ["--split"]},
    "fragments": {"fragmented messages": ["--fragment"]},
}

SINGLY = {
    "as it comes": [],
    **{name: switches for factor in FACTORS.values() for name, switches in factor.items()},
    "all by job_id": ["--ack-job-id", "--target", "job_id"],
    "segments across frames": ["--coalesce", "--split"],
    # What a client has to bear, but a judge has not (SYN-1, SYN-4).
    "late ack": ["--ack", "late"],
    "no ack": ["--ack", "none"],
}

TOGETHER = {
    "final by job_id in the ack's segment": ["--ack-job-id", "--target", "job_id", "--coalesce", "--running-in-sync"],
    "job_id alone, in one segment": ["--started-without-id", "--target", "job_id", "--coalesce"],
    "something else before started without id": ["--extra-frames", "--started-without-id"],
    "chatter in one segment": ["--extra-frames", "--extra-members", "--coalesce", "--order", "reversed", "--json", "python"],
    "fragments cut by segments": ["--fragment", "--split", "--json", "spread", "--extra-members"],
    "late and by job_id": ["--delay", "5", "--ack", "late", "--ack-job-id", "--target", "job_id", "--running-in-sync"],
    "everything at once": ["--ack-job-id", "--target", "job_id", "--started-without-id", "--no-echo", "--running-in-sync",
                           "--extra-members", "--extra-frames", "--json", "spread", "--order", "reversed", "--coalesce",
                           "--split", "--fragment", "--delay", "1"],
}

ALL = {**SINGLY, **TOGETHER}


def each(test, use, some=ALL, at_once=4):
    """Calls `use(switches)` for each of the freedoms, some at once; what fails is reported under its name."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        results = {name: pool.submit(use, switches) for name, switches in some.items()}
    for name, result in results.items():
        with test.subTest(name):
            result.result()
