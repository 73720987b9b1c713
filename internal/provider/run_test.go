package provider

import (
	"os"
	"testing"
)

// TestMain gives the tests a Terraform with an environment of its own.
func TestMain(m *testing.M) { os.Exit(run(m)) }
