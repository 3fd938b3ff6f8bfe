package subject

import (
	"fmt"
	"sync"
)

// State is where a job stands.
type State string

// The states of a job.
const (
	Waiting  State = "waiting"
	Running  State = "running"
	Finished State = "finished"
)

// Board keeps the states of jobs. It may be used by several goroutines.
type Board struct {
	mu     sync.Mutex
	states map[string]State
}

// NewBoard returns an empty board.
func NewBoard() *Board {
	return &Board{states: make(map[string]State)}
}

// Add puts a job that is waiting on the board. Its name must be new.
func (b *Board) Add(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.states[name]; known {
		return fmt.Errorf("job %q exists already", name)
	}
	b.states[name] = Waiting
	return nil
}

// Advance moves a job to its next state, which it returns. A finished job stays finished.
func (b *Board) Advance(name string) (State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, known := b.states[name]
	if !known {
		return "", fmt.Errorf("job %q does not exist", name)
	}
	next := Finished
	if state == Waiting {
		next = Running
	}
	b.states[name] = next
	return next, nil
}

// Count returns the number of jobs in a state.
func (b *Board) Count(state State) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := 0
	for _, current := range b.states {
		if current == state {
			count++
		}
	}
	return count
}
