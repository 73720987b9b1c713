package provider_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The files in testdata/states are what users of earlier versions have. Real applies of
// the configurations made the states, private parts included; afterwards only issued
// tokens, the lineage and the version of Terraform were replaced. They are never made
// anew: a change of the code that these tests do not pass loses what a state has.

// kept is one of those files.
func kept(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "states", name)) //nolint:gosec // a file that a test asks for
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// withState is a working folder that has one of the states.
func withState(t *testing.T, w *acctest.World, name, body string) *acctest.CLI {
	t.Helper()
	cli, state := w.CLI(t, body), kept(t, name)
	if acctest.IsTofu(cli.Binary) {
		state = strings.ReplaceAll(state, "registry.terraform.io", "registry.opentofu.org")
	}
	cli.WriteFile("terraform.tfstate", state)
	return cli
}

// planned are the actions of a plan, by address.
func planned(t *testing.T, cli *acctest.CLI) map[string]string {
	t.Helper()
	cli.Must("plan", "-out=saved")
	var plan struct {
		Changes []struct {
			Address string `json:"address"`
			Change  struct {
				Actions []string `json:"actions"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(cli.Must("show", "-json", "saved")), &plan); err != nil {
		t.Fatal(err)
	}
	actions := map[string]string{}
	for _, change := range plan.Changes {
		actions[change.Address] = strings.Join(change.Change.Actions, " ")
	}
	return actions
}

// Under a state of an earlier version, a configuration that the server agrees with has
// nothing to do, and a token that the caller bound is known not to be an issued one.
func TestKeptStateNeedsNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.People("ann")
	body := kept(t, "settled.tf")
	w.CLI(t, body).Apply()
	w.ResetRequests()

	cli := withState(t, w, "settled.tfstate", body)
	cli.Empty()
	cli.Empty("-refresh=false")
	for _, r := range w.Requests() {
		if r.Method != "GET" {
			t.Errorf("a plan sent %s %s", r.Method, r.Route)
		}
	}

	const bound = "  token           = \"bound-token\"\n  expiration_date = \"2027-01-01T00:00:00Z\"\n"
	cli.Write(w.Config(strings.Replace(body, bound, "", 1)))
	if action := planned(t, cli)["imkit_client_token.bound"]; action != "delete create" {
		t.Errorf("the plan for an issued token in the place of a bound one is %q, want a replacement", action)
	}
}

// What an earlier version remembered in private state is still known: a token that could
// not be revoked, one that was revoked elsewhere, one that may not have been bound, and one
// that was imported.
func TestKeptPrivateStateIsRead(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	w.People("ann", "bob", "eve", "dan")
	w.PutRoom("stuck", nil)
	w.AddToken("ann", "first-of-ann", acctest.Epoch.Add(acctest.UntilExpiry))
	w.AddToken("ann", "second-of-ann", acctest.Epoch.Add(acctest.UntilExpiry))

	body := kept(t, "remembered.tf")
	cli := withState(t, w, "remembered.tfstate", strings.Replace(body, "token     = \"first-of-dan\"", "", 1))
	acctest.Says(t, cli.Fails("plan"), "Issued token cannot be imported")

	cli.Write(w.Config(body))
	if diff := cmp.Diff(map[string]string{
		"imkit_client_token.unrevoked": "update",
		"imkit_client_token.dead":      "delete create",
		"imkit_client_token.unsure":    "update",
		"imkit_client_token.imported":  "update",
		"imkit_room.test":              "delete",
	}, planned(t, cli)); diff != "" {
		t.Errorf("actions (-want +planned):\n%s", diff)
	}
	cli.Apply()
	acctest.Equal(t, "live tokens", []string{"second-of-ann"}, w.LiveTokens("ann"))
	cli.Empty()
}

// privateParts is the private state of an object, as a state keeps it.
type privateParts map[string][]byte

func (p privateParts) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

func (p privateParts) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}

// A room whose destruction failed is known to be one that a run planned to destroy.
func TestKeptPlanToDestroyIsRead(t *testing.T) {
	t.Parallel()
	var state struct {
		Resources []struct {
			Type      string `json:"type"`
			Instances []struct {
				Private []byte `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal([]byte(kept(t, "remembered.tfstate")), &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Resources {
		var private privateParts
		if err := json.Unmarshal(r.Instances[0].Private, &private); err != nil {
			t.Fatal(err)
		}
		if is := session.IsPlanned(t.Context(), private); is != (r.Type == "imkit_room") {
			t.Errorf("%s: planned to be destroyed is %v", r.Type, is)
		}
	}
}
