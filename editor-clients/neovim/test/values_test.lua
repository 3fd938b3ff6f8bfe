-- Values without a server: how ghost text is cut and fits, options and what is wrong with them.
local h = require('helper')
local config = require('postil.config')
local text = require('postil.ghost.text')

local function problems(options)
  config.set(options)
  local found = vim.deepcopy(config.problems())
  config.set({})
  table.sort(found)
  return found
end

return {
  {
    'words and lines',
    function()
      for whole, word in pairs({
        ['sum(prices)'] = 'sum',
        ['(prices)'] = '(',
        [' + 1'] = ' +',
        ['  return x'] = '  return',
        ['\n    return x'] = '\n    return',
        ['été = 1'] = 'été',
        ['"价格" + x'] = '"',
        ['价格 + x'] = '价格',
        [' '] = ' ',
        ['__init__.py'] = '__init__',
      }) do
        h.same(text.word(whole), word, whole)
      end
      for whole, line in pairs({
        ['a\nb'] = 'a',
        ['\n  b\nc'] = '\n  b',
        ['\n\nb'] = '\n\nb',
        ['a'] = 'a',
      }) do
        h.same(text.line(whole), line, whole)
      end
      -- Cut again and again, all of the text comes, and it ends.
      for _, cut in ipairs({ text.word, text.line }) do
        local whole = 'a(é, "b")\n\n\tif x:\n  价 '
        local taken = ''
        while #taken < #whole do
          local piece = cut(whole:sub(#taken + 1))
          assert(#piece > 0)
          taken = taken .. piece
        end
        h.same(taken, whole)
      end
    end,
  },
  {
    'text around brackets that are there already',
    function()
      h.same(text.pieces('prices)', ')'), { { at = 0, text = 'prices' } })
      h.same(text.pieces('a[0]) + 1', '])'), { { at = 0, text = 'a[0' }, { at = 2, text = ' + 1' } })
      h.same(text.pieces('x', ')'), { { at = 0, text = 'x' } })
      h.same(text.pieces('a,\n  b)', ')'), { { at = 0, text = 'a,' } })
      h.same(text.brought('a[0', '])'), 0)
      h.same(text.brought('a[0]', '])'), 1)
      h.same(text.brought('a[0])', '])'), 2)
      h.same(text.tabs('\tx\ty', 0, 4), '    x   y')
      h.same(text.tabs('\tx', 2, 4), '  x')
    end,
  },
  {
    'options: what is wrong is told with its name, and the default counts',
    function()
      h.same(problems(nil), {})
      h.same(problems({ settings = { engine = 'ollama', review = { personas = { 'security' } } } }), {})
      h.same(problems({ ghost_text = { debouce = 1 } }), { 'unknown option `ghost_text.debouce`: did you mean `debounce`?' })
      h.same(problems({ ghost_text = { keys = { accept = 3 } } }), { '`ghost_text.keys.accept` is a key, or false for none, not 3' })
      h.same(problems({ cmd = 'postil' }), { '`cmd` is a list of texts, the program first, not "postil"' })
      h.same(problems({ filetypes = { python = true } }), { '`filetypes` is a list of texts, not {\n  python = true\n}' })
      h.same(problems({ preview = 'yes' }), { '`preview` is a boolean, not "yes"' })
      h.same(problems({ ghost_text = false }), { '`ghost_text` is a table of options, not false' })
      h.same(problems({ ghost_text = { debounce = -1 } }), { '`ghost_text.debounce` is milliseconds from 0 to 10000, not -1' })
      h.same(problems({ settings = { 'engine' } }), { '`settings` is a table with keys of postil.toml, not { "engine" }' })
      h.same(problems('now'), { 'setup takes a table, not "now"' })
      h.same(#problems({ a = 1, b = 2, preview = 3 }), 3, 'all at once')
      config.set({ preview = 3, ghost_text = { debounce = 5 } })
      h.same(config.get().preview, true)
      h.same(config.get().ghost_text.debounce, 5, 'what is right counts')
      h.same(config.get().ghost_text.keys.accept, '<Tab>')
      config.set({})
      require('postil').setup({ prewiev = false, enable = false })
      h.hears('unknown option `prewiev`: did you mean `preview`?')
      config.set({})
    end,
  },
  {
    'a status line of a server that says little',
    function()
      h.same(require('postil.status').lines()[1]:find('no server runs'), 1)
      h.same(require('postil').accept(), false)
      h.same(require('postil').dismiss(), false)
      h.same(require('postil').trigger(), false)
    end,
  },
}
