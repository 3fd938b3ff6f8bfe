-- Ghost text: what stands on the screen, and what keys and edits do to it.
local M = {}

local ask = require('postil.ghost.ask')
local config = require('postil.config')
local draw = require('postil.ghost.draw')
local keys = require('postil.ghost.keys')
local menus = require('postil.ghost.menus')
local native = require('postil.ghost.native')
local pause = require('postil.pause')
local server = require('postil.server')
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
local ticks, places = {}, {}
-- Ids whose showing the server was told of.
local told = {}

local function client_of(buf)
  return vim.lsp.get_clients({ name = 'postil', bufnr = buf })[1]
end

local function wanted(buf)
  local options = config.get().ghost_text
  local off = vim.list_contains(options.disabled_filetypes, vim.bo[buf].filetype)
  return options.enabled and not off and not pause.paused()
end

local function cursor()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  return row - 1, col, vim.api.nvim_get_current_line():sub(col + 1)
end

local function inserting()
  return vim.api.nvim_get_mode().mode:sub(1, 1) == 'i'
end

local function clear()
  if shown then
    draw.clear(shown.buf)
    if vim.api.nvim_buf_is_valid(shown.buf) then
      vim.api.nvim_buf_clear_namespace(shown.buf, anchors, 0, -1)
    end
    keys.release(shown.buf)
    shown = nil
  end
end

local function stop()
  ask.cancel()
  clear()
end

-- The items after some of their text has come into the buffer; those that begin otherwise are gone.
local function rest(items, index, typed, brought)
  local left, at = {}, nil
  for number, item in ipairs(items) do
    if vim.startswith(item.text, typed) and #item.text > #typed then
      table.insert(left, vim.tbl_extend('force', item, {
        text = item.text:sub(#typed + 1),
        covered = item.covered:sub(brought + 1),
      }))
      at = number == index and #left or at
    end
  end
  return left, at
end

-- Puts what is shown to where the cursor is now.
local function present()
  local row, col, tail = cursor()
  vim.api.nvim_buf_clear_namespace(shown.buf, anchors, 0, -1)
  shown.anchor = vim.api.nvim_buf_set_extmark(shown.buf, anchors, row, col, { right_gravity = false })
  shown.tail = tail
  local item = shown.items[shown.index]
  local count = shown.cycled and #shown.items > 1 and ('  %d/%d'):format(shown.index, #shown.items) or ''
  draw.show(shown.buf, row, col, item, count)
  keys.hold(shown.buf)
  ticks[shown.buf], places[shown.buf] = vim.api.nvim_buf_get_changedtick(shown.buf), vim.api.nvim_win_get_cursor(0)
  local client = client_of(shown.buf)
  if client and item.id and not told[item.id] then
    told[item.id] = true
    client:notify('postil/didShow', { id = item.id })
  end
end

-- Follows the cursor where what was typed is what stood there; false where it is something else.
local function along()
  local row, col, tail = cursor()
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
  if typed ~= '' then
    local items, index = rest(shown.items, shown.index, typed, brought)
    if not index then
      return false
    end
    shown.items, shown.index = items, index
    present()
  end
  return true
end

local function show(items)
  local buf = vim.api.nvim_get_current_buf()
  if #items == 0 or not inserting() or menus.visible() or not wanted(buf) then
    return
  end
  clear()
  shown = { buf = buf, anchor = 0, tail = '', items = items, index = 1, cycled = false }
  present()
end

local function request(kind)
  local buf = vim.api.nvim_get_current_buf()
  local client = client_of(buf)
  if client and inserting() and wanted(buf) and not menus.visible() then
    ask.now(client, kind, show)
  end
end

local function soon()
  ask.soon(function()
    request(ask.AUTOMATIC)
  end)
end

-- After every key: what is shown goes along or goes, and what is new is asked about.
local function look(buf)
  local tick, place = vim.api.nvim_buf_get_changedtick(buf), vim.api.nvim_win_get_cursor(0)
  local changed = ticks[buf] ~= tick
  if not changed and vim.deep_equal(places[buf], place) then
    -- One key is told as two events.
    return
  end
  ticks[buf], places[buf] = tick, place
  if menus.visible() then
    return stop()
  end
  if shown and shown.buf == buf and along() then
    return
  end
  if shown then
    stop()
  end
  -- Entering insert mode moves the cursor too (`A`): what is to be asked soon is asked there.
  if changed or ask.waiting() then
    soon()
  else
    ask.cancel()
  end
end

--- Ghost text in a buffer from now on.
---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  if not config.get().ghost_text.enabled then
    return
  end
  if native.used() then
    return native.attach(client, buf)
  end
  local group = vim.api.nvim_create_augroup('postil.ghost.' .. buf, {})
  local function on(events, act)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = buf, callback = act })
  end
  ticks[buf] = vim.api.nvim_buf_get_changedtick(buf)
  on({ 'TextChangedI', 'CursorMovedI' }, function()
    look(buf)
  end)
  on({ 'TextChangedP', 'InsertLeave', 'BufLeave' }, stop)
  on({ 'InsertEnter', 'CompleteDone' }, soon)
  on('BufWipeout', function()
    ticks[buf], places[buf] = nil, nil
  end)
  keys.trigger(buf)
