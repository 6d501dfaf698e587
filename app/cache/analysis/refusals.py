"""What cannot be cached, and what cannot be told."""


class Uncacheable(Exception):
    """The statement's answer is nothing a cache may keep; the message says why."""


class Unanalysable(Uncacheable):
    """What is read or written cannot be told; the message says what to write."""

    @classmethod
    def reading(cls, why: str) -> "Unanalysable":
        return cls(
            f"{why}; name its tags: pass tags=, a set of tags or a function of the parameters"
        )

    @classmethod
    def writing(cls, why: str) -> "Unanalysable":
        return cls(
            f"{why}; name its tags: .execution_options(cache_tags=[...]),"
            " or cursor.cache_tags = [...] on a cursor of the driver"
        )
