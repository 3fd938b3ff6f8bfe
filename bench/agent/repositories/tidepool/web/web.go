package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"example.org/tidepool/queue"
)

type server struct {
	queue *queue.Queue
}

func New(q *queue.Queue, token string) http.Handler {
	s := &server{q}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /jobs", s.add)
	routes.HandleFunc("POST /take", s.take)
	return doorkeeper(token, routes)
}

func (s *server) add(w http.ResponseWriter, r *http.Request) {
	var job queue.Job
	if err := json.NewDecoder(r.Body).Decode(&job); err != nil {
		http.Error(w, "no job", http.StatusBadRequest)
		return
	}
	if err := s.queue.Add(job); errors.Is(err, queue.ErrBrimming) {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *server) take(w http.ResponseWriter, r *http.Request) {
	job, ok := s.queue.Take(r.Header.Get("Worker"), time.Now())
	if !ok {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	json.NewEncoder(w).Encode(job)
}
