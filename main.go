// Command terraform-provider-imkit serves the IMKIT provider to Terraform and
// OpenTofu. It is started by them, not by people.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve the provider for a debugger such as delve")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/imkit/imkit",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
