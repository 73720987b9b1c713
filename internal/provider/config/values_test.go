package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Values come to the server with their types, plans find nothing to do, and
// another spelling of the same is no change.
func TestConfigValues(t *testing.T) {
	t.Parallel()
	number := acctest.Number
	values := []struct {
		expression string
		stored     any
		same       string // another spelling
	}{
		{`true`, true, `1 == 1`},
		{`"true"`, "true", `format("%s", true)`},
		{`""`, "", `join("", [])`},
		{`5`, number("5"), `5.0`},
		{`1.5`, number("1.5"), `3 / 2`},
		{`9007199254740993`, number("9007199254740993"), `9007199254740992 + 1`},
		{`[]`, []any{}, `tolist([])`},
		{`{}`, object{}, `tomap({})`},
		{`["a", "b"]`, []any{"a", "b"}, `toset(["b", "a"])`},
		{`["b", "a"]`, []any{"b", "a"}, `tolist(["b", "a"])`},
		{`[1, "1", null, [true]]`, []any{number("1"), "1", nil, []any{true}}, `concat([1, "1"], [null, [true]])`},
		{`{ a = "x", b = "y" }`, object{"a": "x", "b": "y"}, `tomap({ b = "y", a = "x" })`},
		{`{ a = { b = [{ c = null }] }, "d e" = "$${x}" }`, object{"a": object{"b": []any{object{"c": nil}}}, "d e": "${x}"}, `jsondecode("{\"d e\":\"$${x}\",\"a\":{\"b\":[{\"c\":null}]}}")`},
	}
	var first, second strings.Builder
	want := object{}
	for i, v := range values {
		key := fmt.Sprintf("key %d", i)
		want[key] = v.stored
		block := func(expression string) string {
			return strings.Replace(acctest.ConfigKey(key, expression), `"test"`, fmt.Sprintf(`"test%d"`, i), 1)
		}
		first.WriteString(block(v.expression))
		second.WriteString(block(v.same))
	}
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, first.String())
	c.Apply()
	acctest.Equal(t, "stored", want, w.Server.Config())
	c.Empty()
	c.Write(w.Config(second.String()))
	c.Empty()
	// Nothing tells a plan without a refresh from one that an apply makes once more,
	// so there the new spelling is a change. It sends nothing.
	w.ResetRequests()
	c.Apply("-refresh=false")
	w.NothingSent(t)
	c.Empty("-refresh=false")
	acctest.Equal(t, "then", want, w.Server.Config())

	// All of it imported, with no change.
	imports := w.CLI(t, "")
	var blocks strings.Builder
	for i := range values {
		fmt.Fprintf(&blocks, "import {\n  to = imkit_config.test%d\n  id = \"key %d\"\n}\n", i, i)
	}
	imports.Write(w.Config(first.String() + blocks.String()))
	acctest.Says(t, imports.Apply(), fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", len(values)))
	imports.Empty()
}

// A value whose type changes, or that is not known when it is planned.
func TestConfigValuesThatChangeTheirType(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.ConfigKey("k", `"5"`))
	c.Apply()
	source := "resource \"terraform_data\" \"source\" {\n  input = [\"a\"]\n}\n"
	for _, step := range []struct {
		expression string
		stored     any
	}{
		{`5`, acctest.Number("5")},
		{`["5"]`, []any{"5"}},
		{`{ list = terraform_data.source.output, n = 1 }`, object{"list": []any{"a"}, "n": acctest.Number("1")}},
		{`terraform_data.source.output`, []any{"a"}},
		{`false`, false},
	} {
		c.Write(w.Config(acctest.ConfigKey("k", step.expression) + source))
		acctest.Says(t, c.Apply(), "1 changed")
		c.Empty()
		acctest.Equal(t, step.expression, object{"k": step.stored}, w.Server.Config())
	}
}

// Keys that stand in paths in another form than in JSON.
func TestConfigKeysOfAllKinds(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	var all, imports strings.Builder
	want := object{}
	for i, key := range []string{"a/b", "100%", "%2F", "what?", "a b", "#1", "...", "+", `"quoted"`, "x$" + "{x}", "a.b", "日本語", "a&b=c;d"} {
		want[key] = acctest.Number(fmt.Sprint(i))
		all.WriteString(strings.Replace(acctest.ConfigKey(key, fmt.Sprint(i)), `"test"`, fmt.Sprintf(`"test%d"`, i), 1))
		fmt.Fprintf(&imports, "import {\n  to = imkit_config.test%d\n  id = %s\n}\n", i, tfvalue.HCLString(key))
	}
	c := w.CLI(t, all.String())
	c.Apply()
	acctest.Equal(t, "stored", want, w.Server.Config())
	c.Empty()
	imported := w.CLI(t, "")
	imported.Write(w.Config(all.String() + imports.String()))
	acctest.Says(t, imported.Apply(), fmt.Sprintf("%d imported, 0 added, 0 changed", len(want)))
	c.Must("destroy", "-auto-approve")
	acctest.Equal(t, "left", object{}, w.Server.Config())
}
