-- What a user's configuration calls: setup, and the parts for keys and status lines.
local M = {}

--- Takes options (see |postil-options|) and enables the server. Wrong ones are told, and their defaults count.
---@param options? table
function M.setup(options)
  local config = require('postil.config')
  config.set(options)
  config.tell()
  -- What was resolved before with other options is resolved anew.
  vim.lsp.config('postil', {})
  if config.get().enable then
    vim.lsp.enable('postil')
  end
end

--- What Postil does now, for a status line; '' where it isn't attached.
---@return string
function M.statusline()
  return require('postil.status').statusline()
end

--- Ghost text by keys of your own. Each returns whether there was something to do.
function M.accept()
  return require('postil.ghost').accept('all')
end

function M.accept_word()
  return require('postil.ghost').accept('word')
end

function M.accept_line()
  return require('postil.ghost').accept('line')
end

function M.next()
  return require('postil.ghost').cycle(1)
end

function M.previous()
  return require('postil.ghost').cycle(-1)
end

function M.dismiss()
  return require('postil.ghost').dismiss()
end

function M.trigger()
  return require('postil.ghost').trigger()
end

return M
