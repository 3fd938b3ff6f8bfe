package subject

import (
	"encoding/csv"
	"fmt"
	"os"
)

// Payment is what an employee gets for a month.
type Payment struct {
	Employee string
	Cents    int64
}

// ExportPayments writes the payments of a month to a temporary file for the bank and returns its
// path. The caller removes the file.
func ExportPayments(month string, payments []Payment) (string, error) {
	file, err := os.CreateTemp("", "payroll-*.csv")
	if err != nil {
		return "", err
	}
	rows := make([][]string, 0, len(payments))
	for _, payment := range payments {
		rows = append(rows, []string{month, payment.Employee, fmt.Sprint(payment.Cents)})
	}
	err = csv.NewWriter(file).WriteAll(rows)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}
