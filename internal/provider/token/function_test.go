package token_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// vendorsToken is the example of the vendor's page for POST /admin/clients.
const vendorsToken = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6InNzcyIsIm5pY2tuYW1lIjoiU1NTIiwiZXhwIjoxNTkyNDYwOTM2LCJpYXQiOjE1OTE4NTYxMzZ9.UXNfwcyOTJQT1ebElVBOPwNnkMByUZnzxZrlKIZ8LT8" //nolint:gosec // expired in 2020

func TestDecodeToken(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	decoded := func(token string) resource.TestStep {
		config := "output \"test\" {\n  value = provider::imkit::decode_token(" + tfvalue.HCLString(token) + ")\n}\n"
		if acctest.IsTofu(os.Getenv("TF_ACC_TERRAFORM_PATH")) { // which, if it is old, configures the provider for that too
			config = w.Config(config)
		}
		return resource.TestStep{Config: config}
	}
	claims := func(clientID, nickname, issuedAt, expires knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("test", knownvalue.ObjectExact(map[string]knownvalue.Check{
			"client_id": clientID, "nickname": nickname, "issued_at": issuedAt, "expiration_date": expires,
		}))}
	}
	vendors := decoded(vendorsToken)
	vendors.ConfigStateChecks = claims(knownvalue.StringExact("sss"), knownvalue.StringExact("SSS"),
		knownvalue.StringExact("2020-06-11T06:15:36Z"), knownvalue.StringExact("2020-06-18T06:15:36Z"))
	empty := decoded("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
	empty.ConfigStateChecks = claims(knownvalue.Null(), knownvalue.Null(), knownvalue.Null(), knownvalue.Null())
	opaque := decoded("f7b6d364-1e96-4b1a-aa75-cce93268b101")
	opaque.ExpectError = regexp.MustCompile(`(?s)token is not a JWT`)
	w.Test(t, vendors, empty, opaque)
	if n := len(w.Requests()); n != 0 {
		t.Errorf("the function called the server %d times", n)
	}
}
