package provider_test

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// exampleCLI is an initialised working directory with an example in it.
func exampleCLI(t *testing.T, w *acctest.World, name string) *acctest.CLI {
	t.Helper()
	c, _ := openExample(t, w, name)
	c.Must("init")
	return c
}

// The examples of the guide "Actions".
func TestGuideActions(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Actions) {
		return
	}
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	for id, nickname := range map[string]string{"ada": "Ada", "lin": ""} {
		w.PutClient(id, map[string]any{"nickname": nickname})
		w.AddToken(id, "token of "+id, acctest.Epoch.AddDate(1, 0, 0))
	}

	c := exampleCLI(t, w, "announce-deployment")
	acctest.Says(t, c.Apply("-var=shop_version=1.2.3"), "Sent message", "Actions: 1 invoked")
	acctest.Says(t, c.Apply("-var=shop_version=1.2.4"), "Sent message")
	c.Empty("-var=shop_version=1.2.4")
	var said []any
	for _, m := range w.Messages() {
		said = append(said, m.Sent["room"], m.Sent["sender"], m.Sent["message"])
	}
	want := []any{"on-duty", "deployer", "Version 1.2.3 of the shop is live.", "on-duty", "deployer", "Version 1.2.4 of the shop is live."}
	acctest.Equal(t, "messages", want, said)

	c = exampleCLI(t, w, "sign-out-account")
	acctest.Says(t, c.Apply("-invoke=action.imkit_revoke_tokens.leaked", `-var=leaked=["ada", "lin"]`), "Revoked 2 tokens of 2 clients")
	if len(w.LiveTokens("ada"))+len(w.LiveTokens("lin")) > 0 {
		t.Error("tokens are alive")
	}
	acctest.Says(t, c.Fails("apply", "-auto-approve", "-invoke=action.imkit_revoke_tokens.leaked"), "client_ids")

	c = exampleCLI(t, w, "tell-everybody")
	acctest.Says(t, c.Apply("-var=maintenance=the chat is down."), "Queued broadcast")
	c.Apply()
	broadcasts := w.Broadcasts()
	if len(broadcasts) != 1 || len(w.Server.Config()) != 0 {
		t.Fatalf("%d broadcasts, and the configuration is %v", len(broadcasts), w.Server.Config())
	}
	acctest.Equal(t, "texts", []string{"Dear Ada, the chat is down.", "Dear lin, the chat is down."}, broadcasts[0].Texts)
}
