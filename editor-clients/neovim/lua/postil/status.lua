-- What the server does, with which engine and model: for the status line and `:Postil status`.
local M = {}

local latest = {}

---@param client_id integer
---@param status table `postil/status` of the server
function M.told(client_id, status)
  latest[client_id] = status
  M.redraw()
end

--- Status lines look again; `User PostilStatus` for those that don't ask.
function M.redraw()
  vim.api.nvim_exec_autocmds('User', { pattern = 'PostilStatus', modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

--- `postil/status` as it is now; nil where no server runs.
---@param buf? integer
function M.get(buf)
  local client = require('postil.server').client(buf)
  return client and (latest[client.id] or { state = 'starting' })
end

---@return string
function M.statusline()
  local client = vim.lsp.get_clients({ name = 'postil', bufnr = 0 })[1]
  if not client then
    return ''
  end
  local pause = require('postil.pause').words()
  if pause ~= '' then
    return 'Postil: ' .. pause
  end
  local status = latest[client.id] or { state = 'starting' }
  local state = status.state == 'ready' and (status.busy and 'busy' or '') or status.state
  local what = state == 'error' and 'error (:Postil status)' or state
  if what == '' and (status.unread or 0) > 0 then
    what = ('%d not reviewed (:Postil status)'):format(status.unread)
  end
  local words = vim.tbl_filter(function(word)
    return word and word ~= ''
  end, { status.model, what })
  return 'Postil' .. (#words > 0 and ': ' .. table.concat(words, ' ') or '')
end

--- The status in lines.
---@return string[]
function M.lines()
  local status = M.get(0)
  if not status then
    return { 'no server runs: open a file of a type in `filetypes`, and see :checkhealth postil' }
  end
  local who = status.personas and #status.personas > 0 and 'reads as ' .. table.concat(status.personas, ', ') or nil
  local engine = table.concat({ status.engine or '', status.model or '' }, ' '):gsub('^ ', ''):gsub(' $', '')
  local pause = require('postil.pause').words()
  local lines = { status.busy and 'busy' or status.state }
  local told = { status.why or '', who or '', status.message or '', status.check or '', status.completion or '' }
  vim.list_extend(told, { status.ghost or '', status.index or '' })
  for _, line in ipairs({ pause, engine, unpack(told) }) do
    if line ~= '' then
      table.insert(lines, line)
    end
  end
  return lines
end

return M
