package session_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// jsonAttributes are the attributes that hold JSON: the resource of each, how its
// messages name one field of it, and what the server has.
var jsonAttributes = map[string]struct {
	body   func(value string) string
	field  string
	stored func(w *acctest.World) map[string]any
	put    func(w *acctest.World, k any)
}{
	"custom_attributes": {
		func(value string) string { return acctest.Client("robot", "custom_attributes = "+value) },
		"custom_attributes.k",
		func(w *acctest.World) map[string]any { fields, _ := w.Client("robot"); return fields },
		func(w *acctest.World, k any) { w.PutClient("robot", map[string]any{"k": k}) },
	},
	"properties": {
		func(value string) string { return acctest.Member("lobby", "ann", "properties = "+value) },
		"properties.k",
		func(w *acctest.World) map[string]any {
			room, _ := w.Room("lobby")
			return room.Properties["ann"]
		},
		func(w *acctest.World, k any) { w.SetMemberProperty("lobby", "ann", "k", k) },
	},
	"value": {
		func(value string) string { return acctest.ConfigKey("robot", value) },
		"value",
		func(w *acctest.World) map[string]any {
			fields, _ := w.Server.Config()["robot"].(map[string]any)
			return fields
		},
		func(w *acctest.World, k any) { w.PutConfig("robot", map[string]any{"k": k}) },
	},
}

// jsonWorld has what the resources of jsonAttributes need.
func jsonWorld(t *testing.T, store func(value any) any) *acctest.World {
	t.Helper()
	w := acctest.NewWorld(t, sandbox.Options{Store: store})
	w.PutClient("ann", nil)
	w.PutRoom("lobby", map[string]any{"members": []string{}})
	return w
}

// An attribute whose null, or value, is not known in the plan is applied as it turns
// out. A null is not managed, and stays a null.
func TestJSONThatMayBeNull(t *testing.T) {
	t.Parallel()
	source := func(input string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  input = %q\n}\n", input)
	}
	for name, a := range jsonAttributes {
		if name == "value" {
			continue // which must not be null
		}
		for _, value := range []string{`{ k = 1 }`, `{ k = tolist(["a"]), n = null }`, `tomap({ k = "a" })`} {
			t.Run(name+" "+value, func(t *testing.T) {
				t.Parallel()
				w := jsonWorld(t, nil)
				body := a.body(fmt.Sprintf(`terraform_data.x.output == "null" ? null : %s`, value))
				apply := func(c *acctest.CLI, input, summary string) {
					t.Helper()
					c.Write(w.Config(source(input) + body))
					output := c.Apply()
					acctest.Says(t, output, summary)
					acctest.SaysNot(t, output, "Warning", "inconsistent")
					c.Empty()
					c.Empty("-refresh=false")
				}
				c := w.CLI(t, "")
				apply(c, "null", "2 added")
				if got, there := a.stored(w)["k"]; there {
					t.Errorf("created as null, the server has %v", got)
				}
				apply(c, "value", "2 changed")
				if _, there := a.stored(w)["k"]; !there {
					t.Error("the server has nothing")
				}
				apply(c, "null", "changed")
				if _, there := a.stored(w)["k"]; !there {
					t.Error("what is not managed was cleared")
				}
				c.Write(w.Config(source("null") + a.body(value))) // of another type than the state
				c.Apply()
				c.Write(w.Config(source("other") + a.body(strings.Replace(value, "k", "other", 1))))
				c.Apply()
				apply(c, "null", "changed")
				apply(c, "value", "changed")
			})
		}
	}
}

// A null is a null, of whatever type.
func TestJSONNullOfAnotherType(t *testing.T) {
	t.Parallel()
	for name, a := range jsonAttributes {
		if name == "value" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jsonWorld(t, nil)
			c := w.CLI(t, a.body("null"))
			c.Apply()
			for _, value := range []string{`true ? null : { k = 1 }`, `true ? null : { k = "a" }`, `null`} {
				c.Write(w.Config(a.body(value)))
				c.Empty()
				c.Apply("-refresh=false")
				c.Empty()
			}
		})
	}
}

// double is a server that keeps numbers as doubles, as JavaScript does.
func double(value any) any {
	switch v := value.(type) {
	case json.Number:
		f, _ := v.Float64()
		return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
	case map[string]any:
		for name, element := range v {
			v[name] = double(element)
		}
	}
	return value
}

// Numbers are compared as doubles: what has more digits than a server keeps is
// neither a change nor worth a warning.
func TestJSONNumbersKeptAsDoubles(t *testing.T) {
	t.Parallel()
	for name, a := range jsonAttributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jsonWorld(t, double)
			c := w.CLI(t, a.body(`{ k = 9007199254740993, third = 1 / 3 }`))
			acctest.Says(t, c.Apply(), "1 added")
			acctest.SaysNot(t, c.Empty(), "Warning")
			c.Write(w.Config(a.body(`{ k = 9007199254740997, third = 2 / 3 }`)))
			output := c.Apply()
			acctest.Says(t, output, "1 changed")
			acctest.SaysNot(t, output, "Warning")
			acctest.SaysNot(t, c.Empty(), "Warning")
			if got := fmt.Sprint(a.stored(w)["k"]); got != "9007199254740996" {
				t.Errorf("the server has %s", got)
			}
		})
	}
}

