-- The language server's configuration, as `vim.lsp.enable('postil')` finds it.
return require('postil.server').config()
