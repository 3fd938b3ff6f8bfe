-- `:Postil fix`: the fix of the note at the cursor, or all of the file's.
local M = {}

local actions = require('postil.actions')
local notes = require('postil.notes')
local server = require('postil.server')
local tell = require('postil.tell')

local FIX_ALL = 'source.fixAll.postil'

local function asked(client, buf, range, only, diagnostics, done)
  local context = { diagnostics = diagnostics, only = { only }, triggerKind = 1 }
  local params = { textDocument = vim.lsp.util.make_text_document_params(buf), range = range, context = context }
  client:request('textDocument/codeAction', params, function(err, found)
    if err then
      tell.error(err.message)
    else
      done(type(found) == 'table' and found or {})
    end
  end, buf)
end

local function choose(client, buf, found, none)
  if #found == 0 then
    tell.info(none)
  elseif #found == 1 then
    actions.choose(client, found[1], buf)
  else
    vim.ui.select(found, {
      prompt = 'Which fix?',
      format_item = function(action)
        return action.title
      end,
    }, function(action)
      if action then
        actions.choose(client, action, buf)
      end
    end)
  end
end

-- Ways to be told more, or less: no fix.
local function is_fix(action)
  local kind = action.kind or ''
  return not (vim.startswith(kind, 'quickfix.postil.ignore') or vim.startswith(kind, 'quickfix.postil.explain'))
end

--- The fix of the note at the cursor; without a note, of what another tool says there.
function M.here()
  local buf = vim.api.nvim_get_current_buf()
  local client = server.wanted(buf)
  if not client then
    return
  end
  local lnum = vim.api.nvim_win_get_cursor(0)[1] - 1
  local others = notes.of_others(buf, lnum, lnum)
  if #notes.touching(buf, lnum) == 0 and #others > 0 then
    local place = { line = lnum, character = 0 }
    asked(client, buf, { start = place, ['end'] = place }, 'quickfix', {}, function(found)
      choose(client, buf, vim.tbl_filter(is_fix, found), 'nothing here can be fixed and verified')
    end)
    return
  end
  notes.at_cursor(function(note)
    local sent = notes.sent(note)
    asked(client, buf, sent.range, 'quickfix', { sent }, function(found)
      choose(client, buf, vim.tbl_filter(is_fix, found), 'this note has no fix that holds here')
    end)
  end, notes.sent)
end

--- Runs the project's check, and looks for a fix: the server shows it as an edit with its verdict, or says what it found.
---@param what 'file'|'changes'|'workspace'
function M.checked(what)
  local buf = vim.api.nvim_get_current_buf()
  server.execute('postil.fix', { what == 'file' and vim.uri_from_bufnr(buf) or what }, nil, buf)
end

function M.all()
  local buf = vim.api.nvim_get_current_buf()
  local client = server.wanted(buf)
  if not client then
    return
  end
  local place = { line = 0, character = 0 }
  asked(client, buf, { start = place, ['end'] = place }, FIX_ALL, {}, function(found)
    choose(client, buf, found, 'there are no fixes to apply in this file')
  end)
end

return M
