-- The page of a conversation: what was asked, what is said, a line for each call.
local M = {}

local pages = require('postil.page')

local MARKS = { pending = '…', in_progress = '…', completed = '✓', failed = '✗' }
local namespace = vim.api.nvim_create_namespace('postil.agent')

---@class postil.AgentPage
---@field buf integer
---@field calls table<string, { mark: integer, title: string, place?: { path: string, line?: integer } }>
local Page = {}
Page.__index = Page

---@param keys table<string, { run: fun(page: postil.AgentPage), what: string }> of normal mode
---@return postil.AgentPage
function M.open(keys)
  local buf = pages.grow('ask')
  local self = setmetatable({ buf = buf, calls = {} }, Page)
  for key, does in pairs(keys) do
    vim.keymap.set('n', key, function()
      does.run(self)
    end, { buffer = buf, nowait = true, desc = 'Postil: ' .. does.what })
  end
  return self
end

function Page:show()
  pages.grow('ask')
end

function Page:clear()
  self.calls = {}
  vim.api.nvim_buf_clear_namespace(self.buf, namespace, 0, -1)
  pages.append(self.buf, nil)
end

--- Text as it comes, a word or a page.
---@param text string
function Page:say(text)
  pages.append(self.buf, text)
end

--- Lines of their own.
---@param lines string[]
function Page:lines(lines)
  local count = vim.api.nvim_buf_line_count(self.buf)
  local last = vim.api.nvim_buf_get_lines(self.buf, count - 1, count, false)[1]
  self:say((last ~= '' and '\n' or '') .. table.concat(lines, '\n') .. '\n')
end

local function line_of(call)
  return ('%s %s'):format(MARKS[call.status] or MARKS.pending, (call.title:gsub('%s+', ' ')))
end

--- A call that has begun or has news.
---@param update table `tool_call` or `tool_call_update`
function Page:call(update)
  local id = tostring(update.toolCallId)
  local call = self.calls[id]
  local place = type(update.locations) == 'table' and update.locations[1] or nil
  if not call then
    call = { title = tostring(update.title or id), status = update.status }
    self:lines({ line_of(call) })
    local row = vim.api.nvim_buf_line_count(self.buf) - 2
    call.mark = vim.api.nvim_buf_set_extmark(self.buf, namespace, row, 0, {})
    self.calls[id] = call
  else
    call.status = update.status or call.status
    call.title = update.title or call.title
    local row = vim.api.nvim_buf_get_extmark_by_id(self.buf, namespace, call.mark, {})[1]
    pages.change(self.buf, row, line_of(call))
  end
  call.place = place or call.place
end

--- The place of the call on the cursor's line.
---@return { path: string, line?: integer }?
function Page:place()
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  for _, call in pairs(self.calls) do
    if vim.api.nvim_buf_get_extmark_by_id(self.buf, namespace, call.mark, {})[1] == row then
      return call.place
    end
  end
end

return M
