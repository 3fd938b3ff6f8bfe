-- An option a test, named after it; those of ghost text want real keys and are in tests/clients/test_neovim.py.
local h = require('helper')

local FILES = { ['shop.py'] = h.faulty('add') }

local function client()
  return h.wait(function()
    local found = vim.lsp.get_clients({ name = 'postil' })[1]
    return found and found.initialized and found
  end, 'the client')
end

local function quickfix_windows()
  return vim.tbl_filter(function(window)
    return vim.fn.getwininfo(window)[1].quickfix == 1
  end, vim.api.nvim_list_wins())
end

local function reviewed(preview, open)
  h.start({ files = FILES, rules = { h.mend('add') }, setup = { preview = preview, quickfix = { open = open } } })
  h.open('shop.py')
  vim.cmd('Postil review')
  h.has_notes(1)
  h.hears('1 note')
end

return {
  {
    'enable',
    function()
      h.start({ files = FILES, setup = { enable = false } })
      h.same(vim.lsp.is_enabled('postil'), false)
      vim.cmd.edit(h.path('shop.py'))
      vim.wait(100)
      h.same(#vim.lsp.get_clients(), 0)
      -- Neovim's own way, with what setup was given.
      vim.lsp.enable('postil')
      vim.cmd.edit()
      h.same(client().config.cmd, require('postil.config').get().cmd)
    end,
  },
  {
    'cmd',
    function()
      h.start({ files = FILES })
      local wrapper = require('postil.config').get().cmd[1]
      local other = h.write(h.path('other-postil'), ('#!/bin/sh\necho started > other\nexec %s "$@"\n'):format(wrapper))
      vim.uv.fs_chmod(other, tonumber('755', 8))
      require('postil').setup({ cmd = { other, 'serve' } })
      h.open('shop.py')
      h.same(h.read('other'), 'started\n')
      -- What vim.lsp.config says wins.
      vim.lsp.config('postil', { cmd = { wrapper, 'serve' } })
      h.same(require('postil.server').command()[1], wrapper)
      vim.lsp.config._configs.postil = nil
    end,
  },
  {
    'filetypes',
    function()
      h.start({ files = vim.tbl_extend('force', FILES, { ['notes.txt'] = 'a\n' }), setup = { filetypes = { 'text' } } })
      vim.cmd.edit(h.path('shop.py'))
      vim.wait(50)
      h.same(#vim.lsp.get_clients(), 0)
      vim.cmd.edit(h.path('notes.txt'))
      h.same(vim.lsp.buf_is_attached(0, client().id), true)
    end,
  },
  {
    'root_markers',
    function()
      local files = { ['deep/here.mark'] = '', ['deep/er/shop.py'] = h.faulty('add') }
      h.start({ files = files, setup = { root_markers = { 'here.mark' } } })
      vim.cmd.edit(h.path('deep/er/shop.py'))
      h.same(vim.fs.basename(client().root_dir), 'deep')
    end,
  },
  {
    'settings',
    function()
      h.start({ files = FILES, rules = { h.mend('add') }, setup = { settings = { review = { on_open = true } } } })
      h.open('shop.py')
      h.has_notes(1)
      h.stop()
      -- In Neovim's own place too, and a wrong one is told by the server.
      h.start({ files = FILES, rules = { h.mend('add') } })
      vim.lsp.config('postil', { settings = { postil = { review = { on_open = true, nonsense = 1 } } } })
      h.open('shop.py')
      h.has_notes(1)
      h.hears('nonsense')
      vim.lsp.config._configs.postil = nil
    end,
  },
  {
    'preview',
    function()
      reviewed(false, true)
      h.same(#quickfix_windows(), 1)
      vim.cmd('cclose')
      vim.api.nvim_win_set_cursor(0, { 2, 0 })
      vim.cmd('Postil fix')
      h.wait(function()
        return h.lines()[2] == '    total = first + second'
      end, 'the fix, at once')
    end,
  },
  {
    'quickfix.open',
    function()
      reviewed(true, false)
      h.same(#vim.fn.getqflist(), 1)
      h.same(#quickfix_windows(), 0)
    end,
  },
}