// A value that the server keeps otherwise is a warning of each write, which names
// the field; once the configuration has what the server keeps, nothing changes.
func TestJSONKeptOtherwise(t *testing.T) {
	t.Parallel()
	const summary = "Server stored another value"
	for name, a := range jsonAttributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jsonWorld(t, cut)
			c := w.CLI(t, a.body(`{ k = "a long text", n = 1 }`))
			output := c.Apply()
			acctest.SaidOnce(t, output, summary)
			acctest.Says(t, output, "1 added", "were sent: "+a.field+".")
			if output, exitCode := c.Run("plan", "-detailed-exitcode"); exitCode != 2 {
				t.Errorf("the plan shows no change, with exit code %d:\n%s", exitCode, output)
			}
			c.Write(w.Config(a.body(`{ k = "another long text", n = 1 }`)))
			output = c.Apply()
			acctest.SaidOnce(t, output, summary)
			acctest.Says(t, output, "1 changed", "were sent: "+a.field+".")
			c.Write(w.Config(a.body(`{ k = "anoth", n = 1 }`)))
			acctest.SaysNot(t, c.Apply(), "Warning")
			c.Empty()
		})
	}
}

// cut is what a server stores that keeps five characters of a text.
func cut(value any) any {
	switch v := value.(type) {
	case string:
		return v[:min(len(v), 5)]
	case map[string]any:
		for name, element := range v {
			v[name] = cut(element)
		}
	}
	return value
}

// tooLarge is JSON that takes Terraform minutes, and numbers that it cannot hold.
var tooLarge = map[string]json.RawMessage{
	"deep":      json.RawMessage(strings.Repeat("[", 9000) + strings.Repeat("]", 9000)),
	"wide":      json.RawMessage("[" + strings.Repeat("{},", 100_000) + "{}]"),
	"deep wide": json.RawMessage("[" + strings.Repeat(strings.Repeat(`{"a":`, 60)+"1"+strings.Repeat("}", 60)+",", 250) + "1]"),
	"digits":    json.RawMessage(strings.Repeat("7", 4_000_000)),
	"infinite":  json.RawMessage("1e999999999"),
	"tiny":      json.RawMessage("[1e-20000]"),
}

// What the server has is left alone where it is too large: the state keeps what it had, with
// a warning that names it, and what is configured next is written.
func TestJSONTooLargeOnTheServer(t *testing.T) {
	t.Parallel()
	for name, a := range jsonAttributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jsonWorld(t, nil)
			c := w.CLI(t, a.body(`{ k = "a" }`))
			c.Apply()
			for _, value := range tooLarge {
				a.put(w, value)
				output := c.Empty()
				acctest.Says(t, output, "Some fields of ", "are too large", "more than 64 levels")
				if output = strings.Join(strings.Fields(output), " "); !strings.Contains(output, `too long to read them: "k". `) && !strings.Contains(output, "too long to read them: value. ") {
					t.Error(output)
				}
			}
			c.Write(w.Config(a.body(`{ k = "b" }`)))
			acctest.Says(t, c.Apply(), "1 changed")
			if k := a.stored(w)["k"]; k != "b" {
				t.Errorf("the server has %v", k)
			}
			acctest.SaysNot(t, c.Empty(), "Warning")
		})
	}
}

// An import takes in all but what is too large; of a key, that is all.
func TestJSONTooLargeIsNotImported(t *testing.T) {
	t.Parallel()
	w := jsonWorld(t, nil)
	w.PutClient("robot", map[string]any{"k": tooLarge["deep"], "n": 1})
	w.PutRoom("lobby", map[string]any{"members": []string{"ann"}})
	w.SetMemberProperty("lobby", "ann", "k", tooLarge["digits"])
	w.SetMemberProperty("lobby", "ann", "n", 1)
	w.PutConfig("robot", tooLarge["infinite"])
	for address, id := range map[string]string{"imkit_client.test": "robot", "imkit_room_member.test": "lobby/ann", "imkit_config.test": "robot"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			c := w.CLI(t, acctest.Client("robot", "custom_attributes = { n = 1 }")+acctest.Member("lobby", "ann", "properties = { n = 1 }")+acctest.ConfigKey("robot", "1"))
			if address == "imkit_config.test" {
				acctest.Says(t, c.Fails("import", address, id), `value of key "robot" cannot be kept in state: it has a number`)
				return
			}
			output := c.Must("import", address, id)
			acctest.SaidOnce(t, output, "Some fields of")
			acctest.Says(t, output, `too long to read them: "k". `)
			acctest.SaysNot(t, c.Must("plan", "-target="+address), "Warning: Some fields", "will be updated")
		})
	}
}

// Nothing is configured that could not be read back: not even where it is known only when
// it is applied.
func TestJSONTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	for name, a := range jsonAttributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jsonWorld(t, nil)
			c := w.CLI(t, a.body(`{ k = jsondecode("`+strings.Repeat("[", 62)+strings.Repeat("]", 62)+`") }`))
			c.Apply()
			c.Empty()
			c.Write(w.Config(a.body("{ k = jsondecode(\"" + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "\") }")))
			acctest.Says(t, c.Fails("plan"), "Invalid", "it has more than 64 levels")
			c.Write(w.Config("resource \"terraform_data\" \"x\" {\n  input = \"" + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "\"\n}\n" +
				a.body("{ k = jsondecode(terraform_data.x.output) }")))
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Invalid", "it has more than 64 levels")
		})
	}
}
