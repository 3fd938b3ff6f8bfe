-- The server: its LSP configuration, the client that talks to it, and its commands.
local M = {}

local config = require('postil.config')
local tell = require('postil.tell')

local REQUEST_CANCELLED = -32800
local told_missing = false

--- Where the program of `cmd` is; nil when it isn't there.
---@return string?
function M.executable()
  local resolved = vim.lsp.config.postil
  if resolved and type(resolved.cmd) == 'function' then
    return 'a function of the configuration'
  end
  local path = vim.fn.exepath(M.command()[1])
  return path ~= '' and path or nil
end

--- The command as it counts: vim.lsp.config's wins over setup's.
---@return string[]
function M.command()
  local resolved = vim.lsp.config.postil
  local cmd = resolved and resolved.cmd or config.get().cmd
  return type(cmd) == 'table' and cmd or config.get().cmd
end

M.HOW_TO_GET_IT = "install it with `pip install '.[embedded]'` in a checkout of Postil,"
  .. " or name it: require('postil').setup { cmd = { '/path/to/postil', 'serve', '--stdio' } }"

--- Neovim starts nothing where the program isn't there, and doesn't say so: the user is told once.
---@param buf integer
function M.check(buf)
  local resolved = vim.lsp.is_enabled('postil') and vim.bo[buf].buftype == '' and vim.lsp.config.postil
  if not resolved or not vim.list_contains(resolved.filetypes or { vim.bo[buf].filetype }, vim.bo[buf].filetype) then
    return
  end
  local missing = not M.executable()
  if missing and not told_missing then
    tell.error(('`%s` is not found: %s. :checkhealth postil tells more'):format(M.command()[1], M.HOW_TO_GET_IT))
  end
  told_missing = missing
end

---@return vim.lsp.Config
function M.config()
  local options = config.get()
  return {
    cmd = options.cmd,
    filetypes = options.filetypes,
    root_markers = options.root_markers,
    -- An empty table would be a list in JSON.
    settings = next(options.settings) and { postil = vim.deepcopy(options.settings) } or {},
    before_init = function(params, resolved)
      -- The server asks for them too, but what it does first should follow them already.
      local settings = vim.tbl_get(resolved, 'settings', 'postil')
      params.initializationOptions = type(settings) == 'table' and next(settings) and settings or nil
    end,
    -- What Neovim 0.11 can do and doesn't say; ghost text and questions are ours.
    capabilities = {
      textDocument = options.ghost_text.enabled and { inlineCompletion = { dynamicRegistration = false } } or nil,
      workspace = { workspaceEdit = { documentChanges = true } },
      experimental = { postilInput = true },
    },
    handlers = require('postil.handlers').all(),
    commands = require('postil.actions').commands(),
  }
end

--- The client of a buffer, else any.
---@param buf? integer
---@return vim.lsp.Client?
function M.client(buf)
  local found = buf and vim.lsp.get_clients({ name = 'postil', bufnr = buf })[1]
  return found or vim.lsp.get_clients({ name = 'postil' })[1]
end

--- The client; nil after the user was told that there is none.
---@param buf? integer
---@return vim.lsp.Client?
function M.wanted(buf)
  local client = M.client(buf)
  if not client then
    tell.error(M.executable()
      and "no server is attached here: open a file of a type in `filetypes`, and see :checkhealth postil"
      or ('`%s` is not found: %s'):format(M.command()[1], M.HOW_TO_GET_IT))
  end
  return client
end

--- Runs a command of the server's; `done(result)` when it went well. Failures are told.
---@param name string
---@param arguments? any[]
---@param done? fun(result: any)
---@param buf? integer
function M.execute(name, arguments, done, buf)
  local client = M.wanted(buf)
  if not client then
    return
  end
  local params = { command = name, arguments = arguments or {} }
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      if err.code ~= REQUEST_CANCELLED then
        tell.error(err.message)
      end
    elseif done then
      done(result ~= vim.NIL and result or nil)
    end
  end, buf or 0)
end

return M
