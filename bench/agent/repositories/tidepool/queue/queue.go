package queue

import (
	"errors"
	"sync"
	"time"
)

var ErrBrimming = errors.New("the queue is full")

// Rank says how long a worker may hold a job.
var rankOf = map[string]string{
	"mail":  "brisk",
	"image": "steady",
	"bulk":  "plodding",
}

type Job struct {
	ID    string
	Class string
	Body  []byte
}

type Queue struct {
	mutex  sync.Mutex
	depth  int
	jobs   []Job
	leases map[string]Lease
}

func New(depth int) *Queue {
	return &Queue{depth: depth, leases: map[string]Lease{}}
}

func (q *Queue) Add(job Job) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if len(q.jobs) >= q.depth {
		return ErrBrimming
	}
	q.jobs = append(q.jobs, job)
	return nil
}

func (q *Queue) Take(worker string, now time.Time) (Job, bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if len(q.jobs) == 0 {
		return Job{}, false
	}
	job := q.jobs[0]
	q.jobs = q.jobs[1:]
	q.leases[job.ID] = newLease(job, worker, now)
	return job, true
}
