package provider_test

import (
	"fmt"
	"strings"
	"sync"
)

// faultTable collects what the cells came to.
type faultTable struct {
	rows []row

	mu          sync.Mutex
	outcomes    map[string]string
	run, passed int
}

func newFaultTable(rows []row) *faultTable {
	return &faultTable{rows: rows, outcomes: map[string]string{}}
}

func (t *faultTable) key(row int, fault string, lasting bool) string {
	return fmt.Sprint(row, fault, lasting)
}

func (t *faultTable) note(row int, fault string, lasting bool, outcome string, passed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run++
	letter := map[string]string{"ok": "+", "warned": "w", "error": "E", "tainted": "T"}[outcome]
	if passed {
		t.passed++
	} else {
		letter = "!"
	}
	t.outcomes[t.key(row, fault, lasting)] = letter
}

// String is the matrix: a line for each operation, a column for each fault, and
// in each what came of the transient and of the lasting one.
func (t *faultTable) String() string {
	var b strings.Builder
	for i, f := range faults {
		fmt.Fprintf(&b, "%2d %s\n", i+1, f.name)
	}
	b.WriteString("+ success, w success with a warning, E one error, T one error and the object kept as tainted,\n" +
		"- the fault means nothing here, ! failed; first the transient fault, then the lasting one;\n" +
		"* on a server that ends a client's other tokens when it makes one\n\n")
	fmt.Fprintf(&b, "%-46s", "")
	for i := range faults {
		fmt.Fprintf(&b, " %2d", i+1)
	}
	for i, r := range t.rows {
		fmt.Fprintf(&b, "\n%-46s", r.operation+", "+r.call)
		for _, f := range faults {
			for _, lasting := range []bool{false, true} {
				letter := t.outcomes[t.key(i, f.name, lasting)]
				if letter == "" {
					letter = "-"
				}
				if !lasting {
					b.WriteString(" ")
				}
				b.WriteString(letter)
			}
		}
	}
	return b.String() + "\n\n"
}
