-- What is there before anybody has called anything: the command, the file type, and what follows an attached server.
if vim.g.loaded_postil then
  return
end
vim.g.loaded_postil = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('Postil needs Neovim 0.11 or later: this is ' .. tostring(vim.version()), vim.log.levels.ERROR)
  return
end

vim.filetype.add({
  filename = { Modelfile = 'modelfile', modelfile = 'modelfile' },
  extension = { Modelfile = 'modelfile', modelfile = 'modelfile' },
})

vim.api.nvim_create_user_command('Postil', function(given)
  require('postil.commands').run(given)
end, {
  nargs = '*',
  range = true,
  desc = 'Postil: :Postil <Tab> lists what it can do',
  complete = function(lead, line)
    return require('postil.commands').complete(lead, line)
  end,
})

local group = vim.api.nvim_create_augroup('postil', {})

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  desc = 'Postil: says so when its server is not there',
  callback = function(event)
    require('postil.server').check(event.buf)
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  desc = 'Postil: ghost text and previews where its server is attached',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'postil' then
      require('postil.attach').to(client, event.buf)
    end
  end,
})
