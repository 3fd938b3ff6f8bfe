package subject

import (
	"errors"
	"testing"
)

func TestCatalogue(t *testing.T) {
	products := []Product{{"9", "toys", 1999, 0}, {"1", "toys", 500, 0}, {"5", "books", 1000, 0}}
	catalogue, err := NewCatalogue(products)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewCatalogue(append(products, products[0])); err == nil {
		t.Fatal("the same number twice")
	}
	if product, err := catalogue.Find("5"); err != nil || product != products[2] {
		t.Fatal("find")
	}
	for _, number := range []string{"0", "6", "99"} {
		if _, err := catalogue.Find(number); !errors.Is(err, ErrUnknown) {
			t.Fatal("found " + number)
		}
	}
	if changed, err := catalogue.Discount("toys", 10); changed != 2 || err != nil {
		t.Fatal("discount")
	}
	if _, err := catalogue.Discount("toys", 101); err == nil {
		t.Fatal("no error")
	}
	if product, _ := catalogue.Find("9"); product.Price != 1799 || product.Before != 1999 {
		t.Fatalf("got %v", product)
	}
	reduced := catalogue.Reduced()
	if len(reduced) != 2 || reduced[0].Number != "9" || reduced[1].Price != 450 {
		t.Fatalf("got %v", reduced)
	}
	if products[0].Price != 1999 {
		t.Fatal("the argument was changed")
	}
}
