-- `:Postil`: its sub-commands, their arguments, and the completion of both.
local M = {}

local tell = require('postil.tell')

---@class postil.Command
---@field run fun(words: string[], lines?: { first: integer, last: integer })
---@field words? fun(words: string[]): string[] what may come next
---@field most? integer arguments
---@field usage? string

---@return postil.Command
local function plain(module, name)
  return {
    most = 0,
    run = function()
      require('postil.' .. module)[name]()
    end,
  }
end

-- What was known at the last answer; asked for anew, without a word where no server runs.
local function known(module)
  local found = require('postil.' .. module)
  if require('postil.server').client() then
    found.fetch(function() end)
  end
  return found.known
end

---@type table<string, postil.Command>
M.all = {
  review = {
    most = 0,
    run = function(_, lines)
      require('postil.review').file(lines)
    end,
  },
  changes = {
    most = 1,
    usage = '[REVISION]',
    run = function(words)
      require('postil.review').changes(words[1])
    end,
  },
  workspace = plain('review', 'workspace'),
  cancel = plain('review', 'cancel'),
  clear = plain('review', 'clear'),
  fix = {
    most = 1,
    usage = '[all|file|changes|workspace]',
    words = function(words)
      return #words == 0 and { 'all', 'file', 'changes', 'workspace' } or {}
    end,
    run = function(words)
      local fix = require('postil.fix')
      if not words[1] then
        fix.here()
      elseif words[1] == 'all' then
        fix.all()
      elseif vim.list_contains({ 'file', 'changes', 'workspace' }, words[1]) then
        fix.checked(words[1])
      else
        M.wrong('fix')
      end
    end,
  },
  explain = {
    most = 0,
    run = function(_, lines)
      require('postil.explain').here(lines)
    end,
  },
  ask = {
    usage = '[QUESTION]',
    run = function(words, lines)
      require('postil.agent').ask(table.concat(words, ' '), lines)
    end,
  },
  ignore = {
    usage = '[line|file|workspace [REASON]]',
    words = function(words)
      return #words == 0 and require('postil.ignore').PLACES or {}
    end,
    run = function(words)
      local place = words[1]
      if place and not vim.list_contains(require('postil.ignore').PLACES, place) then
        return M.wrong('ignore')
      end
      require('postil.ignore').here(place, table.concat(words, ' ', 2))
    end,
  },
  persona = {
    most = 2,
    usage = '[list | edit NAME | NAME [on|off]]',
    words = function(words)
      if #words == 0 then
        return vim.list_extend({ 'list', 'edit' }, known('persona'))
      end
      return words[1] == 'edit' and known('persona') or { 'on', 'off' }
    end,
    run = function(words)
      local persona = require('postil.persona')
      local on = ({ on = true, off = false })[words[2]]
      if #words == 0 then
        persona.choose()
      elseif words[1] == 'list' and #words == 1 then
        persona.list()
      elseif words[1] == 'edit' and #words == 2 then
        persona.edit(words[2])
      elseif #words == 1 or on ~= nil then
        persona.switch(words[1], on)
      else
        M.wrong('persona')
      end
    end,
  },
  model = {
    most = 2,
    usage = '[NAME | pull NAME | remove NAME]',
    words = function(words)
      if #words == 0 then
        return vim.list_extend({ 'pull', 'remove' }, known('model'))
      end
      return #words == 1 and (words[1] == 'pull' or words[1] == 'remove') and known('model') or {}
    end,
    run = function(words)
      local model = require('postil.model')
      if #words == 0 then
        model.choose()
      elseif #words == 2 and (words[1] == 'pull' or words[1] == 'remove') then
        model[words[1]](words[2])
      elseif #words == 1 and words[1] ~= 'pull' and words[1] ~= 'remove' then
        model.use(words[1])
      else
        M.wrong('model')
      end
    end,
  },
  calibrate = plain('calibrate', 'repository'),
  prompt = plain('prompt', 'show'),
  pause = {
    most = 1,
    usage = '[MINUTES]',
    words = function(words)
      return #words == 0 and { '5', '15', '30', '60' } or {}
    end,
    run = function(words)
      local minutes = tonumber(words[1])
      if words[1] and not minutes then
        return M.wrong('pause')
      end
      require('postil.pause').pause(minutes)
    end,
  },
  resume = plain('pause', 'resume'),
  status = {
    most = 0,
    run = function()
      tell.info(table.concat(require('postil.status').lines(), '\n  '))
    end,
  },
  log = plain('log', 'show'),
  doctor = plain('doctor', 'show'),
}

function M.names()
  local names = vim.tbl_keys(M.all)
  table.sort(names)
  return names
end

--- Tells how a sub-command is used.
function M.wrong(name)
  tell.error(('usage: :Postil %s %s'):format(name, M.all[name].usage or ''))
end

---@param given vim.api.keyset.create_user_command.command_args
function M.run(given)
  local words = vim.deepcopy(given.fargs)
  local name = table.remove(words, 1) or 'status'
  local command = M.all[name]
  if not command then
    return tell.error(('there is no `:Postil %s`: known are %s'):format(name, table.concat(M.names(), ', ')))
  end
  if #words > (command.most or math.huge) then
    return M.wrong(name)
  end
  command.run(words, given.range > 0 and { first = given.line1, last = given.line2 } or nil)
end

---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:gsub('^.-Postil%s*', '')), '%s+', { trimempty = true })
  if lead ~= '' then
    table.remove(words)
  end
  local command = M.all[table.remove(words, 1)]
  local candidates = command == nil and line:find('Postil%s+%S*$') and M.names()
    or command and command.words and command.words(words)
    or {}
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
