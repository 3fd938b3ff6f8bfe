-- `:checkhealth postil`: what is missing, and how to get it.
local M = {}

local config = require('postil.config')
local doctor = require('postil.doctor')
local server = require('postil.server')

-- The oldest server whose messages this plugin knows.
local OLDEST = '0.1.0'
local health = vim.health

local function editor()
  health.start('Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 0 then
    health.error(version .. ' is too old', 'install Neovim 0.11 or later')
    return
  end
  health.ok(version)
  if not config.get().ghost_text.enabled then
    health.info('ghost text is off (ghost_text.enabled)')
  elseif require('postil.ghost.native').used() then
    health.ok("ghost text by Neovim's own inline completion")
  else
    health.ok("ghost text by the plugin (Neovim's own comes with 0.12)")
  end
end

local function options()
  health.start('Options')
  local problems = config.problems()
  for _, problem in ipairs(problems) do
    health.error(problem, ':help postil-options')
  end
  if #problems == 0 then
    health.ok('all known')
  end
  if not vim.lsp.is_enabled('postil') then
    health.error('the server is not enabled', "vim.lsp.enable('postil'), or require('postil').setup {}")
  end
end

---@return boolean whether there is one to ask
local function program()
  health.start('Server')
  local path = server.executable()
  if not path then
    health.error(('`%s` is not found'):format(server.command()[1]), server.HOW_TO_GET_IT)
    return false
  end
  local result = doctor.run({ '--version' })
  local version = result.code == 0 and vim.trim(result.stdout) or nil
  if not version or not vim.version.parse(version) then
    health.error(('%s does not tell its version: %s'):format(path, vim.trim(result.stderr .. result.stdout)), {
      'run it in a terminal: ' .. table.concat(doctor.command('--version'), ' '),
      server.HOW_TO_GET_IT,
    })
    return false
  end
  if vim.version.lt(version, OLDEST) then
    health.warn(('%s is version %s; this plugin knows %s and later'):format(path, version, OLDEST), server.HOW_TO_GET_IT)
  else
    health.ok(('%s, version %s'):format(path, version))
  end
  local clients = vim.lsp.get_clients({ name = 'postil' })
  if #clients == 0 then
    health.info('it does not run: open a file of a type in `filetypes`')
  end
  for _, client in ipairs(clients) do
    local status = table.concat(require('postil.status').lines(), '; ')
    health.ok(('it runs for %s: %s'):format(client.root_dir or 'single files', status))
  end
  return true
end

local REPORT = { ok = health.ok, note = health.info, missing = health.error }

-- Engines, models, personas, settings: the server's own report.
local function engines()
  health.start('Engines, models, settings (postil doctor)')
  local result = doctor.run({ 'doctor', '--json' })
  local read, report = pcall(vim.json.decode, result.stdout)
  if not read or type(report) ~= 'table' or type(report.checks) ~= 'table' then
    health.error('postil doctor failed: ' .. vim.trim(result.stderr), 'run it in a terminal: postil doctor')
    return
  end
  for _, check in ipairs(report.checks) do
    local text = ('%s: %s'):format(check.name, check.text)
    local fix = type(check.fix) == 'string' and check.fix ~= '' and check.fix or nil
    if check.status == 'missing' and fix then
      health.error(text, fix)
    else
      (REPORT[check.status] or health.info)(fix and ('%s\n%s'):format(text, fix) or text)
    end
  end
end

function M.check()
  editor()
  options()
  if program() then
    engines()
  end
end

return M
