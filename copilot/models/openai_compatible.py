"""Any server that speaks OpenAI's chat protocol, through LangChain: OpenAI, Qwen, DeepSeek, vLLM, Ollama.

What a server does not support it answers with 400: the call is then repeated with less, and the adapter
remembers. Importing LangChain takes seconds, so that only an installation with a model does it, once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, assert_never
from urllib.parse import urlsplit

from pydantic import SecretStr

from copilot.models.chat import ChatRequest, Counts, Fault, Message, ModelError, Part, Piece, Watch
from copilot.models.loop import IoLoop

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

# What is asked of the server beside the messages, from most to least.
Form = Literal["schema", "json", "plain"]
_FORMS: tuple[Form, ...] = ("schema", "json", "plain")
_OWN_HOST = "api.openai.com"
# The client's own timeout only guards against threads of input and output that nobody ends.
_SOCKET_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served, under which name; `temperature` None leaves it to the server."""

    base_url: str
    model: str
    api_key: SecretStr | None = None
    temperature: float | None = None


@dataclass(slots=True)
class OpenAICompatible:
    """One model of one server."""

    endpoint: Endpoint
    loop: IoLoop
    _form: Form = "schema"
    _client: ChatOpenAI | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Build the client: seconds of import now, none on the way of a request."""
        from langchain_openai import ChatOpenAI  # noqa: PLC0415 - see the module's docstring

        key = self.endpoint.api_key or SecretStr("none")
        self._client = ChatOpenAI(
            base_url=self.endpoint.base_url,
            model=self.endpoint.model,
            api_key=key,
            max_retries=0,  # retries stand in one layer: ours
            timeout=_SOCKET_SECONDS,
            stream_chunk_timeout=None,  # LangChain's own deadline; ours is the only one
            stream_usage=True,
            use_responses_api=False,
        )

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.endpoint.model

    @property
    def form(self) -> Form:
        """How much structure the server was found to support."""
        return self._form

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        """Yield the answer; a request that is refused is repeated in a simpler form. Raise ModelError."""
        for form in _FORMS[_FORMS.index(self._form) :]:
            try:
                yield from self._attempt(request, watch, form)
            except ModelError as error:
                if error.fault != "refused" or form == "plain" or request.schema is None:
                    raise
            else:
                self._form = form
                return

    def _attempt(self, request: ChatRequest, watch: Watch, form: Form) -> Iterator[Part]:
        import httpx2  # noqa: PLC0415 - comes with openai
        import openai  # noqa: PLC0415 - see the module's docstring

        # Beside the named errors of client and transport: what their parsers raise on bytes that are no
        # answer (`choices` a string, a delta without text) is not documented and differs by version.
        odd = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, AssertionError)
        begun = False
        try:
            for part in self.loop.stream(lambda: self._parts(request, form), watch):
                begun = True
                yield part
        except openai.APIStatusError as error:
            raise ModelError(_fault_of_status(error.status_code), _retry_after(error)) from None
        except (openai.APIConnectionError, httpx2.HTTPError, httpx2.StreamError, OSError):
            raise ModelError("cut" if begun else "unavailable") from None
        except (openai.OpenAIError, *odd):
            raise ModelError("malformed") from None

    async def _parts(self, request: ChatRequest, form: Form) -> AsyncIterator[Part]:
        from langsmith import tracing_context  # noqa: PLC0415 - comes with langchain

        assert self._client is not None  # noqa: S101 - built by __post_init__
        # A tracing variable in the environment must not send prompts elsewhere.
        with tracing_context(enabled=False):
            stream = self._client.astream(
                [_message(m) for m in request.messages], **self._options(request, form)
            )
            async for chunk in stream:
                if text := chunk.text:
                    yield Piece(str(text))
                if (usage := chunk.usage_metadata) is not None:
                    yield Counts(usage["input_tokens"], usage["output_tokens"])

    def _options(self, request: ChatRequest, form: Form) -> dict[str, Any]:
        options: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        # Only OpenAI itself knows the newer name of this limit; everybody else knows the older one.
        if urlsplit(self.endpoint.base_url).hostname == _OWN_HOST:
            options["max_completion_tokens"] = request.max_tokens
        else:
            extra["max_tokens"] = request.max_tokens
        if self.endpoint.temperature is not None and form != "plain":
            options["temperature"] = self.endpoint.temperature
        if request.schema is not None and (shape := _response_format(request, form)) is not None:
            extra["response_format"] = shape
        # In `extra_body` it reaches the server as it is, and nothing tries to parse the answer before us.
        return {**options, "extra_body": extra} if extra else options


def _response_format(request: ChatRequest, form: Form) -> dict[str, Any] | None:
    match form:
        case "schema":
            schema = {"name": request.purpose, "strict": True, "schema": dict(request.schema or {})}
            return {"type": "json_schema", "json_schema": schema}
        case "json":
            return {"type": "json_object"}
        case "plain":
            return None
        case _:
            assert_never(form)


def _message(message: Message) -> BaseMessage:
    from langchain_core.messages import HumanMessage, SystemMessage  # noqa: PLC0415

    match message.role:
        case "system":
            return SystemMessage(message.text)
        case "user":
            return HumanMessage(message.text)
        case _:
            assert_never(message.role)


def _fault_of_status(status: int) -> Fault:
    if status == 429:
        return "rate_limited"
    return "unavailable" if status >= 500 or status == 408 else "refused"


def _retry_after(error: Any) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
