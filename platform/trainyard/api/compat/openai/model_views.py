"""OpenAI's models, completions and embeddings."""

import base64
import secrets
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import numpy as np
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_prediction
from trainyard.api.compat.openai import bodies, models
from trainyard.api.compat.openai.completions import Completions, usage
from trainyard.api.compat.openai.views_base import OpenAIView
from trainyard.api.generation_stream import GenerationStream, streamed
from trainyard.api.serializers import validated
from trainyard.core.time import database_now
from trainyard.registry import operations, predictions, waiting
from trainyard_spec.generation import MOST_TOKENS

COMPLETION_TOKENS = 16
"""Of a completion, where it is not said; a chat may have all that fit."""


class ModelsView(OpenAIView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": models.bodies()})


class ModelView(OpenAIView):
    actions: ClassVar = {"GET": "models.read", "DELETE": "models.write"}

    def get(self, request: Request, name: str) -> Response:
        if models.is_base(name):
            return Response(models.base_body(name))
        return Response(models.body(models.model_of(name)))

    def delete(self, request: Request, name: str) -> Response:
        model = models.model_of(name)
        operations.delete_model(model_id=model.id, actor=self.actor.name, now=database_now())
        return Response({"id": name, "object": "model", "deleted": True})


class GenerationView(OpenAIView):
    actions: ClassVar = {"POST": "models.predict"}
    idempotent_post = False
    body_limits: ClassVar = {ANY_TYPE: of_prediction}

    def answer(
        self, request: Request, asked: dict[str, Any], inputs: list[dict[str, Any]], *, is_chat: bool, logprobs: bool
    ) -> Response | StreamingHttpResponse:
        """Answers ``inputs``, each ``n`` times: whole, or in chunks as they are written."""
        model, now, n = models.model_of(asked["model"]), database_now(), asked["n"] or 1
        seed = secrets.randbelow(2**31 - bodies.MOST_CHOICES) if asked.get("seed") is None else asked["seed"]
        sampling = {
            "temperature": 1.0 if asked["temperature"] is None else asked["temperature"],
            "top_p": 1.0 if asked["top_p"] is None else asked["top_p"],
            "top_k": asked["top_k"],
            "stop": asked.get("stop") or (),
            "logprobs": logprobs,
        }
        chosen = [{**each, **sampling, "seed": (seed + choice) % 2**31} for each in inputs for choice in range(n)]
        options = asked.get("stream_options") or {}
        shown = Completions(
            id=f"{'chatcmpl' if is_chat else 'cmpl'}-{secrets.token_hex(12)}",
            created=int(now.timestamp()),
            model=asked["model"],
            is_chat=is_chat,
            logprobs=logprobs,
            includes_usage=bool(options.get("include_usage")),
        )
        if asked["stream"]:
            prediction = predictions.submit(
                model_id=model.id, inputs=chosen, created_by=self.actor.name, streams=True, now=now
            )

            def encode(stream: GenerationStream) -> AsyncIterator[bytes]:
                return shown.chunks(stream, prompts=len(inputs))

            return streamed(request, prediction, actor=self.actor, encode=encode)
        answers = waiting.answered(model_id=model.id, inputs=chosen, created_by=self.actor.name, now=now)
        return Response(shown.whole(answers, prompts=len(inputs)))


class ChatView(GenerationView):
    def post(self, request: Request) -> Any:
        asked = validated(bodies.ChatSerializer, request.data)
        tools = [] if asked.get("tool_choice") == "none" else asked.get("tools") or []
        chat = {
            "messages": asked["messages"],
            "tools": tools,
            "max_tokens": asked.get("max_completion_tokens") or asked.get("max_tokens") or MOST_TOKENS,
            "top_logprobs": asked["top_logprobs"] or 0,
        }
        return self.answer(request, asked, [chat], is_chat=True, logprobs=bool(asked["logprobs"]))


class CompletionView(GenerationView):
    def post(self, request: Request) -> Any:
        asked = validated(bodies.CompletionSerializer, request.data)
        logprobs = asked.get("logprobs")
        prompts = [
            {
                "prompt": prompt,
                "max_tokens": asked.get("max_tokens") or COMPLETION_TOKENS,
                "top_logprobs": logprobs or 0,
            }
            for prompt in asked["prompt"]
        ]
        return self.answer(request, asked, prompts, is_chat=False, logprobs=logprobs is not None)


class EmbeddingsView(OpenAIView):
    actions: ClassVar = {"POST": "models.predict"}
    idempotent_post = False
    body_limits: ClassVar = {ANY_TYPE: of_prediction}

    def post(self, request: Request) -> Response:
        """Of each input a vector of unit length, as base64 of float32 where asked.

        It is what a sentence embedding has learnt, or the mean of a language model's last hidden states.
        """
        asked = validated(bodies.EmbeddingsSerializer, request.data)
        model = models.model_of(asked["model"])
        answers = waiting.answered_with_vectors(
            model=model, texts=asked["input"], created_by=self.actor.name, now=database_now()
        )
        data = [
            {"object": "embedding", "index": index, "embedding": _encoded(each["embedding"], asked["encoding_format"])}
            for index, each in enumerate(answers)
        ]
        read = usage(answers, prompts=len(answers))
        tokens = {"prompt_tokens": read["prompt_tokens"], "total_tokens": read["total_tokens"]}
        return Response({"object": "list", "data": data, "model": asked["model"], "usage": tokens})


def _encoded(vector: list[float], form: str) -> list[float] | str:
    if form == "float":
        return vector
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()
