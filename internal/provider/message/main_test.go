package message_test

import (
	"os"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// TestMain gives the tests a Terraform with an environment of its own.
func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }
