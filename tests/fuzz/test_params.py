"""Requests, notifications and commands with params of any shape: answered once, and never by a failure of ours."""

from __future__ import annotations

from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.counting import Counted
from tests.lsp.test_review import A, function

PARAMS, FAILED, CANCELLED = -32602, -32803, -32800
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(("textDocument", "uri", "position", "line", "character", "range", "start", "end", "context",
                         "diagnostics", "command", "arguments", "data", "token", "options", "changes", "settings")),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
# A model may be asked for or thrown away by these: not by chance.
_WITH_A_STORE = {"postil.pullModel", "postil.removeModel", "postil.copyModel", "postil.loadModel", "postil.unloadModel",
                 "postil.pushPersona", "postil.pullPersona", "postil.models"}  # fmt: skip


async def test_params_of_any_shape_are_answered(counted: Counted) -> None:
    async with counted([]) as client:
        client.open(A, function("add"))
        commands = client.capabilities["capabilities"]["executeCommandProvider"]["commands"]
        requests = ["textDocument/hover", "textDocument/codeAction", "codeAction/resolve", "textDocument/completion",
                    "textDocument/inlineCompletion", "textDocument/formatting", "textDocument/documentSymbol",
                    "workspace/executeCommand"]  # fmt: skip
        notices = ["textDocument/didSave", "textDocument/didClose", "workspace/didChangeWatchedFiles", "postil/didShow",
                   "window/workDoneProgress/cancel", "$/setTrace", "postil/didPartiallyAccept", "$/cancelRequest",
                   "notebookDocument/didOpen", "notebookDocument/didChange", "notebookDocument/didClose",
                   "workspace/didChangeWorkspaceFolders"]  # fmt: skip
        sent: list[tuple[int, str, Any]] = []

        @given(JUNK)
        @settings(max_examples=150, suppress_health_check=cast(list[HealthCheck], list(HealthCheck)), database=None)
        def send(junk: Any) -> None:
            at = {"textDocument": {"uri": A}, "position": junk, "range": junk, "context": junk, "options": junk}
            for method in requests:
                for params in (junk, at):
                    client._id += 1
                    client._send({"id": client._id, "method": method, "params": params})
                    sent.append((client._id, method, params))
            for method in notices:
                client.notify(method, junk)
            for command in set(commands) - _WITH_A_STORE:
                client._id += 1
                params = {"command": command, "arguments": junk if isinstance(junk, list) else [junk]}
                client._send({"id": client._id, "method": "workspace/executeCommand", "params": params})
                sent.append((client._id, command, params))

        send()
        client.patience = 60
        await client.settled()
        odd = [(*one, client.answers[one[0]]) for one in sent if "error" in client.answers[one[0]]]
        odd = [one for one in odd if one[3]["error"]["code"] not in (PARAMS, FAILED, CANCELLED)]
        assert odd == [], odd[:5]
        assert client.tracebacks() == ""
        assert len(sent) > 3000
