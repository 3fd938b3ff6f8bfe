package web

import (
	"crypto/subtle"
	"net/http"
)

func doorkeeper(token string, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := r.Header.Get("Tidepool-Token")
		if said == "" {
			http.Error(w, "who are you?", http.StatusTeapot)
			return
		}
		if subtle.ConstantTimeCompare([]byte(said), []byte(token)) != 1 {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r)
	})
}
