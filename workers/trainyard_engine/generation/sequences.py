"""A sequence under way: its tokens so far, its text, and whether it has ended."""

from tokenizers import Tokenizer

from trainyard_engine.generation.port import FinishReason, GenerationRequest, TokenEvent, TokenLogprob
from trainyard_engine.generation.text_stream import TextStream


class GeneratedSequence:
    """What a request has become; ``number`` is its place among the requests."""

    def __init__(
        self, number: int, request: GenerationRequest, tokenizer: Tokenizer, *, end: frozenset[int], max_context: int
    ) -> None:
        self.sampling = request.sampling
        self.adapter = request.adapter
        self.count = 0
        self.finish_reason: FinishReason | None = None
        self._number = number
        self._end = frozenset(self.sampling.stop_token_ids) | (frozenset() if self.sampling.ignore_end else end)
        self._most = min(self.sampling.max_tokens, max_context - len(request.prompt))
        self._text = TextStream(tokenizer, prompt=request.prompt, stop=self.sampling.stop)

    def add(self, token: TokenLogprob, top: tuple[TokenLogprob, ...]) -> TokenEvent:
        """Takes the next token; an ending one is told, and is not part of the text."""
        self.count += 1
        if token.token_id in self._end:
            self.finish_reason, text = FinishReason.STOP, self._text.end()
        else:
            text = self._text.add(token.token_id)
            if self._text.is_stopped:
                self.finish_reason = FinishReason.STOP
            elif self.count >= self._most:
                self.finish_reason = FinishReason.LENGTH
                text += self._text.end()
        return TokenEvent(self._number, token, text, top[: self.sampling.top_logprobs], self.finish_reason)
