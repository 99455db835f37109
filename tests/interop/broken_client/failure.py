"""How a command of this client fails, and the exit codes."""

AGENT, USAGE, CONNECTION, TOKEN, TIME = 1, 2, 3, 4, 5

EXIT_CODES = {"CONNECT_TIMEOUT": CONNECTION, "CONNECT_FAILED": CONNECTION, "HANDSHAKE_REFUSED": CONNECTION, "TLS_FAILED": CONNECTION,
              "CONNECTION_LOST": CONNECTION, "PROTOCOL_ERROR": CONNECTION, "MESSAGE_TOO_BIG": CONNECTION, "ACK_TIMEOUT": TIME,
              "FINAL_TIMEOUT": TIME, "BAD_TOKEN": USAGE, "BAD_URL": USAGE, "TOKEN_FILE": TOKEN, "OTHER_ORIGIN": TOKEN}


class Failure(Exception):
    """A request that came to nothing. `code` is an error of the client's own, or of the agent's."""

    def __init__(self, code, message, by_agent=False):
        super().__init__(message)
        self.code = code
        self.message = message
        self.by_agent = by_agent
        self.exit_code = AGENT if by_agent else EXIT_CODES[code]

    def __str__(self):
        return f"{self.code}: {self.message}"
