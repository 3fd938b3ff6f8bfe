-- `postil doctor`, as a page and as values.
local M = {}

local server = require('postil.server')

-- It asks engines that may not answer.
local SECONDS = 60

--- The server's program with other arguments; what stands before `serve` stays (`python -m postil`).
---@param ... string
---@return string[]
function M.command(...)
  local command = {}
  for _, word in ipairs(server.command()) do
    if word == 'serve' then
      break
    end
    table.insert(command, word)
  end
  return vim.list_extend(command, { ... })
end

---@param arguments string[]
---@param done? fun(result: vim.SystemCompleted) none: the result is waited for
---@return vim.SystemCompleted?
function M.run(arguments, done)
  local client = server.client(0)
  local options = {
    text = true,
    cwd = client and client.root_dir or nil,
    timeout = SECONDS * 1000,
    env = { NO_COLOR = '1', COLUMNS = '110', PYTHONUTF8 = '1' },
  }
  local started, process = pcall(vim.system, M.command(unpack(arguments)), options, done and vim.schedule_wrap(done))
  if not started then
    local failed = { code = 127, signal = 0, stdout = '', stderr = tostring(process) }
    if done then
      return done(failed)
    end
    return failed
  end
  return not done and process:wait() or nil
end

function M.show()
  if not server.executable() then
    require('postil.tell').error(('`%s` is not found: %s'):format(server.command()[1], server.HOW_TO_GET_IT))
    return
  end
  require('postil.tell').info('looks around')
  M.run({ 'doctor' }, function(result)
    local text = vim.trim(result.stdout .. '\n' .. result.stderr)
    require('postil.page').show('doctor', vim.split(text, '\n'))
  end)
end

return M
