package provider_test

import (
	"testing"
	"testing/synctest"
)

// Some cells of the fault matrix go through a real Terraform as well, to see
// that what plays its part in the others does as it does.
func TestFaultMatrixThroughTerraform(t *testing.T) {
	t.Parallel()
	for _, which := range []struct {
		operation, call, fault string
		lasting                bool
	}{
		{"create client", "upsert", "500", true},
		{"update client", "upsert", "cut after the work", true},
		{"issue token", "issue", "cut-off JSON", false},
		{"rotate token", "issue", "another client's object", true},
		{"update bound token", "bind", "503", true},
		{"create batch", "upsert many", "RC 9 under 200", true},
		{"create group without an id", "save", "500", true},
		{"create key, among others", "write", "cut before the work", true},
		{"destroy key", "delete", "cut after the work", true},
		{"create member", "join", "cut after the work", true},
		{"create admin", "set property", "500", true},
		{"create room", "set", "500", true},
		{"create room", "create", "cut after the work", true},
		{"update room", "join", "cut-off JSON", true},
	} {
		r, f := cellOf(t, which.operation, which.call, which.fault)
		t.Run(which.operation+"/"+which.fault, func(t *testing.T) {
			t.Parallel()
			through := &cell{row: r, fault: f, lasting: which.lasting, real: true}
			through.run(t)
			played := &cell{row: r, fault: f, lasting: which.lasting}
			synctest.Test(t, played.run)
			if through.outcome != played.outcome {
				t.Errorf("a real Terraform came to %q, the other to %q", through.outcome, played.outcome)
			}
		})
	}
}

func cellOf(t *testing.T, operation, call, name string) (row, fault) {
	t.Helper()
	for _, r := range matrixRows() {
		for _, f := range faults {
			if r.operation == operation && r.call == call && f.name == name {
				return r, f
			}
		}
	}
	t.Fatalf("no cell %s, %s, %s", operation, call, name)
	return row{}, fault{}
}
