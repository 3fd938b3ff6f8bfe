-- The other commands: who reads, with which model, quiet, status, log, doctor, health, and what is typed wrong.
local h = require('helper')

local FILES = { ['shop.py'] = h.faulty('add') }

local function page(name)
  return h.wait(function()
    local buf = vim.fn.bufnr('postil://' .. name)
    return buf > 0 and #vim.fn.win_findbuf(buf) > 0 and buf
  end, 'the page ' .. name)
end

local function health()
  vim.cmd('checkhealth postil')
  local lines = table.concat(h.lines(), '\n')
  vim.cmd('bwipeout!')
  return lines
end

local function complete(line)
  local found = vim.fn.getcompletion(line, 'cmdline')
  table.sort(found)
  return found
end

return {
  {
    'what is typed is completed, and what is wrong is told',
    function()
      h.same(complete('Postil '), {
        'ask', 'calibrate', 'cancel', 'changes', 'clear', 'doctor', 'explain', 'fix', 'ignore', 'log', 'model', 'pause',
        'persona', 'prompt', 'resume', 'review', 'status', 'workspace',
      })
      h.same(complete('Postil p'), { 'pause', 'persona', 'prompt' })
      h.same(complete('Postil ignore '), { 'file', 'line', 'workspace' })
      h.same(complete('Postil ignore line '), {})
      h.same(complete('Postil fix '), { 'all', 'changes', 'file', 'workspace' })
      h.same(complete('Postil pause '), { '15', '30', '5', '60' })
      h.same(complete('Postil nonsense '), {})
      vim.cmd('Postil nonsense')
      h.hears('there is no `:Postil nonsense`: known are ask, calibrate, cancel')
      for wrong, said in pairs({
        ['review now'] = 'usage: :Postil review',
        ['fix some'] = 'usage: :Postil fix [all|file|changes|workspace]',
        ['pause long'] = 'usage: :Postil pause [MINUTES]',
        ['pause 0'] = 'minutes are a number over 0',
        ['persona reviewer maybe'] = 'usage: :Postil persona',
        ['model pull'] = 'usage: :Postil model',
      }) do
        vim.cmd('Postil ' .. wrong)
        h.hears(said)
      end
    end,
  },
  {
    'every command without a server says what to do',
    function()
      h.start({ files = FILES })
      for _, name in ipairs({
        'review', 'changes', 'workspace', 'cancel', 'clear', 'fix', 'explain', 'ignore', 'persona', 'model', 'calibrate',
        'prompt',
      }) do
        h.said = {}
        vim.cmd('Postil ' .. name)
        h.same(#h.said, 1, name)
        h.has(h.said[1].text, 'no server is attached here')
      end
      vim.cmd('Postil')
      h.hears('no server runs')
      h.same(require('postil').statusline(), '')
    end,
  },
  {
    'a persona is switched, listed, opened; an edit of it changes the notes',
    function()
      local persona = 'FROM qwen2.5-coder:1.5b\nSYSTEM "%s"\n'
      h.start({
        files = vim.tbl_extend('force', FILES, { ['Modelfiles/team.Modelfile'] = persona:format('Be kind.') }),
        rules = {
          h.mend('add', { match = { contains = 'def add(', system = 'kind' } }),
          h.mend('add', { match = { contains = 'def add(', system = 'strict' }, replace = { { 'first - ', 'first * ' } } }),
        },
      })
      h.open('shop.py')
      h.wait(function()
        return vim.list_contains(complete('Postil persona '), 'team')
      end, 'the names')
      h.same(complete('Postil persona team '), { 'off', 'on' })
      vim.cmd('Postil persona team on')
      h.hears('reads as reviewer, team')
      vim.cmd('Postil persona reviewer')
      h.hears('reads as team')
      h.wait(function()
        return vim.deep_equal(require('postil.status').get().personas, { 'team' })
      end, 'the status')
      vim.cmd('Postil review')
      h.has(h.has_notes(1)[1].message, 'calculates with `+` instead of `-`')
      h.write('Modelfiles/team.Modelfile', persona:format('Be strict.'))
      h.wait(function()
        local notes = h.notes()
        return #notes == 1 and notes[1].message:find('with `*` instead', 1, true)
      end, 'the note of the persona as it is now')

      h.answers = { '[x] team' }
      vim.cmd('Postil persona')
      h.hears('nobody reads')
      vim.cmd('Postil persona list')
      h.has(h.lines(page('personas')), 'team.Modelfile')
      vim.cmd('bwipeout!')
      vim.cmd('Postil persona edit team')
      h.wait(function()
        return vim.fs.basename(vim.api.nvim_buf_get_name(0)) == 'team.Modelfile'
      end, 'the file')
      h.same(vim.bo.filetype, 'modelfile')
      vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'FORM qwen2.5-coder:1.5b' })
      h.wait(function()
        return #vim.diagnostic.get(0) > 0
      end, 'what is wrong with the Modelfile')
      vim.cmd('Postil persona nobody')
      h.hears("there is no review persona called 'nobody'")
      vim.cmd('Postil persona edit nobody')
      h.hears('there is no persona called nobody')
    end,
  },
  {
    'a model is chosen, from the list and by name, and one that there is none of is told',
    function()
      h.start({ files = FILES, rules = { h.mend('add') }, setup = { settings = { engine = 'embedded' } } })
      h.open('shop.py')
      local model = require('postil.model')
      h.wait(function()
        return vim.list_contains(complete('Postil model '), 'qwen2.5-coder:0.5b')
      end, 'the names')
      h.same(complete('Postil model pull qwen2.5-coder:0'), { 'qwen2.5-coder:0.5b' })
      h.answers = { 'qwen2.5-coder:0.5b' }
      vim.cmd('Postil model')
      h.hears('reviews with qwen2.5-coder:0.5b until Neovim ends')
      vim.cmd('Postil review')
      h.has_notes(1)
      local asked = h.journal()
      h.same(asked[#asked].model, 'qwen2.5-coder:0.5b')
      vim.cmd('Postil model pull qwen2.5-coder:0.5b')
      h.hears('qwen2.5-coder:0.5b is here')
      -- What isn't here is pulled first.
      vim.cmd('Postil model no-such-model:1b')
      h.hears('pulls no-such-model:1b')
      h.hears('the catalogue has no no-such-model:1b')
      vim.cmd('Postil model remove no-such-model:1b')
      h.hears('the embedded engine knows')
      assert(vim.list_contains(model.known, 'qwen2.5-coder:1.5b'))
    end,
  },
  {
    'a pause makes a save quiet, and is over when its time is',
    function()
      h.start({ files = FILES, rules = { h.mend('add') } })
      h.open('shop.py')
      vim.cmd('Postil pause')
      h.same(require('postil').statusline(), 'Postil: paused')
      h.hears('paused. :Postil resume goes on')
      vim.cmd('silent write')
      vim.cmd('Postil persona reviewer on')
      h.hears('reads as reviewer')
      h.same(h.journal(), {}, 'nothing was asked')
      vim.cmd('Postil review')
      h.has_notes(1)
      h.ready()
      vim.cmd('Postil clear')
      h.has_notes(0)
      vim.cmd('Postil resume')
      h.hears('goes on')
      vim.cmd('silent write')
      h.has_notes(1)
      h.ready()
      vim.cmd('Postil pause 0.005')
      h.has(require('postil').statusline(), 'paused until')
      h.wait(function()
        return not require('postil.pause').paused()
      end, 'the end of the snooze')
    end,
  },
  {
    'opinions come when one asks for them, as hints, and not after a save',
    function()
      h.start({ files = FILES, rules = { h.mend('add') }, setup = { settings = { review = { show = 'verified' } } } })
      h.open('shop.py')
      vim.cmd('silent write')
      vim.cmd('Postil persona reviewer on')
      h.hears('reads as reviewer')
      h.same(h.journal(), {}, 'nothing was asked')
      vim.cmd('Postil review')
      local note = h.has_notes(1)[1]
      h.has(note.message, 'Opinion (no better than chance): ')
      h.same(note.severity, vim.diagnostic.severity.HINT)
      h.ready()
    end,
  },
  {
    'opinions are calibrated on past fixes of the repository, and where there are none that is told',
    function()
      h.start({ files = FILES, rules = { h.mend('add') } })
      h.open('shop.py')
      vim.fn.delete(h.path('.git'), 'rf')
      vim.cmd('Postil calibrate')
      h.hears('No git repository is open')
      h.commit()
      vim.cmd('Postil calibrate')
      local said = h.hears('Its opinions stay hints').text
      local picture = said:match('picture: (.+%.svg)')
      assert(picture and vim.uv.fs_stat(picture), said)
      h.wait(function()
        return vim.iter(h.progress):any(function(one)
          return one.kind == 'begin' and vim.startswith(one.title or '', 'Calibrating ')
        end)
      end, 'the progress')
      -- Stopped before it has an end: what the server answers then.
      local server = require('postil.server')
      local execute = server.execute
      server.execute = function(_, _, done)
        done({ holds = false, words = '', picture = '' })
      end
      vim.cmd('Postil calibrate')
      server.execute = execute
      h.hears('the next :Postil calibrate goes on from there')
    end,
  },
  {
    'what the model was shown for the code at the cursor is a page, and until it was asked that is told',
    function()
      h.start({ files = FILES, rules = { h.mend('add') } })
      h.open('shop.py')
      vim.cmd('Postil prompt')
      h.has(table.concat(vim.api.nvim_buf_get_lines(page('prompt'), 0, -1, false), '\n'), 'No model has been asked yet')
      vim.cmd('close')
      vim.cmd('Postil review')
      h.has_notes(1)
      h.ready()
      vim.cmd('Postil prompt')
      local buf = page('prompt')
      h.wait(function()
        return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n'):find('\n## 1. Review: add\n', 1, true)
      end, 'the review on the page')
      h.has(table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n'), 'first - second')
      h.same(vim.bo[buf].filetype, 'markdown')
      h.same({ vim.bo[buf].modifiable, vim.bo[buf].buftype }, { false, 'nofile' })
    end,
  },
  {
    'status, log and doctor',
    function()
      h.start({ files = FILES })
      h.open('shop.py')
      vim.cmd('Postil')
      local said = h.hears('ready').text
      h.has(said, 'reads as reviewer')
      h.has(require('postil').statusline(), 'Postil')
      vim.cmd('Postil doctor')
      h.has(h.lines(page('doctor')), 'personas')
      vim.cmd('bwipeout!')
      vim.cmd('Postil log')
      page('log')
      h.same(vim.bo.modifiable, false)
    end,
  },
  {
    'the log has what the server said, and nothing of others',
    function()
      local wrapper = vim.fn.tempname()
      h.write(wrapper, '#!/bin/sh\necho "who: \'me\' \\"too\\"" >&2\nexit 3\n')
      vim.uv.fs_chmod(wrapper, tonumber('755', 8))
      h.start({ files = FILES, setup = { cmd = { wrapper, 'serve' } } })
      vim.cmd.edit(h.path('shop.py'))
      h.wait(function()
        return vim.list_contains(require('postil.log').lines(), 'who: \'me\' "too"')
      end, 'the line')
      for _, line in ipairs(require('postil.log').lines()) do
        assert(not line:find('Traceback'), line)
      end
    end,
  },
  {
    'health: all in order',
    function()
      h.start({ files = FILES })
      h.open('shop.py')
      local said = health()
      h.has(said, 'version 0.1.0')
      h.has(said, 'it runs for ' .. h.path(''):gsub('/$', ''))
      h.has(said, 'OK personas')
      h.has(said, 'ghost text by the plugin')
      assert(not said:find('ERROR.*is not found'), said)
    end,
  },
  {
    'health: no server, one that is none, one that is too old, wrong options, not enabled',
    function()
      h.start({ files = FILES, setup = { cmd = { 'no-such-postil', 'serve' } } })
      vim.cmd.edit(h.path('shop.py'))
      h.hears('`no-such-postil` is not found: install it with')
      h.said = {}
      vim.cmd.edit(h.write('pay.py', ''))
      vim.wait(50)
      h.same(#h.said, 0, 'it is told once')
      vim.cmd('Postil doctor')
      h.hears('is not found')
      local said = health()
      h.has(said, 'ERROR `no-such-postil` is not found')
      h.has(said, "pip install '.[embedded]'")
      require('postil').setup({ cmd = { 'false', 'serve' } })
      h.has(health(), 'does not tell its version')
      require('postil').setup({ cmd = { 'echo', '0.0.1', 'serve' } })
      h.has(health(), 'is version')
      require('postil').setup({ gohst_text = {} })
      h.has(health(), 'ERROR unknown option `gohst_text`: did you mean `ghost_text`?')
      require('postil').setup({})
      vim.lsp.enable('postil', false)
      h.has(health(), 'ERROR the server is not enabled')
    end,
  },
}