end

---@return boolean
function M.visible()
  return shown ~= nil
end

--- Takes what is shown, or its next word or line.
---@param what 'all'|'word'|'line'
---@return boolean
function M.accept(what)
  if native.used() then
    return native.accept(what)
  end
  if not shown or shown.buf ~= vim.api.nvim_get_current_buf() or not along() then
    return false
  end
  local item = shown.items[shown.index]
  local piece = what == 'all' and item.text or text[what](item.text)
  local whole = #piece == #item.text
  local brought = whole and #item.covered or text.brought(piece, item.covered)
  local buf, client = shown.buf, client_of(shown.buf)
  local items, index = rest(shown.items, shown.index, piece, brought)
  local row, col = cursor()
  local lines = vim.split(piece, '\n', { plain = true })
  -- One step of undo, apart from what was typed before.
  vim.bo[buf].undolevels = vim.bo[buf].undolevels
  draw.clear(buf)
  vim.api.nvim_buf_set_text(buf, row, col, row, col + brought, lines)
  vim.api.nvim_win_set_cursor(0, { row + #lines, #lines == 1 and col + #piece or #lines[#lines] })
  if whole then
    stop()
    ticks[buf], places[buf] = vim.api.nvim_buf_get_changedtick(buf), vim.api.nvim_win_get_cursor(0)
    if client and item.command then
      client:exec_cmd(item.command, { bufnr = buf })
    end
    soon()
  else
    shown.items, shown.index = items, index or 1
    present()
    if client and item.id then
      client:notify('postil/didPartiallyAccept', { id = item.id })
    end
  end
  return true
end

--- Goes to another suggestion; the first time the server is asked whether it has more.
---@param count integer
---@return boolean
function M.cycle(count)
  if native.used() then
    return native.cycle(count)
  end
  if not shown then
    return M.trigger()
  end
  local function step()
    if shown and #shown.items > 1 then
      shown.index = (shown.index - 1 + count) % #shown.items + 1
      present()
    end
  end
  local client = client_of(shown.buf)
  if shown.cycled or not client then
    step()
    return true
  end
  ask.now(client, ask.INVOKED, function(items)
    if not shown then
      return show(items)
    end
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
    step()
  end)
  return true
end

---@return boolean
function M.dismiss()
  if native.used() then
    return native.dismiss()
  end
  local was = shown ~= nil
  stop()
  return was
end

--- Asks now, for several where the engine is quick enough.
---@return boolean
function M.trigger()
  if not server.client(0) then
    return false
  end
  request(ask.INVOKED)
  return true
end

return M
