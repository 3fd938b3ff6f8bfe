-- Ghost text: what keys and edits do to it, and when the server is asked.
local M = {}

local ask = require('postil.ghost.ask')
local config = require('postil.config')
local draw = require('postil.ghost.draw')
local keys = require('postil.ghost.keys')
local menus = require('postil.ghost.menus')
local native = require('postil.ghost.native')
local pause = require('postil.pause')
local shown = require('postil.ghost.shown')
local text = require('postil.ghost.text')

local function wanted(buf)
  local options = config.get().ghost_text
  local off = vim.list_contains(options.disabled_filetypes, vim.bo[buf].filetype)
  local inserting = vim.api.nvim_get_mode().mode:sub(1, 1) == 'i'
  return options.enabled and not off and inserting and not pause.paused() and not menus.visible()
end

local function stop()
  ask.cancel()
  shown.clear()
end

local function show(items)
  local buf = vim.api.nvim_get_current_buf()
  if #items > 0 and wanted(buf) then
    shown.put(buf, items)
  end
end

local function request(kind)
  local buf = vim.api.nvim_get_current_buf()
  local client = shown.client(buf)
  if client and wanted(buf) then
    ask.now(client, kind, show)
  end
  return client ~= nil
end

local function soon()
  ask.soon(function()
    request(ask.AUTOMATIC)
  end)
end

-- After every key: what is shown goes along or goes, and what is new is asked about.
local function look(buf)
  local changed, moved = shown.look(buf)
  if not changed and not moved then
    -- One key is told as two events.
    return
  end
  if menus.visible() then
    return stop()
  end
  local now = shown.now()
  if now and now.buf == buf and shown.along() then
    return
  end
  shown.clear()
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
  on({ 'TextChangedI', 'CursorMovedI' }, function()
    look(buf)
  end)
  on({ 'TextChangedP', 'InsertLeave', 'BufLeave' }, stop)
  on('InsertEnter', function()
    shown.look(buf)
    soon()
  end)
  on('CompleteDone', soon)
  on('BufWipeout', function()
    shown.forget(buf)
  end)
  keys.trigger(buf)
end

---@return boolean
function M.visible()
  return shown.now() ~= nil
end

--- Takes what is shown, or its next word or line.
---@param what 'all'|'word'|'line'
---@return boolean
function M.accept(what)
  if native.used() then
    return native.accept(what)
  end
  local now = shown.now()
  if not now or now.buf ~= vim.api.nvim_get_current_buf() or not shown.along() then
    return false
  end
  local item = now.items[now.index]
  local piece = what == 'all' and item.text or text[what](item.text)
  local whole = #piece == #item.text
  local brought = whole and #item.covered or text.brought(piece, item.covered)
  local buf, client = now.buf, shown.client(now.buf)
  local row, col = shown.cursor()
  local lines = vim.split(piece, '\n', { plain = true })
  -- One step of undo, apart from what was typed before.
  vim.bo[buf].undolevels = vim.bo[buf].undolevels
  draw.clear(buf)
  vim.api.nvim_buf_set_text(buf, row, col, row, col + brought, lines)
  vim.api.nvim_win_set_cursor(0, { row + #lines, #lines == 1 and col + #piece or #lines[#lines] })
  if not whole then
    shown.advance(piece, brought)
    if client and item.id then
      client:notify('postil/didPartiallyAccept', { id = item.id })
    end
    return true
  end
  stop()
  shown.look(buf)
  if client and item.command then
    client:exec_cmd(item.command, { bufnr = buf })
  end
  soon()
  return true
end

--- Goes to another suggestion; the first time the server is asked whether it has more.
---@param count integer
---@return boolean
function M.cycle(count)
  if native.used() then
    return native.cycle(count)
  end
  local now = shown.now()
  if not now then
    return M.trigger()
  end
  local client = shown.client(now.buf)
  if now.cycled or not client then
    shown.step(count)
    return true
  end
  ask.now(client, ask.INVOKED, function(items)
    if not shown.now() then
      return show(items)
    end
    shown.add(items)
    shown.step(count)
  end)
  return true
end

---@return boolean
function M.dismiss()
  if native.used() then
    return native.dismiss()
  end
  local was = M.visible()
  stop()
  return was
end

--- Asks now, for several where the engine is quick enough.
---@return boolean
function M.trigger()
  return request(ask.INVOKED)
end

return M
