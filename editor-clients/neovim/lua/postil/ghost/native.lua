-- Ghost text by Neovim's own `vim.lsp.inline_completion` (0.12): the same keys, and the server told the same.
local M = {}

local config = require('postil.config')
local text = require('postil.ghost.text')

---@return boolean
function M.used()
  return config.get().ghost_text.native and vim.lsp.inline_completion ~= nil
end

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  vim.lsp.inline_completion.enable(true, { bufnr = buf, client_id = client.id })
  local keys = config.get().ghost_text.keys
  local function map(name, act)
    local lhs = keys[name]
    if lhs then
      vim.keymap.set('i', lhs, function()
        if not act() then
          return lhs
        end
      end, { buffer = buf, expr = true, replace_keycodes = true, desc = 'Postil: ' .. name:gsub('_', ' ') })
    end
  end
  map('accept', function()
    return M.accept('all')
  end)
  map('accept_word', function()
    return M.accept('word')
  end)
  map('accept_line', function()
    return M.accept('line')
  end)
  map('next', function()
    return M.cycle(1)
  end)
  map('previous', function()
    return M.cycle(-1)
  end)
  map('dismiss', M.dismiss)
end

-- The item with its next part alone; it isn't accepted by that, so its command doesn't run.
local function partly(item, cut)
  local whole = type(item.insert_text) == 'table' and item.insert_text.value or item.insert_text
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local from = item.range and item.range.start_col or item.range and item.range.start and item.range.start.col or col
  local typed = vim.api.nvim_buf_get_text(0, row - 1, math.min(from, col), row - 1, col, {})[1]
  typed = vim.startswith(whole, typed) and typed or ''
  local piece = cut(whole:sub(#typed + 1))
  if #typed + #piece < #whole then
    local client = vim.lsp.get_client_by_id(item.client_id)
    local id = vim.tbl_get(item, 'command', 'arguments', 1)
    if client and id then
      client:notify('postil/didPartiallyAccept', { id = id })
    end
    item.command = nil
  end
  item.insert_text = typed .. piece
  return item
end

---@param what 'all'|'word'|'line'
function M.accept(what)
  local options = { bufnr = 0 }
  if what ~= 'all' then
    options.on_accept = function(item)
      return partly(item, text[what])
    end
  end
  return vim.lsp.inline_completion.get(options) and true or false
end

function M.cycle(count)
  vim.lsp.inline_completion.select({ bufnr = 0, count = count })
  return true
end

--- Neovim takes it away when it is switched off, and asks again with the next key.
function M.dismiss()
  vim.lsp.inline_completion.enable(false, { bufnr = 0 })
  vim.lsp.inline_completion.enable(true, { bufnr = 0 })
  return true
end

return M
