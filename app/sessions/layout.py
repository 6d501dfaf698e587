"""Where sessions lie: all keys of a user in one slot of a cluster."""

PREFIX = "session:"


class Layout:
    """Keys by names and tags; a name is `<tag>:<digest>`."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    @property
    def channel(self) -> str:
        """Where the names of sessions are told that somebody ended."""
        return f"{self.prefix}ended"

    def session(self, name: str) -> str:
        """The HASH of a session."""
        tag, _, digest = name.partition(":")
        return self.stem(tag) + digest

    def stem(self, tag: str) -> str:
        """What the keys of a user's sessions begin with."""
        return f"{self.prefix}{{{tag}}}:"

    def epoch(self, tag: str) -> str:
        """A STRING that changes when all sessions of a user end."""
        return f"{self.stem(tag)}epoch"

    def index(self, tag: str) -> str:
        """A ZSET of a user's sessions by when they end."""
        return f"{self.stem(tag)}all"
