"""What no stream may show."""

import base64
import json
import urllib.parse

from json_text import STRING

REDACTED = "<redacted>"


class Secrets:
    def __init__(self):
        self.known = set()

    def add(self, secret):
        if secret:
            self.known |= {secret, base64.b64encode(secret.encode(errors="replace")).decode(), urllib.parse.quote(secret, safe="", errors="replace")}

    def add_credential(self, credential):
        self.add(credential)
        plain = credential.removeprefix("b64:")
        if ":" not in plain:
            try:
                plain = base64.b64decode(plain, validate=True).decode()
            except ValueError:
                return
            self.add(plain)
        self.add(plain.partition(":")[2])

    def out_of(self, text):
        for secret in sorted(self.known, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return text

    def out_of_json(self, text):
        """The same for JSON, however its strings are escaped."""
        def look(found):
            if "\\" not in found[0]:
                return self.out_of(found[0])
            plain = json.loads(found[0])
            clean = self.out_of(plain)
            return found[0] if clean == plain else json.dumps(clean)
        return STRING.sub(look, text) if self.known else text
