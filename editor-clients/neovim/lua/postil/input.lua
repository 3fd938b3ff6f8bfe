-- `postil/input`: what an action asks before it runs.
local M = {}

--- The answer to the request. Handlers of requests run in a coroutine, which waits for the user here.
---@param asked { title: string, prompt: string }
function M.answer(asked)
  local waiting = coroutine.running()
  local answered
  vim.ui.input({ prompt = ('%s: %s '):format(asked.title, asked.prompt) }, function(text)
    -- A `vim.ui.input` that answers at once answers before there is somebody who waits.
    vim.schedule(function()
      answered = { text = text == nil and vim.NIL or text }
      coroutine.resume(waiting)
    end)
  end)
  while not answered do
    coroutine.yield()
  end
  return answered
end

return M
