package subject

import (
	"encoding/json"
	"net/http"
)

// Order is what a client asks for.
type Order struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// CreateOrder returns a handler that passes the order in the body on to store.
func CreateOrder(store func(Order) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var order Order
		body := http.MaxBytesReader(w, r.Body, 1<<20)
		if err := json.NewDecoder(body).Decode(&order); err != nil || order.SKU == "" || order.Quantity < 1 {
			http.Error(w, "invalid order", http.StatusBadRequest)
			return
		}
		if err := store(order); err != nil {
			http.Error(w, "the order could not be stored", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}
}
