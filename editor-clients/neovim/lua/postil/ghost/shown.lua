-- The ghost text that is on the screen: put there, moved along with what is typed, taken away.
local M = {}

local draw = require('postil.ghost.draw')
local keys = require('postil.ghost.keys')
local text = require('postil.ghost.text')

local anchors = vim.api.nvim_create_namespace('postil.ghost.anchor')

---@class postil.Ghost
---@field buf integer
---@field anchor integer extmark where the cursor was when this was true; the items are what comes behind it
---@field tail string what stands behind the cursor on its line
---@field items { text: string, covered: string, id?: string, command?: table }[]
---@field index integer
---@field cycled boolean whether there was asked for more

---@type postil.Ghost?
local shown
-- The buffer's changedtick and the cursor at the last look, by buffer.
local looked = {}
-- Ids whose showing the server was told of.
local told = {}

---@return vim.lsp.Client?
function M.client(buf)
  return vim.lsp.get_clients({ name = 'postil', bufnr = buf })[1]
end

---@return postil.Ghost?
function M.now()
  return shown
end

---@return integer row 0-based
---@return integer col in bytes
---@return string what stands behind it on its line
function M.cursor()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  return row - 1, col, vim.api.nvim_get_current_line():sub(col + 1)
end

--- Remembers how the current buffer looks now; whether its text and its cursor had been otherwise.
---@return boolean text
---@return boolean cursor
function M.look(buf)
  local before = looked[buf] or {}
  local tick, place = vim.api.nvim_buf_get_changedtick(buf), vim.api.nvim_win_get_cursor(0)
  looked[buf] = { tick = tick, place = place }
  return before.tick ~= tick, not vim.deep_equal(before.place, place)
end

function M.forget(buf)
  looked[buf] = nil
end

function M.clear()
  if shown then
    draw.clear(shown.buf)
    if vim.api.nvim_buf_is_valid(shown.buf) then
      vim.api.nvim_buf_clear_namespace(shown.buf, anchors, 0, -1)
    end
    keys.release(shown.buf)
    shown = nil
  end
end

-- Puts what is shown to where the cursor is now.
local function present()
  local row, col, tail = M.cursor()
  vim.api.nvim_buf_clear_namespace(shown.buf, anchors, 0, -1)
  shown.anchor = vim.api.nvim_buf_set_extmark(shown.buf, anchors, row, col, { right_gravity = false })
  shown.tail = tail
  local item = shown.items[shown.index]
  local count = shown.cycled and #shown.items > 1 and ('  %d/%d'):format(shown.index, #shown.items) or ''
  draw.show(shown.buf, row, col, item, count)
  keys.hold(shown.buf)
  M.look(shown.buf)
  local client = M.client(shown.buf)
  if client and item.id and not told[item.id] then
    told[item.id] = true
    client:notify('postil/didShow', { id = item.id })
  end
end

--- Shows the first of some items at the cursor.
function M.put(buf, items)
  M.clear()
  shown = { buf = buf, anchor = 0, tail = '', items = items, index = 1, cycled = false }
  present()
end

--- Some of the item's text has come into the buffer, up to the cursor: the others that begin so stay, what is left is
--- shown there.
---@param typed string
---@param brought integer bytes of what the items cover that are gone
---@return boolean whether anything is left
function M.advance(typed, brought)
  local left, at = {}, nil
  for number, item in ipairs(shown.items) do
    if vim.startswith(item.text, typed) and #item.text > #typed then
      table.insert(left, vim.tbl_extend('force', item, {
        text = item.text:sub(#typed + 1),
        covered = item.covered:sub(brought + 1),
      }))
      at = number == shown.index and #left or at
    end
  end
  if not at then
    return false
  end
  shown.items, shown.index = left, at
  present()
  return true
end

--- Follows the cursor where what was typed is what stood there; false where it is something else.
---@return boolean
function M.along()
  local row, col, tail = M.cursor()
  local at = vim.api.nvim_buf_get_extmark_by_id(shown.buf, anchors, shown.anchor, {})
  if not at[1] or row < at[1] or (row == at[1] and col < at[2]) then
    return false
  end
  local typed = table.concat(vim.api.nvim_buf_get_text(shown.buf, at[1], at[2], row, col, {}), '\n')
  local item = shown.items[shown.index]
  if not vim.startswith(item.text, typed) then
    return false
  end
  -- A bracket that is typed over one that an editor had closed takes its place.
  local brought = text.brought(typed, item.covered)
  if tail == shown.tail then
    brought = 0
  elseif tail ~= shown.tail:sub(brought + 1) then
    return false
  end
  return typed == '' or M.advance(typed, brought)
end

--- More items behind those that are there.
function M.add(items)
  local known = {}
  for _, item in ipairs(shown.items) do
    known[item.text] = true
  end
  for _, item in ipairs(items) do
    if not known[item.text] then
      known[item.text] = true
      table.insert(shown.items, item)
    end
  end
  shown.cycled = true
end

--- Another of the items.
function M.step(count)
  if #shown.items > 1 then
    shown.index = (shown.index - 1 + count) % #shown.items + 1
    present()
  end
end

return M
