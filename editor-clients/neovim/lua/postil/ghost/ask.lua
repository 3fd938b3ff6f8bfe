-- The server's suggestions for a cursor: asked after a moment of quiet, and the newest question wins.
local M = {}

local config = require('postil.config')

local METHOD = 'textDocument/inlineCompletion'
-- LSP's InlineCompletionTriggerKind.
M.INVOKED, M.AUTOMATIC = 1, 2

local timer = assert(vim.uv.new_timer())
-- What is waited for.
local running

--- Nobody waits for an answer any more, and the server hears of it.
function M.cancel()
  timer:stop()
  if running then
    local client = vim.lsp.get_client_by_id(running.client)
    if client and running.id then
      client:cancel_request(running.id)
    end
    running = nil
  end
end

--- Whether a question is about to be asked.
---@return boolean
function M.waiting()
  return timer:is_active() or false
end

-- An item as what comes behind the cursor and what it covers there; nil where it is for another place.
local function placed(item, line, row, col, encoding)
  local text = type(item.insertText) == 'table' and item.insertText.value or item.insertText
  text = text:gsub('\r\n?', '\n')
  local covered = ''
  if item.range then
    local first, last = item.range.start, item.range['end']
    if first.line ~= row or last.line ~= row then
      return nil
    end
    local from = vim.str_byteindex(line, encoding, first.character, false)
    local to = vim.str_byteindex(line, encoding, last.character, false)
    local typed = line:sub(from + 1, col)
    if from > col or to < col or not vim.startswith(text, typed) then
      return nil
    end
    text, covered = text:sub(#typed + 1), line:sub(col + 1, to)
  end
  local id = vim.tbl_get(item, 'command', 'arguments', 1)
  return text ~= '' and { text = text, covered = covered, id = id, command = item.command } or nil
end

--- Asks now. `answered(items)` only while the buffer and the cursor are as they were.
---@param client vim.lsp.Client
---@param kind integer
---@param answered fun(items: table[])
function M.now(client, kind, answered)
  M.cancel()
  local buf = vim.api.nvim_get_current_buf()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  row = row - 1
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = kind }
  local mine = { client = client.id }
  running = mine
  local sent, id = client:request(METHOD, params, function(err, result)
    if running ~= mine then
      return
    end
    running = nil
    local here = vim.api.nvim_get_current_buf() == buf and vim.api.nvim_win_get_cursor(0)
    local same = here and here[1] == row + 1 and here[2] == col and vim.api.nvim_buf_get_changedtick(buf) == tick
    if err or not same then
      return
    end
    local line = vim.api.nvim_get_current_line()
    local items = {}
    for _, item in ipairs(type(result) == 'table' and (result.items or result) or {}) do
      table.insert(items, placed(item, line, row, col, client.offset_encoding))
    end
    answered(items)
  end, buf)
  if sent and running == mine then
    mine.id = id
  end
end

--- Calls `ask` once it has been quiet.
---@param ask fun()
function M.soon(ask)
  M.cancel()
  timer:start(config.get().ghost_text.debounce, 0, vim.schedule_wrap(ask))
end

return M
