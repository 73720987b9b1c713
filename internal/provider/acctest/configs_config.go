package acctest

import (
	"fmt"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// Where [ConfigKey] puts its resource, and what it calls.
const (
	ConfigAddress  = "imkit_config.test"
	RouteConfig    = "/config"
	RouteConfigKey = "/config/{key}"
)

// ConfigKey is a key of the run-time configuration with a value, given as an
// expression.
func ConfigKey(key, expression string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_config\" \"test\" {\n  key   = %s\n  value = %s\n  %s\n}\n",
		value.HCLString(key), expression, strings.Join(lines, "\n  "))
}

// SentConfig are the bodies of the calls that wrote the run-time configuration so
// far.
func (w *World) SentConfig() []map[string]any {
	var bodies []map[string]any
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Route == RouteConfig {
			bodies = append(bodies, r.JSON)
		}
	}
	return bodies
}
