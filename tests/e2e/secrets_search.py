"""Searching what programs wrote for secrets, in every form in which one may leave."""

import base64
import json
import urllib.parse


def forms_of(secret):
    """The bytes to look for: as it is, in base64 (also inside of something longer), percent- and JSON-escaped."""
    raw = secret.encode()
    forms = {raw, urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode()}
    forms.add("".join(f"%{byte:02x}" for byte in raw).encode())
    forms.add("".join(f"\\u{ord(char):04x}" for char in secret).encode())
    forms.add(json.dumps(secret)[1:-1].encode())
    forms.add(json.dumps(json.dumps(secret))[3:-3].encode())
    for encode in base64.b64encode, base64.urlsafe_b64encode:
        for before in range(3):  # within longer bytes, the first and last characters depend on the neighbours
            whole = encode(b"\0" * before + raw)
            forms.add(whole[(0, 2, 3)[before]:len(whole) - (4 if whole.endswith(b"=") else 0)])
    return {form for form in forms if len(form) >= 4}


def found(secrets, *outputs):
    """[(secret, form)] of what is in one of the outputs (text or bytes). Case does not matter."""
    haystack = b"\n".join(each.encode() if isinstance(each, str) else each for each in outputs).lower()
    return [(secret, form) for secret in secrets for form in forms_of(secret) if form.lower() in haystack]
