-- `:Postil ask`: a conversation with the agent on a page that grows.
local M = {}

local config = require('postil.config')
local connection = require('postil.agent.connection')
local files = require('postil.agent.files')
local permission = require('postil.agent.permission')
local tell = require('postil.tell')

local PROTOCOL = 1

---@class postil.Talk
---@field connection? postil.Connection
---@field session? string
---@field folder string
---@field page postil.AgentPage
---@field busy boolean
---@field asked table<fun(), true> permissions that wait
local talk = nil

local function root(buf)
  return vim.fs.root(buf, config.get().root_markers) or vim.fn.getcwd()
end

local updates = {
  agent_message_chunk = function(page, update)
    if update.content and update.content.type == 'text' then
      page:say(update.content.text)
    end
  end,
  tool_call = function(page, update)
    page:call(update)
  end,
  tool_call_update = function(page, update)
    page:call(update)
  end,
  plan = function(page, update)
    page:lines(vim.tbl_map(function(entry)
      return ('- [%s] %s'):format(entry.status == 'completed' and 'x' or ' ', entry.content)
    end, update.entries or {}))
  end,
}

local function handlers(own)
  local function ours(params)
    return params.sessionId == own.session
  end
  return {
    ['session/update'] = function(params)
      local does = ours(params) and updates[params.update.sessionUpdate]
      if does then
        does(own.page, params.update)
      end
    end,
    ['session/request_permission'] = function(params, answer)
      if not ours(params) then
        return answer({ outcome = { outcome = 'cancelled' } })
      end
      local cancel
      cancel = permission.ask(own.page, params, function(outcome)
        if cancel then
          own.asked[cancel] = nil
        end
        answer({ outcome = outcome })
      end)
      own.asked[cancel] = true
    end,
    ['fs/read_text_file'] = function(params, answer)
      local text, why = files.read(params.path)
      if text and (params.line or params.limit) then
        local lines = vim.split(text, '\n', { plain = true })
        local first = math.max(params.line or 1, 1)
        local last = params.limit and first + params.limit - 1 or #lines
        text = table.concat(vim.list_slice(lines, first, math.min(last, #lines)), '\n')
      end
      answer(text and { content = text }, why)
    end,
    ['fs/write_text_file'] = function(params, answer)
      answer(nil, files.write(own.folder, params.path, params.content))
    end,
  }
end

local function settle(own)
  for cancel in pairs(own.asked) do
    cancel()
  end
  own.asked, own.busy = {}, false
  files.refresh(own.folder)
end

local function failed(own, err)
  local why = type(err.data) == 'table' and err.data.details or err.message
  own.page:lines({ '', '*Postil: ' .. tostring(why):gsub('%s+', ' ') .. '*' })
  settle(own)
end

local function meta()
  local settings = config.get().settings
  return next(settings) and { postil = { settings = vim.deepcopy(settings) } } or nil
end

-- Begins a session where there is none; `done` when there is one.
local function with_session(own, done)
  if own.session then
    return done()
  end
  own.connection:request('session/new', { cwd = own.folder, mcpServers = {}, _meta = meta() }, function(err, result)
    if err then
      return failed(own, err)
    end
    own.session = result.sessionId
    done()
  end)
end

local function begin(own, done)
  if own.connection then
    return with_session(own, done)
  end
  local started, why = pcall(connection.start, own.folder, handlers(own), function(ended)
    own.connection, own.session = nil, nil
    if own.busy then
      failed(own, { message = ended })
    end
  end)
  if not started then
    return failed(own, { message = tostring(why) })
  end
  own.connection = why --[[@as postil.Connection]]
  own.connection:request('initialize', {
    protocolVersion = PROTOCOL,
    clientInfo = { name = 'neovim', version = tostring(vim.version()) },
    clientCapabilities = { fs = { readTextFile = true, writeTextFile = true }, terminal = false },
  }, function(err)
    if err then
      return failed(own, err)
    end
    with_session(own, done)
  end)
end

-- A range of a buffer, as a text beside the question.
local function beside(buf, lines)
  local text = table.concat(vim.api.nvim_buf_get_lines(buf, lines.first - 1, lines.last, false), '\n')
  local uri = ('%s#L%d-%d'):format(vim.uri_from_bufnr(buf), lines.first, lines.last)
  return { type = 'resource', resource = { uri = uri, text = text .. '\n', mimeType = 'text/plain' } }
end

local function prompt(own, words, blocks)
  own.busy = true
  local quoted = vim.tbl_map(function(line)
    return '> ' .. line
  end, vim.split(words, '\n', { plain = true }))
  for _, block in ipairs(blocks) do
    local uri, at = block.resource.uri:match('^(.*)(#.*)$')
    table.insert(quoted, ('> (%s%s)'):format(vim.fn.fnamemodify(vim.uri_to_fname(uri), ':~:.'), at))
  end
  own.page:lines(vim.list_extend(quoted, { '' }))
  begin(own, function()
    local content = vim.list_extend({ { type = 'text', text = words } }, blocks)
    own.connection:request('session/prompt', { sessionId = own.session, prompt = content }, function(err, result)
      if err then
        return failed(own, err)
      end
      own.page:lines(result.stopReason == 'cancelled' and { '', '*cancelled*', '' } or { '' })
      settle(own)
    end)
  end)
end

local function cancel()
  if not (talk and talk.busy and talk.connection) then
    return
  end
  if not talk.session then
    -- It hasn't even begun.
    talk.connection:stop()
  else
    talk.connection:notify('session/cancel', { sessionId = talk.session })
    for answer in pairs(talk.asked) do
      answer()
    end
  end
end

-- Enter: the place of a call, else another question.
local function enter(page)
  local place = page:place()
  if not place then
    return M.ask('')
  end
  vim.cmd('wincmd p')
  vim.cmd.edit(vim.fn.fnameescape(place.path))
  pcall(vim.api.nvim_win_set_cursor, 0, { (place.line or 0) + 1, 0 })
end

local function conversation(buf)
  if not (talk and vim.api.nvim_buf_is_valid(talk.page.buf)) then
    if talk and talk.connection then
      talk.connection:stop()
    end
    local folder = root(buf)
    local page = require('postil.agent.page').open({
      ['<C-c>'] = { run = cancel, what = 'stop the answer' },
      ['<CR>'] = { run = enter, what = 'open the place, or ask on' },
    })
    talk = { folder = folder, page = page, busy = false, asked = {} }
  end
  talk.page:show()
  return talk
end

-- What is for this door, not for the model.
local commands = {
  new = function(own)
    own.session = nil
    own.page:clear()
  end,
  mode = function(own, mode)
    begin(own, function()
      own.connection:request('session/set_mode', { sessionId = own.session, modeId = mode }, function(err)
        if err then
          return failed(own, err)
        end
        own.page:lines({ '*mode: ' .. mode .. '*', '' })
      end)
    end)
  end,
}

--- Whether an answer is on its way.
---@return boolean
function M.busy()
  return talk ~= nil and talk.busy
end

---@param words string "": the user is asked
---@param lines? { first: integer, last: integer } 1-based
function M.ask(words, lines)
  local buf = vim.api.nvim_get_current_buf()
  if words == '' then
    return vim.ui.input({ prompt = 'Ask Postil: ' }, function(typed)
      if typed and vim.trim(typed) ~= '' then
        M.ask(typed, lines)
      end
    end)
  end
  if vim.fn.executable(connection.command()[1]) == 0 then
    return tell.error(('`%s` is not found: %s'):format(connection.command()[1], require('postil.server').HOW_TO_GET_IT))
  end
  local blocks = lines and vim.bo[buf].buftype == '' and { beside(buf, lines) } or {}
  local own = conversation(buf)
  if own.busy then
    return tell.warn('it still answers: wait for it, or stop it with Ctrl-C on its page')
  end
  local name, rest = words:match('^/(%a+)%s*(%S*)$')
  if name and commands[name] then
    return commands[name](own, rest)
  end
  prompt(own, words, blocks)
end

return M
