-- What the server has said on its standard error, out of Neovim's LSP log.
local M = {}

-- Of the log's end; a log of months is no page.
local BYTES = 400000

local ESCAPES = { n = '\n', t = '\t', r = '', ['"'] = '"', ["'"] = "'", ['\\'] = '\\' }

---@param line string one of the log
---@param program string
---@return string?
local function said(line, program)
  local who, quoted = line:match('"rpc"%s+"(.-)"%s+"stderr"%s+["\'](.*)["\']%s*$')
  if who ~= program then
    return nil
  end
  return (quoted:gsub('\\(.)', ESCAPES))
end

--- The log in lines.
---@return string[]
function M.lines()
  local path = vim.lsp.log.get_filename()
  local file = io.open(path, 'r')
  local found = {}
  if file then
    file:seek('set', math.max(0, file:seek('end') - BYTES))
    local program = require('postil.server').command()[1]
    for line in file:lines() do
      vim.list_extend(found, vim.split(said(line, program) or '', '\n', { trimempty = true }))
    end
    file:close()
  end
  if #found == 0 then
    return { ('The server has said nothing. (Neovim keeps it in %s)'):format(path) }
  end
  return found
end

function M.show()
  local buf = require('postil.page').show('log', M.lines(), 'log')
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(buf), 0 })
end

return M
