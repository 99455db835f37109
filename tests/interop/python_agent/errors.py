"""What an agent says when it will not do something: the codes of the protocol."""


class Refusal(Exception):
    """Becomes an error frame. `code` and `message` as in ERR-1; `context` are further members."""

    def __init__(self, code: str, message: str, **context: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.context = context


class BadFrame(Refusal):
    def __init__(self, message: str) -> None:
        super().__init__("BAD_FRAME", message)


class BadRequest(Refusal):
    """`id` is what the frame had as its id, if that was a string."""

    def __init__(self, message: str, id: str | None = None) -> None:
        super().__init__("BAD_REQUEST", message)
        self.id = id
