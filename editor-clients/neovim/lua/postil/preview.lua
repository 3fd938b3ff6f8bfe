-- Proposed edits as a difference in a floating window: one key applies them, another leaves all as it is.
local M = {}

local edit = require('postil.edit')
local tell = require('postil.tell')

-- Lines around a change.
local CONTEXT = 3

local function text_of(lines)
  return #lines > 0 and table.concat(lines, '\n') .. '\n' or ''
end

--- The unified difference, in lines.
---@param changes postil.Change[]
---@return string[]
function M.lines(changes)
  local shown = {}
  for _, change in ipairs(changes) do
    local name = vim.fn.fnamemodify(change.path, ':~:.')
    local hunks = vim.diff(text_of(change.before), text_of(change.after), { ctxlen = CONTEXT })
    vim.list_extend(shown, { '--- ' .. (#change.before > 0 and name or '/dev/null'), '+++ ' .. name })
    vim.list_extend(shown, vim.split(hunks --[[@as string]], '\n', { trimempty = true }))
  end
  return shown
end

local function open(title, lines)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].filetype = 'diff'
  vim.bo[buf].modifiable = false
  vim.bo[buf].bufhidden = 'wipe'
  local widest = 0
  for _, line in ipairs(lines) do
    widest = math.max(widest, vim.fn.strdisplaywidth(line))
  end
  local footer = ' Enter: apply   q, Esc: leave '
  local width = math.min(math.max(widest + 1, #footer + 2, #title + 4, 40), math.max(vim.o.columns - 4, 20))
  local height = math.min(#lines, math.max(vim.o.lines - 6, 3))
  local window = vim.api.nvim_open_win(buf, true, {
    relative = 'editor', style = 'minimal', border = 'rounded', width = width, height = height,
    row = math.max(math.floor((vim.o.lines - height) / 2) - 1, 0), col = math.floor((vim.o.columns - width) / 2),
    title = ' ' .. title .. ' ', footer = footer, footer_pos = 'right',
  })
  vim.wo[window].wrap = false
  return buf, window
end

--- Shows an edit; `decided(true)` once it is applied, `decided(false, why?)` when it isn't.
---@param title string
---@param proposed lsp.WorkspaceEdit
---@param encoding string
---@param decided fun(applied: boolean, why?: string)
function M.show(title, proposed, encoding, decided)
  local changes = edit.changes(proposed, encoding)
  local lines = M.lines(changes)
  local buf, window = open(title, #lines > 0 and lines or { 'nothing would change' })
  local over = false

  local function finish(wanted)
    if over then
      return
    end
    over = true
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
    if not wanted then
      return decided(false)
    end
    local moved = edit.moved(changes)
    if moved then
      local name = vim.fn.fnamemodify(moved, ':~:.')
      local why = ('%s has changed since the edit was proposed; nothing was edited. Choose it again'):format(name)
      tell.warn(why)
      return decided(false, why)
    end
    decided(M.apply(proposed, encoding))
  end

  local function key(lhs, wanted, what)
    vim.keymap.set('n', lhs, function()
      finish(wanted)
    end, { buffer = buf, nowait = true, desc = 'Postil: ' .. what })
  end
  key('<CR>', true, 'apply the edit')
  key('q', false, 'leave it')
  key('<Esc>', false, 'leave it')
  vim.api.nvim_create_autocmd({ 'WinLeave', 'BufWipeout' }, {
    buffer = buf,
    once = true,
    callback = function()
      vim.schedule(function()
        finish(false)
      end)
    end,
  })
end

--- Makes the edit.
---@return boolean, string? why not
function M.apply(proposed, encoding)
  local done, why = pcall(vim.lsp.util.apply_workspace_edit, proposed, encoding)
  if not done then
    tell.error('the edit was not made: ' .. tostring(why))
  end
  return done, not done and tostring(why) or nil
end

return M
