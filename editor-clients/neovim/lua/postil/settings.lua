-- The settings of a running server, changed until Neovim ends.
local M = {}

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
    if value == vim.NIL then
      table_of[path[#path]] = nil
    else
      table_of[path[#path]] = value
    end
    if next(table_of) == nil and #path > 1 then
      -- An empty table of Lua's would be a list in JSON.
      settings[path[1]] = nil
    end
  end
  client.settings.postil = settings
  local sent = next(settings) and settings or vim.empty_dict()
  client:notify('workspace/didChangeConfiguration', { settings = { postil = sent } })
end

--- A value of the settings by its dotted key; nil where nobody has set it.
function M.value(client, key)
  return vim.tbl_get(client.settings, 'postil', unpack(vim.split(key, '.', { plain = true })))
end

return M
