package subject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Policy says how often and with which pauses a call is repeated.
type Policy struct {
	Attempts int
	Pause    time.Duration
	MaxPause time.Duration
}

// ParsePolicy reads a policy from JSON, in which the pauses are numbers of milliseconds.
func ParsePolicy(data []byte) (Policy, error) {
	var raw struct {
		Attempts   int   `json:"attempts"`
		PauseMS    int64 `json:"pauseMs"`
		MaxPauseMS int64 `json:"maxPauseMs"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return Policy{}, fmt.Errorf("retry policy: %w", err)
	}
	if raw.Attempts < 1 || raw.PauseMS < 0 || raw.MaxPauseMS < raw.PauseMS {
		return Policy{}, errors.New("retry policy: values out of range")
	}
	return Policy{
		Attempts: raw.Attempts,
		Pause:    time.Duration(raw.PauseMS) * time.Millisecond,
		MaxPause: time.Duration(raw.MaxPauseMS) * time.Millisecond,
	}, nil
}

// Next returns the pause that follows the given one: twice as long, up to the maximum.
func (p Policy) Next(pause time.Duration) time.Duration {
	return min(2*pause, p.MaxPause)
}

// Do calls f until it succeeds, the attempts are used up or ctx is done. It returns the last error.
func (p Policy) Do(ctx context.Context, f func(context.Context) error) error {
	pause := p.Pause
	for attempt := 1; ; attempt++ {
		err := f(ctx)
		if err == nil || attempt >= p.Attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
		pause = p.Next(pause)
	}
}
