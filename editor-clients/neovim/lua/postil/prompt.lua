-- `:Postil prompt`: what the model was shown for the note or the code at the cursor, else for its latest answers.
local M = {}

local server = require('postil.server')

function M.show()
  local buf = vim.api.nvim_get_current_buf()
  local lnum = vim.api.nvim_win_get_cursor(0)[1] - 1
  local place = { line = lnum, character = 0 }
  server.execute('postil.showPrompt', { vim.uri_from_bufnr(buf), place }, function(page)
    require('postil.page').show('prompt', vim.split(vim.trim(page), '\n', { plain = true }), 'markdown')
  end, buf)
end

return M
