"""The seam to pygls: the protocol's messages in and out, nothing decided."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from erd2dbt import __version__
from erd2dbt.escape.terminal import inert
from erd2dbt.faults.diagnostics import Diagnostic, Hint, Severity
from erd2dbt.lsp.actions import Repair, all_safe
from erd2dbt.lsp.completion import Proposal, Sort, proposals
from erd2dbt.lsp.cursor import cursor_at
from erd2dbt.lsp.documents import Document, Worker
from erd2dbt.lsp.hover import hover_text, key_text
from erd2dbt.lsp.outline import Named, Outline
from erd2dbt.lsp.positions import Position, Range, Replacement, Text
from erd2dbt.lsp.renaming import RefusedError, renamed
from erd2dbt.lsp.symbols import Mention, mention_at, mentions
from erd2dbt.system.secrets import scrubbed

PAUSE = 0.1  # seconds without a key until faults are shown; the analysis does not wait
_SOURCE = "erd2dbt"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Sort.KEY: types.CompletionItemKind.Property,
    Sort.WORD: types.CompletionItemKind.EnumMember,
    Sort.ENTITY: types.CompletionItemKind.Class,
    Sort.MODEL: types.CompletionItemKind.Module,
    Sort.COLUMN: types.CompletionItemKind.Field,
    Sort.LINK: types.CompletionItemKind.Reference,
    Sort.FUNCTION: types.CompletionItemKind.Function,
}
_FIX_ALL = types.CodeActionKind.SourceFixAll.value


class Server(LanguageServer):
    """The documents that are open, and the thread that analyses them.

    `told`: what is said of an exception that no text should cause."""

    def __init__(self, told: Callable[[Exception], str]) -> None:
        super().__init__("erd2dbt", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.told = told
        self.worker = Worker()
        self.documents: dict[str, Document] = {}

    def opened(self, uri: str) -> Document | None:
        """A document that is a spec; None for any other file of YAML."""
        found = self.documents.get(uri)
        return found if found is not None and found.is_spec else None

    def changed(self, uri: str) -> None:
        """A new text: it is analysed at once. Its faults are shown once nothing has been typed for a moment."""
        given = self.workspace.get_text_document(uri)
        document = self.documents.setdefault(uri, Document(to_fs_path(uri) or uri))
        encoding = types.PositionEncodingKind(self.workspace.position_encoding or types.PositionEncodingKind.Utf16)
        document.change(Text(given.source, encoding.value), given.version)
        if document.waiting is not None:
            document.waiting.cancel()
        document.waiting = asyncio.ensure_future(self._publish(uri, document)) if document.is_spec else None

    def closed(self, uri: str) -> None:
        document = self.documents.pop(uri, None)
        if document is not None and document.waiting is not None:
            document.waiting.cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    def report_server_error(self, error: Exception, source: object) -> None:
        """An exception of the tool is kept in a file; one that answers no request is shown, too."""
        if isinstance(error, JsonRpcException):  # an answer
            return
        message = _safe_text(self.told(error))
        if source is not FeatureRequestError:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))

    async def _publish(self, uri: str, document: Document) -> None:
        text, version = document.text, document.version
        clock = asyncio.get_running_loop().time
        quiet = clock() + PAUSE
        try:
            analysis = await self.worker.analyse(document)
            await asyncio.sleep(max(0.0, quiet - clock()))
            found = [_diagnostic(fault, text) for fault in analysis.faults]
        except Exception as error:  # an editor that loses its server over one text has lost it for all of them
            found = [_accident(self.told(error))]
        if document.version == version and self.documents.get(uri) is document:
            told = types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=found)
            self.text_document_publish_diagnostics(told)


def serve(reads: BinaryIO, writes: BinaryIO, told: Callable[[Exception], str]) -> None:
    """Serves one editor until it says `exit`, or goes."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # `told` keeps what matters
    server = made(told)
    try:
        server.start_io(reads, writes)
    finally:
        server.worker.stop()


def made(told: Callable[[Exception], str]) -> Server:
    """A server with all that it can do."""
    server = Server(told)
    _documents(server)
    _reading(server)
    _changing(server)
    return server


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)


def _reading(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        document = server.opened(params.text_document.uri)
        return await server.worker.run(_hover, document, params.position) if document else None

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", " ", "="]))
    def completion(params: types.CompletionParams) -> types.CompletionList | None:
        document = server.opened(params.text_document.uri)
        return _completion(document, params.position) if document else None

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> types.Location | None:
        found = _found(server.opened(params.text_document.uri), params.position)
        if found is None:
            return None
        return types.Location(params.text_document.uri, _range(found[0].text.range_of(found[1].symbol.span)))

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location] | None:
        found = _found(server.opened(params.text_document.uri), params.position)
        if found is None:
            return None
        document, wanted = found
        same = (one for one in mentions(document.names()) if one.symbol == wanted.symbol)
        return [types.Location(params.text_document.uri, _range(_word(document, one))) for one in same]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        document = server.opened(params.text_document.uri)
        return list(_symbols(document.names(), document.text)) if document else None


def _changing(server: Server) -> None:
    kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, _FIX_ALL])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        document = server.opened(uri)
        if document is None:
            return None
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        wanted = lambda kind: not only or any(kind == one or kind.startswith(f"{one}.") for one in only)  # noqa: E731
        return await _actions(server, document, params, wanted)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        found = _found(server.opened(params.text_document.uri), params.position)
        if found is None:
            return None
        return types.PrepareRenamePlaceholder(_range(_word(*found)), found[1].symbol.name)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        found = _found(server.opened(params.text_document.uri), params.position)
        if found is None:
            return None
        document, mention = found
        text, names = document.text, document.names()
        analysis = await server.worker.analyse(document)
        given = (names, mention.symbol, params.new_name, analysis, document.file)
        try:
            after = await server.worker.run(renamed, *given)
        except RefusedError as error:
            raise JsonRpcInvalidParams(message=str(error)) from None
        return _edit(params.text_document.uri, text.changes_to(after))


