"""Secrets asked for: typed unseen, or piped in. Never an argument, which `ps` shows to all."""

import sys

import click


def secret(label: str, *, from_stdin: bool, twice: bool = False) -> str:
    """A secret from the first line of standard input, or from a prompt on a terminal."""
    if not from_stdin and sys.stdin.isatty():
        typed: str = click.prompt(label, hide_input=True, confirmation_prompt=twice, err=True)
        return typed
    piped = sys.stdin.readline().rstrip("\r\n")
    if not piped:
        raise click.UsageError(f"{label.lower()}: nothing came on standard input")
    return piped
