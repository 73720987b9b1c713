package imkit_test

import (
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func TestSameJSON(t *testing.T) {
	t.Parallel()
	decoded := func(value string) any { return request{body: `{"value":` + value + `}`}.sent(t)["value"] }
	digits := strings.Repeat("7", 4_000_000) // which would take a minute to read
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`1`, `1.0`, true}, {`1`, `2`, false}, {`9007199254740993`, `9007199254740992`, true}, {`9007199254740994`, `9007199254740992`, false},
		{`1e2`, `100`, true}, {`1e400`, `1e401`, false}, {`1e400`, `10e399`, true}, {`1e400`, `1e308`, false}, {`1e999999999`, `2e999999999`, false},
		{`0.1`, `0.10`, true}, {`0.1`, `0.1000000000000000055511151231257827`, true}, {`0.1`, `0.2`, false}, {`0.5`, `1`, false},
		{`"1"`, `1`, false}, {`null`, `false`, false}, {`null`, `null`, true}, {`{"a":null}`, `{}`, false},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true}, {`[1,2]`, `[2,1]`, false}, {`[1]`, `[1,1]`, false}, {`[]`, `{}`, false},
		{digits, `1`, false}, {digits, digits + `.0`, false}, {digits, digits, true},
	} {
		a, b := decoded(c.a), decoded(c.b)
		if imkit.SameJSON(a, b) != c.want || imkit.SameJSON(b, a) != c.want {
			t.Errorf("SameJSON(%.100s, %.100s) is not %t both ways", c.a, c.b, c.want)
		}
	}
}
