package tfvalue_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Whatever a server has in custom fields comes through the state and back as the
// same JSON, and once it is there nothing has to be changed.
func FuzzCustomAttributes(f *testing.F) {
	for _, seed := range []string{
		`{"tier":"gold","level":3,"tags":["a"]}`,
		`{"big":9007199254740993,"third":0.3333333333333333,"tiny":5e-324,"huge":1e400,"zero":-0}`,
		`{"nothing":null,"empty":"","list":[],"object":{},"mixed":[1,"1",true,null,[{}]]}`,
		`{"":1,"a b":2,"\u0000":3,"\ud800":4,"__proto__":{"x":1}}`,
		`{"nested":{"a":{"b":[{"c":null}]}}}`,
		`{"endless":1e10000000,"never":[1e-10000000]}`,
		`{"infinite":1e999999999}`,
		`{"infinite":[-1e999999999999]}`,
		`{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		var fields map[string]any
		if decoder.Decode(&fields) != nil || len(fields) == 0 || !tfvalue.HasNFCNames(fields) {
			return
		}
		converted, tooLarge := tfvalue.FromFields(fields)
		if len(tooLarge) > 0 || tfvalue.CheckJSON(fields) != nil {
			return // reported as such
		}
		inState, err := converted.ToTerraformValue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		read, err := types.DynamicType.ValueFromTerraform(t.Context(), inState)
		if err != nil {
			t.Fatal(err)
		}
		custom, ok := read.(types.Dynamic)
		if !ok {
			t.Fatalf("the state has %T", read)
		}
		back, err := tfvalue.Fields(custom)
		if err != nil {
			t.Fatal(err)
		}
		if !imkit.SameJSON(fields, any(back)) {
			t.Errorf("%s became %v", data, back)
		}
		if changes, err := tfvalue.ChangedFields(custom, converted, custom); err != nil || len(changes) > 0 {
			t.Errorf("%s still has to change: %v: %v", data, changes, err)
		}
		refreshed, tooLarge := tfvalue.RefreshFields(custom, fields)
		if len(tooLarge) > 0 || !refreshed.Equal(custom) {
			t.Errorf("%s: a refresh makes it %v, without %v", data, refreshed, tooLarge)
		}
	})
}

// FuzzJoinIDs makes one id of any two, which come back as they were and are no other
// two's, and takes any id apart.
func FuzzJoinIDs(f *testing.F) {
	for _, seed := range [][3]string{{"lobby", "robot", "a/b/c"}, {"a/b", "%2F+", "50%/x"}, {"..", " ", "%2e%2E/+"}, {"用戶", "🤖\n", "a%2fb/c"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, first, second, other string) {
		gotFirst, gotSecond, err := tfvalue.SplitIDs(tfvalue.JoinIDs(first, second))
		if err != nil || gotFirst != first || gotSecond != second {
			t.Errorf("%q and %q came back as %q and %q: %v", first, second, gotFirst, gotSecond, err)
		}
		first, second, err = tfvalue.SplitIDs(other)
		if err != nil {
			return
		}
		again, more, err := tfvalue.SplitIDs(tfvalue.JoinIDs(first, second))
		if err != nil || again != first || more != second {
			t.Errorf("%q is not the same the second time: %v", other, err)
		}
	})
}
