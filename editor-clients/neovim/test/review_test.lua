-- From the save to the fix: notes, the list, the difference, "not here", explanations.
local h = require('helper')

local FILES = { ['shop.py'] = h.faulty('add') .. '\n\n' .. h.faulty('take') }
local RULES = { h.mend('add'), h.mend('take') }

local function floating()
  return vim.tbl_filter(function(window)
    return vim.api.nvim_win_get_config(window).relative ~= ''
  end, vim.api.nvim_list_wins())
end

local function preview()
  h.wait(function()
    return #floating() == 1
  end, 'the preview')
  return vim.api.nvim_win_get_buf(floating()[1])
end

local function key(lhs)
  vim.api.nvim_feedkeys(vim.keycode(lhs), 'x', false)
end

local function cursor(line)
  vim.api.nvim_win_set_cursor(0, { line, 6 })
end

local function reviewed(count)
  vim.cmd('Postil review')
  return h.has_notes(count)
end

-- Both functions have their notes.
local function begun()
  h.start({ files = FILES, rules = RULES })
  local buf = h.open('shop.py')
  reviewed(2)
  return buf
end

local function kinds(title)
  local found = {}
  for _, one in ipairs(h.progress) do
    if vim.startswith(one.title or '', title) and not vim.list_contains(found, one.kind) then
      table.insert(found, one.kind)
    end
  end
  return found
end

