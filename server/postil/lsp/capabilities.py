"""The client capabilities that Postil uses, extracted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from lsprotocol import types


@dataclass(frozen=True, slots=True)
class ClientCapabilities:
    """If a field is False, Postil doesn't use the corresponding feature."""

    progress: bool = False
    configuration: bool = False
    watch_configuration: bool = False
    watch_files: bool = False
    versions: bool = False
    data: bool = False
    code_description: bool = False
    related_information: bool = False
    tag_unnecessary: bool = False
    document_changes: bool = False
    inline_completion: bool = False
    resolve_edit: bool = False
    apply_edit: bool = False
    create_files: bool = False
    confirm_edits: bool = False
    show_document: bool = False
    # Postil's extension: the client answers `postil/input`, a question to the user.
    input: bool = False

    @classmethod
    def of(cls, given: types.ClientCapabilities) -> ClientCapabilities:
        publish = _at(given, "text_document", "publish_diagnostics")
        return cls(
            progress=bool(_at(given, "window", "work_done_progress")),
            configuration=bool(_at(given, "workspace", "configuration")),
            watch_configuration=bool(_at(given, "workspace", "did_change_configuration", "dynamic_registration")),
            watch_files=bool(_at(given, "workspace", "did_change_watched_files", "dynamic_registration")),
            versions=bool(_at(publish, "version_support")),
            data=bool(_at(publish, "data_support")),
            code_description=bool(_at(publish, "code_description_support")),
            related_information=bool(_at(publish, "related_information")),
            tag_unnecessary=types.DiagnosticTag.Unnecessary in (_at(publish, "tag_support", "value_set") or ()),
            document_changes=bool(_at(given, "workspace", "workspace_edit", "document_changes")),
            resolve_edit="edit" in (_at(given, "text_document", "code_action", "resolve_support", "properties") or ()),
            apply_edit=bool(_at(given, "workspace", "apply_edit")),
            create_files="create" in (_at(given, "workspace", "workspace_edit", "resource_operations") or ()),
            confirm_edits=_at(given, "workspace", "workspace_edit", "change_annotation_support") is not None,
            show_document=bool(_at(given, "window", "show_document", "support")),
            input=bool(_at(given.experimental, "postilInput")),
            inline_completion=_at(given, "text_document", "inline_completion") is not None,
        )


def _at(value: Any, *names: str) -> Any:
    for name in names:
        # pygls converts values of unspecified shape (LSPAny) to a dict or to a named tuple.
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value
