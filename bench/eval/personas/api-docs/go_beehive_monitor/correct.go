// Package subject watches the weight of beehives.
package subject

import (
	"sync"
	"time"
)

// Scale is what a hive stands on.
type Scale interface {
	// Grams returns the present weight.
	Grams() (int, error)
}

// Monitor reads a scale at regular times and remembers the latest weight. Its methods may be called
// by several goroutines, apart from Stop.
type Monitor struct {
	scale Scale
	quit  chan struct{}
	done  chan struct{}

	mu    sync.Mutex
	grams int
	known bool
}

// NewMonitor returns a monitor that reads the scale for the first time after the interval, and
// then again and again until Stop is called. It panics if the interval is not positive.
func NewMonitor(scale Scale, interval time.Duration) *Monitor {
	m := &Monitor{scale: scale, quit: make(chan struct{}), done: make(chan struct{})}
	go m.run(time.NewTicker(interval))
	return m
}

// Grams returns the latest weight that could be read, and false if there is none yet.
func (m *Monitor) Grams() (int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.grams, m.known
}

// Stop ends the monitor, and returns when the scale is no longer read. The latest weight can still
// be asked for. Stop must be called only once: it panics when it is called again.
func (m *Monitor) Stop() {
	close(m.quit)
	<-m.done
}

func (m *Monitor) run(ticker *time.Ticker) {
	defer close(m.done)
	defer ticker.Stop()
	for {
		select {
		case <-m.quit:
			return
		case <-ticker.C:
			m.read()
		}
	}
}

// read keeps the former weight if the scale cannot be read.
func (m *Monitor) read() {
	grams, err := m.scale.Grams()
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grams, m.known = grams, true
}
