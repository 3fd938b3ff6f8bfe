-- The process that converses, `postil acp`: started when it is first needed, one for this Neovim; JSON-RPC, a message a
-- line (https://agentclientprotocol.com).
local M = {}

-- What it says on its standard error is kept as far as an error can name it.
local STDERR_BYTES = 4000
local METHOD_NOT_FOUND, INTERNAL = -32601, -32603

---@class postil.Connection
---@field private process? vim.SystemObj
---@field private waiting table<integer, fun(err?: table, result?: table)>
---@field capabilities table
local Connection = {}
Connection.__index = Connection

--- The command, as the server's own names the program.
---@return string[]
function M.command()
  local found = {}
  for _, word in ipairs(require('postil.server').command()) do
    if word == 'serve' then
      break
    end
    table.insert(found, word)
  end
  -- A command that isn't ours to read: its program, then.
  if #found == #require('postil.server').command() then
    found = { found[1] }
  end
  return vim.list_extend(found, { 'acp' })
end

--- `handlers`: by method, `fun(params, answer)`; `answer(result?, why?)` is called once, for a request.
---@param cwd string
---@param handlers table<string, fun(params: table, answer: fun(result?: table, why?: string))>
---@param over fun(why: string) the process has ended
---@return postil.Connection
function M.start(cwd, handlers, over)
  local self = setmetatable({ waiting = {}, number = 0, handlers = handlers, said = '' }, Connection)
  local rest = ''
  self.process = vim.system(M.command(), {
    cwd = cwd,
    stdin = true,
    stdout = function(_, data)
      if not data then
        return
      end
      local lines = vim.split(rest .. data, '\n', { plain = true })
      rest = table.remove(lines)
      vim.schedule(function()
        for _, line in ipairs(lines) do
          self:take(line)
        end
      end)
    end,
    stderr = function(_, data)
      self.said = (self.said .. (data or '')):sub(-STDERR_BYTES)
    end,
  }, vim.schedule_wrap(function(done)
    self.process = nil
    local last = vim.split(vim.trim(self.said), '\n', { plain = true })
    local why = last[#last] ~= '' and last[#last] or ('it has ended with code %d'):format(done.code)
    for _, waits in pairs(self.waiting) do
      waits({ message = why })
    end
    self.waiting = {}
    over(why)
  end))
  return self
end

---@param message table
function Connection:send(message)
  if self.process then
    message.jsonrpc = '2.0'
    self.process:write(vim.json.encode(message) .. '\n')
  end
end

---@param method string
---@param params table
---@param done fun(err?: table, result?: table)
function Connection:request(method, params, done)
  if not self.process then
    return done({ message = '`postil acp` has ended' })
  end
  self.number = self.number + 1
  self.waiting[self.number] = done
  self:send({ id = self.number, method = method, params = params })
end

---@param method string
---@param params table
function Connection:notify(method, params)
  self:send({ method = method, params = params })
end

function Connection:stop()
  if self.process then
    self.process:kill('sigterm')
  end
end

---@param line string
function Connection:take(line)
  local read, message = pcall(vim.json.decode, line, { luanil = { object = true, array = true } })
  if not read or type(message) ~= 'table' then
    return
  end
  if message.method == nil then
    local done = self.waiting[message.id]
    self.waiting[message.id or 0] = nil
    return done and done(message.error, message.result)
  end
  local function answer(result, why, code)
    if message.id ~= nil then
      local err = why and { code = code or INTERNAL, message = why } or nil
      self:send({ id = message.id, error = err, result = not err and (result or vim.empty_dict()) or nil })
    end
  end
  local handler = self.handlers[message.method]
  if not handler then
    return answer(nil, 'there is no such method here', METHOD_NOT_FOUND)
  end
  local went, why = pcall(handler, message.params or {}, answer)
  if not went then
    answer(nil, tostring(why))
  end
end

return M
