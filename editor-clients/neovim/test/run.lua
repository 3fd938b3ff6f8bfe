-- Runs the tests of one file in this Neovim: `nvim --headless -u NONE -i NONE -l test/run.lua test/NAME_test.lua`.
local here = vim.fs.dirname(vim.fs.abspath(debug.getinfo(1, 'S').source:sub(2)))
vim.opt.runtimepath:prepend(vim.fs.dirname(here))
package.path = here .. '/?.lua;' .. package.path
vim.opt.swapfile = false
vim.cmd('filetype plugin on')
vim.cmd.runtime('plugin/postil.lua')

local helper = require('helper')
local tests = dofile(_G.arg[1])
local passed, failed = 0, 0
for _, case in ipairs(tests) do
  local name, run = case[1], case[2]
  local began = vim.uv.hrtime()
  local whole, why = xpcall(run, debug.traceback)
  local ended, trouble = xpcall(helper.stop, debug.traceback)
  local seconds = (vim.uv.hrtime() - began) / 1e9
  if whole and ended then
    passed = passed + 1
    io.write(('ok      %s (%.1f s)\n'):format(name, seconds))
  else
    failed = failed + 1
    io.write(('FAILED  %s (%.1f s)\n%s\n%s\n'):format(name, seconds, why or trouble, helper.told()))
  end
end
io.write(('%d passed, %d failed\n'):format(passed, failed))
os.exit(failed == 0 and passed > 0 and 0 or 1)
