"""A model that is needed and not there: the user is asked, and nothing is fetched without a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from postil.core.models.catalogue import catalogue
from postil.core.text.markdown import told
from postil.engine.base import EngineError, ModelMissing
from postil.engine.download.pull import pull_model
from postil.lsp.task_progress import with_progress

if TYPE_CHECKING:
    from postil.lsp.server import PostilServer

NOT_NOW = "Not now"


async def offer(server: PostilServer, error: ModelMissing, engine: str) -> None:
    """Ask; after a yes pull the model, and read what could not be read. Once a model is asked for, it isn't again until
    it has been pulled or the server is started anew."""
    model = error.model
    if model in server.offered:
        return
    if engine not in ("ollama", "embedded") or (engine == "embedded" and catalogue().get(model) is None):
        # Nobody can fetch it from here: the sentence says what can be done.
        server.tell(str(error))
        return
    server.offered.add(model)
    pull = f"Pull {model}{_size(model)}"
    answer = await server.window_show_message_request_async(
        types.ShowMessageRequestParams(
            type=types.MessageType.Warning,
            message=told(f"Postil: {error}"),
            actions=[types.MessageActionItem(pull), types.MessageActionItem(NOT_NOW)],
        )
    )
    session = server.session
    if session is None or getattr(answer, "title", None) != pull:
        return
    try:
        whole = await with_progress(server, f"Pulling {model}", pull_model(engine, session.settings, model))
    except EngineError as failure:
        server.tell(f"{model} was not pulled: {failure}")
        whole = False
    server.offered.discard(model)
    if whole:
        server.tell(f"{model} is here.", error=False)
        await session.model_came()


def _size(model: str) -> str:
    known = catalogue().get(model)
    return f" ({known.bytes / 1e9:.1f} GB)" if known is not None else ""
