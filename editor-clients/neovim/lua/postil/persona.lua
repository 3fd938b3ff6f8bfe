-- Who reads: switched until the server ends, and opened to be edited.
local M = {}

local server = require('postil.server')
local tell = require('postil.tell')

-- What `:Postil persona <Tab>` knows; asked for anew with every list.
M.known = {}

---@param done fun(personas: table[])
function M.fetch(done)
  server.execute('postil.personas', {}, function(personas)
    M.known = vim.tbl_map(function(persona)
      return persona.name
    end, personas)
    done(personas)
  end)
end

local function readers(personas)
  return vim.tbl_filter(function(persona)
    return persona.role == 'review'
  end, personas)
end

function M.switch(name, on)
  server.execute('postil.persona', { name, on }, function()
    M.fetch(function(personas)
      local reading = vim.tbl_filter(function(persona)
        return persona.enabled
      end, readers(personas))
      local names = vim.tbl_map(function(persona)
        return persona.name
      end, reading)
      tell.info(#names > 0 and 'reads as ' .. table.concat(names, ', ') or 'nobody reads')
    end)
  end)
end

function M.choose()
  M.fetch(function(personas)
    vim.ui.select(readers(personas), {
      prompt = 'Postil: who reads (choosing turns on or off)',
      format_item = function(persona)
        local sign = persona.enabled and '[x]' or '[ ]'
        return ('%s %s: %s (%s, %s)'):format(sign, persona.name, persona.title, persona.model, persona.origin)
      end,
    }, function(persona)
      if persona then
        M.switch(persona.name, not persona.enabled)
      end
    end)
  end)
end

--- Opens its Modelfile.
function M.edit(name)
  M.fetch(function(personas)
    for _, persona in ipairs(personas) do
      if persona.name == name then
        if persona.path and persona.path ~= '' then
          vim.cmd.split(vim.fn.fnameescape(persona.path))
        else
          tell.error(('%s is no file: :Postil persona list tells where each one is'):format(name))
        end
        return
      end
    end
    tell.error(('there is no persona called %s: known are %s'):format(name, table.concat(M.known, ', ')))
  end)
end

function M.list()
  M.fetch(function(personas)
    local lines = vim.tbl_map(function(persona)
      local sign = persona.enabled and 'on ' or '   '
      local where = persona.path ~= '' and persona.path or persona.origin
      return ('%s %-20s %-10s %-24s %s'):format(sign, persona.name, persona.role, persona.model, where)
    end, personas)
    require('postil.page').show('personas', lines)
  end)
end

return M
