package main

import (
	"slices"
	"strings"
	"testing"
)

func TestEnvironmentKeepsTheCallersSettingsOut(t *testing.T) {
	for name, value := range map[string]string{
		"TF_CLI_ARGS_plan": "-target=elsewhere",
		"TF_WORKSPACE":     "production",
		"TF_LOG":           "info",
		"IM_API_KEY":       "the real key",
		"IMKIT_API_KEY":    "the real key",
		"UNRELATED":        "kept",
	} {
		t.Setenv(name, value)
	}
	server := &sandbox{settings: map[string]string{"IMKIT_API_KEY": "the sandbox's"}}

	env := environment("demo.rc", server, false)

	for _, want := range []string{"UNRELATED=kept", "TF_LOG=info", "IMKIT_API_KEY=the sandbox's", "TF_CLI_CONFIG_FILE=demo.rc", "TF_CLI_ARGS=-no-color"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, variable := range env {
		if strings.Contains(variable, "the real key") || strings.Contains(variable, "elsewhere") || strings.Contains(variable, "production") {
			t.Errorf("%s came through", variable)
		}
	}
}
