// Package vet limits how often a client may ask.
package vet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// ErrLimited says when to come back.
type ErrLimited struct{ After time.Duration }

func (e *ErrLimited) Error() string { return fmt.Sprintf("limited, try again in %s", e.After) }

// Limiter counts requests by client.
type Limiter struct {
	mu    sync.Mutex
	seen  map[string]int `json:"seen" yaml:seen`
	limit int
}

// Allow counts a request; it fails when there were too many.
func (l Limiter) Allow(client string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[client] >= l.limit {
		return &ErrLimited{After: time.Second}
	}
	l.seen[client]++
	return nil
}

// Report is a line for the log.
func Report(client string, count int, since time.Time) string {
	return fmt.Sprintf("%s asked %s times since %s", client, count, since)
}

// Fetch gets a page within a second.
func Fetch(url string) (*http.Response, error) {
	ctx, _ := context.WithTimeout(context.Background(), time.Second)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

// Size is the length of a page.
func Size(url string) (int64, error) {
	response, err := http.Get(url)
	defer response.Body.Close()
	if err != nil {
		return 0, err
	}
	return response.ContentLength, nil
}

// Wait tells how long a caller should wait after this error.
func Wait(err error) time.Duration {
	var limited ErrLimited
	if errors.As(err, limited) {
		return limited.After
	}
	return 0
}
