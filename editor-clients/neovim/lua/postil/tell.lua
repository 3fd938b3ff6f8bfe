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

--- What a review found. Where units could not be reviewed, that is no approval.
---@param text string
---@param unread? integer
function M.reviewed(text, unread)
  if (unread or 0) == 0 then
    M.info(text)
  else
    local units = unread == 1 and '1 unit' or ('%d units'):format(unread)
    M.warn(('%s, %s could not be reviewed'):format(text, units))
  end
end

return M
