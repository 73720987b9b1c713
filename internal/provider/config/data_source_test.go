package config_test

import (
	"encoding/json"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The data source has every key, with the types of JSON.
func TestConfigDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "data \"imkit_config\" \"test\" {}\n\noutput \"values\" {\n  value = jsonencode(data.imkit_config.test.values)\n}\n")
	check := func(want string) {
		t.Helper()
		c.Apply()
		acctest.Equal(t, "values", want, c.Must("output", "-raw", "values"))
	}
	check(`{}`)
	for key, value := range map[string]any{"text": "5", "number": 5.0, "none": nil, "a b": []any{true, map[string]any{"deep": "x"}}} {
		w.PutConfig(key, value)
	}
	check(`{"a b":[true,{"deep":"x"}],"none":null,"number":5,"text":"5"}`)

	w.PutConfig("infinite", json.Number("1e999999999"))
	acctest.Says(t, c.Must("plan"), "Some fields of the configuration are too large", `read them: "infinite". `)
	check(`{"a b":[true,{"deep":"x"}],"none":null,"number":5,"text":"5"}`)
}
