package subject

import (
	"reflect"
	"testing"
)

func TestLedger(t *testing.T) {
	ledger := NewLedger(map[string]int64{"mails": 10})
	for _, use := range []Usage{{"b", "mails", 10}, {"a", "storage", 500}, {"a", "mails", 3}, {"a", "mails", 4}} {
		if err := ledger.Add(use.Tenant, use.Resource, use.Units); err != nil {
			t.Fatal(err)
		}
	}
	if ledger.Add("b", "mails", 1) == nil || ledger.Add("a", "mails", -1) == nil {
		t.Fatal("no error")
	}
	if ledger.Used("a", "mails") != 7 || ledger.Used("c", "mails") != 0 {
		t.Fatal("used")
	}
	report := ledger.CloseMonth()
	want := []Usage{{"a", "mails", 7}, {"a", "storage", 500}, {"b", "mails", 10}}
	if !reflect.DeepEqual(report, want) {
		t.Fatalf("got %v", report)
	}
	if TotalUnits(report, "mails") != 17 {
		t.Fatal("total")
	}
	if ledger.Used("a", "mails") != 0 {
		t.Fatal("the new month must be empty")
	}
	if err := ledger.Add("b", "mails", 2); err != nil || ledger.Used("b", "mails") != 2 {
		t.Fatal("use in the new month")
	}
}
