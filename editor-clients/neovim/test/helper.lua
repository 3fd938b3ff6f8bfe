-- What the tests need: a workspace, a server whose model follows a script, waiting with a deadline, what was told.
local M = {}

-- For a machine that does other things too; a condition that holds ends the wait at once.
local PATIENCE = 30000

M.said, M.progress, M.asked = {}, {}, {}
-- What the next questions are answered, in order: for `vim.ui.select` a part of the row's text.
M.answers = {}
local folder

vim.notify = function(text, level)
  table.insert(M.said, { text = text, level = level })
end

local function answered(kind, prompt)
  table.insert(M.asked, prompt)
  assert(#M.answers > 0, kind .. ' asks, and nothing was to be asked: ' .. tostring(prompt))
  return table.remove(M.answers, 1)
end

vim.ui.input = function(options, done)
  done(answered('vim.ui.input', options.prompt))
end

vim.ui.select = function(rows, options, done)
  local wanted = answered('vim.ui.select', options.prompt)
  local format = options.format_item or tostring
  local shown = {}
  for _, row in ipairs(rows) do
    table.insert(shown, format(row))
    if wanted ~= false and format(row):find(wanted, 1, true) then
      return done(row)
    end
  end
  assert(wanted == false, ('no row has %q: %s'):format(wanted, vim.inspect(shown)))
  done(nil)
end

vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local value = event.data.params.value
    table.insert(M.progress, { kind = value.kind, title = value.title, message = value.message })
  end,
})

function M.need(name)
  return assert(vim.env[name], name .. " isn't set: these tests are run by pytest tests/clients")
end

--- Waits until `holds()` is true and returns it.
function M.wait(holds, what, patience)
  local found
  vim.wait(patience or PATIENCE, function()
    found = holds()
    return found
  end, 10)
  return found or error(('waited for %s\n%s'):format(what, M.told()), 2)
end

function M.told()
  local lines = {}
  for _, one in ipairs(M.said) do
    table.insert(lines, '  said: ' .. one.text)
  end
  for _, one in ipairs(M.progress) do
    table.insert(lines, ('  progress: %s %s %s'):format(one.kind, one.title or '', one.message or ''))
  end
  return table.concat(lines, '\n')
end

--- Waits until something was told that has this in it.
function M.hears(part)
  return M.wait(function()
    for _, one in ipairs(M.said) do
      if one.text:find(part, 1, true) then
        return one
      end
    end
  end, ('%q to be said'):format(part))
end

function M.path(name)
  return vim.fs.joinpath(folder, 'work', name)
end

function M.write(name, text)
  local path = vim.startswith(name, '/') and name or M.path(name)
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
  return path
end

function M.read(name)
  local file = io.open(M.path(name), 'r')
  local text = file and file:read('*a')
  return file and file:close() and text
end

--- Files of a workspace of its own, and a `postil` that answers by `rules`.
---@param options { files: table<string, string>, rules?: table[]|fun(gate: string): table[], setup?: table }
function M.start(options)
  folder = vim.fn.tempname()
  vim.fn.mkdir(folder .. '/work', 'p')
  for name, text in pairs(options.files) do
    M.write(name, text)
  end
  vim.fn.mkdir(M.path('.git'), 'p')
  local rules = options.rules or {}
  rules = type(rules) == 'function' and rules(M.gate()) or rules
  M.write(folder .. '/script.json', #rules > 0 and vim.json.encode(rules) or '[]')
  local wrapper = M.write(folder .. '/postil', ([[#!/bin/sh
export PYTHONPATH="%s"
if [ "$1" = serve ]; then
    exec "%s" -m postil "$@" --engine-script "%s/script.json" --engine-journal "%s/journal"
fi
exec "%s" -m postil "$@"
]]):format(M.need('POSTIL_TEST_SERVER'), M.need('POSTIL_TEST_PYTHON'), folder, folder, M.need('POSTIL_TEST_PYTHON')))
  vim.uv.fs_chmod(wrapper, tonumber('755', 8))
  local setup = vim.tbl_deep_extend('force', {
    cmd = { wrapper, 'serve', '--stdio' },
    -- Whatever the score's weights, and without asking each time: these tests are about the editor.
    settings = { review = { min_score = 0, show = 'all' } },
  }, options.setup or {})
  vim.api.nvim_set_current_dir(folder .. '/work')
  require('postil').setup(setup)
end

--- Makes the workspace a repository of git with one commit.
function M.commit()
  vim.fn.delete(M.path('.git'), 'rf')
  for _, words in ipairs({ { 'init', '-q' }, { 'add', '.' }, { 'commit', '-qm', 'all' } }) do
    local command = vim.list_extend({ 'git', '-c', 'user.name=t', '-c', 'user.email=t@localhost' }, words)
    local done = vim.system(command, { cwd = M.path('') }):wait()
    assert(done.code == 0, done.stderr)
  end
end

function M.gate()
  return folder .. '/gate'
end

function M.open_gate()
  M.write(M.gate(), '')
end

function M.journal()
  local file = io.open(folder .. '/journal', 'r')
  local steps = {}
  for line in file and file:lines() or function() end do
    table.insert(steps, vim.json.decode(line))
  end
  return steps
end

--- Opens a file of the workspace and waits until the server is ready.
function M.open(name)
  vim.cmd.edit(vim.fn.fnameescape(M.path(name)))
  M.ready()
  return vim.api.nvim_get_current_buf()
end

function M.ready()
  M.wait(function()
    local status = require('postil.status').get(0)
    return status and status.state == 'ready' and not status.busy
  end, 'the server to be ready')
end

function M.notes(buf)
  return require('postil.notes').all({ buf = buf or 0 })
end

function M.has_notes(count, buf)
  return M.wait(function()
    local notes = M.notes(buf)
    return #notes == count and notes
  end, count .. ' notes')
end

function M.lines(buf)
  return vim.api.nvim_buf_get_lines(buf or 0, 0, -1, false)
end

--- Ends the servers, closes all windows and buffers, takes the workspace away.
function M.stop()
  for _, client in ipairs(vim.lsp.get_clients()) do
    client:stop(true)
  end
  M.wait(function()
    return #vim.lsp.get_clients() == 0
  end, 'the servers to end')
  vim.lsp.enable('postil', false)
  if require('postil.pause').paused() then
    require('postil.pause').resume()
  end
  vim.api.nvim_set_current_dir('/')
  vim.cmd('silent! %bwipeout!')
  vim.fn.setqflist({}, 'f')
  vim.cmd('silent! cclose')
  local left = #M.answers
  M.said, M.progress, M.asked, M.answers = {}, {}, {}, {}
  if folder then
    vim.fn.delete(folder, 'rf')
    folder = nil
  end
  assert(left == 0, left .. ' questions were not asked')
end

function M.same(found, wanted, what)
  if not vim.deep_equal(found, wanted) then
    error(('%s: %s, not %s'):format(what or 'found', vim.inspect(found), vim.inspect(wanted)), 2)
  end
end

function M.has(text, part)
  text = type(text) == 'table' and table.concat(text, '\n') or text
  if not text:find(part, 1, true) then
    error(('no %q in:\n%s'):format(part, text), 2)
  end
end

--- A function of Python whose minus the model turns into a plus.
function M.faulty(name, sign)
  return ('def %s(first, second):\n    total = first %s second\n    print(total)\n    return total\n'):format(name, sign or '-')
end

function M.mend(name, more)
  return vim.tbl_extend('force', {
    match = { contains = ('def %s('):format(name) },
    echo = true,
    replace = { { 'first - ', 'first + ' } },
  }, more or {})
end

return M
