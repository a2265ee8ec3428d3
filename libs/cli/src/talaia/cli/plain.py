"""Text of strangers, made fit to be shown: a terminal must not obey it."""

from rich.console import Console


def plain(word: str | bytes | None) -> str:
    """Printable whatever it holds."""
    if word is None:
        return "none"
    text = word if isinstance(word, str) else word.decode(errors="backslashreplace")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def plain_console(*, stderr: bool = False, soft_wrap: bool = False, width: int | None = None) -> Console:
    """Shows every text as it is, in tables too: what stands in it is neither markup nor the name of a picture."""
    return Console(stderr=stderr, soft_wrap=soft_wrap, width=width, highlight=False, markup=False, emoji=False)
