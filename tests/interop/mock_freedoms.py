"""The same freedoms for the mock: a scenario that lies over the reference agent's and answers in another manner. Pure."""

import json
import re

# As in freedoms.py, by what they are about; not the way in which frames are written, which no scenario chooses.
FACTORS = {
    "target": {"targeted by id": "id", "targeted by job_id": "job_id"},
    "ack": {"ack without a job_id": "id"},
    "started": {"started without id": "job_id"},
    "echo": {"token not echoed": "never"},
    "refuse": {"dead tokens get no upgrade": "http-401"},
    "replace": {"replace closes others": "close-4001"},
    "running": {"running frames in sync": [{"running": {"progress": 0}}]},
    "members": {"unknown members": {"agent": {"id": "not-an-id", "status": "finished"}, "trace": [None, {"job_id": "not-a-job"}]}},
    "frames": {"unknown frames": [{"send": {"status": "world_tick"}}, {"send": {"status": "running", "note": "for whom it may concern"}}]},
    "delay": {"every frame 20 ms late": "20ms"},
    "coalesce": {"many frames in a segment": True},
    "fragments": {"fragmented messages": 61},  # bytes of each
}
FRAMES = {"ack", "started", "running", "finished", "error", "send"}


def scenario_of(text):
    """A scenario as data: JSON with // comments, which stand on lines of their own."""
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def overlay(base, chosen):
    """A scenario to be given after `base`. `chosen` has a value for each factor in which the agent is to differ."""
    stubs = []
    for stub in base["stubs"]:
        if not is_plain(stub):
            continue
        for mode, name in ("sync", stub["name"]), ("async", f"{stub['name']}, async"):
            # A job_id that the ack did not tell cannot target what follows.
            target = "id" if mode == "sync" and "ack" in chosen else chosen.get("target", "both")
            match = {**stub["match"], "mode": mode}
            stubs.append({**stub, "name": name, "match": match, "target": target, "reply": reply(stub["reply"], mode, chosen)})
    auth = {key: chosen[key] for key in ("echo", "refuse", "replace") if key in chosen}
    faults = [{"fault": {"latency": chosen["delay"]}}] if "delay" in chosen else []
    # Settings are overridden one by one, but a list as a whole.
    return {"version": 1, "stubs": stubs, **({"auth": auth} if auth else {}), **({"faults": faults} if faults else {})}


def is_plain(stub):
    """Begins with an accept, whatever the mode. Any other is written frame by frame, in manners of its own."""
    steps = stub.get("reply", [])
    return bool(steps) and "mode" not in stub["match"] and stub.get("accept") is not False and "accept" not in steps[1:] and not any(
        isinstance(step, list) or set(step) & {"accept", "ack", "started"} for step in steps if step != "accept")


def reply(steps, mode, chosen):
    steps = [step for step in steps if step != "accept"]
    word, ids = ("ack", chosen.get("ack", "both")) if mode == "sync" else ("started", chosen.get("started", "both"))
    first = [{word: {}, "target": ids}, *(chosen.get("running", []) if mode == "sync" else [])]
    whole = dressed(first, chosen) + dressed(steps, chosen)
    count = sum(is_frame(step) for step in whole)
    at_once = not any("delay" in step or "repeat" in step or "await" in step for step in steps)
    # Frames that wait for each other: only where none of them would have waited anyhow (SYN-4, ASY-1).
    return [{"fault": {"coalesce": count}}, *whole] if "coalesce" in chosen and at_once else whole


def is_frame(step):
    return bool(set(step) & FRAMES)


def dressed(steps, chosen):
    """The steps, each frame among them with unknown members, after chatter, and in fragments."""
    told = []
    for step in steps:
        if "repeat" in step:
            step = {**step, "steps": dressed(step["steps"], chosen)}
        for word in {"running", "error"} & set(step):  # the others have no room for members of their own
            step = {**step, word: {**step[word], **chosen.get("members", {})}}
        for frame in [*chosen.get("frames", []), step] if is_frame(step) else [step]:
            told += fragmented(frame, chosen) if is_frame(frame) else [frame]
    return told


def fragmented(frame, chosen):
    if "fragments" not in chosen:
        return [frame]
    # What gives a whole request back may be of any size: not a hundred thousand fragments.
    size = 65_536 if "${raw_args}" in json.dumps(frame) else chosen["fragments"]
    return [{"fault": {"fragment": size}}, frame]
