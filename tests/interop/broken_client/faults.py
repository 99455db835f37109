"""Which rule a client breaks, and the proof that it did."""


class Faults:
    """At most one rule is broken. Wherever the client would break it, it asks `breaks`, and breaks it if that says so."""

    def __init__(self, rule=None, proof=None):
        self.rule = rule
        self.proof = proof

    def breaks(self, rule, what):
        """True if `rule` is the one to break. `what` is about to happen because of it: it is written down, as the proof."""
        if rule != self.rule:
            return False
        if self.proof is not None:
            with open(self.proof, "a", encoding="utf-8") as out:
                out.write(f"{rule}: {what}\n")
        return True
