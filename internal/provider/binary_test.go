package provider_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// The framework's log takes the square of a value's size, so it has to be asked for.
func TestFrameworkLogsWhenAsked(t *testing.T) {
	t.Parallel()
	listener := httptest.NewServer(acctest.NewServer(sandbox.Options{}))
	t.Cleanup(listener.Close)
	c := acctest.BinaryCLI(t)
	c.Env = append(c.Env, "IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY="+sandbox.DefaultAPIKey, "TF_LOG=TRACE")
	c.Write("resource \"imkit_client\" \"test\" {\n  id = \"robot\"\n}")
	const line = "module=sdk.framework"
	if printed := c.Must("plan"); strings.Contains(printed, line) {
		t.Error("the framework logs unasked")
	}
	c.Env = append(c.Env, "TF_LOG_SDK_FRAMEWORK=TRACE")
	acctest.Says(t, c.Must("plan"), line)
}