return {
  {
    'a note is there while the next function is still being read, and progress is told',
    function()
      h.start({
        files = FILES,
        rules = function(gate)
          return { h.mend('add'), h.mend('take', { hold = gate }) }
        end,
      })
      h.open('shop.py')
      vim.cmd('silent write')
      h.has_notes(1)
      h.wait(function()
        return require('postil').statusline():find('busy')
      end, 'a busy status line')
      h.same(h.notes()[1].lnum, 1, 'the line')
      h.open_gate()
      h.has_notes(2)
      h.ready()
      h.wait(function()
        return vim.deep_equal(kinds('Postil'), { 'begin', 'report', 'end' })
      end, 'the end of the progress')
      assert(not require('postil').statusline():find('busy'))
    end,
  },
  {
    'the fix of a note is shown, applied by Enter, left by q, and read again',
    function()
      local buf = begun()
      h.wait(function()
        return #vim.fn.getqflist() == 2
      end, 'the quickfix list')
      h.same(vim.fn.getqflist({ title = 0 }).title, 'Postil')
      h.same(vim.api.nvim_get_current_buf(), buf, 'the window with the code keeps the cursor')
      vim.cmd('cclose')

      cursor(2)
      vim.cmd('Postil fix')
      local shown = h.lines(preview())
      h.has(shown, '-    total = first - second')
      h.has(shown, '+    total = first + second')
      h.same(h.lines(buf)[2], '    total = first - second', 'nothing is applied yet')
      key('q')
      h.same(#floating(), 0)
      h.same(h.lines(buf)[2], '    total = first - second', 'left')

      vim.cmd('Postil fix')
      preview()
      key('<CR>')
      h.same(h.lines(buf)[2], '    total = first + second', 'applied')
      h.same(h.lines(buf)[8], '    total = first - second', 'the other one was not asked for')
      h.has_notes(1)
      h.wait(function()
        return #vim.fn.getqflist() == 1
      end, 'the list to follow')
      h.ready()
    end,
  },
  {
    "Neovim's own menu of code actions shows the difference too",
    function()
      local buf = begun()
      cursor(2)
      h.answers = { 'apply the fix' }
      vim.lsp.buf.code_action()
      h.has(h.lines(preview()), '+    total = first + second')
      h.same(h.lines(buf)[2], '    total = first - second')
      key('<CR>')
      h.same(h.lines(buf)[2], '    total = first + second')
    end,
  },
  {
    'an edit that is late is refused with the next step',
    function()
      local buf = begun()
      cursor(2)
      vim.cmd('Postil fix')
      preview()
      vim.api.nvim_buf_set_lines(buf, 0, 0, false, { '# somebody else' })
      key('<CR>')
      h.hears('has changed since the edit was proposed')
      h.same(h.lines(buf)[3], '    total = first - second')
    end,
  },
  {
    'all fixes at once, and no fix where there is no note',
    function()
      begun()
      cursor(5)
      vim.cmd('Postil fix')
      h.hears('there is no note on this line')
      vim.cmd('Postil fix all')
      h.wait(function()
        return not table.concat(h.lines(), '\n'):find('first -', 1, true)
      end, 'both fixes')
    end,
  },
  {
    '"not here": asked for, by words, and in the workspace',
    function()
      begun()
      cursor(2)
      h.answers = { 'here: a comment', 'returns are negative' }
      vim.cmd('Postil ignore')
      h.has_notes(1)
      h.has(h.lines(), '    # postil: ignore[reviewer] returns are negative')
      vim.cmd('silent undo')
      h.has_notes(2)
      cursor(2)
      vim.cmd('Postil ignore file')
      h.has_notes(0)
      h.has(h.lines(), '# postil: ignore-file[reviewer]')
      vim.cmd('silent undo')
      h.has_notes(2)
      cursor(8)
      vim.cmd('Postil ignore workspace known since 2019')
      h.same(h.has_notes(1)[1].lnum, 1, 'the same line elsewhere stays')
      h.has(h.read('.postil/baseline.json'), 'known since 2019')
      vim.cmd('Postil ignore everywhere')
      h.hears('usage: :Postil ignore [line|file|workspace [REASON]]')
    end,
  },
  {
    'a note and a function are explained on a page that grows',
    function()
      local pieces = { { text = 'It takes ' }, { text = 'the second from the first.', after_ms = 1 } }
      h.start({
        files = FILES,
        rules = function(gate)
          return {
            { match = { contains = 'def add(', system = 'explain' }, chunks = pieces, hold = gate },
            h.mend('add'),
            h.mend('take'),
          }
        end,
      })
      local buf = h.open('shop.py')
      reviewed(2)
      h.ready()
      vim.cmd('cclose')
      cursor(2)
      vim.cmd('Postil explain')
      local page = h.wait(function()
        for _, window in ipairs(vim.api.nvim_list_wins()) do
          local shown = vim.api.nvim_win_get_buf(window)
          if vim.startswith(vim.api.nvim_buf_get_name(shown), 'postil://') then
            return shown
          end
        end
      end, 'the page')
      h.same(vim.api.nvim_get_current_buf(), buf, 'the cursor stays in the code')
      h.has(h.lines(page), 'It takes')
      assert(not table.concat(h.lines(page), '\n'):find('the second from the first', 1, true), 'it grows')
      h.open_gate()
      h.wait(function()
        return table.concat(h.lines(page), '\n'):find('It takes the second from the first.', 1, true)
      end, 'the rest')
      h.same(vim.bo[page].filetype, 'markdown')
      h.same(vim.bo[page].modifiable, false)
    end,
  },
  {
    'an action asks, and its answer is shown before it applies',
    function()
      h.start({
        files = FILES,
        rules = {
          {
            match = { contains = 'def add(', system = 'exactly as you are told' },
            echo = true,
            replace = { { 'first - ', 'first * ' } },
          },
        },
      })
      local buf = h.open('shop.py')
      cursor(2)
      h.answers = { 'rewrite', 'multiply' }
      vim.lsp.buf.code_action({ context = { only = { 'refactor' }, diagnostics = {} } })
      h.has(h.lines(preview()), '+    total = first * second')
      key('<CR>')
      h.wait(function()
        return h.lines(buf)[2] == '    total = first * second'
      end, 'the rewrite')
      h.same(#h.asked, 2)
    end,
  },
  {
    'a review and a task are cancelled, notes are cleared',
    function()
      h.start({
        files = FILES,
        rules = function(gate)
          return { h.mend('add'), h.mend('take', { hold = gate }) }
        end,
      })
      h.open('shop.py')
      vim.cmd('Postil review')
      h.has_notes(1)
      vim.cmd('Postil cancel')
      h.ready()
      h.same(#h.notes(), 1, 'what was found stays')
      h.wait(function()
        return vim.iter(h.journal()):any(function(step)
          return step.event == 'cancelled' or step.event == 'closed'
        end)
      end, 'the model to be stopped')
      vim.cmd('Postil clear')
      h.has_notes(0)
    end,
  },
  {
    'the workspace and the changes are read without opening files; notes in the list',
    function()
      h.start({ files = vim.tbl_extend('force', FILES, { ['pay.py'] = h.faulty('pay') }), rules = {
        h.mend('add'), h.mend('take'), h.mend('pay'),
      } })
      h.commit()
      h.open('shop.py')
      vim.cmd('Postil changes')
      h.hears('0 files read, 0 notes')
      h.write('pay.py', h.faulty('pay') .. '\n\n' .. h.faulty('take'))
      vim.cmd('Postil changes')
      h.hears('1 files read, 1 notes')
      h.same(vim.fs.basename(vim.fn.bufname(vim.fn.getqflist()[1].bufnr)), 'pay.py')
      vim.cmd('Postil workspace')
      h.hears('2 files read, 4 notes')
      h.same(#vim.fn.getqflist(), 4)
      h.same(kinds('Reviewing the workspace'), { 'begin', 'report', 'end' })
      vim.cmd('Postil changes nosuchrevision')
      h.hears('nosuchrevision')
    end,
  },
  {
    'what could not be reviewed is told, and is no approval',
    function()
      h.start({ files = FILES, rules = { h.mend('add'), { match = { contains = 'def take(' }, chunks = {} } } })
      h.open('shop.py')
      reviewed(1)
      h.hears('1 note, 1 unit could not be reviewed')
      h.wait(function()
        return require('postil').statusline():find('1 not reviewed', 1, true)
      end, 'the status line')
      assert(table.concat(require('postil.status').lines(), '\n'):find('1 of 2 units of shop.py could not be reviewed', 1, true))
      vim.cmd('Postil workspace')
      h.hears('1 files read, 1 notes (0 files left out), 1 unit could not be reviewed')
    end,
  },
  {
    'a range alone',
    function()
      h.start({ files = FILES, rules = RULES })
      h.open('shop.py')
      vim.cmd('8,9Postil review')
      h.has_notes(1)
      h.same(h.notes()[1].lnum, 7)
    end,
  },
}
