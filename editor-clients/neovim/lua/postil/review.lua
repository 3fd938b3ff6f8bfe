-- Reviews by command: this file, a range, git's changes, the workspace; and their end.
local M = {}

local quickfix = require('postil.quickfix')
local server = require('postil.server')
local tell = require('postil.tell')

---@param lines? { first: integer, last: integer } 1-based
function M.file(lines)
  local buf = vim.api.nvim_get_current_buf()
  if not server.wanted(buf) then
    return
  end
  local uri = vim.uri_from_bufnr(buf)
  quickfix.wait(uri)
  if lines then
    local range = {
      start = { line = lines.first - 1, character = 0 },
      ['end'] = { line = lines.last - 1, character = 0 },
    }
    server.execute('postil.reviewRange', { uri, range }, nil, buf)
  else
    server.execute('postil.review', { uri }, nil, buf)
  end
end

local function told(read)
  quickfix.open()
  local text = ('%d files read, %d notes (%d files left out)'):format(read.files, read.notes, read.skipped)
  tell.reviewed(text, read.unread)
end

---@param revision? string none: HEAD
function M.changes(revision)
  server.execute('postil.reviewChanges', { revision or 'HEAD' }, told)
end

function M.workspace()
  server.execute('postil.reviewWorkspace', {}, told)
end

--- Stops reviews, and all that shows a progress or whose answer is waited for.
function M.cancel()
  local client = server.wanted(0)
  if not client then
    return
  end
  for token in pairs(client.progress.pending) do
    client:notify('window/workDoneProgress/cancel', { token = token })
  end
  for id, request in pairs(client.requests) do
    if request.type == 'pending' and request.method == 'workspace/executeCommand' then
      client:cancel_request(id)
    end
  end
  server.execute('postil.cancel')
end

function M.clear()
  server.execute('postil.clear', { vim.uri_from_bufnr(0) })
end

return M
