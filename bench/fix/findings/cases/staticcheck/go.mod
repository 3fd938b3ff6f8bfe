module example.org/staticcheck

go 1.22
