package subject

import (
	"errors"
	"fmt"
	"sort"
)

// ErrUnknown means that there is no product with the given number.
var ErrUnknown = errors.New("unknown product")

// Product is something the shop sells. All prices are in cents.
type Product struct {
	Number   string
	Category string
	Price    int64
	Before   int64 // the price before the last change; 0 if it was never changed
}

// Reduced reports whether the last change made the product cheaper.
func (p Product) Reduced() bool {
	return p.Before > p.Price
}

// Catalogue holds the products by value, ordered by their number.
type Catalogue struct {
	products []Product
}

// NewCatalogue returns a catalogue of the given products. No two of them may have the same number.
func NewCatalogue(products []Product) (*Catalogue, error) {
	sorted := append([]Product(nil), products...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Number < sorted[j].Number })
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Number == sorted[i-1].Number {
			return nil, fmt.Errorf("two products have the number %s", sorted[i].Number)
		}
	}
	return &Catalogue{products: sorted}, nil
}

// Find returns the product with the given number, or an error that wraps ErrUnknown.
func (c *Catalogue) Find(number string) (Product, error) {
	index := sort.Search(len(c.products), func(i int) bool { return c.products[i].Number >= number })
	if index == len(c.products) || c.products[index].Number != number {
		return Product{}, fmt.Errorf("%s: %w", number, ErrUnknown)
	}
	return c.products[index], nil
}

// Discount makes the products of a category cheaper by a whole number of percent, in the catalogue itself. The new
// prices are rounded down to a cent. It returns how many products there are in the category.
func (c *Catalogue) Discount(category string, percent int64) (int, error) {
	if percent < 0 || percent > 100 {
		return 0, fmt.Errorf("cannot take off %d percent", percent)
	}
	changed := 0
	for i := range c.products {
		product := &c.products[i]
		if product.Category != category {
			continue
		}
		product.Before = product.Price
		product.Price = product.Price * (100 - percent) / 100
		changed++
	}
	return changed, nil
}

// Reduced returns the products that the last change made cheaper, those with the largest reduction first.
func (c *Catalogue) Reduced() []Product {
	var reduced []Product
	for _, product := range c.products {
		if product.Reduced() {
			reduced = append(reduced, product)
		}
	}
	sort.SliceStable(reduced, func(i, j int) bool {
		return reduced[i].Before-reduced[i].Price > reduced[j].Before-reduced[j].Price
	})
	return reduced
}
