"""How frames look as text: order of the members, blanks, and what nobody asked for. Pure."""

import itertools
import json

from .exchange import Frame
from .options import Options

ROUTING = ("id", "job_id", "status")
DUMPS = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "python": {},
    "spread": {"indent": "\t", "ensure_ascii": False},
}
# separator of members, of name and value, and what stands inside the braces
LAYOUT = {"compact": (",", ":", ""), "python": (", ", ": ", ""), "spread": (",\n\t", " :\t", "\n")}


class RawJson(str):
    """JSON text that leaves as it stands."""


class Manners:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._count = itertools.count(1)

    def texts(self, frame: Frame) -> list[str]:
        """The frame as text, after the chatter that goes before it."""
        chatter = self._chatter(frame) if self._options.extra_frames else []
        if self._options.extra_members:
            frame = {**frame, **self._unknown_members()}
        return [self._render(each) for each in (*chatter, frame)]

    def _chatter(self, frame: Frame) -> list[Frame]:
        """For nobody, and for the request itself if it has had its first frame. An id that nobody asked with is no liberty (REQ-2)."""
        n = next(self._count)
        events: list[Frame] = [{"status": "world_tick", "n": n}, {"status": "running", "note": "for whom it may concern"}]
        if frame["status"] in ("running", "finished"):
            events.append({name: frame[name] for name in ("id", "job_id") if name in frame} | {"status": "pondering", "n": n})
        return events

    @staticmethod
    def _unknown_members() -> Frame:
        return {
            "agent": {"name": "python_agent", "id": "not-an-id", "job_id": "not-a-job", "status": "finished"},
            "trace": ["id", {"status": "error"}, None, 0.5],
            "été \u2603 \U0001f9ed": "\\\"\u0000\u2028",
        }

    def _render(self, frame: Frame) -> str:
        if self._options.order == "reversed":
            rest = {name: value for name, value in frame.items() if name not in ROUTING}
            frame = {**rest, **{name: frame[name] for name in reversed(ROUTING) if name in frame}}
        style = self._options.json
        comma, colon, edge = LAYOUT[style]
        members = (self._dump(name, style) + colon + self._dump(value, style) for name, value in frame.items())
        return "{" + edge + comma.join(members) + edge + "}"

    @staticmethod
    def _dump(value: object, style: str) -> str:
        return str(value) if isinstance(value, RawJson) else json.dumps(value, allow_nan=False, **DUMPS[style])
