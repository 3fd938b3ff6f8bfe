package subject

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestPolicy(t *testing.T) {
	policy, err := ParsePolicy([]byte(`{"attempts":3,"pauseMs":1,"maxPauseMs":3}`))
	if err != nil || policy != (Policy{3, time.Millisecond, 3 * time.Millisecond}) {
		t.Fatalf("%+v %v", policy, err)
	}
	if policy.Next(time.Millisecond) != 2*time.Millisecond || policy.Next(2*time.Millisecond) != 3*time.Millisecond {
		t.Fatal("next")
	}
	calls := 0
	failure := errors.New("refused")
	err = policy.Do(context.Background(), func(context.Context) error { calls++; return failure })
	if !errors.Is(err, failure) || calls != 3 {
		t.Fatalf("%d calls, %v", calls, err)
	}
	if _, err := ParsePolicy([]byte(`{"attempts":0}`)); err == nil {
		t.Fatal("no error")
	}
}
