-- `:Postil ignore`: "not here", with a reason.
local M = {}

local notes = require('postil.notes')
local server = require('postil.server')

M.PLACES = { 'line', 'file', 'workspace' }
local WORDS = {
  line = 'here: a comment above the line',
  file = 'in this file: a comment at its top',
  workspace = 'in the workspace: .postil/baseline.json',
}

local function dismiss(buf, note, place, reason)
  local arguments = { vim.uri_from_bufnr(buf), notes.id(note), place }
  if reason and reason ~= '' then
    table.insert(arguments, reason)
  end
  server.execute('postil.dismiss', arguments, nil, buf)
end

---@param place? string one of PLACES; none: it is asked for, and then why
---@param reason? string
function M.here(place, reason)
  local buf = vim.api.nvim_get_current_buf()
  if not server.wanted(buf) then
    return
  end
  notes.at_cursor(function(note)
    if place then
      return dismiss(buf, note, place, reason)
    end
    vim.ui.select(M.PLACES, {
      prompt = 'Where is this note not to be shown?',
      format_item = function(one)
        return WORDS[one]
      end,
    }, function(chosen)
      if chosen then
        vim.ui.input({ prompt = 'Why? (may stay empty) ' }, function(text)
          if text then
            dismiss(buf, note, chosen, text)
          end
        end)
      end
    end)
  end)
end

return M
