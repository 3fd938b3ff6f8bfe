-- The notes as a quickfix list, which follows them from then on.
local M = {}

local config = require('postil.config')
local notes = require('postil.notes')

local TITLE = 'Postil'

-- Reviews whose end somebody waits for, by URI.
local waiting = {}
local list_id

local function exists()
  return list_id and vim.fn.getqflist({ id = list_id }).id == list_id
end

--- Puts the notes of all files into the list, which becomes the current one.
---@return integer how many there are
function M.fill()
  local items = vim.diagnostic.toqflist(notes.all())
  if exists() then
    vim.fn.setqflist({}, 'r', { id = list_id, title = TITLE, items = items })
    local number = vim.fn.getqflist({ id = list_id, nr = 0 }).nr
    vim.cmd(('silent %dchistory'):format(number))
  else
    vim.fn.setqflist({}, ' ', { title = TITLE, items = items })
    list_id = vim.fn.getqflist({ id = 0 }).id
  end
  return #items
end

--- The same, opened where there is something to see and the user wants that.
function M.open()
  local count = M.fill()
  if count > 0 and config.get().quickfix.open then
    local here = vim.api.nvim_get_current_win()
    vim.cmd('botright copen')
    vim.api.nvim_set_current_win(here)
  end
  return count
end

--- The list is filled when the review of this document is over.
function M.wait(uri)
  waiting[uri] = true
end

--- `postil/reviewed`.
---@param run { uri: string, notes: integer, unread: integer, failed: integer }
function M.reviewed(run)
  -- The notes came before; Neovim takes them in its main loop too.
  vim.schedule(function()
    if waiting[run.uri] then
      waiting[run.uri] = nil
      local count = M.open()
      local text = count == 1 and '1 note' or ('%d notes'):format(count)
      require('postil.tell').reviewed(text, (run.unread or 0) + (run.failed or 0))
    elseif exists() then
      local items = vim.diagnostic.toqflist(notes.all())
      vim.fn.setqflist({}, 'r', { id = list_id, items = items })
    end
  end)
end

return M
