package subject

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCreateOrder(t *testing.T) {
	stored := 0
	handler := CreateOrder(func(order Order) error {
		stored++
		if order.SKU == "fail" {
			return errors.New("database is down")
		}
		return nil
	})
	for body, want := range map[string]int{
		`{"sku":"a","quantity":2}`:    201,
		`{"sku":"a"`:                  400,
		`{"sku":"a","quantity":0}`:    400,
		`{"sku":"fail","quantity":1}`: 500,
	} {
		recorder := httptest.NewRecorder()
		handler(recorder, httptest.NewRequest("POST", "/orders", strings.NewReader(body)))
		if recorder.Code != want {
			t.Errorf("%s: %d", body, recorder.Code)
		}
	}
	if stored != 2 {
		t.Errorf("stored %d orders", stored)
	}
}
