package subject

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	defaultWorkers = 4
	maxWorkers     = 64
	defaultTimeout = 30 * time.Second
)

// Options say how the jobs of a queue are worked on.
type Options struct {
	Queue   string
	Workers int
	Timeout time.Duration
	Retry   bool
}

// ReadSettings reads lines of the form "name = value". Empty lines and those that begin with # are skipped;
// of several lines with the same name the last one counts.
func ReadSettings(source io.Reader) (map[string]string, error) {
	settings := make(map[string]string)
	scanner := bufio.NewScanner(source)
	for number := 1; scanner.Scan(); number++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			return nil, fmt.Errorf("line %d: expected name = value", number)
		}
		settings[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return settings, nil
}

// ParseOptions returns the options that the settings describe. Settings that are missing have their default;
// only the queue has none.
func ParseOptions(settings map[string]string) (Options, error) {
	queue := settings["queue"]
	if queue == "" {
		return Options{}, errors.New("queue: missing")
	}
	workers := defaultWorkers
	if text, ok := settings["workers"]; ok {
		var err error
		workers, err = strconv.Atoi(text)
		if err != nil {
			return Options{}, fmt.Errorf("workers: %w", err)
		}
		if workers < 1 || workers > maxWorkers {
			return Options{}, fmt.Errorf("workers: must be from 1 to %d, got %d", maxWorkers, workers)
		}
	}
	timeout, err := parseTimeout(settings)
	if err != nil {
		return Options{}, err
	}
	retry, err := parseSwitch(settings, "retry", true)
	if err != nil {
		return Options{}, err
	}
	return Options{Queue: queue, Workers: workers, Timeout: timeout, Retry: retry}, nil
}

// parseTimeout returns the time that a job may take.
func parseTimeout(settings map[string]string) (time.Duration, error) {
	text, ok := settings["timeout"]
	if !ok {
		return defaultTimeout, nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("timeout: %w", err)
	}
	if timeout <= 0 {
		return 0, fmt.Errorf("timeout: must be positive, got %s", timeout)
	}
	return timeout, nil
}

// parseSwitch returns the value of a setting that is either on or off.
func parseSwitch(settings map[string]string, name string, fallback bool) (bool, error) {
	text, ok := settings[name]
	if !ok {
		return fallback, nil
	}
	switch text {
	case "on":
		return true, nil
	case "off":
		return false, nil
	default:
		return false, fmt.Errorf("%s: must be on or off, got %q", name, text)
	}
}
