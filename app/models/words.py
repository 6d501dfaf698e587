"""Words that people give, as they are kept."""


def one_line(words: str) -> str | None:
    """One line of characters that show, or None where none do."""
    return " ".join("".join(c for c in words if c.isprintable() or c.isspace()).split()) or None
