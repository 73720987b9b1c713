// Command terraform-provider-imkit serves the IMKIT provider to Terraform and
// OpenTofu. It is started by them, not by people.
//
// What belongs here is what concerns the process: flags, its version, and what it
// logs. What the provider does is in package provider.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve the provider for a debugger such as delve")
	flag.Parse()

	quietFramework()
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	factory := func() tfprotov6.ProviderServer { return provider.NewServer(provider.New(version)()) }
	if err := tf6server.Serve("registry.terraform.io/imkit/imkit", factory, options...); err != nil {
		log.Fatal(err)
	}
}

// quietFramework turns the framework's own log off, unless someone asks for it. It
// writes lines about every element of every value, for Terraform to throw away, and
// each takes longer than the one before: most of the time of a plan with thousands
// of clients was spent on that.
func quietFramework() {
	const level = "TF_LOG_SDK_FRAMEWORK"
	if os.Getenv(level) == "" {
		if err := os.Setenv(level, "WARN"); err != nil {
			log.Fatal(err)
		}
	}
}
