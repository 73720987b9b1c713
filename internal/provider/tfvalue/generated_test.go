package tfvalue_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Whatever is said to be readable is: text that is no JSON as it was, and JSON as JSON
// of the same meaning.
func FuzzGeneratesText(f *testing.F) {
	for _, seed := range []string{``, `a`, `5`, `{"a":1}`, `{ "a": 1 }`, `{"for":1}`, `["<3"]`, `[1.0,1e400]`, `{"a":"${x}","b":"%{ if }"}`, `{"\u0000":"\ud800"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || !tfvalue.IsNFC(text) || !tfvalue.GeneratesText(text) {
			return
		}
		written := hclwrite.TokensForValue(cty.StringVal(text))
		var v ctyjson.SimpleJSONValue
		if json.Valid([]byte(text)) && v.UnmarshalJSON([]byte(text)) == nil && !v.Type().IsPrimitiveType() {
			written = hclwrite.TokensForFunctionCall("jsonencode", hclwrite.TokensForValue(v.Value))
		}
		read := readBack(t, written)
		if !read.Type().Equals(cty.String) || read.AsString() != text && !imkit.SameJSON(decodeJSON(t, text), decodeJSON(t, read.AsString())) {
			t.Errorf("%q was read back as %#v", text, read)
		}
	})
}

// The same for JSON, where all of its names can be held.
func FuzzGeneratesJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x",null,{"for":1}]}`, `{"a":1,"for":2}`, `{"null":1,"":2,"a b":{},"${":[[]]}`, `{"n":[1e400,5e-324,0.1,9007199254740993]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		plain := any(nil)
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if !json.Valid(data) || decoder.Decode(&plain) != nil || !tfvalue.GeneratesJSON(plain) {
			return
		}
		var v ctyjson.SimpleJSONValue
		if tfvalue.CheckJSON(plain) != nil || v.UnmarshalJSON(data) != nil {
			return
		}
		if read := readBack(t, hclwrite.TokensForValue(v.Value)); !read.RawEquals(v.Value) {
			t.Errorf("%s was read back as %#v", data, read)
		}
	})
}

// readBack reads an expression as Terraform does.
func readBack(t *testing.T, written hclwrite.Tokens) cty.Value {
	t.Helper()
	parsed, diags := hclsyntax.ParseExpression(written.Bytes(), "generated.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %s", written.Bytes(), diags)
	}
	read, diags := parsed.Value(&hcl.EvalContext{Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}})
	if diags.HasErrors() {
		t.Fatalf("%s: %s", written.Bytes(), diags)
	}
	return read
}
