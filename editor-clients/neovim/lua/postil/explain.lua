-- `:Postil explain`: a note, or the code of a range or around the cursor, on a page that grows while the model writes.
local M = {}

local notes = require('postil.notes')
local server = require('postil.server')

-- The note's words go into a prompt: a longer one is cut.
local QUOTED = 300

local function ask(buf, first, last, typed)
  -- An empty range is the function around it: the model has to see all of that to explain a line.
  local range = { start = { line = first, character = 0 }, ['end'] = { line = last, character = 0 } }
  server.execute('postil.action', { 'explain', vim.uri_from_bufnr(buf), range, typed }, nil, buf)
end

---@param lines? { first: integer, last: integer } 1-based; none: the note at the cursor, else the function around it
function M.here(lines)
  local buf = vim.api.nvim_get_current_buf()
  if not server.wanted(buf) then
    return
  end
  if lines then
    return ask(buf, lines.first - 1, lines.last)
  end
  local lnum = vim.api.nvim_win_get_cursor(0)[1] - 1
  local here = vim.tbl_filter(notes.id, notes.all({ buf = buf, lnum = lnum }))
  if #here == 0 then
    return ask(buf, lnum, lnum)
  end
  notes.at_cursor(function(note)
    local said = vim.fn.strcharpart(note.message, 0, QUOTED)
    local question = 'A reviewer says of line %d: "%s" Explain what is meant, and whether it is right.'
    ask(buf, note.lnum, note.lnum, question:format(note.lnum + 1, said))
  end)
end

return M
