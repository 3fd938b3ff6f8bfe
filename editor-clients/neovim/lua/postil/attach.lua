-- What happens when the server is attached to a buffer.
local M = {}

---@param client vim.lsp.Client
---@param buf integer
function M.to(client, buf)
  require('postil.actions').watch(client)
  require('postil.pause').attached(client)
  require('postil.ghost').attach(client, buf)
end

return M
