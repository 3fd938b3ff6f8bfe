-- Completion menus, for which ghost text stands back: Neovim's own, and those of the usual plugins.
local M = {}

-- Modules that are asked only when somebody has loaded them.
local PLUGINS = {
  ['cmp'] = 'visible',
  ['blink.cmp'] = 'is_menu_visible',
}

---@return boolean
function M.visible()
  if vim.fn.pumvisible() == 1 then
    return true
  end
  for name, method in pairs(PLUGINS) do
    local plugin = package.loaded[name]
    if type(plugin) == 'table' and type(plugin[method]) == 'function' then
      local answered, visible = pcall(plugin[method])
      if answered and visible then
        return true
      end
    end
  end
  return false
end

return M
