-- Edits on their way into a file: code actions and the server's own, shown before they apply.
local M = {}

local config = require('postil.config')
local notes = require('postil.notes')
local preview = require('postil.preview')

local SHOW = 'postil.neovim.show'
-- Edits that menus may still offer; each request for the actions of a place makes some.
local MOST_OFFERED = 200

local offered, made = {}, 0
local watched = setmetatable({}, { __mode = 'k' })

-- "Not here" is a comment, and all fixes at once are asked for by name: nobody wants to see these first.
local function previewed(action)
  local kind = action.kind or ''
  local fix = vim.startswith(kind, 'quickfix') and not vim.startswith(kind, 'quickfix.postil.ignore')
  return config.get().preview and action.edit and fix
end

-- The action with a preview in place of its edit: a command of ours with a number, since Lua's values don't travel.
local function wrapped(action)
  if not previewed(action) then
    return action
  end
  made = made + 1
  offered[made] = action
  offered[made - MOST_OFFERED] = nil
  local shown = vim.deepcopy(action)
  shown.edit = nil
  shown.command = { title = action.title, command = SHOW, arguments = { made } }
  return shown
end

--- From now on this client's code actions come with previews, whoever asks for them.
---@param client vim.lsp.Client
function M.watch(client)
  if watched[client] then
    return
  end
  watched[client] = true
  local request = client.rpc.request
  client.rpc.request = function(method, params, done, notified)
    local taken = done
    if method == 'textDocument/codeAction' then
      params = notes.with_others(params)
      taken = function(err, result)
        done(err, vim.islist(result) and vim.tbl_map(wrapped, result) or result)
      end
    elseif method == 'codeAction/resolve' then
      taken = function(err, result)
        done(err, type(result) == 'table' and wrapped(result) or result)
      end
    end
    return request(method, params, taken, notified)
  end
end

local function run_command(client, command, context)
  if command then
    client:exec_cmd(type(command) == 'table' and command or { command = command }, context)
  end
end

--- What stands in `client.commands`: Neovim runs it when a wrapped action is chosen.
function M.commands()
  return {
    [SHOW] = function(command, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      local action = offered[command.arguments[1]]
      if not (client and action) then
        require('postil.tell').warn('this fix is not offered any more: choose it again')
        return
      end
      preview.show(action.title:gsub('^Postil: ', ''), action.edit, client.offset_encoding, function(applied)
        if applied then
          run_command(client, action.command, context)
        end
      end)
    end,
  }
end

--- Does what choosing an action from a menu does.
---@param client vim.lsp.Client
---@param action lsp.CodeAction
---@param buf integer
function M.choose(client, action, buf)
  local context = { bufnr = buf, client_id = client.id }
  local function take(ready)
    if not ready.edit or preview.apply(ready.edit, client.offset_encoding) then
      run_command(client, ready.command, context)
    end
  end
  if action.edit or action.command then
    return take(action)
  end
  client:request('codeAction/resolve', action, function(err, resolved)
    if err then
      require('postil.tell').error(err.message)
    else
      take(resolved)
    end
  end, buf)
end

--- `workspace/applyEdit`: an action's answer. The server waits while the user looks at it.
function M.apply(params, context)
  local client = assert(vim.lsp.get_client_by_id(context.client_id))
  local label = (params.label or 'edit'):gsub('^Postil: ', '')
  if not config.get().preview or label == 'ignore' then
    local applied, why = preview.apply(params.edit, client.offset_encoding)
    return { applied = applied, failureReason = why }
  end
  local waiting, answer = coroutine.running(), nil
  preview.show(label, params.edit, client.offset_encoding, function(applied, why)
    answer = { applied = applied, failureReason = why }
    vim.schedule(function()
      coroutine.resume(waiting)
    end)
  end)
  while not answer do
    coroutine.yield()
  end
  return answer
end

return M
