"""Text of strangers, made fit to be shown: a terminal must not obey it."""


def plain(word: str | bytes | None) -> str:
    """Printable whatever it holds."""
    if word is None:
        return "none"
    text = word if isinstance(word, str) else word.decode(errors="backslashreplace")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
