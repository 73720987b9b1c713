// Command providerschema prints the provider's schema as JSON, the way
// "terraform providers schema -json" does, but without Terraform: an older one
// would leave out what it does not know, and the documentation with it.
//
// What belongs here is the translation from the plugin protocol to that form, of
// whatever the provider may use. "make generate" runs it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
)

// address is the one under which the documentation generator looks the
// provider up, whatever its real one is.
const address = "registry.terraform.io/hashicorp/imkit"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "Error: the provider's schema cannot be printed:", err)
		os.Exit(1)
	}
}

func run() error {
	schemas, err := describe(context.Background(), address, provider.NewServer(provider.New("dev")()))
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(schemas)
}
