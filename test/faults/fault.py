"""What a fault is, and what may become of a read that meets it."""
from dataclasses import dataclass, field

COMPLETE = "complete and correct"
NULLED = "complete, the lost field NULL"
STALLED_NAME = "resolver that never answers"


@dataclass
class Fault:
    name: str
    # COMPLETE, NULLED, or the SQLSTATEs that the error may have.
    expect: object
    # A regular expression that the error's text must match: the message names what happened.
    words: str = ""
    # Faults of the sandbox, each without its match, or with keys to add to the read's own.
    scheduled: list = field(default_factory=list)
    # Changes an answer on its way back (wire.Proxy), given the read: rewrite(read, exchange).
    rewrite: object = None
    # The server's endpoint instead of the sandbox's, and what counts the connections there.
    endpoint: str = ""
    counts: object = None
    options: dict = field(default_factory=dict)  # of the server
    settings: dict = field(default_factory=dict)  # of the session
    oauth: bool = False
    # The error is right, and so is an exact result, where a read can do without what was spoilt.
    may_complete: bool = False
    # Other expectations for reads of these names.
    instead: dict = field(default_factory=dict)

    def expected_of(self, read):
        return self.instead.get(read.name, self.expect)


def on(action, **match):
    """A fault of the sandbox on the requests of whatever read runs."""
    return {"match": match, "action": action}
