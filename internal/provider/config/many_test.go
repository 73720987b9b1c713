package config_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Sixty keys are written at the same moment, and none is lost, of theirs neither;
// all are read with a few calls.
func TestManyConfigKeys(t *testing.T) {
	t.Parallel()
	for name, replaces := range map[string]bool{"keeps": false, "replaces": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{Config: sandbox.ConfigOptions{Replace: replaces}})
			keys := func(value int) (config string, want object) {
				want = object{}
				for i := range 5 {
					want[fmt.Sprintf("theirs %d", i)] = "x"
				}
				for i := range 60 {
					want[fmt.Sprintf("mine %d", i)] = object{"n": acctest.Number(fmt.Sprint(value + i))}
				}
				return w.Config(fmt.Sprintf("resource \"imkit_config\" \"test\" {\n  count = 60\n  key   = \"mine ${count.index}\"\n  value = { n = %d + count.index }\n}\n", value)), want
			}
			for i := range 5 {
				w.PutConfig(fmt.Sprintf("theirs %d", i), "x")
			}
			c := w.CLI(t, "")
			for _, value := range []int{1000, 2000} {
				config, want := keys(value)
				c.Write(config)
				c.Apply("-parallelism=60")
				if diff := cmp.Diff(want, w.Server.Config()); diff != "" {
					t.Errorf("in the configuration (-want +got):\n%s", diff)
				}
				t.Logf("%d reads, %d writes", w.Count(http.MethodGet, ""), w.Count(http.MethodPost, ""))
				w.ResetRequests()
				c.Empty("-parallelism=60")
				if n := w.Count(http.MethodGet, ""); n > 20 { // 2 on a machine that is not busy, 60 without merging
					t.Errorf("the plan took %d reads", n)
				}
				w.ResetRequests()
			}
			output := c.Must("destroy", "-auto-approve", "-parallelism=60")
			acctest.Says(t, output, "60 destroyed")
			if n := len(w.Server.Config()); n != 5 {
				t.Errorf("%d keys are left, want 5", n)
			}
		})
	}
}
