-- The settings of a running server, changed until Neovim ends.
local M = {}

local server = require('postil.server')

-- A message of JSON: an empty Lua table would be a list there.
local function object(value)
  if type(value) == 'table' and next(value) == nil then
    return vim.empty_dict()
  end
  return value
end

--- Changes keys (nil as vim.NIL) and tells the server. The user's own settings stay as they are underneath.
---@param client vim.lsp.Client
---@param changes table<string, any> by dotted key of postil.toml
function M.change(client, changes)
  local settings = client.settings.postil
  settings = type(settings) == 'table' and settings or {}
  for key, value in pairs(changes) do
    local path = vim.split(key, '.', { plain = true })
    local table_of = settings
    for level = 1, #path - 1 do
      table_of[path[level]] = type(table_of[path[level]]) == 'table' and table_of[path[level]] or {}
      table_of = table_of[path[level]]
    end
    table_of[path[#path]] = value ~= vim.NIL and value or nil
  end
  client.settings.postil = settings
  M.push(client)
end

--- Sends the settings as they are now.
function M.push(client)
  local settings = vim.deepcopy(client.settings.postil or {})
  for key, value in pairs(settings) do
    -- A section whose last key has gone, not a list that is empty.
    if type(value) == 'table' and next(value) == nil then
      settings[key] = nil
    end
  end
  client:notify('workspace/didChangeConfiguration', { settings = { postil = object(settings) } })
end

--- A value of the settings by its dotted key; nil where nobody has set it.
function M.value(client, key)
  return vim.tbl_get(client.settings, 'postil', unpack(vim.split(key, '.', { plain = true })))
end

return M
