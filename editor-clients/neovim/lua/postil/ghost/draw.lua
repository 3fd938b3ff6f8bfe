-- Ghost text on the screen: virtual text, which is no part of the buffer.
local M = {}

local text = require('postil.ghost.text')

local namespace = vim.api.nvim_create_namespace('postil.ghost')

-- As comments are; Neovim's own colours give them none in a terminal of few, where it would look like text.
local function highlights()
  local comment = vim.api.nvim_get_hl(0, { name = 'Comment', link = false })
  local given = comment.ctermfg and { link = 'Comment' } or { fg = comment.fg, ctermfg = 8 }
  given.default = true
  vim.api.nvim_set_hl(0, 'PostilGhost', given)
  vim.api.nvim_set_hl(0, 'PostilGhostCount', { link = 'NonText', default = true })
end

--- Draws what isn't in the buffer yet, at the cursor.
---@param buf integer
---@param row integer 0-based
---@param col integer bytes
---@param item { text: string, covered: string }
---@param count string '' or which of how many
function M.show(buf, row, col, item, count)
  M.clear(buf)
  highlights()
  local width = vim.bo[buf].tabstop
  local column = vim.fn.virtcol('.') - 1
  for _, piece in ipairs(text.pieces(item.text, item.covered)) do
    vim.api.nvim_buf_set_extmark(buf, namespace, row, col + piece.at, {
      virt_text = { { text.tabs(piece.text, column, width), 'PostilGhost' } },
      virt_text_pos = 'inline',
    })
  end
  local lines = vim.split(item.text, '\n', { plain = true })
  local below = {}
  for number = 2, #lines do
    -- A line that is empty needs a cell to be seen at all.
    local shown = text.tabs(lines[number], 0, width)
    table.insert(below, { { shown ~= '' and shown or ' ', 'PostilGhost' } })
  end
  vim.api.nvim_buf_set_extmark(buf, namespace, row, col, {
    virt_lines = #below > 0 and below or nil,
    virt_text = count ~= '' and { { count, 'PostilGhostCount' } } or nil,
    virt_text_pos = count ~= '' and 'eol' or nil,
  })
end

function M.clear(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  end
end

return M
