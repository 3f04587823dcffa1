"""Incremental detokenization with stop sequences."""

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream


class TextStream:
    """The text of one sequence as its tokens come, up to the first of ``stop``, which is not part of it."""

    def __init__(self, tokenizer: Tokenizer, *, prompt: Sequence[int], stop: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stop = tuple(text for text in stop if text)
        # Whether a word begins with a space is told by the token before it, so the decoder has to know the prompt.
        self._decoder = DecodeStream(ids=list(prompt), skip_special_tokens=True)
        self._held = ""
        self._unread: list[int] = []
        self.is_stopped = False

    def add(self, token: int) -> str:
        """What ``token`` makes certain; sets ``is_stopped`` when a stop sequence is complete."""
        self._unread.append(token)
        piece = self._decoder.step(self._tokenizer, token)
        if piece is None:
            return ""
        self._unread.clear()
        return self._released(self._held + piece)

    def end(self) -> str:
        """What was held back, now that nothing follows; bytes that make no character become U+FFFD."""
        text, self._held = self._held, ""
        if self._unread and not self.is_stopped:
            text += self._tokenizer.decode(self._unread, skip_special_tokens=True)
        return text

    def _released(self, text: str) -> str:
        found = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if found:
            self.is_stopped, self._held = True, ""
            return text[: min(found)]
        kept = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]


def _overlap(text: str, stop: str) -> int:
    """Characters at the end of ``text`` that may begin ``stop``."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
