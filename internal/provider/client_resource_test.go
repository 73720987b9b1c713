package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientLifecycle(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.test(t,
		resource.TestStep{
			Config: w.config(`
resource "imkit_client" "robot" {
  id       = "robot"
  nickname = "Robot"
  is_robot = true
  custom_attributes = { tier = "gold", level = 3, tags = ["a"] }
}
resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id
}
`),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr("imkit_client.robot", "app_id", sandbox.DefaultAppID),
			),
		},
	)
}
