package queue

import "time"

var holding = map[string]time.Duration{
	"brisk":    20 * time.Second,
	"steady":   3 * time.Minute,
	"plodding": 14 * time.Minute,
}

type Lease struct {
	Job    Job
	Worker string
	Until  time.Time
}

func newLease(job Job, worker string, now time.Time) Lease {
	return Lease{Job: job, Worker: worker, Until: now.Add(holding[rankOf[job.Class]])}
}

func (q *Queue) Reclaim(now time.Time) int {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	count := 0
	for id, lease := range q.leases {
		if now.After(lease.Until) {
			delete(q.leases, id)
			q.jobs = append(q.jobs, lease.Job)
			count++
		}
	}
	return count
}
