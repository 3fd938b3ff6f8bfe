-- The server's diagnostics in Neovim's own store.
local M = {}

local server = require('postil.server')

--- All of ours: of a buffer, else everywhere; `lnum` (0-based) for one line.
---@param options? { buf?: integer, lnum?: integer }
---@return vim.Diagnostic[]
function M.all(options)
  options = options or {}
  local client = server.client(options.buf)
  if not client then
    return {}
  end
  local namespace = vim.lsp.diagnostic.get_namespace(client.id)
  return vim.diagnostic.get(options.buf, { namespace = namespace, lnum = options.lnum })
end

--- The diagnostic as the server sent it.
function M.sent(diagnostic)
  return vim.tbl_get(diagnostic, 'user_data', 'lsp')
end

--- A note's id; nil for what isn't a note (a problem of a Modelfile).
function M.id(diagnostic)
  return vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data', 'id')
end

-- Those that a line is part of.
local function touching(buf, lnum)
  return vim.tbl_filter(function(one)
    return one.lnum <= lnum and lnum <= (one.end_lnum or one.lnum)
  end, M.all({ buf = buf }))
end

--- Calls `chosen` with the note at the cursor; asks where there are several, and says so where there is none.
---@param chosen fun(diagnostic: vim.Diagnostic)
---@param wanted? fun(diagnostic: vim.Diagnostic): any
function M.at_cursor(chosen, wanted)
  local buf, lnum = vim.api.nvim_get_current_buf(), vim.api.nvim_win_get_cursor(0)[1] - 1
  local found = vim.tbl_filter(wanted or M.id, touching(buf, lnum))
  if #found == 0 then
    require('postil.tell').info('there is no note on this line; ]d goes to the next one')
  elseif #found == 1 then
    chosen(found[1])
  else
    vim.ui.select(found, {
      prompt = 'Which note?',
      format_item = function(one)
        return ('%s: %s'):format(one.source or 'postil', one.message)
      end,
    }, function(one)
      if one then
        chosen(one)
      end
    end)
  end
end

return M
