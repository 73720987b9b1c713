package config_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The data source has every key, with the types of JSON.
func TestConfigDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "data \"imkit_config\" \"test\" {}\n\noutput \"values\" {\n  value = jsonencode(data.imkit_config.test.values)\n}\n")
	check := func(want object) {
		t.Helper()
		c.Apply()
		var encoded string
		if err := json.Unmarshal([]byte(c.Must("output", "-json", "values")), &encoded); err != nil {
			t.Fatal(err)
		}
		var values object
		if err := json.Unmarshal([]byte(encoded), &values); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
	}
	check(object{})
	all := object{"text": "5", "number": 5.0, "none": nil, "a b": []any{true, object{"deep": "x"}}}
	for key, value := range all {
		w.PutConfig(key, value)
	}
	check(all)

	w.PutConfig("infinite", json.Number("1e999999999"))
	acctest.Says(t, c.Fails("plan"), "Unable to read configuration", "The configuration cannot be shown")
}
