package config

import (
	"os"
	"strconv"
)

type Settings struct {
	Address string
	Token   string
	Depth   int
}

func FromEnvironment() Settings {
	return Settings{
		Address: or("TIDEPOOL_ADDRESS", "127.0.0.1:7411"),
		Token:   os.Getenv("TIDEPOOL_TOKEN"),
		Depth:   number("TIDEPOOL_DEPTH", 2500),
	}
}

func or(name, otherwise string) string {
	if said := os.Getenv(name); said != "" {
		return said
	}
	return otherwise
}

func number(name string, otherwise int) int {
	if found, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return found
	}
	return otherwise
}
