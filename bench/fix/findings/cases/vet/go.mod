module example.org/vet

go 1.22
