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

-- Another server's diagnostic in the words of the protocol; linters that aren't servers bring none of their own.
local function in_protocol(one)
  return M.sent(one) or {
    range = {
      start = { line = one.lnum, character = one.col },
      ['end'] = { line = one.end_lnum or one.lnum, character = one.end_col or one.col },
    },
    message = one.message,
    severity = one.severity,
    source = one.source,
    code = one.code,
  }
end

--- Diagnostics of other tools that a line of a buffer is part of, as the protocol has them.
function M.of_others(buf, first, last)
  local client = server.client(buf)
  local ours = client and vim.lsp.diagnostic.get_namespace(client.id)
  local found = vim.tbl_filter(function(one)
    return one.namespace ~= ours and one.source and one.lnum <= last and first <= (one.end_lnum or one.lnum)
  end, vim.diagnostic.get(buf))
  return vim.tbl_map(in_protocol, found)
end

--- The parameters of a request for code actions with what other tools say of the place: Neovim sends each server its own
--- diagnostics only.
function M.with_others(params)
  local range, context = params.range, params.context
  local buf = vim.uri_to_bufnr(params.textDocument.uri)
  if not (range and context) or not vim.api.nvim_buf_is_loaded(buf) then
    return params
  end
  local others = M.of_others(buf, range.start.line, range['end'].line)
  if #others == 0 then
    return params
  end
  local all = vim.list_extend(vim.list_slice(context.diagnostics or {}), others)
  return vim.tbl_extend('force', params, { context = vim.tbl_extend('force', context, { diagnostics = all }) })
end

-- Those that a line is part of.
function M.touching(buf, lnum)
  return vim.tbl_filter(function(one)
    return one.lnum <= lnum and lnum <= (one.end_lnum or one.lnum)
  end, M.all({ buf = buf }))
end

--- Calls `chosen` with the note at the cursor; asks where there are several, and says so where there is none.
---@param chosen fun(diagnostic: vim.Diagnostic)
---@param wanted? fun(diagnostic: vim.Diagnostic): any
function M.at_cursor(chosen, wanted)
  local buf, lnum = vim.api.nvim_get_current_buf(), vim.api.nvim_win_get_cursor(0)[1] - 1
  local found = vim.tbl_filter(wanted or M.id, M.touching(buf, lnum))
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
