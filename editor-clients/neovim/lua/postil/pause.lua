-- Pause and snooze: nothing is reviewed on save and nothing completed until it goes on; commands work as ever.
local M = {}

local settings = require('postil.settings')
local tell = require('postil.tell')

local OFF = { ['review.on_save'] = false, ['review.on_open'] = false, ['completion.enabled'] = false }
-- A timer of libuv's takes more, but nobody who says so many minutes means a snooze.
local MOST_MINUTES = 7 * 24 * 60

-- `ends`: when it goes on by itself (os.time), math.huge for never; nil where it isn't paused.
local ends, timer
-- What was set before, by client and key.
local before = {}

---@return boolean
function M.paused()
  return ends ~= nil
end

--- '' where it isn't paused.
function M.words()
  if not ends then
    return ''
  end
  return ends == math.huge and 'paused' or 'paused until ' .. os.date('%H:%M', ends)
end

local function quiet(client)
  before[client.id] = before[client.id] or {}
  for key in pairs(OFF) do
    local value = settings.value(client, key)
    before[client.id][key] = value == nil and vim.NIL or value
  end
  settings.change(client, OFF)
end

local function stop_timer()
  if timer then
    timer:stop()
    timer:close()
    timer = nil
  end
end

--- A server that comes while it is paused is quiet too.
function M.attached(client)
  if ends and not before[client.id] then
    quiet(client)
  end
end

---@param minutes? number none: until `resume`
function M.pause(minutes)
  if minutes and (minutes <= 0 or minutes > MOST_MINUTES) then
    tell.error(('minutes are a number over 0 and at most %d'):format(MOST_MINUTES))
    return
  end
  stop_timer()
  local already = ends ~= nil
  ends = minutes and os.time() + math.floor(minutes * 60 + 0.5) or math.huge
  if minutes then
    timer = assert(vim.uv.new_timer())
    timer:start(math.floor(minutes * 60000), 0, vim.schedule_wrap(M.resume))
  end
  if not already then
    for _, client in ipairs(vim.lsp.get_clients({ name = 'postil' })) do
      quiet(client)
    end
  end
  require('postil.ghost').dismiss()
  require('postil.status').redraw()
  tell.info(M.words() .. '. :Postil resume goes on')
end

function M.resume()
  stop_timer()
  if not ends then
    tell.info('is not paused')
    return
  end
  ends = nil
  for _, client in ipairs(vim.lsp.get_clients({ name = 'postil' })) do
    if before[client.id] then
      settings.change(client, before[client.id])
    end
  end
  before = {}
  require('postil.status').redraw()
  tell.info('goes on')
end

return M
