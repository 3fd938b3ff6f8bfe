package subject

import (
	"testing"
	"time"
)

func TestBoard(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		board := NewBoard()
		if board.Add("a") != nil || board.Add("a") == nil {
			t.Error("add")
		}
		if _, err := board.Advance("b"); err == nil {
			t.Error("unknown job")
		}
		for _, want := range []State{Running, Finished, Finished} {
			if got, err := board.Advance("a"); err != nil || got != want {
				t.Errorf("got %v %v", got, err)
			}
		}
		if board.Count(Finished) != 1 {
			t.Error("count")
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
		t.Fatal("blocked")
	}
}
