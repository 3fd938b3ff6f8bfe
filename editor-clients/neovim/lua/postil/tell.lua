-- Sentences for the user.
local M = {}

function M.error(text)
  vim.notify('Postil: ' .. text, vim.log.levels.ERROR)
end

function M.warn(text)
  vim.notify('Postil: ' .. text, vim.log.levels.WARN)
end

function M.info(text)
  vim.notify('Postil: ' .. text, vim.log.levels.INFO)
end

return M
