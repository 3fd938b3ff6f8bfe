-- `:Postil calibrate`: what the model's opinions are worth, measured on past fixes of this file's repository.
local M = {}

local server = require('postil.server')
local tell = require('postil.tell')

function M.repository()
  -- Each workspace has a client of its own: that of this file knows the folder.
  server.execute('postil.calibrate', {}, function(found)
    if found.words == '' then
      tell.info('stopped. What was read is kept: the next :Postil calibrate goes on from there')
    else
      tell.info(found.words)
    end
  end, vim.api.nvim_get_current_buf())
end

return M