async def _actions(
    server: Server, document: Document, params: types.CodeActionParams, wanted: Callable[[str], bool]
) -> list[types.CodeAction]:
    uri, asked = params.text_document.uri, params.range
    analysis = await server.worker.analyse(document)
    text, found = document.text, []
    if wanted(types.CodeActionKind.QuickFix.value):
        place = Range(_position(asked.start), _position(asked.end))
        faults = [one for one in analysis.faults if one.span and text.range_of(one.span).touches(place)]
        for fault in faults:
            made_of = await server.worker.repairs(document, fault)
            found += [_quick_fix(uri, text, fault, repair) for repair in made_of]
    repairable = sum(fault.edit is not None for fault in analysis.faults)
    if wanted(_FIX_ALL) and repairable > (0 if params.context.only else 1):
        after = await server.worker.run(all_safe, text.text, document.file)
        if after != text.text:
            edit = _edit(uri, text.changes_to(after))
            found.append(types.CodeAction("Make every repair that leaves no choice", kind=_FIX_ALL, edit=edit))
    return found if document.text is text else []


def _quick_fix(uri: str, text: Text, fault: Diagnostic, repair: Repair) -> types.CodeAction:
    return types.CodeAction(
        title=_safe_text(repair.title),
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[_diagnostic(fault, text)],
        is_preferred=repair.is_safe,
        edit=_edit(uri, text.changes_to(repair.after)),
    )


def _edit(uri: str, changes: Sequence[Replacement]) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={uri: [types.TextEdit(_range(one.range), one.text) for one in changes]})


def _hover(document: Document, position: types.Position) -> types.Hover | None:
    line, column = document.text.place(_position(position))
    names = document.names()
    mention = mention_at(names, line, column)
    if mention is not None:
        said, place = hover_text(mention.symbol, names, document.proved), _word(document, mention)
    else:
        keys = (s for s in names.scalars if s.is_key and s.start[0] == line)
        key = next((s for s in keys if s.start[1] <= column <= s.start[1] + len(s.text)), None)
        if key is None or not (said := key_text(key)):
            return None
        start = document.text.position(*key.start)
        place = Range(start, document.text.position(key.start[0], key.start[1] + len(key.text)))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, scrubbed(said)), _range(place))


def _completion(document: Document, position: types.Position) -> types.CompletionList:
    line, column = document.text.place(_position(position))
    cursor = cursor_at(document.text.lines, line, column)
    items = [_item(one, document.text, line, column, number)
             for number, one in enumerate(proposals(cursor, document.names()))]  # fmt: skip
    return types.CompletionList(is_incomplete=False, items=items)


def _item(one: Proposal, text: Text, line: int, column: int, number: int) -> types.CompletionItem:
    place = Range(text.position(line, column - one.typed), text.position(line, column))
    return types.CompletionItem(
        label=_safe_text(one.label),
        kind=_KINDS[one.sort],
        detail=_safe_text(one.detail) or None,
        documentation=_safe_text(one.about) or None,
        sort_text=f"{number:04}",
        filter_text=_safe_text(one.label),
        text_edit=types.TextEdit(_range(place), one.text),
    )


def _symbols(names: Outline, text: Text) -> Iterator[types.DocumentSymbol]:
    for things, kind in ((names.entities, types.SymbolKind.Class), (names.models, types.SymbolKind.Module)):
        yield from (_symbol(one, text, kind) for one in things.values())


def _symbol(one: Named, text: Text, kind: types.SymbolKind) -> types.DocumentSymbol:
    place = _range(text.range_of(one.span))
    inner = [_symbol(column, text, types.SymbolKind.Field) for column in one.columns.values()]
    return types.DocumentSymbol(_safe_text(one.name) or "?", kind, place, place, children=inner)


def _found(document: Document | None, position: types.Position) -> tuple[Document, Mention] | None:
    if document is None:
        return None
    mention = mention_at(document.names(), *document.text.place(_position(position)))
    return (document, mention) if mention is not None else None


def _word(document: Document, mention: Mention) -> Range:
    text = document.text
    end = mention.column + mention.length
    return Range(text.position(mention.line, mention.column), text.position(mention.line, end))


def _diagnostic(fault: Diagnostic, text: Text) -> types.Diagnostic:
    place = text.range_of(fault.span) if fault.span else Range(Position(0, 0), Position(0, 1))
    told = [f"note: {note}" for note in fault.notes]
    told += [f"{'hint' if isinstance(fix, Hint) else 'fix'}: {fix}" for fix in fault.fixes]
    return types.Diagnostic(
        range=_range(place),
        severity=_SEVERITIES[fault.severity],
        code=fault.code,
        source=_SOURCE,
        message=_safe_text("\n".join([fault.message, *told])),
    )


def _accident(told: str) -> types.Diagnostic:
    place = types.Range(types.Position(0, 0), types.Position(0, 1))
    return types.Diagnostic(place, _safe_text(told), severity=types.DiagnosticSeverity.Warning, source=_SOURCE)


def _safe_text(text: str) -> str:
    return inert(scrubbed(text))


def _position(one: types.Position) -> Position:
    return Position(one.line, one.character)


def _range(one: Range) -> types.Range:
    start, end = one.start, one.end
    return types.Range(types.Position(start.line, start.character), types.Position(end.line, end.character))
