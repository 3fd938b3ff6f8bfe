module example.org/tidepool

go 1.22
